"""Rows of the old ``tickets`` as the dicts of the repository, and the filters of its lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Optional

from .fields import deserialize_json_field, deserialize_timestamp, serialize_timestamp

COLUMNS = (
    "id priority error_type message source run_label created_at updated_at duplicate_guard status owner locked_by "
    "locked_at lease_expires branch stack_trace file_context system_state ai_remediation_notes correlation_id "
    "completion_summary completion_notes test_steps test_results test_documentation_url completion_verified_by "
    "completion_verified_at github_issue_url github_issue_number github_sync_state github_sync_message format_version "
    "documented functioning tested completed deleted deleted_at"
).split()
_TIMES = frozenset("created_at updated_at locked_at lease_expires completion_verified_at deleted_at".split())
_JSON = frozenset(("file_context", "system_state"))
_FLAGS = frozenset("documented functioning tested completed deleted".split())

#: The most urgent first.
BY_PRIORITY = (
    "CASE priority WHEN 'P0' THEN 0 WHEN 'P1' THEN 1 WHEN 'P2' THEN 2 WHEN 'P3' THEN 3 WHEN 'P4' THEN 4 ELSE 5 END"
)


def _maybe_get(row: Any, key: str) -> Any:
    """The column's value; None when the row lacks it."""
    try:
        return row[key]
    except (IndexError, KeyError):
        return None


def row_to_dict(row: Any) -> dict[str, Any]:
    """All columns by name: times as datetimes, JSON decoded, flags as bools. ``IndexError`` for a column that is
    missing, but for those of issue trackers."""
    ticket: dict[str, Any] = {}
    for name in COLUMNS:
        value = _maybe_get(row, name) if name.startswith("github_") else row[name]
        if name in _TIMES:
            value = deserialize_timestamp(value)
        elif name in _JSON:
            value = deserialize_json_field(value)
        elif name in _FLAGS:
            value = bool(value)
        ticket[name] = value
    return ticket


@dataclass
class TicketFilter:
    """What a list asks for; what is falsy is not asked."""

    status: Optional[str] = None
    priority: Optional[str] = None
    owner: Optional[str] = None
    locked: Optional[bool] = None
    created_after: Optional[datetime] = None
    created_before: Optional[datetime] = None
    correlation_id: Optional[str] = None
    limit: Optional[int] = None
    offset: int = 0

    def query(self) -> tuple[str, list[Any]]:
        """The SELECT and its parameters."""
        asked: list[tuple[str, Any]] = [
            ("status = ?", self.status),
            ("priority = ?", self.priority),
            ("owner = ?", self.owner),
            ("created_at >= ?", serialize_timestamp(self.created_after)),
            ("created_at <= ?", serialize_timestamp(self.created_before)),
            ("correlation_id = ?", self.correlation_id),
        ]
        given = [(sql, value) for sql, value in asked if value]
        where = ["deleted = 0", *(sql for sql, _ in given)]
        if self.locked is not None:
            where.append("locked_by IS NOT NULL" if self.locked else "locked_by IS NULL")
        sql = f"SELECT * FROM tickets WHERE {' AND '.join(where)} ORDER BY {BY_PRIORITY}, created_at DESC"
        values = [value for _, value in given]
        if self.limit:
            sql += " LIMIT ? OFFSET ?"
            values += [self.limit, self.offset]
        return sql, values


@dataclass
class TicketLock:
    """A lock: its times are aware, in UTC."""

    ticket_id: str
    locked_by: str
    locked_at: datetime
    lease_expires: datetime

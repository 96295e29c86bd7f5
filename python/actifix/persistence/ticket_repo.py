"""The Python system's ticket repository, over the core: locks are leases under tokens, and nothing comes back as
"database is locked"."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Optional

from .. import _core, _errors
from . import completion_gate, ticket_limits
from .audit import _get_user_context, log_database_audit
from .completion_gate import (
    _extract_completion_files,
    _extract_completion_section,
    _looks_like_path,
    _normalize_completion_file_entry,
)
from .database import get_database_pool, open_soon
from .fields import serialize_json_field, serialize_timestamp
from .ticket_limits import (
    MAX_ERROR_TYPE_LENGTH,
    MAX_FIELD_LENGTH,
    MAX_MESSAGE_LENGTH,
    MAX_SOURCE_LENGTH,
    MAX_STACK_TRACE_LENGTH,
    FieldLengthError,
    OpenTicketLimitExceededError,
    _validate_field_length,
    _validate_file_context_size,
)
from .ticket_rows import TicketFilter, TicketLock, _maybe_get, row_to_dict

if TYPE_CHECKING:
    from ._core_calls import Audit, Calls

__all__ = [
    "MAX_ERROR_TYPE_LENGTH",
    "MAX_FIELD_LENGTH",
    "MAX_MESSAGE_LENGTH",
    "MAX_SOURCE_LENGTH",
    "MAX_STACK_TRACE_LENGTH",
    "ActifixEntry",
    "FieldLengthError",
    "OpenTicketLimitExceededError",
    "TicketFilter",
    "TicketLock",
    "TicketPriority",
    "TicketRepository",
    "_extract_completion_files",
    "_extract_completion_section",
    "_get_user_context",
    "_looks_like_path",
    "_maybe_get",
    "_normalize_completion_file_entry",
    "_validate_field_length",
    "_validate_file_context_size",
    "get_database_pool",
    "get_ticket_repository",
    "log_database_audit",
    "reset_ticket_repository",
    "sqlite3",
]

_HOUR = timedelta(hours=1)
_PRIORITIES = ("P0", "P1", "P2", "P3", "P4")


class TicketRepository:
    """Tickets of one database. Threads may share it."""

    def __init__(self, pool: Any = None, config: Any = None) -> None:
        self.pool = pool if pool is not None else get_database_pool()
        if config is None:
            from ..config import get_config

            config = get_config()
        self.config = config

    # Made -----------------------------------------------------------------------------------------------------------

    def create_ticket(self, entry: ActifixEntry) -> bool:
        """Makes a ticket under the entry's id and guard. False when either is taken, or the entry lacks what is needed.

        Raises :class:`FieldLengthError`, and :class:`OpenTicketLimitExceededError` when too many are open.
        """
        fields = _fields(entry)
        ticket_limits.check({**fields, "file_context": entry.file_context}, self.config)
        if fields["priority"] not in _PRIORITIES or any(
            fields[name] is None for name in ("id", "error_type", "message", "source", "created_at")
        ):
            return False
        limit = self.config.max_open_tickets
        try:
            return self._core().create(fields, limit, _creation(fields))
        except _errors.TooManyOpen as error:
            told = f"Open ticket limit of {limit} reached: {limit} or more are open. Complete or delete some"
            raise OpenTicketLimitExceededError(told) from error

    def count_duplicate(self, entry: ActifixEntry, request_id: Optional[str] = None) -> Any:
        """Counts an error whose guard is known. One that was completed is opened again; one that was deleted becomes a
        new ticket. Answers the core's record: ``id``, ``new``, ``occurrences``, ``status``, ``priority``. Under the same
        ``request_id`` it counts once."""
        return self._core().count(
            {
                "message": entry.message or "(no message)",
                "error_type": entry.error_type,
                "source": entry.source,
                "priority": entry.priority.value,
                "stack": entry.stack_trace or None,
                "fingerprint": entry.duplicate_guard,
                "correlation_id": entry.correlation_id,
                "request_id": request_id,
            }
        )

    # Read -----------------------------------------------------------------------------------------------------------

    def get_ticket(self, ticket_id: str) -> Optional[dict[str, Any]]:
        """The ticket, deleted or not; None when there is none."""
        rows = self._rows("SELECT * FROM tickets WHERE id = ?", [ticket_id])
        return rows[0] if rows else None

    def get_tickets(self, filter: Optional[TicketFilter] = None) -> list[dict[str, Any]]:
        """Tickets that are not deleted: by priority, then the newest first."""
        return self._rows(*(filter or TicketFilter()).query())

    def get_open_tickets(self, limit: Optional[int] = None) -> list[dict[str, Any]]:
        """Those with status ``Open``."""
        return self.get_tickets(TicketFilter(status="Open", limit=limit))

    def get_completed_tickets(self, limit: Optional[int] = None) -> list[dict[str, Any]]:
        """Those with status ``Completed``."""
        return self.get_tickets(TicketFilter(status="Completed", limit=limit))

    def check_duplicate_guard(self, duplicate_guard: str) -> Optional[dict[str, Any]]:
        """The ticket that has this guard, whatever its status, deleted or not."""
        found = self._opened().by_guard(duplicate_guard)
        return self.get_ticket(found) if found else None

    def get_deleted_tickets(self, limit: Optional[int] = None) -> list[dict[str, Any]]:
        """Deleted tickets, the newest deletion first."""
        sql = "SELECT * FROM tickets WHERE deleted = 1 ORDER BY deleted_at DESC"
        return self._rows(f"{sql} LIMIT ?", [limit]) if limit else self._rows(sql, [])

    def get_stats(self) -> dict[str, Any]:
        """Counts: total, open, in_progress, completed, by_priority, locked, and deleted beside them."""
        sql = (
            "SELECT priority, status, locked_by IS NOT NULL AS locked, deleted, COUNT(*) AS k FROM tickets "
            "GROUP BY 1, 2, 3, 4"
        )
        with self.pool.connection() as conn:
            groups = [dict(row) for row in conn.execute(sql).fetchall()]
        there = [group for group in groups if not group["deleted"]]

        def total(**asked: Any) -> int:
            return sum(one["k"] for one in there if all(one[name] == value for name, value in asked.items()))

        return {
            "total": total(),
            "open": total(status="Open"),
            "in_progress": total(status="In Progress"),
            "completed": total(status="Completed"),
            "by_priority": {priority: total(priority=priority) for priority in _PRIORITIES},
            "locked": total(locked=1),
            "deleted": sum(one["k"] for one in groups if one["deleted"]),
        }

    # Changed --------------------------------------------------------------------------------------------------------

    def update_ticket(self, ticket_id: str, updates: dict[str, Any]) -> bool:
        """Sets columns; False for no columns, and for a ticket that is not there. A lock that is set is a lease.

        Raises what SQLite raises: ``sqlite3.OperationalError`` for an unknown column, ``sqlite3.IntegrityError`` for a
        value that may not be.
        """
        if not updates:
            return False
        ticket_limits.check(updates, self.config)
        updates["updated_at"] = datetime.now(timezone.utc).isoformat()
        sets = ", ".join(f"{name} = ?" for name in updates)
        with self.pool.transaction(immediate=True) as conn:
            before = conn.execute("SELECT * FROM tickets WHERE id = ?", (ticket_id,)).fetchone()
            if before is None:
                return False
            values = [_core.redact(value) if isinstance(value, str) else value for value in updates.values()]
            conn.execute(f"UPDATE tickets SET {sets} WHERE id = ?", (*values, ticket_id))
        log_database_audit(
            pool=self.pool,
            table_name="tickets",
            operation="UPDATE",
            record_id=ticket_id,
            user_context=_get_user_context(),
            old_values={name: _maybe_get(before, name) for name in updates},
            new_values=dict(updates),
            change_description=f"Updated ticket: {', '.join(updates)}",
        )
        return True

    def mark_complete(
        self,
        ticket_id: str,
        completion_notes: str,
        test_steps: str,
        test_results: str,
        summary: Optional[str] = None,
        test_documentation_url: Optional[str] = None,
    ) -> bool:
        """Completes a ticket that is free, or whose live lock was taken in this process; False for any other.

        Raises ``ValueError`` for evidence that does not pass the gate.
        """
        ticket = self.get_ticket(ticket_id)
        if ticket is None or ticket["status"] == "Completed" or ticket["completed"]:
            return False
        notes, steps, results = completion_gate.check(completion_notes, test_steps, test_results)
        now = {"status": "Completed", "completion_notes": notes, "test_steps": steps, "test_results": results}
        before = {name: ticket[name] for name in now}
        return self._core().complete(
            ticket_id,
            _audit(f"Updated ticket: {', '.join(now)}", now, before),
            notes=notes,
            steps=steps,
            results=results,
            summary=summary or None,
            url=test_documentation_url,
        )

    def delete_ticket(self, ticket_id: str, soft_delete: bool = True) -> bool:
        """Marks a ticket as deleted, which :meth:`recover_ticket` takes back, or removes it for good. False when there
        is nothing to do."""
        what = "SOFT_DELETE" if soft_delete else "HARD_DELETE"
        return self._core().delete(ticket_id, _audit(f"Deleted ticket ({what})"), for_good=not soft_delete)

    def recover_ticket(self, ticket_id: str) -> bool:
        """Takes the deletion back; False when it was not deleted."""
        return self._core().undelete(ticket_id)

    # Locked ---------------------------------------------------------------------------------------------------------

    def acquire_lock(self, ticket_id: str, locked_by: str, lease_duration: timedelta = _HOUR) -> Optional[TicketLock]:
        """Locks a ticket that is open. None when another has it, or it is completed, deleted or not there."""
        lease = self._core().acquire(ticket_id, locked_by, lease_duration.total_seconds())
        return lease and TicketLock(ticket_id, locked_by, lease.acquired_at, lease.expires_at)

    def release_lock(self, ticket_id: str, locked_by: str) -> bool:
        """Gives the ticket back as open; False when ``locked_by`` does not hold it."""
        return self._core().release(ticket_id, locked_by)

    def renew_lock(self, ticket_id: str, locked_by: str, lease_duration: timedelta = _HOUR) -> Optional[TicketLock]:
        """Moves the lock's end to ``lease_duration`` from now. None when ``locked_by`` does not hold it, or it has run
        out."""
        lease = self._core().renew(ticket_id, locked_by, lease_duration.total_seconds())
        return lease and TicketLock(ticket_id, locked_by, datetime.now(timezone.utc), lease.expires_at)

    def get_expired_locks(self) -> list[dict[str, Any]]:
        """Tickets whose lock has run out and was not ended yet, by this or any other call."""
        now = datetime.now(timezone.utc).isoformat()
        return self._rows("SELECT * FROM tickets WHERE locked_by IS NOT NULL AND lease_expires < ?", [now])

    def cleanup_expired_locks(self) -> int:
        """Ends the locks that have run out, and says how many. Every call of anybody does so by itself."""
        return self._core().sweep()

    def get_and_lock_next_ticket(
        self,
        locked_by: str,
        lease_duration: timedelta = _HOUR,
        priority_filter: Optional[list[str]] = None,
    ) -> Optional[dict[str, Any]]:
        """Locks the next open ticket, the most urgent first, then the oldest, and returns it; None when there is none."""
        wanted = [priority for priority in priority_filter or () if priority in _PRIORITIES]
        if priority_filter and not wanted:
            return None
        grant = self._core().claim(locked_by, lease_duration.total_seconds(), wanted)
        return self.get_ticket(grant.id) if grant else None

    # Inside ---------------------------------------------------------------------------------------------------------

    def _row_to_dict(self, row: Any) -> dict[str, Any]:
        return row_to_dict(row)

    def _rows(self, sql: str, values: list[Any]) -> list[dict[str, Any]]:
        with self._reading() as conn:
            return [row_to_dict(row) for row in conn.execute(sql, values).fetchall()]

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        with self.pool.connection() as conn:
            yield conn

    def _opened(self) -> Calls:
        calls: Calls = self.pool._open()
        return calls

    def _core(self) -> Calls:
        """The way to the core, for a call that writes. A thread in a transaction of its own would wait for itself."""
        connection = getattr(self.pool._local, "connection", None)
        if connection is not None and connection.in_transaction:
            raise sqlite3.OperationalError(
                "cannot start a transaction within a transaction: this thread is inside one of its own on the pool's "
                "connection; end it before you call the repository"
            )
        return self._opened()


def _audit(description: str, new: Optional[dict[str, Any]] = None, old: Optional[dict[str, Any]] = None) -> Audit:
    """A row of the audit log for the core to write with the change."""
    return (_get_user_context(), serialize_json_field(old), serialize_json_field(new), description)


def _creation(fields: dict[str, Any]) -> Audit:
    shown = {name: fields[name] for name in ("id", "priority", "error_type")}
    message = str(fields["message"])
    new = {**shown, "message": message[:100], "source": fields["source"], "status": "Open"}
    return _audit(f"Created ticket: {message[:60]}", new)


def _fields(entry: ActifixEntry) -> dict[str, Any]:
    """An entry as the core takes it."""
    return {
        "id": entry.entry_id,
        "priority": entry.priority.value,
        "error_type": entry.error_type,
        "message": entry.message,
        "source": entry.source,
        "run_label": entry.run_label,
        "created_at": serialize_timestamp(entry.created_at),
        "duplicate_guard": entry.duplicate_guard,
        "stack_trace": entry.stack_trace,
        "file_context": serialize_json_field(entry.file_context),
        "system_state": serialize_json_field(entry.system_state),
        "ai_remediation_notes": entry.ai_remediation_notes,
        "correlation_id": entry.correlation_id,
        "format_version": entry.format_version,
    }


_global_repo: Optional[TicketRepository] = None


def get_ticket_repository(pool: Any = None, config: Any = None) -> TicketRepository:
    """The process's repository; another pool or other settings than before make another one."""
    global _global_repo
    known = _global_repo
    if known is None or (pool is not None and pool != known.pool) or (config is not None and config != known.config):
        known = _global_repo = TicketRepository(pool, config)
        open_soon(known.pool)
    return known


def reset_ticket_repository() -> None:
    """Forgets the process's repository."""
    global _global_repo
    _global_repo = None


from ..raise_af import ActifixEntry, TicketPriority  # noqa: E402  (each of the two modules names the other)

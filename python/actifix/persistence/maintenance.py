"""Looking after the file: sizes, indexes, vacuum, analyze."""

from __future__ import annotations

import sqlite3
import sys
from typing import Any, Optional

from .audit import _pool
from .errors import DatabaseError, DatabaseSecurityError

_FAILURES = (DatabaseError, DatabaseSecurityError, sqlite3.Error, OSError)


def _index(name: str, on: str) -> tuple[str, str]:
    return name, f"CREATE INDEX IF NOT EXISTS {name} ON {on}"


REQUIRED_INDEXES: dict[str, list[tuple[str, str]]] = {
    "tickets": [
        _index("idx_tickets_status_priority", "tickets(status, priority)"),
        _index("idx_tickets_created", "tickets(created_at DESC)"),
        _index("idx_tickets_duplicate_guard", "tickets(duplicate_guard)"),
        _index("idx_tickets_locked", "tickets(locked_by, locked_at)"),
    ],
    "event_log": [
        _index("idx_event_log_timestamp", "event_log(timestamp DESC)"),
        _index("idx_event_log_type", "event_log(event_type)"),
        _index("idx_event_log_ticket", "event_log(ticket_id) WHERE ticket_id IS NOT NULL"),
        _index("idx_event_log_correlation", "event_log(correlation_id) WHERE correlation_id IS NOT NULL"),
    ],
    "agent_voice": [
        _index("idx_agent_voice_created", "agent_voice(created_at DESC)"),
        _index("idx_agent_voice_agent", "agent_voice(agent_id)"),
    ],
    "database_audit_log": [
        _index("idx_audit_log_timestamp", "database_audit_log(timestamp DESC)"),
        _index("idx_audit_log_table_record", "database_audit_log(table_name, record_id)"),
    ],
}

_TABLES = ("tickets", "event_log", "fallback_queue", "quarantine", "database_audit_log", "agent_voice")


def _run(pool: Any, statement: str, what: str) -> bool:
    try:
        with _pool(pool).connection() as conn:
            conn.commit()
            conn.execute(statement)
            conn.commit()
        return True
    except _FAILURES as error:
        print(f"Failed to {what} the database: {error}", file=sys.stderr)
        return False


def run_vacuum(pool: Any = None) -> bool:
    """Gives unused pages back. False on failure, with a line on stderr."""
    return _run(pool, "VACUUM", "vacuum")


def run_analyze(pool: Any = None) -> bool:
    """Gathers the planner's figures. False on failure, with a line on stderr."""
    return _run(pool, "ANALYZE", "analyze")


def run_maintenance(pool: Any = None, vacuum: bool = True, analyze: bool = True) -> dict[str, Any]:
    """Both; what was skipped is None."""
    done = {
        "vacuum": run_vacuum(pool) if vacuum else None,
        "analyze": run_analyze(pool) if analyze else None,
    }
    return {**done, "success": all(result is not False for result in done.values())}


def get_database_size_info(pool: Any = None) -> dict[str, Any]:
    """Size, pages, and the rows of each old table; zeros on an error."""
    told: dict[str, Any] = {"size_bytes": 0, "size_mb": 0.0, "page_count": 0, "page_size": 0, "table_sizes": {}}
    try:
        with _pool(pool).connection() as conn:
            pages = conn.execute("PRAGMA page_count").fetchone()[0]
            size = conn.execute("PRAGMA page_size").fetchone()[0]
            rows = {table: conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in _TABLES}
    except _FAILURES:
        return told
    return {
        "size_bytes": pages * size,
        "size_mb": round(pages * size / (1024 * 1024), 2),
        "page_count": pages,
        "page_size": size,
        "table_sizes": rows,
    }


def check_database_growth(
    pool: Any = None, warn_threshold_mb: float = 100.0, error_threshold_mb: float = 500.0
) -> dict[str, Any]:
    """Whether the file has grown over a threshold."""
    info = get_database_size_info(pool)
    size = info["size_mb"]
    status, limit = "ok", warn_threshold_mb
    if size >= error_threshold_mb:
        status, limit = "error", error_threshold_mb
    elif size >= warn_threshold_mb:
        status = "warning"
    message = f"The database has {size} MB, {'at or over' if status != 'ok' else 'below'} {limit} MB"
    return {
        "size_mb": size,
        "status": status,
        "alert": status != "ok",
        "message": message,
        "table_sizes": info["table_sizes"],
    }


def verify_and_create_indexes(pool: Optional[Any] = None) -> dict[str, list[str]]:
    """Makes indexes that the tables lack. ``tickets`` is a view here, and what stands behind it has its own."""
    told: dict[str, list[str]] = {"verified": [], "created": [], "failed": []}
    for table, indexes in REQUIRED_INDEXES.items():
        for name, sql in indexes:
            try:
                told[_made(_pool(pool), table, name, sql)].append(name)
            except _FAILURES as error:
                told["failed"].append(f"{name}: {error}")
    return told


def _made(pool: Any, table: str, name: str, sql: str) -> str:
    if table == "tickets":
        return "verified"
    with pool.transaction(immediate=True) as conn:
        found = conn.execute("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", (name,)).fetchone()
        if found:
            return "verified"
        conn.execute(sql)
        return "created"

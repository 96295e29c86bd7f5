"""The table ``event_log``: what the Python system's programs note down."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from .. import _core
from .._fork import lock_of
from .database import get_database_pool, open_soon

_INSERT = (
    "INSERT INTO event_log(timestamp, event_type, message, ticket_id, correlation_id, extra_json, source, level) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_TOP = 10


@dataclass
class EventFilter:
    """What a list of events asks for; what is None is not asked."""

    event_type: Optional[str] = None
    ticket_id: Optional[str] = None
    correlation_id: Optional[str] = None
    level: Optional[str] = None
    source: Optional[str] = None
    limit: int = 100
    offset: int = 0


class EventRepository:
    """Events of one database. Nothing here raises: an event that cannot be written stops nobody."""

    def __init__(self, pool: Any = None) -> None:
        self.pool = pool if pool is not None else get_database_pool()

    def log_event(
        self,
        event_type: str,
        message: str,
        ticket_id: Optional[str] = None,
        correlation_id: Optional[str] = None,
        extra_json: Any = None,
        source: Optional[str] = None,
        level: str = "INFO",
        timestamp: Any = None,
    ) -> Optional[int]:
        """Adds an event and returns its number; None on failure. A ticket that is not there is left out."""
        if timestamp is None:
            timestamp = datetime.now(timezone.utc)
        stamp = timestamp.isoformat() if isinstance(timestamp, datetime) else str(timestamp)
        try:
            extra = (
                extra_json if extra_json is None or isinstance(extra_json, str) else json.dumps(extra_json, default=str)
            )
            row = [
                stamp,
                event_type,
                _core.redact(message),
                ticket_id,
                correlation_id,
                _core.redact(extra) if extra else extra,
                source,
                level,
            ]
            try:
                return self._insert(row)
            except sqlite3.IntegrityError:
                row[3] = None
                return self._insert(row)
        except Exception:
            return None

    def get_events(self, filter: Optional[EventFilter] = None) -> list[dict[str, Any]]:
        """Events, the newest first; empty on an error."""
        asked = filter or EventFilter()
        names = ("event_type", "ticket_id", "correlation_id", "level", "source")
        given = {name: getattr(asked, name) for name in names if getattr(asked, name)}
        where = " AND ".join(f"{name} = ?" for name in given) or "1"
        sql = f"SELECT * FROM event_log WHERE {where} ORDER BY timestamp DESC, id DESC LIMIT ? OFFSET ?"
        try:
            with self.pool.connection() as conn:
                rows = conn.execute(sql, (*given.values(), asked.limit, asked.offset)).fetchall()
                return [dict(row) for row in rows]
        except Exception:
            return []

    def get_events_for_ticket(self, ticket_id: str, limit: int = 50) -> list[dict[str, Any]]:
        """A ticket's events."""
        return self.get_events(EventFilter(ticket_id=ticket_id, limit=limit))

    def get_recent_events(self, limit: int = 100) -> list[dict[str, Any]]:
        """The newest events."""
        return self.get_events(EventFilter(limit=limit))

    def get_events_by_type(self, event_type: str, limit: int = 100) -> list[dict[str, Any]]:
        """Events of a type."""
        return self.get_events(EventFilter(event_type=event_type, limit=limit))

    def get_events_by_correlation(self, correlation_id: str, limit: int = 100) -> list[dict[str, Any]]:
        """Events of a correlation id."""
        return self.get_events(EventFilter(correlation_id=correlation_id, limit=limit))

    def prune_old_events(self, days_to_keep: int = 90) -> int:
        """Removes older events and returns how many."""
        oldest = (datetime.now(timezone.utc) - timedelta(days=days_to_keep)).isoformat()
        try:
            with self.pool.transaction(immediate=True) as conn:
                removed: int = conn.execute("DELETE FROM event_log WHERE timestamp < ?", (oldest,)).rowcount
                return removed
        except Exception:
            return 0

    def get_event_count(self) -> int:
        """How many events there are."""
        try:
            with self.pool.connection() as conn:
                count: int = conn.execute("SELECT COUNT(*) FROM event_log").fetchone()[0]
                return count
        except Exception:
            return 0

    def get_stats(self) -> dict[str, Any]:
        """Counts: total, by_type (the ten most frequent), by_level."""
        told: dict[str, Any] = {"total": 0, "by_type": {}, "by_level": {}}
        try:
            with self.pool.connection() as conn:
                for name, most in (("event_type", _TOP), ("level", -1)):
                    sql = f"SELECT {name}, COUNT(*) AS k FROM event_log GROUP BY 1 ORDER BY k DESC LIMIT ?"
                    found = {row[0]: row[1] for row in conn.execute(sql, (most,)).fetchall()}
                    told["by_type" if name == "event_type" else "by_level"] = found
            told["total"] = self.get_event_count()
        except Exception:
            pass
        return told

    def _insert(self, row: list[Any]) -> int:
        with self.pool.transaction(immediate=True) as conn:
            number: int = conn.execute(_INSERT, row).lastrowid
            return number


class BatchedEventWriter:
    """Events written together: when ``batch_size`` are there, or ``flush_interval_seconds`` after the last time."""

    def __init__(
        self,
        batch_size: int = 100,
        flush_interval_seconds: float = 5.0,
        repo: Optional[EventRepository] = None,
    ) -> None:
        self.batch_size = batch_size
        self.flush_interval_seconds = flush_interval_seconds
        self._repo = repo
        self._waiting: list[dict[str, Any]] = []
        self._last = time.monotonic()
        self._lock = lock_of(self)

    def add_event(self, **event: Any) -> None:
        """Takes an event as :meth:`EventRepository.log_event` does."""
        event.setdefault("timestamp", datetime.now(timezone.utc))
        with self._lock:
            self._waiting.append(event)
            due = time.monotonic() - self._last >= self.flush_interval_seconds
            full = len(self._waiting) >= self.batch_size
        if due or full:
            self.flush()

    def flush(self) -> int:
        """Writes what waits and returns how many."""
        with self._lock:
            events, self._waiting = self._waiting, []
            self._last = time.monotonic()
        repo = self._repo or get_event_repository()
        return sum(1 for event in events if repo.log_event(**event) is not None)

    def shutdown(self) -> None:
        """Writes what waits."""
        self.flush()


_repo: Optional[EventRepository] = None
_writer: Optional[BatchedEventWriter] = None


def get_event_repository(pool: Any = None) -> EventRepository:
    """The process's repository; another pool than before makes another one."""
    global _repo
    if _repo is None or (pool is not None and pool != _repo.pool):
        _repo = EventRepository(pool)
        open_soon(_repo.pool)
    return _repo


def reset_event_repository() -> None:
    """Forgets it."""
    global _repo
    _repo = None


def get_batched_event_writer() -> BatchedEventWriter:
    """The process's writer."""
    global _writer
    if _writer is None:
        _writer = BatchedEventWriter()
    return _writer

"""Writes that could not be done, kept in a JSON file until they can."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import RLock
from typing import Any, Callable, Optional

from .._fork import lock_of
from .._side_file import locked
from .atomic import atomic_write, safe_read


class QueueError(Exception):
    """The queue file could not be read or written."""


@dataclass
class QueueEntry:
    """One write that waits."""

    entry_id: str
    operation: str
    key: str
    content: str
    created_at: datetime
    retry_count: int = 0
    last_retry: Optional[datetime] = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it: times in ISO 8601."""
        return {
            "entry_id": self.entry_id,
            "operation": self.operation,
            "key": self.key,
            "content": self.content,
            "created_at": self.created_at.isoformat(),
            "retry_count": self.retry_count,
            "last_retry": self.last_retry.isoformat() if self.last_retry else None,
            "metadata": dict(self.metadata),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QueueEntry:
        """The entry that :meth:`to_dict` wrote."""
        last = data.get("last_retry")
        return cls(
            entry_id=data["entry_id"],
            operation=data["operation"],
            key=data["key"],
            content=data["content"],
            created_at=datetime.fromisoformat(data["created_at"]),
            retry_count=data.get("retry_count", 0),
            last_retry=datetime.fromisoformat(last) if last else None,
            metadata=data.get("metadata") or {},
        )


class PersistenceQueue:
    """A queue in ``queue_file``, shared by threads and processes. Entries over ``max_age_hours`` are dropped, and the
    oldest go when there are more than ``max_entries``."""

    def __init__(
        self,
        queue_file: Path | str,
        max_entries: int = 1000,
        max_age_hours: float = 24.0,
        deduplication: bool = True,
    ) -> None:
        self.queue_file = Path(queue_file)
        self.max_entries = max_entries
        self.max_age_hours = max_age_hours
        self.deduplication = deduplication
        self._lock = lock_of(self, RLock)

    def enqueue(self, operation: str, key: str, content: str = "", metadata: Optional[dict[str, Any]] = None) -> str:
        """Adds a write and returns its id. With deduplication an equal one that waits already is told instead."""
        with self._change() as entries:
            for entry in entries if self.deduplication else ():
                if (entry.operation, entry.key, entry.content) == (operation, key, content):
                    return entry.entry_id
            now = datetime.now(timezone.utc)
            entry = QueueEntry(uuid.uuid4().hex, operation, key, content, now, metadata=metadata or {})
            entries.append(entry)
            del entries[: max(0, len(entries) - self.max_entries)]
            return entry.entry_id

    def dequeue(self) -> Optional[QueueEntry]:
        """Takes the oldest entry out."""
        with self._change() as entries:
            return entries.pop(0) if entries else None

    def peek(self) -> Optional[QueueEntry]:
        """The oldest entry, which stays."""
        entries = self._read()
        return entries[0] if entries else None

    def replay(self, handler: Callable[[QueueEntry], Any], max_retries: int = 3) -> dict[str, int]:
        """Gives each entry to ``handler``: one that returns False or raises stays, until it has failed ``max_retries``
        times."""
        told = {"processed": 0, "succeeded": 0, "failed": 0, "dropped": 0}
        with self._change() as entries:
            left: list[QueueEntry] = []
            for entry in entries:
                told["processed"] += 1
                if _handled(handler, entry):
                    told["succeeded"] += 1
                    continue
                told["failed"] += 1
                entry.retry_count += 1
                entry.last_retry = datetime.now(timezone.utc)
                if entry.retry_count < max_retries:
                    left.append(entry)
                else:
                    told["dropped"] += 1
            entries[:] = left
        return told

    def clear(self) -> int:
        """Drops all entries and returns how many there were."""
        with self._change() as entries:
            dropped = len(entries)
            entries.clear()
            return dropped

    def size(self) -> int:
        """How many entries wait."""
        return len(self._read())

    def is_empty(self) -> bool:
        """Whether none waits."""
        return self.size() == 0

    def get_stats(self) -> dict[str, Any]:
        """Figures: total, by_operation, oldest, newest, max_entries, queue_file."""
        entries = self._read()
        kinds: dict[str, int] = {}
        for entry in entries:
            kinds[entry.operation] = kinds.get(entry.operation, 0) + 1
        return {
            "total": len(entries),
            "by_operation": kinds,
            "oldest": entries[0].created_at.isoformat() if entries else None,
            "newest": entries[-1].created_at.isoformat() if entries else None,
            "max_entries": self.max_entries,
            "queue_file": str(self.queue_file),
        }

    @contextmanager
    def _change(self) -> Iterator[list[QueueEntry]]:
        with self._lock, locked(self.queue_file):
            entries = self._read()
            was = [entry.to_dict() for entry in entries]
            yield entries
            now = [entry.to_dict() for entry in entries]
            if now != was:
                self._write(now)

    def _read(self) -> list[QueueEntry]:
        text = safe_read(self.queue_file) or ""
        if not text.strip():
            return []
        try:
            entries = [QueueEntry.from_dict(one) for one in json.loads(text)]
        except (ValueError, TypeError, KeyError) as error:
            raise QueueError(f"{self.queue_file} cannot be read, and was left as it is: {error}") from error
        oldest = datetime.now(timezone.utc) - timedelta(hours=self.max_age_hours)
        return [entry for entry in entries if entry.created_at >= oldest]

    def _write(self, entries: list[dict[str, Any]]) -> None:
        try:
            atomic_write(self.queue_file, json.dumps(entries, indent=2))
        except (OSError, TypeError) as error:
            raise QueueError(f"{self.queue_file} cannot be written: {error}") from error


def _handled(handler: Callable[[QueueEntry], Any], entry: QueueEntry) -> bool:
    try:
        return handler(entry) is not False
    except Exception:
        return False

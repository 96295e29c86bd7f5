"""Documents in a storage backend, with a queue for writes that fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Callable, Optional

from .paths import StoragePaths
from .queue import PersistenceQueue, QueueEntry
from .storage import StorageBackend, StorageError, StorageNotFoundError


class PersistenceError(Exception):
    """A document could not be kept, not even in the queue."""


class Transaction:
    """Writes that are done together at :meth:`commit`; if one fails, those before it are taken back."""

    def __init__(self, manager: PersistenceManager) -> None:
        self.manager = manager
        self._steps: list[tuple[str, str, str]] = []
        self._done = False

    def write(self, key: str, content: str) -> None:
        """Puts ``content`` in the document's place."""
        self._add("write", key, content)

    def append(self, key: str, content: str) -> None:
        """Adds ``content`` at the document's end."""
        self._add("append", key, content)

    def delete(self, key: str) -> None:
        """Removes the document."""
        self._add("delete", key, "")

    def commit(self) -> None:
        """Does all of it, or raises :class:`PersistenceError` with nothing done."""
        self._open()
        self._done = True
        before: dict[str, Optional[str]] = {}
        try:
            for operation, key, content in self._steps:
                before.setdefault(key, self.manager.read_document_safe(key))
                self.manager._apply(operation, key, content)
        except StorageError as error:
            self._restore(before)
            raise PersistenceError(f"The transaction was taken back: {error}") from error

    def rollback(self) -> None:
        """Forgets all of it."""
        self._open()
        self._done = True
        self._steps.clear()

    def __enter__(self) -> Transaction:
        return self

    def __exit__(
        self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if self._done:
            return
        if kind is None:
            self.commit()
        else:
            self.rollback()

    def _add(self, operation: str, key: str, content: str) -> None:
        self._open()
        self._steps.append((operation, key, content))

    def _open(self) -> None:
        if self._done:
            raise PersistenceError("The transaction is over; begin another one")

    def _restore(self, before: dict[str, Optional[str]]) -> None:
        for key, content in before.items():
            if content is None:
                self.manager.backend.delete(key)
            else:
                self.manager.backend.write(key, content)


class PersistenceManager:
    """Documents by key. With ``enable_queue`` a write that fails waits in a queue and is done again later."""

    def __init__(
        self,
        backend: StorageBackend,
        queue_file: Optional[Path | str] = None,
        paths: Optional[StoragePaths] = None,
        enable_queue: bool = True,
        auto_replay: bool = True,
    ) -> None:
        self.backend = backend
        self.paths = paths
        file = queue_file or (paths.queue_file if paths else None)
        self.queue = PersistenceQueue(file) if enable_queue and file else None
        if self.queue and auto_replay and not self.queue.is_empty():
            self.replay_queue()

    def write_document(self, key: str, content: str) -> bool:
        """Puts ``content`` in the document's place. False: it waits in the queue."""
        return self._do("write", key, content)

    def read_document(self, key: str) -> str:
        """The document; :class:`StorageNotFoundError` when there is none."""
        return self.backend.read(key)

    def read_document_safe(self, key: str, default: Optional[str] = None) -> Optional[str]:
        """The document, or ``default``."""
        try:
            return self.backend.read(key)
        except StorageError:
            return default

    def append_to_document(self, key: str, content: str) -> bool:
        """Adds ``content`` at the end; makes the document. False: it waits in the queue."""
        return self._do("append", key, content)

    def update_document(self, key: str, update_fn: Callable[[str], str], create_if_missing: bool = True) -> bool:
        """Replaces the document by what ``update_fn`` makes of it."""
        try:
            was = self.backend.read(key)
        except StorageNotFoundError:
            if not create_if_missing:
                raise
            was = ""
        return self.write_document(key, update_fn(was))

    def delete_document(self, key: str) -> bool:
        """Removes the document; False when there was none."""
        return self.backend.delete(key)

    def exists(self, key: str) -> bool:
        """Whether there is such a document."""
        return self.backend.exists(key)

    def list_documents(self, prefix: Optional[str] = None) -> list[str]:
        """All keys that begin with ``prefix``."""
        return self.backend.list_keys(prefix)

    def get_size(self, key: str) -> int:
        """Bytes of the document."""
        return self.backend.size(key)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that is committed at the end of the block, and taken back by an exception."""
        with Transaction(self) as transaction:
            yield transaction

    def get_queue_stats(self) -> Optional[dict[str, Any]]:
        """The queue's figures; None without a queue."""
        return self.queue.get_stats() if self.queue else None

    def replay_queue(self) -> dict[str, int]:
        """Does again what waits."""
        if not self.queue:
            return {"processed": 0, "succeeded": 0, "failed": 0, "dropped": 0}
        return self.queue.replay(self._again)

    def clear_queue(self) -> int:
        """Drops what waits and returns how many there were."""
        return self.queue.clear() if self.queue else 0

    def _again(self, entry: QueueEntry) -> None:
        self._apply(entry.operation, entry.key, entry.content)

    def _do(self, operation: str, key: str, content: str) -> bool:
        try:
            self._apply(operation, key, content)
        except StorageError as error:
            if not self.queue:
                raise PersistenceError(f"{key} could not be written: {error}") from error
            self.queue.enqueue(operation, key, content)
            return False
        return True

    def _apply(self, operation: str, key: str, content: str) -> None:
        if operation == "delete":
            self.backend.delete(key)
        elif operation == "append":
            self.backend.write(key, (self.read_document_safe(key) or "") + content)
        else:
            self.backend.write(key, content)

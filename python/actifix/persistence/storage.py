"""Where documents are kept by key: in files, or in memory for tests."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from threading import RLock
from typing import Any, Optional

from .._fork import lock_of
from .atomic import atomic_write_bytes


class StorageError(Exception):
    """A document could not be read or written."""


class StorageNotFoundError(StorageError):
    """There is no document of this key."""


class StoragePermissionError(StorageError):
    """The document may not be read or written."""


class StorageBackend(ABC):
    """A place of documents. Keys are relative paths with ``/``."""

    @abstractmethod
    def read(self, key: str) -> str:
        """The document as text; :class:`StorageNotFoundError` when there is none."""

    @abstractmethod
    def read_bytes(self, key: str) -> bytes:
        """The document as bytes; :class:`StorageNotFoundError` when there is none."""

    @abstractmethod
    def write(self, key: str, content: str) -> None:
        """Puts a text in the document's place."""

    @abstractmethod
    def write_bytes(self, key: str, content: bytes) -> None:
        """Puts bytes in the document's place."""

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether there is such a document."""

    @abstractmethod
    def delete(self, key: str) -> bool:
        """Removes it; False when there was none."""

    @abstractmethod
    def list_keys(self, prefix: Optional[str] = None) -> list[str]:
        """All keys that begin with ``prefix``, in order."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Bytes of the document; :class:`StorageNotFoundError` when there is none."""


class JSONStorageMixin:
    """Documents as JSON, for a backend."""

    def read_json(self, key: str) -> Any:
        """The document's value; :class:`StorageError` when it is no JSON."""
        try:
            return json.loads(self.read(key))  # type: ignore[attr-defined]
        except json.JSONDecodeError as error:
            raise StorageError(f"{key} is no JSON: {error}") from error

    def write_json(self, key: str, data: Any, indent: Optional[int] = 2) -> None:
        """Writes a value as JSON."""
        try:
            text = json.dumps(data, indent=indent)
        except (TypeError, ValueError) as error:
            raise StorageError(f"{key} cannot be written as JSON: {error}") from error
        self.write(key, text)  # type: ignore[attr-defined]


class FileStorageBackend(StorageBackend, JSONStorageMixin):
    """Documents as files below ``base_dir``, each written whole."""

    def __init__(self, base_dir: Path | str, encoding: str = "utf-8") -> None:
        self.base_dir = Path(base_dir)
        self.encoding = encoding
        self.base_dir.mkdir(parents=True, exist_ok=True)

    def _path(self, key: str) -> Path:
        base = self.base_dir.resolve()
        path = (base / key).resolve()
        if not key or path == base or base not in path.parents:
            raise StoragePermissionError(f"{key!r} leads out of {self.base_dir}")
        return path

    def read(self, key: str) -> str:
        try:
            return self.read_bytes(key).decode(self.encoding)
        except UnicodeDecodeError as error:
            raise StorageError(f"{key} is not {self.encoding}: {error}") from error

    def read_bytes(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except OSError as error:
            raise _told(key, error) from error

    def write(self, key: str, content: str) -> None:
        self.write_bytes(key, content.encode(self.encoding))

    def write_bytes(self, key: str, content: bytes) -> None:
        try:
            atomic_write_bytes(self._path(key), content)
        except OSError as error:
            raise _told(key, error) from error

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def delete(self, key: str) -> bool:
        try:
            self._path(key).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _told(key, error) from error
        return True

    def list_keys(self, prefix: Optional[str] = None) -> list[str]:
        files = (path for path in self.base_dir.rglob("*") if path.is_file())
        keys = (path.relative_to(self.base_dir).as_posix() for path in files)
        return sorted(key for key in keys if key.startswith(prefix or ""))

    def size(self, key: str) -> int:
        try:
            return self._path(key).stat().st_size
        except OSError as error:
            raise _told(key, error) from error


class MemoryStorageBackend(StorageBackend, JSONStorageMixin):
    """Documents in memory."""

    def __init__(self) -> None:
        self._documents: dict[str, bytes] = {}
        self._lock = lock_of(self, RLock)

    def read(self, key: str) -> str:
        return self.read_bytes(key).decode("utf-8")

    def read_bytes(self, key: str) -> bytes:
        with self._lock:
            if key not in self._documents:
                raise StorageNotFoundError(f"{key} does not exist")
            return self._documents[key]

    def write(self, key: str, content: str) -> None:
        self.write_bytes(key, content.encode("utf-8"))

    def write_bytes(self, key: str, content: bytes) -> None:
        with self._lock:
            self._documents[key] = bytes(content)

    def exists(self, key: str) -> bool:
        with self._lock:
            return key in self._documents

    def delete(self, key: str) -> bool:
        with self._lock:
            return self._documents.pop(key, None) is not None

    def list_keys(self, prefix: Optional[str] = None) -> list[str]:
        with self._lock:
            return sorted(key for key in self._documents if key.startswith(prefix or ""))

    def size(self, key: str) -> int:
        return len(self.read_bytes(key))

    def clear(self) -> None:
        """Forgets all documents."""
        with self._lock:
            self._documents.clear()


def _told(key: str, error: OSError) -> StorageError:
    """The storage's own word for what the system said."""
    if isinstance(error, (FileNotFoundError, IsADirectoryError)):
        return StorageNotFoundError(f"{key} does not exist")
    if isinstance(error, PermissionError):
        return StoragePermissionError(f"{key}: {error}")
    return StorageError(f"{key}: {error}")

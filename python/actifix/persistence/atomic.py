"""Files that are whole or as they were: written beside, synced, renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Callable, Optional, Union

PathLike = Union[str, "os.PathLike[str]"]


def atomic_write(path: PathLike, content: str, encoding: str = "utf-8") -> None:
    """Puts ``content`` in the place of the file at ``path``, on disk when it returns. Makes missing folders."""
    atomic_write_bytes(path, content.encode(encoding))


def atomic_write_bytes(path: PathLike, content: bytes) -> None:
    """As :func:`atomic_write`, for bytes."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=str(target.parent))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        _remove(part)
        raise
    _sync_folder(target.parent)


def atomic_append(path: PathLike, content: str, max_size_bytes: Optional[int] = None, encoding: str = "utf-8") -> None:
    """Adds ``content`` at the end. A file that grows over ``max_size_bytes`` keeps its latest whole lines."""
    whole = (safe_read(path, encoding) or "") + content
    if max_size_bytes is not None:
        whole = trim_to_line_boundary(whole, max_size_bytes)
    atomic_write(path, whole, encoding)


def atomic_update(
    path: PathLike,
    update_fn: Callable[[str], str],
    encoding: str = "utf-8",
    create_if_missing: bool = True,
    initial_content: str = "",
) -> str:
    """Replaces the content by what ``update_fn`` makes of it, and returns that.

    Raises ``FileNotFoundError`` when there is no file and ``create_if_missing`` is off.
    """
    target = Path(path)
    if target.exists():
        was = target.read_text(encoding=encoding)
    elif create_if_missing:
        was = initial_content
    else:
        raise FileNotFoundError(f"{target} does not exist")
    now = update_fn(was)
    atomic_write(target, now, encoding)
    return now


def idempotent_append(path: PathLike, content: str, entry_key: str, encoding: str = "utf-8") -> bool:
    """Adds ``content`` unless ``entry_key`` stands in the file already; says whether it was added."""
    if entry_key in (safe_read(path, encoding) or ""):
        return False
    atomic_append(path, content, encoding=encoding)
    return True


def trim_to_line_boundary(content: str, max_bytes: int) -> str:
    """The latest whole lines of ``content`` that fit into ``max_bytes`` of UTF-8."""
    encoded = content.encode("utf-8")
    if len(encoded) <= max_bytes:
        return content
    start = len(encoded) - max(max_bytes, 0)
    tail = encoded[start:].decode("utf-8", errors="ignore")
    if encoded[start - 1 : start] == b"\n":
        return tail
    _, newline, whole = tail.partition("\n")
    return whole if newline else tail


def safe_read(path: PathLike, encoding: str = "utf-8", default: Optional[str] = None) -> Optional[str]:
    """The file's text, or ``default`` when it cannot be read."""
    try:
        return Path(path).read_text(encoding=encoding)
    except (OSError, UnicodeDecodeError):
        return default


def safe_read_bytes(path: PathLike, default: Optional[bytes] = None) -> Optional[bytes]:
    """The file's bytes, or ``default`` when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return default


def _remove(path: PathLike) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass


def _sync_folder(folder: Path) -> None:
    """A rename is on disk when its folder is. Not every file system lets a folder be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)

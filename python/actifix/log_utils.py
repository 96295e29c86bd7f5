"""Text files written whole, and events of the event log."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Optional

from ._settings import whole
from .persistence.atomic import (
    atomic_append,
    atomic_write,
    atomic_write_bytes,
    idempotent_append,
    trim_to_line_boundary,
)

__all__ = [
    "append_with_guard",
    "atomic_write",
    "atomic_write_bytes",
    "idempotent_append",
    "log_event",
    "trim_to_line_boundary",
]

DEFAULT_MAX_LOG_SIZE = 10 * 1024 * 1024
DEFAULT_ROTATION_BYTES = 8 * 1024 * 1024
DEFAULT_KEPT_FILES = 3


def append_with_guard(path: Path | str, content: str, max_size_bytes: Optional[int] = None) -> None:
    """Adds to a text log. Over ``ACTIFIX_LOG_ROTATION_THRESHOLD_BYTES`` the file is put aside as ``.1``, ``.2`` and so
    on, ``ACTIFIX_LOG_ROTATION_KEEP_FILES`` of them; over ``max_size_bytes`` it keeps its latest whole lines."""
    target = Path(path)
    if max_size_bytes is None:
        max_size_bytes = whole(os.environ.get("ACTIFIX_MAX_LOG_SIZE"), DEFAULT_MAX_LOG_SIZE)
    threshold = whole(os.environ.get("ACTIFIX_LOG_ROTATION_THRESHOLD_BYTES"), DEFAULT_ROTATION_BYTES)
    if target.exists() and target.stat().st_size + len(content.encode("utf-8")) > threshold:
        _rotate(target, whole(os.environ.get("ACTIFIX_LOG_ROTATION_KEEP_FILES"), DEFAULT_KEPT_FILES))
    atomic_append(target, content, max_size_bytes)


def _rotate(path: Path, kept: int) -> None:
    for number in range(kept, 0, -1):
        newer = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
        if newer.exists():
            os.replace(newer, path.with_name(f"{path.name}.{number}"))


def log_event(
    *args: Any,
    event_type: Optional[str] = None,
    message: Optional[str] = None,
    ticket_id: Optional[str] = None,
    extra: Optional[dict[str, Any]] = None,
    source: Optional[str] = None,
    level: str = "INFO",
    correlation_id: Optional[str] = None,
    path: Optional[Path | str] = None,
) -> None:
    """Adds an event to the event log. Never raises.

    ``log_event(event_type, message, …)``; the older form with a path first is taken, and the path left out.
    """
    del path
    given = list(args)
    if given and (isinstance(given[0], Path) or (len(given) > 2 and os.sep in str(given[0]))):
        given.pop(0)
    event_type = event_type if event_type is not None else (given.pop(0) if given else "UNKNOWN")
    message = message if message is not None else (given.pop(0) if given else "")
    ticket_id = ticket_id or (given.pop(0) if given else None)
    try:
        from .persistence.event_repo import get_event_repository

        get_event_repository().log_event(
            event_type=str(event_type),
            message=str(message),
            ticket_id=ticket_id,
            correlation_id=correlation_id,
            extra_json=json.dumps(extra, default=str) if extra else None,
            source=source,
            level=level,
        )
    except Exception:  # an event that cannot be written stops nobody
        return

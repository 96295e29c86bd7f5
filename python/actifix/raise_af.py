"""Errors as tickets, by the Python system's names: :func:`record_error` and what it is made of."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import Any, Optional, Union
from uuid import uuid4

from . import _core
from ._settings import OFF, ON
from .state_paths import ActifixPaths, get_actifix_paths, get_raise_af_sentinel, init_actifix_files

_log = logging.getLogger(__name__)

PROJECT_ROOT = Path.cwd()
ACTIFIX_DIR = PROJECT_ROOT / "actifix"
ACTIFIX_CAPTURE_ENV_VAR = "ACTIFIX_CAPTURE_ENABLED"
ACTIFIX_CHANGE_ORIGIN_ENV = "ACTIFIX_CHANGE_ORIGIN"
ACTIFIX_ENFORCE_RAISE_AF_ENV = "ACTIFIX_ENFORCE_RAISE_AF"
STRUCTURED_MESSAGE_ENV = "ACTIFIX_ENFORCE_STRUCTURED_MESSAGES"
STRUCTURED_MESSAGE_ENFORCED = os.environ.get(STRUCTURED_MESSAGE_ENV, "0").strip().lower() not in {*OFF, ""}
DUPLICATE_REOPEN_WINDOW = timedelta(hours=24)
LEGACY_FALLBACK_QUEUE = ".actifix_fallback_queue.json"
FALLBACK_QUEUE_FILE = "actifix_fallback_queue.json"
MAX_CONTEXT_CHARS = 800000
_ORIGIN = "raise_af"


class TicketPriority(str, Enum):
    """How much it matters: P0 system down or data loss, P1 core broken, P2 important, P3 minor, P4 trivial."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


@dataclass
class ActifixEntry:
    """A ticket on its way to the database."""

    message: str
    source: str
    run_label: str
    entry_id: str
    created_at: datetime
    priority: TicketPriority = TicketPriority.P2
    error_type: str = "unknown"
    stack_trace: str = ""
    file_context: dict[str, str] = field(default_factory=dict)
    system_state: dict[str, Any] = field(default_factory=dict)
    ai_remediation_notes: str = ""
    duplicate_guard: str = ""
    format_version: str = "1.0"
    correlation_id: Optional[str] = None

    @property
    def ticket_id(self) -> str:
        """The entry's id under its other name."""
        return self.entry_id

    def to_dict(self) -> dict[str, Any]:
        """All fields, as JSON takes them."""
        return {**self.__dict__, "priority": self.priority.value, "created_at": self.created_at.isoformat()}


def generate_entry_id() -> str:
    """A new id: ``ACT-``, the UTC day, and five hex digits. One that is taken is drawn again by :func:`record_error`."""
    return f"ACT-{datetime.now(timezone.utc):%Y%m%d}-{uuid4().hex[:5].upper()}"


def generate_ticket_id() -> str:
    """:func:`generate_entry_id` under its other name."""
    return generate_entry_id()


def generate_duplicate_guard(
    source: str, message: str, error_type: str = "unknown", stack_trace: Optional[str] = None
) -> str:
    """What makes errors equal: type, message without numbers and folders, first line of the stack. Not the source."""
    del source
    for text in (message, error_type, stack_trace):
        (text or "").encode("utf-8")  # a lone surrogate has no bytes, and so no hash
    return _core.duplicate_guard(message or "", error_type or "", stack_trace or "")


def enforce_raise_af_only(paths: Optional[ActifixPaths] = None, change_origin: Optional[str] = None) -> None:
    """Raises ``PermissionError`` unless the change comes from here: ``ACTIFIX_CHANGE_ORIGIN=raise_af``.

    ``ACTIFIX_ENFORCE_RAISE_AF=0`` opens the gate, unless the file ``RAISE_AF_ONLY`` stands in the state folder.
    """
    switched_off = os.environ.get(ACTIFIX_ENFORCE_RAISE_AF_ENV, "1").strip().lower() in OFF
    if switched_off and not get_raise_af_sentinel(paths).exists():
        return
    origin = change_origin if change_origin is not None else os.environ.get(ACTIFIX_CHANGE_ORIGIN_ENV, "")
    if origin.strip().lower() != _ORIGIN:
        raise PermissionError(f"Actifix changes must come through raise_af: set {ACTIFIX_CHANGE_ORIGIN_ENV}={_ORIGIN}")


def classify_priority(error_type: str, message: str, source: str) -> TicketPriority:
    """How much an error matters, by the words of its type, message and source."""
    return TicketPriority(_core.old_priority(error_type or "", message or "", source or ""))


def redact_secrets_from_text(text: str) -> str:
    """The text without its secrets, a label in place of each. What is written to disk is masked by the store itself."""
    from ._raise_af.labels import redact

    return redact(text) if text else text


def record_error(
    message: str,
    source: str,
    run_label: str = "unspecified",
    base_dir: Optional[Path] = None,
    error_type: str = "unknown",
    priority: Union[TicketPriority, str, None] = None,
    stack_trace: Optional[str] = None,
    capture_context: bool = True,
    skip_duplicate_check: bool = False,
    skip_ai_notes: bool = False,
    paths: Optional[ActifixPaths] = None,
    force_context: bool = False,
) -> Optional[ActifixEntry]:
    """Makes a ticket of an error and returns its entry. None for an equal error, which is counted, and when capture is
    off or the throttle holds it back.

    When the database cannot take it, it goes into the spool in the state folder, on disk before this returns; the entry
    is returned then too, and :func:`replay_fallback_queue`, or the next error that is recorded, brings it in.

    Raises ``PermissionError`` at the gate of :func:`enforce_raise_af_only`; what is wrong with the database is not raised.
    """
    from ._raise_af.record import Recording

    chosen = paths or (get_actifix_paths(base_dir=base_dir) if base_dir else get_actifix_paths())
    enforce_raise_af_only(chosen)
    message, source = message.strip(), source.strip() or "unknown"
    run_label, error_type = run_label.strip() or "unspecified", error_type.strip() or "unknown"
    if STRUCTURED_MESSAGE_ENFORCED:
        message = _ensure_structured_message(message, source, error_type)
    init_actifix_files(chosen)
    return Recording(
        message=message,
        source=source,
        run_label=run_label,
        error_type=error_type,
        priority=priority,
        stack_trace=capture_stack_trace() if stack_trace is None else stack_trace,
        capture_context=capture_context,
        skip_duplicate_check=skip_duplicate_check,
        skip_ai_notes=skip_ai_notes,
        force_context=force_context,
        paths=chosen,
        paths_given=paths is not None,
    ).run()


def replay_fallback_queue(base_dir: Path = ACTIFIX_DIR) -> int:
    """Brings in what waits in the spool and in the Python system's own queue file; returns how many are in."""
    from ._raise_af.spool import Spool
    from .persistence import ticket_repo

    try:
        chosen = get_actifix_paths() if base_dir == ACTIFIX_DIR else get_actifix_paths(base_dir=base_dir)
        return Spool(chosen).replay(ticket_repo.get_ticket_repository())
    except Exception as error:
        _log.warning("The spool could not be replayed: %s", error)
        return 0


def ensure_scaffold(base_dir: Path) -> None:
    """Makes the folders and files that recording needs."""
    init_actifix_files(get_actifix_paths(base_dir=base_dir))


def _ensure_structured_message(message: str, source: str = "unknown", error_type: str = "unknown") -> str:
    """The message with the words Root Cause, Impact and Action, wrapped in three lines when it lacks one."""
    lowered = message.lower()
    if all(word in lowered for word in ("root cause", "impact", "action")):
        return message
    return (
        f"Root Cause: {message}\n"
        f"Impact: {error_type} at {source} may affect whoever relies on it\n"
        f"Action: Find out why, mend it, and add a test"
    )


def _capture_state(config_enabled: bool) -> bool:
    """Whether errors are captured: the variable's word, else the setting's."""
    word = os.environ.get(ACTIFIX_CAPTURE_ENV_VAR, "").strip().lower()
    if word in ON or word == "debug":
        return True
    return False if word in OFF else config_enabled


def parse_args(argv: Optional[list[str]] = None) -> Any:
    """The arguments of ``python -m actifix.raise_af``."""
    from ._raise_af.command import parse_args as parse

    return parse(argv)


def main(argv: Optional[list[str]] = None) -> int:
    """``python -m actifix.raise_af --message …``; 0 also for an error that was known."""
    from ._raise_af.command import main as run

    return run(argv)


from ._raise_af.context import (  # noqa: E402, F401  (they need the classes above, and are called by this module's name)
    AI_REMEDIATION_DRY_RUN_ENV,
    AI_REMEDIATION_MAX_CHARS,
    CONTEXT_TRUNCATION_CHARS,
    FILE_CONTEXT_MAX_CHARS,
    MINIMAL_CONTEXT_PRIORITIES,
    SYSTEM_STATE_ENV_CACHE_TTL_SECONDS,
    SYSTEM_STATE_MAX_CHARS,
    capture_file_context,
    capture_stack_trace,
    capture_system_state,
)
from ._raise_af.notes import generate_ai_remediation_notes, preview_ai_remediation_notes  # noqa: E402, F401

if __name__ == "__main__":
    raise SystemExit(main())

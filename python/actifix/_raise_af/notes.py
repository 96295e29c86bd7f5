"""Notes for whoever mends an error: plain text, made here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Optional

from .context import AI_REMEDIATION_MAX_CHARS, cut

if TYPE_CHECKING:
    from ..raise_af import ActifixEntry

_FILES, _SNIPPET = 3, 200


def preview_ai_remediation_notes(entry: ActifixEntry, max_chars: Optional[int] = None) -> tuple[str, dict[str, Any]]:
    """The notes, and figures about them."""
    most = AI_REMEDIATION_MAX_CHARS if max_chars is None else max_chars
    whole = "\n".join(_sections(entry))
    notes = cut(whole, most)
    return notes, {
        "ai_notes_char_count": len(notes),
        "ai_notes_char_limit": most,
        "ai_notes_truncated": len(whole) > most,
        "ai_notes_overflow": max(len(whole) - most, 0),
        "stack_snippet_chars": len(entry.stack_trace or ""),
    }


def generate_ai_remediation_notes(entry: ActifixEntry, max_chars: Optional[int] = None) -> str:
    """The notes: root cause, impact, action, stack, snapshots of files, what is known of the machine."""
    return preview_ai_remediation_notes(entry, max_chars)[0]


def _sections(entry: ActifixEntry) -> Iterator[str]:
    yield f"Root Cause: {entry.error_type} @ {entry.source}: {entry.message}"
    yield f"Impact: ticket {entry.entry_id} has priority {entry.priority.value}"
    yield "Action: reproduce it, mend it where it begins, add a test, and complete the ticket with evidence"
    yield ""
    yield "STACK TRACE:"
    yield entry.stack_trace.strip() or "(no stack trace was captured)"
    if entry.file_context:
        yield ""
        yield "FILE CONTEXT SNAPSHOTS:"
        for name, text in list(entry.file_context.items())[:_FILES]:
            lines = [line.strip() for line in text.splitlines() if line.strip()] or [""]
            shown = lines[0] if len(lines) == 1 else f"{lines[0]} ... {lines[-1]}"
            yield f"- {PurePath(name).name}: {shown[:_SNIPPET]}"
    yield ""
    yield f"SYSTEM STATE KEYS: {', '.join(sorted(entry.system_state))}"

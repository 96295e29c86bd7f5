"""Errors that the database could not take: one JSON object a line, on disk before the caller goes on, brought in exactly
once later."""

from __future__ import annotations

import json
import logging
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from .._core import redact
from .._side_file import locked
from ..persistence.atomic import atomic_write
from ..state_paths import ActifixPaths

if TYPE_CHECKING:
    from ..raise_af import ActifixEntry

_log = logging.getLogger(__name__)


class Spool:
    """The spool of a state folder. An entry's id makes bringing it in repeatable: a taken id is not taken twice."""

    def __init__(self, paths: ActifixPaths) -> None:
        self.file = paths.state_dir / "actifix_spool.jsonl"
        self._old_files = (paths.fallback_queue_file, paths.base_dir / ".actifix_fallback_queue.json")

    def add(self, entry: ActifixEntry) -> None:
        """Puts an entry down, redacted; on disk when this returns."""
        told = _clean(entry.to_dict())
        line = json.dumps(told, default=str) + "\n"
        with locked(self.file):
            with open(self.file, "a+b") as file:
                os.chmod(self.file, 0o600)
                _end_line(file)
                file.write(line.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())

    def size(self) -> int:
        """How many entries wait."""
        return len(_read(self.file))

    def replay(self, repo: Any) -> int:
        """Brings in what waits, the old queue files' entries too. What cannot be brought in now stays."""
        if not any(_filled(file) for file in (self.file, *self._old_files)):
            return 0
        with locked(self.file):
            lines = [line for file in self._old_files for line in _old_lines(file)] + _read(self.file)
            if not lines:
                return 0
            left, done = [], 0
            for line in lines:
                entry = self._entry(line)
                if entry is None:
                    continue
                if _brought_in(repo, entry):
                    done += 1
                else:
                    left.append(line)
            if len(left) < len(lines) or any(_filled(file) for file in self._old_files):
                self._keep(left)
        return done

    def _entry(self, line: str) -> Optional[ActifixEntry]:
        """The entry of a line; one that cannot be read (a crash cut it off) is set aside."""
        try:
            return entry_of(json.loads(line))
        except (ValueError, TypeError, AttributeError) as error:
            aside = self.file.with_name(f"{self.file.name}.unreadable")
            _log.error("A line of the spool cannot be read (%s); it stands in %s now", error, aside)
            with open(aside, "a", encoding="utf-8") as file:
                file.write(line + "\n")
            return None

    def _keep(self, left: list[str]) -> None:
        """What is left is on disk in the spool before the old files go."""
        if left:
            atomic_write(self.file, "\n".join(left) + "\n")
        else:
            self.file.unlink(missing_ok=True)
        for file in self._old_files:
            if _filled(file):
                file.unlink()


def _filled(file: Path) -> bool:
    try:
        return file.stat().st_size > 0
    except OSError:
        return False


def entry_of(told: dict[str, Any]) -> ActifixEntry:
    """The entry that was put down; what a queue file of the Python system left out gets its default."""
    from ..raise_af import ActifixEntry, TicketPriority, generate_entry_id

    at = told.get("created_at")
    priority = told.get("priority")
    known = priority in TicketPriority.__members__
    return ActifixEntry(
        message=told.get("message") or "",
        source=told.get("source") or "unknown",
        run_label=told.get("run_label") or "unspecified",
        entry_id=told.get("entry_id") or told.get("ticket_id") or generate_entry_id(),
        created_at=datetime.fromisoformat(at) if at else datetime.now(timezone.utc),
        priority=TicketPriority[str(priority)] if known else TicketPriority.P2,
        error_type=told.get("error_type") or "unknown",
        stack_trace=told.get("stack_trace") or "",
        file_context=told.get("file_context") or {},
        system_state=told.get("system_state") or {},
        ai_remediation_notes=told.get("ai_remediation_notes") or "",
        duplicate_guard=told.get("duplicate_guard") or "",
        format_version=told.get("format_version") or "1.0",
        correlation_id=told.get("correlation_id"),
    )


def _brought_in(repo: Any, entry: ActifixEntry) -> bool:
    try:
        if repo.create_ticket(entry) or repo.get_ticket(entry.entry_id) is not None:
            return True
        if repo.check_duplicate_guard(entry.duplicate_guard) is not None:
            repo.count_duplicate(entry, request_id=f"spool-{entry.entry_id}")
            return True
        return False
    except Exception as error:
        _log.warning("An entry stays in the spool: %s", error)
        return False


def _read(file: Path) -> list[str]:
    """Whole lines; the last one may have been cut off by a crash, and was never acknowledged then."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [line for line in text.split("\n") if line.strip()]


def _old_lines(file: Path) -> list[str]:
    """The entries of a queue file of the Python system; one that cannot be read is set aside."""
    try:
        text = file.read_text(encoding="utf-8")
        entries = json.loads(text) if text.strip() else []
        return [json.dumps(entry) for entry in entries]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        aside = file.with_name(f"{file.name}.unreadable-{datetime.now(timezone.utc):%Y%m%dT%H%M%S%f}")
        _log.error("%s cannot be read (%s); it stands in %s now", file, error, aside)
        try:
            os.replace(file, aside)
        except OSError:
            pass
        return []


def _end_line(file: Any) -> None:
    """A line that was cut off gets its end, so that the next one is whole."""
    if file.seek(0, os.SEEK_END):
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")


def _clean(value: Any) -> Any:
    """All texts redacted, however deep."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {str(key): _clean(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(one) for one in value]
    return value


def spooled(entry: ActifixEntry, paths: ActifixPaths) -> Optional[ActifixEntry]:
    """Puts an entry down and returns it; None when the disk does not take it either, which is said aloud."""
    try:
        Spool(paths).add(entry)
        return entry
    except OSError as error:
        _log.critical("Neither the database nor the spool could take this error: %s (%s)", entry.message, error)
        return None

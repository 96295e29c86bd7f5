"""The gate of a completion: what was done, which files, how it was tested, what the tests showed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Optional

_FILES = re.compile(r"^(?:files?(?:\s*(?:changed|touched|modified|updated))?|paths?)\s*:(.*)$", re.IGNORECASE)
_HEADER = re.compile(r"^[A-Za-z0-9 _/.\-]{2,60}:$")
_PREFIX = re.compile(r"^(?:deleted|removed|renamed|moved|added|updated):\s*", re.IGNORECASE)
_BULLET = re.compile(r"^[-*]+")
_PLACEHOLDERS = frozenset(("tbd", "todo", "n/a", "na", "none"))

MIN_NOTES = 20
MIN_TEST = 10


def check(notes: Optional[str], steps: Optional[str], results: Optional[str]) -> tuple[str, str, str]:
    """The three texts, stripped; ``ValueError`` for the first that does not pass."""
    wanted = (
        ("completion_notes", notes, MIN_NOTES, "say what was done and which files were changed"),
        ("test_steps", steps, MIN_TEST, "say how it was tested"),
        ("test_results", results, MIN_TEST, "say what the tests showed"),
    )
    for field, text, least, what in wanted:
        if not text or len(text.strip()) < least:
            raise ValueError(f"{field} required: {what} (min {least} chars)")
    assert notes and steps and results
    if not _extract_completion_section(notes, "Implementation"):
        raise ValueError("completion_notes required: include Implementation section with what was done")
    _check_files(_extract_completion_files(notes))
    return notes.strip(), steps.strip(), results.strip()


def _check_files(files: list[str]) -> None:
    if not files:
        raise ValueError("completion_notes required: include Files section with the paths that were changed")
    for entry in files:
        if entry.lower() in _PLACEHOLDERS:
            raise ValueError("completion_notes required: Files section must list real paths")
        if not _looks_like_path(entry):
            raise ValueError("completion_notes required: Files section must list valid file paths")


def _scan(notes: Optional[str], header: re.Pattern[str]) -> Iterator[tuple[str, bool]]:
    """What stands under a header, up to a blank line or the header of another section; True marks what stands on the
    header's own line. Another line with the same header goes on."""
    inside = False
    for line in (line.strip() for line in (notes or "").splitlines()):
        found = header.match(line)
        if found:
            inside = True
            yield found.group(1).strip(), True
        elif inside:
            if not line or _HEADER.match(line):
                return
            yield _BULLET.sub("", line).strip(), False


def _extract_completion_section(notes: Optional[str], header: str) -> str:
    """The text of the section ``header``, its lines joined; empty when there is none."""
    pattern = _FILES if header.lower() == "files" else re.compile(rf"^{re.escape(header)}\s*:(.*)$", re.IGNORECASE)
    return "\n".join(text for text, _ in _scan(notes, pattern) if text)


def _extract_completion_files(notes: Optional[str]) -> list[str]:
    """The entries of the section of files, without what was done to them."""
    entries: list[str] = []
    for text, inline in _scan(notes, _FILES):
        entries += text.split(",") if inline else [text]
    named = (_normalize_completion_file_entry(entry) for entry in entries)
    return [entry for entry in named if entry]


def _normalize_completion_file_entry(entry: str) -> str:
    return _PREFIX.sub("", entry.strip(), count=1).strip()


def _looks_like_path(value: str) -> bool:
    return value in ("Makefile", "Dockerfile") or "/" in value or "." in value.rsplit("/", 1)[-1]

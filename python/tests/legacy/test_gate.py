"""The gate of a completion: its rules in their order, and its sections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from actifix import do_af
from actifix.persistence.ticket_repo import (
    TicketRepository,
    _extract_completion_files,
    _extract_completion_section,
    _looks_like_path,
    _normalize_completion_file_entry,
    get_ticket_repository,
)

from .conftest import NOTES, RESULTS, STEPS


@pytest.mark.parametrize(
    ("notes", "steps", "results", "said"),
    [
        ("", "", "", r"completion_notes required: .*\(min 20 chars\)"),
        ("   short notes here   ", "", "", r"completion_notes required: .*\(min 20 chars\)"),
        (NOTES, "  short  ", "", r"test_steps required: .*\(min 10 chars\)"),
        (NOTES, STEPS, "short", r"test_results required: .*\(min 10 chars\)"),
        (
            "a text without any section at all",
            STEPS,
            RESULTS,
            "completion_notes required: include Implementation section",
        ),
        ("Implementation:\n\nFiles:\n- a.py and more", STEPS, RESULTS, "include Implementation section"),
        ("Implementation: did what was needed", STEPS, RESULTS, "completion_notes required: include Files section"),
        ("Implementation: did it\nFiles:\n\n- a.py", STEPS, RESULTS, "include Files section"),
        (NOTES.replace("src/pool.py", "TBD"), STEPS, RESULTS, "Files section must list real paths"),
        (NOTES.replace("src/pool.py", "updated: n/a"), STEPS, RESULTS, "Files section must list real paths"),
        (NOTES.replace("src/pool.py", "everything"), STEPS, RESULTS, "Files section must list valid file paths"),
    ],
)
def test_the_first_rule_that_fails_is_told(
    repo: TicketRepository, entry: Any, notes: str, steps: str, results: str, said: str
) -> None:
    one = entry()
    assert repo.create_ticket(one)
    with pytest.raises(ValueError, match=said):
        repo.mark_complete(one.entry_id, notes, steps, results)
    assert repo.get_ticket(one.entry_id)["status"] == "Open"  # type: ignore[index]


@pytest.mark.parametrize(
    ("notes", "files"),
    [
        ("Files: a.py, b/c ,Makefile", ["a.py", "b/c", "Makefile"]),
        ("FILES CHANGED:\n- a.py\n* b.py\n-- c.py", ["a.py", "b.py", "c.py"]),
        ("file touched : a.py", ["a.py"]),
        ("Path:\na, b.py", ["a, b.py"]),
        ("paths:\nadded: a.py\nDELETED:b.py", ["a.py", "b.py"]),
        ("Files:\na.py\nNotes:\nb.py", ["a.py"]),
        ("Files:\na.py\n\nFiles:\nb.py", ["a.py"]),
        ("\n\nFiles modified:\na.py\nfiles: b.py", ["a.py", "b.py"]),
        ("Files:\n\na.py", []),
        ("Filesystem: a.py", []),
        ("", []),
    ],
)
def test_files_are_read_from_their_section(notes: str, files: list[str]) -> None:
    assert _extract_completion_files(notes) == files


def test_sections_entries_and_paths() -> None:
    notes = "Before\nimplementation : one\n- two\n\nthree"
    assert _extract_completion_section(notes, "Implementation") == "one\ntwo"
    assert _extract_completion_section("", "Implementation") == ""
    assert _normalize_completion_file_entry(" Renamed: a.py ") == "a.py"
    for path, is_one in (("Makefile", True), ("Dockerfile", True), ("a/b", True), ("a.py", True), ("makefile", False)):
        assert _looks_like_path(path) is is_one, path


class TestMarkTicketComplete:
    """The second layer: the files are there, and why it was refused stands in the diary."""

    @pytest.fixture
    def ticket(self, home: Path, entry: Any) -> str:
        (home / "src").mkdir()
        (home / "src" / "pool.py").write_text("x = 1\n")
        one = entry()
        assert get_ticket_repository().create_ticket(one)
        ticket: str = one.entry_id
        return ticket

    def test_it_completes(self, ticket: str) -> None:
        assert do_af.mark_ticket_complete(ticket, NOTES, STEPS, RESULTS, summary="pool") is True
        assert [one.ticket_id for one in do_af.get_completed_tickets()] == [ticket]
        assert do_af.mark_ticket_complete(ticket, NOTES, STEPS, RESULTS) is False

    @pytest.mark.parametrize("file", ["src/gone.py", "../outside.py", "/etc/passwd", "src"])
    def test_files_are_files_inside_the_project(self, ticket: str, file: str) -> None:
        from actifix.persistence.agent_voice_repo import get_agent_voice_repository

        notes = NOTES.replace("src/pool.py", file)
        assert do_af.mark_ticket_complete(ticket, notes, STEPS, RESULTS) is False
        (line,) = get_agent_voice_repository().list_recent()
        assert (line.agent_id, line.level, line.run_label) == ("do_af", "ERROR", "do-af-completion")
        assert ticket in line.thought

    def test_thin_evidence_is_false(self, ticket: str) -> None:
        assert do_af.mark_ticket_complete(ticket, "thin", "thin", "thin") is False
        assert do_af.mark_ticket_complete("ACT-20260110-NONE", NOTES, STEPS, RESULTS) is False

    def test_the_origin_is_asked_for(self, ticket: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ACTIFIX_CHANGE_ORIGIN", "somebody")
        with pytest.raises(PermissionError):
            do_af.mark_ticket_complete(ticket, NOTES, STEPS, RESULTS)

"""What makes errors equal, bit for bit, and how much one matters."""

from __future__ import annotations

import pytest

from actifix.raise_af import TicketPriority, classify_priority, generate_duplicate_guard, record_error

STACK = 'Traceback (most recent call last):\n  File "/opt/x/app.py", line 7, in <module>\n    open(path)\nPermissionError: x'


@pytest.mark.parametrize(
    ("message", "error_type", "stack", "guard"),
    [
        (
            "Connection to 10.0.0.5:5432 failed after 30s",
            "ConnectionError",
            None,
            "ACTIFIX-connection-to-0.0.0.0:0-failed-after-0s-4428a676",
        ),
        (
            "Cannot open /var/lib/data/file42.json: Permission denied",
            "PermissionError",
            STACK,
            "ACTIFIX-cannot-open-/path/file0.json:-permission-c88c7805",
        ),
        ("  Überlauf bei Zähler 99 ١٢  ", "", "NoneType: None\n", "ACTIFIX-überlauf-bei-zähler-0-0-5a06bf9d"),
        ("", "unknown", "", "ACTIFIX-message-b1675e81"),
        ("a" * 300, "EEEEE", None, f"ACTIFIX-{'a' * 40}-f79cf894"),
        ("Disk 7 full at /mnt/a/b", "unknown", None, "ACTIFIX-disk-0-full-at-/path/b-7ed6bfcd"),
    ],
)
def test_the_worked_examples(message: str, error_type: str, stack: str | None, guard: str) -> None:
    assert generate_duplicate_guard("anywhere", message, error_type, stack) == guard
    assert generate_duplicate_guard("elsewhere", message, error_type, stack) == guard


def test_an_error_without_a_stack_has_the_stack_of_none() -> None:
    entry = record_error("Disk 7 full at /mnt/a/b", "disk.py:1")
    assert entry and entry.duplicate_guard == "ACTIFIX-disk-0-full-at-/path/b-ff11aacb"
    assert entry.stack_trace == "NoneType: None\n"


def test_a_lone_surrogate_has_no_guard() -> None:
    with pytest.raises(UnicodeEncodeError):
        generate_duplicate_guard("a.py", "\ud800")


@pytest.mark.parametrize(
    ("error_type", "message", "source", "priority"),
    [
        ("FatalError", "x", "a.py", "P0"),
        ("ValueError", "data loss in the index", "a.py", "P0"),
        ("DatabaseError", "x", "a.py", "P1"),
        ("ValueError", "x", "app/main.py:3", "P1"),
        ("DeprecationWarning", "x", "a.py", "P3"),
        ("LintError", "x", "a.py", "P4"),
        ("ValueError", "x", "a.py", "P2"),
        # Whole words, where the Python system took parts of words.
        ("ValueError", "x", "domain.py", "P2"),
        ("InformationError", "x", "a.py", "P2"),
        ("AuthorError", "x", "score.py", "P2"),
    ],
)
def test_the_words_say_how_much_it_matters(error_type: str, message: str, source: str, priority: str) -> None:
    assert classify_priority(error_type, message, source) is TicketPriority(priority)

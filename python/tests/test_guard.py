"""The guard of the Python system, bit for bit: its worked examples."""

from __future__ import annotations

import pytest

import actifix

STACK = (
    "Traceback (most recent call last):\n"
    '  File "/opt/x/app.py", line 7, in <module>\n'
    "    open(path)\nPermissionError: x"
)


@pytest.mark.parametrize(
    ("message", "kind", "stack", "guard"),
    [
        (
            "Connection to 10.0.0.5:5432 failed after 30s",
            "ConnectionError",
            "",
            "ACTIFIX-connection-to-0.0.0.0:0-failed-after-0s-4428a676",
        ),
        (
            "Cannot open /var/lib/data/file42.json: Permission denied",
            "PermissionError",
            STACK,
            "ACTIFIX-cannot-open-/path/file0.json:-permission-c88c7805",
        ),
        (
            "  Überlauf bei Zähler 99 \u0661\u0662  ",
            "",
            "NoneType: None\n",
            "ACTIFIX-überlauf-bei-zähler-0-0-5a06bf9d",
        ),
        ("", "unknown", "", "ACTIFIX-message-b1675e81"),
        ("a" * 300, "EEEEE", "", f"ACTIFIX-{'a' * 40}-f79cf894"),
    ],
)
def test_the_worked_examples(message: str, kind: str, stack: str, guard: str) -> None:
    assert actifix.duplicate_guard(message, kind, stack) == guard

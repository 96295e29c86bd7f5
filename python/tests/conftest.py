"""What all tests share: a database of their own, evidence that passes, and programs in processes of their own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import actifix
from programs import Program

pytest_plugins = ["pytester"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "actifix.db"


@pytest.fixture
def store(path: Path) -> Iterator[actifix.Store]:
    with actifix.open(path) as store:
        yield store


@pytest.fixture
def evidence() -> dict[str, Any]:
    return {
        "did": "Added the missing migration for the age column",
        "files": ["migrations/0007_age.sql"],
        "tested": "pytest tests/test_people.py",
        "results": "31 passed, 0 failed",
    }


@pytest.fixture
def program(path: Path, tmp_path: Path) -> Iterator[Program]:
    """Starts a script in a process of its own, with the database's path as its argument."""
    started: list[subprocess.Popen[str]] = []

    def start(text: str, *args: str) -> subprocess.Popen[str]:
        script = tmp_path / f"program{len(started)}.py"
        script.write_text(textwrap.dedent(text))
        process = subprocess.Popen(
            [sys.executable, str(script), str(path), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


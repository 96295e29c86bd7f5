"""What was around an error: its stack, lines of the source, the machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Any, Optional

from .. import _core
from .._settings import number, whole, words

CONTEXT_TRUNCATION_CHARS = whole(os.environ.get("ACTIFIX_CONTEXT_TRUNCATION_CHARS"), 4096)
FILE_CONTEXT_MAX_CHARS = whole(os.environ.get("ACTIFIX_FILE_CONTEXT_MAX_CHARS"), 4096)
SYSTEM_STATE_MAX_CHARS = whole(os.environ.get("ACTIFIX_SYSTEM_STATE_MAX_CHARS"), 4096)
SYSTEM_STATE_ENV_CACHE_TTL_SECONDS = number(os.environ.get("ACTIFIX_SYSTEM_STATE_CACHE_TTL"), 30.0)
MINIMAL_CONTEXT_PRIORITIES: frozenset[str] = frozenset(
    word.upper() for word in words(os.environ.get("ACTIFIX_CONTEXT_MINIMAL_PRIORITIES"), "P1")
)
AI_REMEDIATION_MAX_CHARS = whole(os.environ.get("ACTIFIX_AI_REMEDIATION_MAX_CHARS"), 2000)
AI_REMEDIATION_DRY_RUN_ENV = "ACTIFIX_AI_REMEDIATION_DRY_RUN"
_MARK = "\n... [truncated] ...\n"
#: A git that hangs must not hang the program that fails.
_GIT_SECONDS = 2.0
_BEFORE, _AFTER = 9, 10


def cut(text: str, most: int) -> str:
    """Head and tail of a long text, at borders of lines, with a mark between them."""
    if len(text) <= most:
        return text
    room = max(most - len(_MARK), 0)
    head, tail = text[: room // 2], text[len(text) - (room - room // 2) :]
    whole_head, line, _ = head.rpartition("\n")
    _, other, whole_tail = tail.partition("\n")
    return (whole_head if line else head) + _MARK + (whole_tail if other else tail)


def capture_stack_trace() -> str:
    """The traceback of the exception in flight, redacted and cut; ``NoneType: None`` when there is none."""
    return cut(_core.redact(traceback.format_exc()), CONTEXT_TRUNCATION_CHARS)


def capture_file_context(source: str, max_lines: int = 50) -> dict[str, str]:
    """Lines of the file that ``source`` (``FILE:LINE``) names, by the path that was found; empty without one."""
    name, colon, rest = source.partition(":")
    if not colon or not name:
        return {}
    for path in (Path.cwd() / "src" / name, Path.cwd() / name, Path(name)):
        try:
            if path.is_file():
                return {str(path): _lines(path.read_text(encoding="utf-8"), rest.strip(), max_lines)}
        except (OSError, UnicodeDecodeError):
            return {}
    return {}


def _lines(text: str, line: str, max_lines: int) -> str:
    lines = text.splitlines()
    if not line.isdigit() or int(line) < 1:
        return "\n".join(lines[:max_lines])
    first = max(int(line) - _BEFORE, 1)
    shown = lines[first - 1 : int(line) + _AFTER]
    return cut("\n".join(f"{first + at}: {one}" for at, one in enumerate(shown)), CONTEXT_TRUNCATION_CHARS)


def capture_system_state() -> dict[str, Any]:
    """Where and under what the program runs; values of variables are redacted."""
    state: dict[str, Any] = {
        "cwd": os.getcwd(),
        "python_version": sys.version,
        "platform": platform.platform(),
        "env_vars": _variables(),
        "path_cache": path_cache(),
    }
    for name, asked in (("git_branch", ["--abbrev-ref", "HEAD"]), ("git_commit", ["HEAD"])):
        answer = _git(asked)
        if answer:
            state[name] = answer
    return state


def path_cache() -> dict[str, int]:
    """Paths are looked up anew each time; the key is kept for those who read it."""
    return {"hits": 0, "misses": 0, "cache_size": 0}


_kept: tuple[float, dict[str, str]] = (float("-inf"), {})


def _variables() -> dict[str, str]:
    global _kept
    since, known = _kept
    if time.monotonic() - since < SYSTEM_STATE_ENV_CACHE_TTL_SECONDS:
        return dict(known)
    chosen = {
        name: _core.redact(value)
        for name, value in os.environ.items()
        if name.startswith("ACTIFIX") or name == "PYTHONPATH"
    }
    _kept = (time.monotonic(), chosen)
    return dict(chosen)


def _git(asked: list[str]) -> Optional[str]:
    try:
        done = subprocess.run(
            ["git", "rev-parse", *asked],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

"""Programs in processes of their own."""

from __future__ import annotations

import subprocess
from typing import Callable

#: Starts a script; see the fixture ``program``.
Program = Callable[..., "subprocess.Popen[str]"]


def line(process: subprocess.Popen[str]) -> str:
    """The next line that a program says; what it died of when it says none."""
    assert process.stdout is not None and process.stderr is not None
    said = process.stdout.readline().strip()
    assert said, process.stderr.read()
    return said

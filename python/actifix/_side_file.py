"""A lock on a file that processes share, kept in a file beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on this system
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(path: Path | str) -> Iterator[None]:
    """Holds the lock of the file at ``path``; waits for whoever has it. The side file is never removed: a second one
    under its name would be another lock."""
    side = Path(f"{path}.lock")
    side.parent.mkdir(parents=True, exist_ok=True)
    with open(side, "a") as file:
        os.set_inheritable(file.fileno(), False)
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield

"""Forked children (multiprocessing, gunicorn): nothing of the parent's stays with them."""

from __future__ import annotations

import os

from . import _core


def _in_child() -> None:
    # A lock on a file belongs to whoever has it open: the gate of a parent that dies would stay shut.
    for descriptor in _core.after_fork_in_child():
        try:
            os.close(descriptor)
        except OSError:
            pass


def watch() -> None:
    """Does what is to be done at each fork, from now on."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=_core.before_fork,
            after_in_parent=_core.after_fork_in_parent,
            after_in_child=_in_child,
        )

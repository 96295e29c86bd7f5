"""Forked children (multiprocessing, gunicorn): nothing of the parent's stays with them."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any, Callable

from . import _core

#: Whose ``_lock`` a thread may hold while another forks, and what makes such a lock.
_owners: weakref.WeakKeyDictionary[Any, Callable[[], Any]] = weakref.WeakKeyDictionary()


def lock_of(owner: Any, kind: Callable[[], Any] = threading.Lock) -> Any:
    """A lock to be ``owner._lock``. A child gets a new one: the thread that holds this one may not be there."""
    _owners[owner] = kind
    return kind()


def _in_child() -> None:
    # A lock on a file belongs to whoever has it open: the gate of a parent that dies would stay shut.
    for descriptor in _core.after_fork_in_child():
        try:
            os.close(descriptor)
        except OSError:
            pass
    for owner, kind in list(_owners.items()):
        owner._lock = kind()


def watch() -> None:
    """Does what is to be done at each fork, from now on."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=_core.before_fork,
            after_in_parent=_core.after_fork_in_parent,
            after_in_child=_in_child,
        )

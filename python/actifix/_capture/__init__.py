"""Errors that become tickets by themselves: :mod:`.hooks` of the interpreter, of asyncio and of logging, and
:mod:`.by_hand` a decorator and a context. All go :mod:`.way`, with :mod:`.care`."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Mapping
from typing import Any, Optional, Union

from .._store import Store, open
from .._types import Priority
from . import hooks
from .by_hand import capture, capturing
from .way import Capture

__all__ = ["Capture", "capture", "capturing", "enable_capture"]


def enable_capture(
    store: Union[Store, str, os.PathLike[str], None] = None,
    *,
    excepthook: bool = True,
    threads: bool = True,
    asyncio: bool = True,
    logging: Optional[int] = logging.ERROR,
    locals: bool = False,
    priority: Optional[Priority] = None,
    tags: Optional[Mapping[str, str]] = None,
    environment: Optional[str] = None,
    release: Optional[str] = None,
) -> Capture:
    """Reports errors of this program from now on; what was hooked before goes on working.

    The program never waits: reports go through a queue, and when the database cannot be written they go to the spool
    beside it, from where they come in later. Everything is redacted before it is stored.

    :param store: the database; the one that the command would find when not said.
    :param excepthook: exceptions that end the program.
    :param threads: exceptions that end a thread.
    :param asyncio: what an event loop is told and nobody waits for.
    :param logging: records of this level and above; ``None`` for none.
    :param locals: keep the local variables of the innermost frames: redacted, but think before.
    :raises Error: the database cannot be opened.
    """
    if Capture._current is not None:
        Capture._current.disable()
    if not isinstance(store, Store):
        store = open(store)
    fields: dict[str, Any] = {
        "priority": priority,
        "tags": dict(tags or {}),
        "environment": environment,
        "release": release,
    }
    capture = Capture(store, fields, locals)
    if excepthook:
        capture._undo.append(hooks.of_program(capture))
    if threads:
        capture._undo.append(hooks.of_threads(capture))
    if asyncio:
        capture._undo.append(hooks.of_asyncio(capture))
    if logging is not None:
        capture._undo.append(hooks.of_logging(capture, logging))
    atexit.register(capture._at_exit)
    Capture._current = capture
    return capture

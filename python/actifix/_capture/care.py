"""What keeps capture from doing harm: nothing here raises into the program, and nothing that happens in here is reported
again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: What an exception carries that was reported already: logged first, say, and raised then.
_SEEN = "__actifix_seen__"

_inside = threading.local()


def is_inside() -> bool:
    """Whether this thread is in here already."""
    return bool(getattr(_inside, "busy", False))


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that goes wrong in the body leaves it."""
    try:
        yield
    except Exception:
        # There is nobody to tell: the program goes on as if nobody had looked.
        pass


@contextmanager
def guarded() -> Iterator[bool]:
    """Yields whether nobody on this thread is in here already; nothing leaves it."""
    free = not is_inside()
    _inside.busy = True
    try:
        with quiet():
            yield free
    finally:
        if free:
            _inside.busy = False


def seen(error: BaseException) -> bool:
    """Whether it was reported before; from now on it was."""
    if getattr(error, _SEEN, False):
        return True
    with quiet():
        setattr(error, _SEEN, True)
    return False

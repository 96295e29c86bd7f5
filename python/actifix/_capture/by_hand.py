"""Reports by hand: the exceptions that leave a body or a function."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable, Optional, TypeVar, Union, overload

from .._store import Store, open
from .care import quiet
from .way import Capture

F = TypeVar("F", bound=Callable[..., Any])


@contextmanager
def capturing(store: Optional[Store] = None, **fields: Any) -> Iterator[None]:
    """Reports the exception that leaves the body; it goes on.

    :param store: the database; that of :func:`enable_capture`, else the one that the command would find.
    :param fields: ``priority``, ``tags``, ``fingerprint``, ``project``, ``environment``, ``release``.

    >>> import actifix
    >>> store = actifix.open(example_db)
    >>> with actifix.capturing(store, tags={"job": "nightly"}):
    ...     {}["age"]
    Traceback (most recent call last):
    KeyError: 'age'
    >>> next(store.list()).tags["job"]
    'nightly'
    """
    try:
        yield
    except Exception as error:
        _by_hand(store, error, fields)
        raise


@overload
def capture(function: F) -> F: ...


@overload
def capture(*, store: Optional[Store] = None, **fields: Any) -> Callable[[F], F]: ...


def capture(
    function: Optional[F] = None, *, store: Optional[Store] = None, **fields: Any
) -> Union[F, Callable[[F], F]]:
    """Decorates a function, plain or ``async``: exceptions that leave it are reported, and go on. As :func:`capturing`."""
    if function is None:
        return lambda function: _wrapped(function, store, fields)
    return _wrapped(function, store, fields)


def _wrapped(function: F, store: Optional[Store], fields: dict[str, Any]) -> F:
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            with capturing(store, **fields):
                return await function(*args, **kwargs)

        return awaited  # type: ignore[return-value]

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        with capturing(store, **fields):
            return function(*args, **kwargs)

    return called  # type: ignore[return-value]


def _by_hand(store: Optional[Store], error: Exception, fields: dict[str, Any]) -> None:
    with quiet():
        if store is None and Capture._current is not None:
            Capture._current.record(error, **fields)
        else:
            way = Capture(store if store is not None else open(create=False), {}, False)
            way.record(error, **fields)
            way.flush()

"""Errors that become tickets by themselves: hooks of the interpreter, of asyncio and of logging, a decorator, a context.

Nothing here raises into the program, and nothing that happens in here is reported again.
"""

from __future__ import annotations

import atexit
import functools
import inspect
import json
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Callable, Optional, TypeVar, Union, overload

from . import _core, _report
from ._store import Store, open
from ._types import Priority, Span

F = TypeVar("F", bound=Callable[..., Any])

#: How long the end of a program waits for its reports.
_PATIENCE = 3.0
#: What an exception carries that was reported already: logged first, say, and raised then.
_SEEN = "__actifix_seen__"
#: Frames whose local variables are kept, the innermost, and characters of each value.
_FRAMES, _VALUE = 8, 200

_inside = threading.local()


class Capture:
    """The hooks that are in force, as :func:`enable_capture` gave them. As a context manager it ends with its body."""

    def __init__(self, store: Store, fields: dict[str, Any], locals: bool) -> None:
        self._way = _core.Capture(store._core, _origin())
        self._project = store.project
        self._fields = fields
        self._locals = locals
        self._undo: list[Callable[[], None]] = []

    def record(self, error: BaseException, **fields: Any) -> None:
        """Hands an exception over and goes on at once."""
        with _guarded() as free:
            if free and not _seen(error):
                self._report(_report.of_exception(error), _around(error, self._locals), fields)

    def message(self, text: str, type: str, source: Optional[str], **fields: Any) -> None:
        """Hands over what is no exception."""
        with _guarded() as free:
            if free:
                self._report(_report.Told(type, text, source, None), _around(None, False), fields)

    def _report(self, told: _report.Told, context: dict[str, Any], fields: dict[str, Any]) -> None:
        fields = {**self._fields, **{name: it for name, it in fields.items() if it is not None}}
        tags = {**(self._fields.get("tags") or {}), **(fields.pop("tags", None) or {})}
        self._way.report(
            told.message,
            error_type=told.type,
            source=told.source,
            stack=told.stack,
            project=fields.pop("project", None) or self._project,
            tags=tags,
            context=json.dumps(context),
            **fields,
        )
        if _is_a_worker():
            # A process of multiprocessing ends without a word to anybody.
            self.flush()

    def flush(self, patience: Span = _PATIENCE) -> bool:
        """Waits until everything handed over is in the store, or in the spool beside it."""
        return self._way.flush(patience)

    def disable(self) -> None:
        """Takes the hooks out, records what waits, and ends."""
        global _current
        if _current is self:
            _current = None
        while self._undo:
            self._undo.pop()()
        atexit.unregister(self._at_exit)
        self._at_exit()

    def _at_exit(self) -> None:
        with _guarded():
            self.flush()

    def __enter__(self) -> Capture:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.disable()


_current: Optional[Capture] = None


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
    global _current
    if _current is not None:
        _current.disable()
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
        capture._undo.append(_hook_program(capture))
    if threads:
        capture._undo.append(_hook_threads(capture))
    if asyncio:
        capture._undo.append(_hook_asyncio(capture))
    if logging is not None:
        capture._undo.append(_hook_logging(capture, logging))
    atexit.register(capture._at_exit)
    _current = capture
    return capture


# Hooks --------------------------------------------------------------------------------------------------------------


def _hook_program(capture: Capture) -> Callable[[], None]:
    before = sys.excepthook

    def hook(
        kind: type[BaseException], error: BaseException, traceback: Optional[TracebackType]
    ) -> None:
        try:
            before(kind, error, traceback)
        finally:
            if isinstance(error, Exception):
                capture.record(error)

    def undo() -> None:
        # Somebody may have put a hook over this one, and goes on calling it: it does nothing more then.
        if sys.excepthook is hook:
            sys.excepthook = before

    sys.excepthook = hook
    return undo


def _hook_threads(capture: Capture) -> Callable[[], None]:
    before = threading.excepthook

    def hook(args: threading.ExceptHookArgs) -> None:
        try:
            before(args)
        finally:
            if isinstance(args.exc_value, Exception):
                name = args.thread.name if args.thread is not None else "<gone>"
                capture.record(args.exc_value, tags={"thread": _report.clean(name, 100)})

    def undo() -> None:
        if threading.excepthook is hook:
            threading.excepthook = before

    threading.excepthook = hook
    return undo


def _hook_asyncio(capture: Capture) -> Callable[[], None]:
    from asyncio.base_events import BaseEventLoop

    before = BaseEventLoop.call_exception_handler

    def hook(loop: BaseEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            # First, so that what the loop logs of it is known already.
            capture.record(error)
        before(loop, context)

    def undo() -> None:
        if BaseEventLoop.call_exception_handler is hook:
            BaseEventLoop.call_exception_handler = before  # type: ignore[method-assign]

    BaseEventLoop.call_exception_handler = hook  # type: ignore[assignment, method-assign]
    return undo


class _Handler(logging.Handler):
    """Takes what a program logs."""

    def __init__(self, capture: Capture, level: int) -> None:
        super().__init__(level)
        self._capture = capture

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(_inside, "busy", False):
            return
        try:
            tags = {"logger": _report.clean(record.name, 100)}
            error = record.exc_info[1] if record.exc_info else None
            if error is not None:
                self._capture.record(error, tags=tags)
                return
            self._capture.message(
                _report.clean(record.getMessage().strip() or "<no message>", _report.MESSAGE),
                record.levelname,
                _report.clean(f"{record.pathname}:{record.lineno}", _report.SOURCE, keep_end=True),
                tags=tags,
            )
        except Exception:
            # A record that cannot be read: `logging` itself says so on the way of its other handlers.
            pass


def _hook_logging(capture: Capture, level: int) -> Callable[[], None]:
    handler = _Handler(capture, level)
    root = logging.getLogger()
    root.addHandler(handler)
    return lambda: root.removeHandler(handler)


# By hand ------------------------------------------------------------------------------------------------------------


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
    with _quiet():
        if store is None and _current is not None:
            _current.record(error, **fields)
        else:
            way = Capture(store if store is not None else open(create=False), {}, False)
            way.record(error, **fields)
            way.flush()


# Care ---------------------------------------------------------------------------------------------------------------


@contextmanager
def _quiet() -> Iterator[None]:
    try:
        yield
    except Exception:
        # There is nobody to tell: the program goes on as if nobody had looked.
        pass


@contextmanager
def _guarded() -> Iterator[bool]:
    """Yields whether nobody on this thread is in here already; nothing leaves it."""
    free = not getattr(_inside, "busy", False)
    _inside.busy = True
    try:
        with _quiet():
            yield free
    finally:
        if free:
            _inside.busy = False


def _seen(error: BaseException) -> bool:
    """Whether it was reported before; from now on it was."""
    if getattr(error, _SEEN, False):
        return True
    with _quiet():
        setattr(error, _SEEN, True)
    return False


def _is_a_worker() -> bool:
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _origin() -> str:
    """What a ticket says of where reports come from: the script's name."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    name = spec.name if spec is not None else os.path.basename(sys.argv[0] if sys.argv else "")
    name = "".join(c for c in _report.clean(name, 150) if c.isprintable())
    return name.strip() or "python"


def _around(error: Optional[BaseException], locals: bool) -> dict[str, Any]:
    context: dict[str, Any] = {
        "python": sys.version.split()[0],
        "thread": _report.clean(threading.current_thread().name, 100),
    }
    if error is not None and locals:
        context["locals"] = _locals(error)
    return context


def _locals(error: BaseException) -> list[dict[str, Any]]:
    frames = []
    step = error.__traceback__
    while step is not None:
        frames.append(step)
        step = step.tb_next
    return [
        {
            "frame": _report.clean(
                f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}", _report.SOURCE, keep_end=True
            ),
            "values": {name: _value(it) for name, it in list(at.tb_frame.f_locals.items())[:64]},
        }
        for at in frames[-_FRAMES:]
    ]


def _value(it: object) -> str:
    try:
        return _report.clean(repr(it), _VALUE)
    except Exception as failed:
        return f"<{type(failed).__name__}>"

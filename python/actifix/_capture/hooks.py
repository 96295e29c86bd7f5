"""The hooks: of the interpreter, of threads, of asyncio, of logging. Each is put over what was there before, which goes on
working; what it answers takes it out again."""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import Any, Callable, Optional

from .. import _report
from .care import is_inside
from .way import Capture


def of_program(capture: Capture) -> Callable[[], None]:
    """Exceptions that end the program."""
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


def of_threads(capture: Capture) -> Callable[[], None]:
    """Exceptions that end a thread."""
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


def of_asyncio(capture: Capture) -> Callable[[], None]:
    """What an event loop is told and nobody waits for."""
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
        if is_inside():
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


def of_logging(capture: Capture, level: int) -> Callable[[], None]:
    """Log records of ``level`` and above."""
    handler = _Handler(capture, level)
    root = logging.getLogger()
    root.addHandler(handler)
    return lambda: root.removeHandler(handler)

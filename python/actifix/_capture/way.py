"""The way of reports from this program to the store."""

from __future__ import annotations

import atexit
import json
import sys
from types import TracebackType
from typing import Any, Callable, ClassVar, Optional

from .. import _core, _report
from .._store import Store
from .._types import Span
from .around import around, origin
from .care import guarded, seen

#: How long the end of a program waits for its reports.
_PATIENCE = 3.0


class Capture:
    """The hooks that are in force, as :func:`enable_capture` gave them. As a context manager it ends with its body."""

    #: The one in force.
    _current: ClassVar[Optional[Capture]] = None

    def __init__(self, store: Store, fields: dict[str, Any], locals: bool) -> None:
        self._way = _core.Capture(store._core, origin())
        self._project = store.project
        self._fields = fields
        self._locals = locals
        self._undo: list[Callable[[], None]] = []

    def record(self, error: BaseException, **fields: Any) -> None:
        """Hands an exception over and goes on at once."""
        with guarded() as free:
            if free and not seen(error):
                self._report(_report.of_exception(error), around(error, self._locals), fields)

    def message(self, text: str, type: str, source: Optional[str], **fields: Any) -> None:
        """Hands over what is no exception."""
        with guarded() as free:
            if free:
                self._report(_report.Told(type, text, source, None), around(None, False), fields)

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
        if Capture._current is self:
            Capture._current = None
        while self._undo:
            self._undo.pop()()
        atexit.unregister(self._at_exit)
        self._at_exit()

    def _at_exit(self) -> None:
        with guarded():
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


def _is_a_worker() -> bool:
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None

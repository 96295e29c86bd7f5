"""An exception as a report: its type, its message, its place and its stack."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import Optional

#: Characters that the store takes, less a little for the mark where a text was cut.
MESSAGE = 4_900
STACK = 49_000
TYPE = 200
SOURCE = 500


@dataclass(frozen=True)
class Told:
    """What an exception tells."""

    type: str
    message: str
    source: Optional[str]
    stack: Optional[str]


def of_exception(error: BaseException) -> Told:
    """What ``error`` tells; never raises, whatever the exception's own methods do."""
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = f"{kind.__module__}.{name}"
    try:
        message = str(error)
    except Exception as failed:  # a `__str__` of somebody's own
        message = f"<no message: {type(failed).__name__}>"
    try:
        stack = "".join(traceback.format_exception(kind, error, error.__traceback__))
    except Exception as failed:
        stack = f"<no stack: {type(failed).__name__}>"
    return Told(
        type=clean(name, TYPE),
        message=clean(message.strip() and message or name, MESSAGE),
        source=_place(error),
        stack=clean(stack, STACK, keep_end=True),
    )


def _place(error: BaseException) -> Optional[str]:
    """Where it was raised."""
    step = error.__traceback__
    if step is None:
        return None
    while step.tb_next is not None:
        step = step.tb_next
    place = f"{step.tb_frame.f_code.co_filename}:{step.tb_lineno}"
    return clean(place, SOURCE, keep_end=True)


def clean(text: str, most: int, *, keep_end: bool = False) -> str:
    """A text that the store takes: valid Unicode, no NUL, not too long."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    if len(text) <= most:
        return text
    return "…" + text[len(text) - most + 1 :] if keep_end else text[: most - 1] + "…"

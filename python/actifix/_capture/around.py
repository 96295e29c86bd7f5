"""What is told of a report's surroundings."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, Optional

from .. import _report

#: Frames whose local variables are kept, the innermost, and characters of each value.
_FRAMES, _VALUE = 8, 200


def origin() -> str:
    """What a ticket says of where reports come from: the script's name."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    name = spec.name if spec is not None else os.path.basename(sys.argv[0] if sys.argv else "")
    name = "".join(c for c in _report.clean(name, 150) if c.isprintable())
    return name.strip() or "python"


def around(error: Optional[BaseException], locals: bool) -> dict[str, Any]:
    """The interpreter and the thread; with ``locals`` the variables where ``error`` was raised."""
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

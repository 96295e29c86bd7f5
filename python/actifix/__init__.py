"""Actifix turns errors into tickets and hands each ticket to exactly one worker at a time.

>>> import actifix
>>> store = actifix.open(example_db)
>>> try:
...     {}["age"]
... except KeyError as error:
...     recorded = store.record(error)
>>> recorded.new
True
>>> with store.claim("agent-1") as work:
...     receipt = work.complete(
...         did="Ask for the age before it is used",
...         files=["people.py"],
...         tested="pytest tests/test_people.py",
...         results="31 passed, 0 failed",
...     )
>>> store.get(recorded.id).status
'completed'

Importing this package makes no file and opens none.
"""

from . import _fork
from ._core import VERSION as __version__
from ._capture import Capture, capture, capturing, enable_capture
from ._core import duplicate_guard
from ._errors import (
    Busy,
    Closed,
    Corrupt,
    Error,
    Held,
    Invalid,
    LeaseLost,
    NotFound,
    NothingToClaim,
    NotReady,
    StorageError,
    Throttled,
    TooLong,
    TooManyOpen,
    TwoCopiesWarning,
    Unknown,
    Unsupported,
)
from ._row import Row
from ._store import Store, open, upgrade
from ._types import (
    Backup,
    CloseReason,
    Completion,
    Count,
    Event,
    Evidence,
    EvidencePolicy,
    Holding,
    Kind,
    Lease,
    Priority,
    Process,
    Receipt,
    Recorded,
    Regression,
    Sample,
    Span,
    Stats,
    Status,
    Story,
    Ticket,
    Upgraded,
    Verdict,
    WakeRule,
)
from ._work import Work

_fork.watch()

__all__ = [
    "Backup",
    "Busy",
    "Capture",
    "Closed",
    "CloseReason",
    "Completion",
    "Connection",
    "Corrupt",
    "Count",
    "Error",
    "Event",
    "Evidence",
    "EvidencePolicy",
    "Held",
    "Holding",
    "Invalid",
    "Kind",
    "Lease",
    "LeaseLost",
    "NotFound",
    "NotReady",
    "NothingToClaim",
    "Priority",
    "Process",
    "Receipt",
    "Recorded",
    "Regression",
    "Row",
    "Sample",
    "Span",
    "Stats",
    "Status",
    "StorageError",
    "Store",
    "Story",
    "Throttled",
    "Ticket",
    "TooLong",
    "TooManyOpen",
    "TwoCopiesWarning",
    "Unknown",
    "Unsupported",
    "Upgraded",
    "Verdict",
    "WakeRule",
    "Work",
    "__version__",
    "capture",
    "capturing",
    "duplicate_guard",
    "enable_capture",
    "open",
    "upgrade",
]


from typing import TYPE_CHECKING as _TYPE_CHECKING  # noqa: E402  (they belong to what follows)
from typing import Any as _Any  # noqa: E402

if _TYPE_CHECKING:
    from ._sql import Connection


def __getattr__(name: str) -> _Any:
    """What needs more than most programs do, and the Python system's names: looked up when they are first used."""
    if name == "Connection":
        from ._sql import Connection

        return Connection
    from ._legacy_names import find

    return find(name)

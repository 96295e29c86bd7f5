"""What can go wrong, by name. Every exception says in ``hint`` what to do next."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from ._types import Process


class Error(Exception):
    """The root of all errors of this package."""

    #: Whether the same call may go through later as it is.
    retryable = False

    def __init__(self, message: str, hint: str = "", **facts: Any) -> None:
        super().__init__(message)
        #: The next step.
        self.hint = hint
        self._facts = facts
        self.__dict__.update(facts)

    def __reduce__(self) -> Any:
        return _rebuilt, (type(self), str(self), self.hint, self._facts)


def _rebuilt(kind: type[Error], message: str, hint: str, facts: dict[str, Any]) -> Error:
    return kind(message, hint, **facts)


class TwoCopiesWarning(RuntimeWarning):
    """A second copy of SQLite in this process has the database open; the book's page "Two copies of SQLite" tells more."""


class NotFound(Error, LookupError):
    """There is no such ticket."""

    ticket: str


class Held(Error):
    """Another worker holds a live lease on the ticket."""

    ticket: str
    #: Who holds it.
    by: str
    #: When its lease runs out.
    until: datetime


class LeaseLost(Error):
    """The token no longer holds the ticket: stop working on it. Nothing was changed."""

    ticket: str
    #: Who holds it, or ended the lease, when known.
    holder: Optional[str]
    since: datetime
    #: ``taken``, ``expired``, ``released``, ``completed`` or ``deleted``.
    why: str


class NotReady(Error):
    """The ticket is not in a state for this call."""

    ticket: str
    #: Its state in a word, such as ``completed``.
    why: str


class NothingToClaim(Error):
    """No ticket could be claimed, now or within the time that was waited for."""


class Invalid(Error, ValueError):
    """A value that cannot be taken; nothing was changed."""

    #: The field's name.
    field: str
    #: What is wrong with it.
    why: str


class TooLong(Error, ValueError):
    """A text over its limit; nothing was changed."""

    field: str
    #: The most that is taken: characters, and bytes for JSON.
    limit: int
    #: What came.
    got: int


class TooManyOpen(Error):
    """As many tickets are open as the limit allows; equal reports are still counted."""

    retryable = True
    limit: int


class Throttled(Error):
    """Too many new tickets at once from one origin that reports by itself."""

    retryable = True
    #: When to try again.
    retry_after: timedelta


class Busy(Error):
    """The write lock could not be had before the deadline; nothing was applied."""

    retryable = True
    waited: timedelta
    #: Who holds the lock, where the machine tells.
    holder: Optional[Process]


class Unknown(Error):
    """The outcome of a commit is not known. The same call with the same ``request_id`` answers what became of it."""

    retryable = True


class Corrupt(Error):
    """The file is damaged, replaced, deleted or no database."""


class Unsupported(Error):
    """The file needs another program, or another version of this one."""


class StorageError(Error):
    """The store cannot be reached: a folder, a permission, a disk."""


class Closed(Error):
    """The store was closed."""

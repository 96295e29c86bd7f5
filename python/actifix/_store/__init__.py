"""The store: the one door to the database.

:class:`Store` is put together from what one does with it, a file each, as the extension has them: reports come in
(:mod:`.record`), tickets are worked on (:mod:`.work`), changed (:mod:`.edit`) and looked at (:mod:`.look`). No part knows
another; all they share is the database that was opened (:mod:`.opened`).
"""

from __future__ import annotations

import os
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Optional

from .. import _core
from .._types import EvidencePolicy, Regression, Span, Upgraded
from .edit import Editing
from .given import Path
from .look import Looking
from .record import Recording
from .work import Working

if TYPE_CHECKING:
    from .._sql import Connection


def open(
    path_or_url: Optional[Path] = None,
    *,
    as_: Optional[str] = None,
    project: Optional[str] = None,
    create: bool = True,
    deadline: Optional[Span] = None,
    evidence: Optional[EvidencePolicy] = None,
    regression: Optional[Regression] = None,
    late_completions: Optional[bool] = None,
    open_tickets: Optional[int] = None,
) -> Store:
    """Opens a database, and makes it when there is none. What is not said here is as ``actifix config`` shows; a line of
    the configuration that is wrong is left out, with a warning.

    :param path_or_url: a path or ``sqlite:PATH``. Without one, the database that the command would find:
        ``ACTIFIX_DB``, else the first ``.actifix/actifix.db`` on the way up from the current folder.
    :param as_: in whose name changes are made. Renewals and endings are then taken only when it is the lease's holder.
    :param project: the project of reports, claims and lists that name none.
    :param create: make the database when there is none.
    :param deadline: how long a call waits for the write lock before it raises :class:`Busy`.
    :param evidence: how much evidence a completion needs.
    :param regression: what becomes of an error that comes again after its ticket was completed.
    :param late_completions: whether a completion counts although the lease ran out, until somebody takes the ticket.
    :param open_tickets: the most tickets that may be open; 0 is no limit.
    :raises StorageError: a folder that is missing or may not be written.
    :raises Corrupt: the file is no database.
    :raises Unsupported: a file of another program or a newer version, or a database that this version does not know.
    """
    core = _core.Store(
        None if path_or_url is None else os.fspath(path_or_url),
        create=create,
        deadline=deadline,
        evidence=evidence,
        regression=regression,
        late_completions=late_completions,
        open_tickets=open_tickets,
        actor=as_,
    )
    for problem in core.problems:
        warnings.warn(f"configuration: {problem}; that is left out", stacklevel=2)
    return Store(core, project)


def upgrade(path: Path, *, as_: Optional[str] = None) -> Upgraded:
    """Takes over a database of the Python system, of any of its schemas: copies it beside itself first, and rewrites it in
    one transaction in which every value survives.

    :raises Unsupported: it is none of the Python system's, or newer.
    :raises Busy: another program has it open.
    """
    return _core.upgrade(os.fspath(path), actor=as_)


class Store(Recording, Working, Editing, Looking):
    """A database of tickets, made by :func:`open`. Any number of threads may share it.

    >>> import actifix
    >>> with actifix.open(example_db) as store:
    ...     first = store.record("no such column: age", type="ValueError", source="app.py:31")
    ...     again = store.record("no such column: age", type="ValueError", source="app.py:31")
    >>> first.new, again.new, again.occurrences
    (True, False, 2)
    """

    def acting_as(self, name: str) -> Store:
        """The same store in the name of ``name``."""
        return Store(self._core.acting_as(name), self._project)

    def connect(
        self,
        *,
        timeout: float = 30.0,
        isolation_level: Optional[str] = "",
        check_same_thread: bool = True,
        hold: float = 30.0,
    ) -> Connection:
        """A connection for your own SQL on this database, over the copy of SQLite that the store uses.

        :param timeout: seconds that a statement waits for others.
        :param isolation_level: how a transaction begins by itself before a change, as in :mod:`sqlite3`; None: it does not.
        :param check_same_thread: whether only the thread that made the connection may use it.
        :param hold: seconds that a transaction may last before it is rolled back.
        :raises ValueError: an unknown isolation level.
        """
        from .._sql import Connection

        return Connection(
            self._core,
            timeout=timeout,
            isolation_level=isolation_level,
            check_same_thread=check_same_thread,
            hold=hold,
        )

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self._core.close_store()

"""People's own SQL on a store's database: a connection as the standard ``sqlite3`` module has them, over the copy of SQLite
that the store uses. Two copies in one process drop each other's locks; see the book's page on it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Callable, Optional

from . import _core
from ._cursor import Cursor, Parameters, is_change
from ._row import Row

__all__ = ["Connection", "Cursor", "Row"]

_LEVELS = ("", "DEFERRED", "IMMEDIATE", "EXCLUSIVE")


class Connection:
    """A connection for people's own SQL, made by :meth:`actifix.Store.connect`.

    It behaves as a :class:`sqlite3.Connection` where people use one, and raises that module's exceptions. What differs:

    - INSERT, UPDATE and DELETE on ``tickets`` are done by the store: a row that gets a ``locked_by`` is leased to that
      holder, one that loses it is open again, DELETE removes the ticket for good. ``OR REPLACE`` replaces nothing and
      fails as a duplicate.
    - A transaction that writes waits in line with all writers: at ``BEGIN IMMEDIATE`` and ``BEGIN EXCLUSIVE``, else before
      its first write. One that lasts too long is rolled back, and its next statement says so.
    - The store's own tables are read only, and settings that all writers share stay as they are.
    - Rows are :class:`Row`; ``row_factory = sqlite3.Row`` gives the same, for that class takes no rows but its own.

    >>> import actifix
    >>> with actifix.open(example_db) as store:
    ...     connection = store.connect()
    ...     with connection.transaction():
    ...         locked = connection.execute("UPDATE tickets SET locked_by = 'agent-1'").rowcount
    """

    Warning = sqlite3.Warning
    Error = sqlite3.Error
    InterfaceError = sqlite3.InterfaceError
    DatabaseError = sqlite3.DatabaseError
    DataError = sqlite3.DataError
    OperationalError = sqlite3.OperationalError
    IntegrityError = sqlite3.IntegrityError
    InternalError = sqlite3.InternalError
    ProgrammingError = sqlite3.ProgrammingError
    NotSupportedError = sqlite3.NotSupportedError

    def __init__(
        self,
        store: _core.Store,
        *,
        timeout: float = 30.0,
        isolation_level: Optional[str] = "",
        check_same_thread: bool = True,
        hold: float = 30.0,
    ) -> None:
        self._level = _level(isolation_level)
        self._core = store.sql(timedelta(seconds=timeout), timedelta(seconds=hold))
        self._thread = threading.get_ident() if check_same_thread else None
        self._closed = False
        #: What makes a row of a tuple: called with the cursor and the tuple. None gives the tuple.
        self.row_factory: Optional[Callable[..., Any]] = None
        #: What makes a text of its bytes.
        self.text_factory: Callable[[bytes], Any] = str

    def cursor(self, factory: Optional[Callable[[Connection], Any]] = None) -> Cursor:
        """A new cursor."""
        self._check()
        return Cursor(self) if factory is None else factory(self)

    def execute(self, sql: str, parameters: Parameters = (), /) -> Cursor:
        """Runs one statement on a new cursor."""
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Parameters], /) -> Cursor:
        """Runs one statement for each of the parameters, on a new cursor."""
        return self.cursor().executemany(sql, parameters)

    def executescript(self, script: str, /) -> Cursor:
        """Commits what is open and runs several statements, on a new cursor."""
        return self.cursor().executescript(script)

    def begin(self, isolation: str = "IMMEDIATE") -> None:
        """Begins a transaction.

        :param isolation: ``DEFERRED``, ``IMMEDIATE`` or ``EXCLUSIVE``; the case does not matter.
        :raises ValueError: another word.
        :raises sqlite3.OperationalError: others held the lock all the time (the message names who), or a transaction is
            open already.
        """
        self._check()
        if not isinstance(isolation, str):
            raise TypeError(f"the isolation is a str, not {type(isolation).__name__}")
        self._core.begin(isolation)

    @contextmanager
    def transaction(self, isolation: str = "IMMEDIATE") -> Iterator[Connection]:
        """A transaction around the block: committed at its end, rolled back when it raises."""
        self.begin(isolation)
        try:
            yield self
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def commit(self) -> None:
        """Commits the open transaction, if there is one."""
        self._check()
        self._core.commit()

    def rollback(self) -> None:
        """Rolls the open transaction back, if there is one."""
        self._check()
        self._core.rollback()

    def interrupt(self) -> None:
        """Ends the statement that runs on another thread."""
        self._core.interrupt()

    def close(self) -> None:
        """Rolls back what is open and closes. Every later call raises ``sqlite3.ProgrammingError``."""
        self._same_thread()
        self._closed = True
        self._core.close()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._core.in_transaction()

    @property
    def total_changes(self) -> int:
        """How many rows were changed since the connection was opened."""
        self._check()
        return self._core.total_changes()

    @property
    def isolation_level(self) -> Optional[str]:
        """How a transaction begins by itself before an INSERT, UPDATE, DELETE or REPLACE; None: it does not."""
        return self._level

    @isolation_level.setter
    def isolation_level(self, level: Optional[str]) -> None:
        level = _level(level)
        if level is None:
            self.commit()
        self._level = level

    def __enter__(self) -> Connection:
        self._check()
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if kind is None:
            self.commit()
        else:
            self.rollback()

    def _before(self, sql: str) -> None:
        """Begins the transaction that a change needs, as the standard module does."""
        if self._level is not None and is_change(sql) and not self._core.in_transaction():
            self._core.begin(self._level or "DEFERRED")

    def _check(self) -> None:
        self._same_thread()
        if self._closed:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")

    def _same_thread(self) -> None:
        if self._thread is not None and self._thread != threading.get_ident():
            raise sqlite3.ProgrammingError(
                "SQLite objects created in a thread can only be used in that same thread. The object was created in "
                f"thread id {self._thread} and this is thread id {threading.get_ident()}."
            )


def _level(level: Optional[str]) -> Optional[str]:
    if level is None:
        return None
    if not isinstance(level, str):
        raise TypeError(f"isolation_level must be str or None, not {type(level).__name__}")
    if level.upper() not in _LEVELS:
        raise ValueError("isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'")
    return level.upper()

"""Cursors of people's own SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

from ._row import Row

if TYPE_CHECKING:
    from ._sql import Connection

Parameters = Union[Sequence[Any], Mapping[str, Any]]
#: What SQLite stores as it is; everything else is adapted as the standard module does it.
_STORED = (int, float, str, bytes, type(None))


class Cursor:
    """A cursor as :class:`sqlite3.Cursor` is one. All rows of a statement are read when it is executed, so that no read
    of the database stays open between two calls."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.arraysize = 1
        self.row_factory = connection.row_factory
        #: Names of the columns in tuples of seven, or None.
        self.description: Optional[tuple[tuple[str, None, None, None, None, None, None], ...]] = None
        #: How many rows an INSERT, UPDATE, DELETE or REPLACE changed, else -1.
        self.rowcount = -1
        #: The row number of the row that was added last on the connection.
        self.lastrowid: Optional[int] = None
        self._rows: list[tuple[Any, ...]] = []
        self._next = 0
        self._closed = False

    def execute(self, sql: str, parameters: Parameters = (), /) -> Cursor:
        """Runs one statement."""
        self._check()
        self.connection._before(sql)
        self.rowcount, self.lastrowid = self._run(sql, parameters)
        return self

    def executemany(self, sql: str, parameters: Iterable[Parameters], /) -> Cursor:
        """Runs one INSERT, UPDATE, DELETE or REPLACE for each of the parameters."""
        self._check()
        if not is_change(sql):
            raise sqlite3.ProgrammingError("executemany() can only execute DML statements.")
        self.connection._before(sql)
        total = 0
        for each in parameters:
            total += self._run(sql, each)[0]
        self.rowcount = total
        self._rows = []
        return self

    def executescript(self, script: str, /) -> Cursor:
        """Commits what is open, and runs several statements."""
        self._check()
        self.connection.commit()
        self.connection._core.script(_text(script))
        self._forget()
        return self

    def fetchone(self) -> Any:
        """The next row, or None."""
        self._check()
        if self._next >= len(self._rows):
            return None
        row = self._rows[self._next]
        self._next += 1
        return self._made(row)

    def fetchmany(self, size: Optional[int] = None) -> list[Any]:
        """The next rows, :attr:`arraysize` when not said."""
        self._check()
        size = self.arraysize if size is None else size
        end = len(self._rows) if size < 0 else self._next + size
        rows = self._rows[self._next : end]
        self._next += len(rows)
        return [self._made(row) for row in rows]

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return self.fetchmany(-1)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        self._check()
        if self._next >= len(self._rows):
            raise StopIteration
        return self.fetchone()

    def close(self) -> None:
        """Every later call raises ``sqlite3.ProgrammingError``."""
        self._forget()
        self._closed = True

    def setinputsizes(self, sizes: Any, /) -> None:
        """Does nothing, as in the standard module."""

    def setoutputsize(self, size: Any, column: Any = None, /) -> None:
        """Does nothing, as in the standard module."""

    def _run(self, sql: str, parameters: Parameters) -> tuple[int, int]:
        core = self.connection._core
        self._forget()
        rows, columns, changed, last = core.run(_text(sql), _values(core, sql, parameters))
        self._rows = rows
        if columns:
            nothing = (None,) * 6
            self.description = tuple((name, *nothing) for name in columns)
        return changed, last

    def _made(self, values: tuple[Any, ...]) -> Any:
        as_text = self.connection.text_factory
        if as_text is not str:
            values = tuple(as_text(v.encode()) if isinstance(v, str) else v for v in values)
        make = self.row_factory
        if make is None:
            return values
        if make is sqlite3.Row or make is Row:
            return Row(tuple(column[0] for column in self.description or ()), values)
        return make(self, values)

    def _forget(self) -> None:
        self.description = None
        self.rowcount = -1
        self._rows = []
        self._next = 0

    def _check(self) -> None:
        if self._closed:
            raise sqlite3.ProgrammingError("Cannot operate on a closed cursor.")
        self.connection._check()


def is_change(sql: str) -> bool:
    """Whether it is an INSERT, UPDATE, DELETE or REPLACE by its first word: before those a transaction begins by itself."""
    return _first_word(sql) in ("INSERT", "UPDATE", "DELETE", "REPLACE")


def _first_word(sql: str) -> str:
    rest = sql.lstrip()
    while rest.startswith(("--", "/*")):
        end, width = ("\n", 1) if rest.startswith("--") else ("*/", 2)
        at = rest.find(end)
        rest = rest[at + width :].lstrip() if at >= 0 else ""
    return rest[:8].split(None, 1)[0].upper().rstrip("(") if rest else ""


def _text(sql: str) -> str:
    if not isinstance(sql, str):
        raise TypeError(f"the SQL is a str, not {type(sql).__name__}")
    return sql


def _values(core: Any, sql: str, parameters: Parameters) -> list[Any]:
    if isinstance(parameters, Mapping):
        names = core.parameters(_text(sql))
        return [_adapted(at, _named(parameters, name, at)) for at, name in enumerate(names)]
    try:
        given = list(parameters)
    except TypeError:
        raise sqlite3.ProgrammingError("parameters are of unsupported type") from None
    return [_adapted(at, value) for at, value in enumerate(given)]


def _named(parameters: Mapping[str, Any], name: Optional[str], at: int) -> Any:
    if name is None:
        raise sqlite3.ProgrammingError(
            f"Binding {at + 1} has no name, but you supplied a dictionary (which has only names)."
        )
    try:
        return parameters[name]
    except LookupError:
        raise sqlite3.ProgrammingError(f"You did not supply a value for binding parameter :{name}.") from None


def _adapted(at: int, value: Any) -> Any:
    if type(value) not in _STORED:
        value = sqlite3.adapt(value, sqlite3.PrepareProtocol, value)
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise OverflowError("Python int too large to convert to SQLite INTEGER")
    if not isinstance(value, _STORED):
        raise sqlite3.ProgrammingError(
            f"Error binding parameter {at + 1}: type '{type(value).__name__}' is not supported"
        )
    return value

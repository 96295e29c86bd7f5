"""SQLite's result codes as the exceptions of the standard ``sqlite3`` module."""

from __future__ import annotations

import sqlite3
from typing import Optional

#: The names of the codes that people meet; of others the primary one is named.
_NAMES = {
    1: "SQLITE_ERROR",
    2: "SQLITE_INTERNAL",
    3: "SQLITE_PERM",
    4: "SQLITE_ABORT",
    5: "SQLITE_BUSY",
    6: "SQLITE_LOCKED",
    7: "SQLITE_NOMEM",
    8: "SQLITE_READONLY",
    9: "SQLITE_INTERRUPT",
    10: "SQLITE_IOERR",
    11: "SQLITE_CORRUPT",
    12: "SQLITE_NOTFOUND",
    13: "SQLITE_FULL",
    14: "SQLITE_CANTOPEN",
    15: "SQLITE_PROTOCOL",
    17: "SQLITE_SCHEMA",
    18: "SQLITE_TOOBIG",
    19: "SQLITE_CONSTRAINT",
    20: "SQLITE_MISMATCH",
    21: "SQLITE_MISUSE",
    23: "SQLITE_AUTH",
    25: "SQLITE_RANGE",
    26: "SQLITE_NOTADB",
    261: "SQLITE_BUSY_RECOVERY",
    516: "SQLITE_ABORT_ROLLBACK",
    517: "SQLITE_BUSY_SNAPSHOT",
    275: "SQLITE_CONSTRAINT_CHECK",
    787: "SQLITE_CONSTRAINT_FOREIGNKEY",
    1043: "SQLITE_CONSTRAINT_FUNCTION",
    1299: "SQLITE_CONSTRAINT_NOTNULL",
    1555: "SQLITE_CONSTRAINT_PRIMARYKEY",
    1811: "SQLITE_CONSTRAINT_TRIGGER",
    2067: "SQLITE_CONSTRAINT_UNIQUE",
    2579: "SQLITE_CONSTRAINT_ROWID",
}

#: The class of a primary code; every other one is a plain ``DatabaseError``.
_CLASSES: dict[int, type[sqlite3.Error]] = {
    2: sqlite3.InternalError,
    12: sqlite3.InternalError,
    18: sqlite3.DataError,
    19: sqlite3.IntegrityError,
    20: sqlite3.IntegrityError,
    21: sqlite3.InterfaceError,
    25: sqlite3.InterfaceError,
    **dict.fromkeys((1, 3, 4, 5, 6, 8, 9, 10, 13, 14, 15, 16, 17), sqlite3.OperationalError),
}


def made(code: Optional[int], message: str) -> BaseException:
    """The exception of an extended code; without one, of a call that is wrong by itself."""
    if code is None:
        return sqlite3.ProgrammingError(message)
    primary = code & 0xFF
    if primary == 7:
        return MemoryError()
    error = _CLASSES.get(primary, sqlite3.DatabaseError)(message)
    # As CPython 3.11 and later have them; here on every version.
    name = _NAMES.get(code) or _NAMES.get(primary, "SQLITE_ERROR")
    error.__dict__.update(sqlite_errorcode=code, sqlite_errorname=name)
    return error

"""The Python system's database pool, over the one copy of SQLite that the package brings.

Connections are the thread's own, and behave as those of :mod:`sqlite3`. A database of the Python system is copied beside
itself and upgraded when the pool opens it.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from .. import _core
from .._fork import lock_of
from ._core_calls import Calls
from .audit import (
    compact_json_decode,
    compact_json_encode,
    get_state_change_history,
    journal_state_change,
    log_database_audit,
)
from .errors import DatabaseConnectionError, DatabaseError, DatabaseSchemaError, DatabaseSecurityError
from .fields import deserialize_json_field, deserialize_timestamp, serialize_json_field, serialize_timestamp
from .file_rules import (  # noqa: F401  (some are called by this module's name)
    DANGEROUS_PATH_PATTERNS,
    _ensure_database_file_secure,
    _validate_database_file_permissions,
    _validate_database_path,
    _validate_database_path_directory,
)
from .maintenance import (
    REQUIRED_INDEXES,
    check_database_growth,
    get_database_size_info,
    run_analyze,
    run_maintenance,
    run_vacuum,
    verify_and_create_indexes,
)

__all__ = [
    "DANGEROUS_PATH_PATTERNS",
    "REQUIRED_INDEXES",
    "SCHEMA_SQL",
    "SCHEMA_VERSION",
    "DatabaseConfig",
    "DatabaseConnectionError",
    "DatabaseError",
    "DatabasePool",
    "DatabaseSchemaError",
    "DatabaseSecurityError",
    "check_database_growth",
    "compact_json_decode",
    "compact_json_encode",
    "deserialize_json_field",
    "deserialize_timestamp",
    "get_database_connection",
    "get_database_pool",
    "get_database_size_info",
    "get_state_change_history",
    "journal_state_change",
    "log_database_audit",
    "reset_database_pool",
    "run_analyze",
    "run_maintenance",
    "run_vacuum",
    "serialize_json_field",
    "serialize_timestamp",
    "verify_and_create_indexes",
]

SCHEMA_VERSION = 7
SCHEMA_SQL: str = _core.legacy_schema()


@dataclass
class DatabaseConfig:
    """Where the database is, and how it is opened. ``timeout`` is in seconds."""

    db_path: Path
    enable_wal: bool = True
    timeout: float = 30.0
    check_same_thread: bool = False
    isolation_level: Optional[str] = "DEFERRED"


class DatabasePool:
    """One connection a thread, made on demand."""

    def __init__(self, config: DatabaseConfig) -> None:
        self.config = config
        self._local = threading.local()
        self._lock = lock_of(self)
        self._initialized = False
        self._calls: Optional[Calls] = None
        _pools.add(self)

    def _open(self) -> Calls:
        """The way to the core, opened once: makes the database, or upgrades one of the Python system."""
        with self._lock:
            if self._calls is None:
                path = Path(self.config.db_path)
                path.parent.mkdir(parents=True, exist_ok=True)
                _ensure_database_file_secure(path)
                self._calls = Calls.open(path, self.config.timeout)
                self._initialized = True
            return self._calls

    def _get_connection(self) -> Any:
        """This thread's connection. Raises :class:`DatabaseConnectionError` or :class:`DatabaseSchemaError`."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            calls = self._open()
            try:
                connection = calls.connect(self.config.timeout, self.config.isolation_level)
            except sqlite3.Error as error:
                raise DatabaseConnectionError(f"Failed to connect to database: {error}") from error
            self._local.connection = connection
        return connection

    def _initialize_schema(self, conn: Any) -> None:
        """The tables are there once the pool has opened the file."""
        del conn
        self._open()

    def _migrate_schema(self, conn: Any, from_version: int, to_version: int) -> None:
        """Old files are upgraded when the pool opens them."""
        del conn, from_version, to_version
        self._open()

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """This thread's connection; neither begins nor commits. Errors of SQLite come as :class:`DatabaseError`."""
        connection = self._get_connection()
        try:
            yield connection
        except sqlite3.Error as error:
            _roll_back(connection)
            raise DatabaseError(f"Database operation failed: {error}") from error

    @contextmanager
    def transaction(self, immediate: bool = False, isolation: Optional[str] = None) -> Iterator[Any]:
        """A transaction on this thread's connection: committed at the end of the block, rolled back by an exception,
        which goes on unchanged.

        ``isolation`` is ``"DEFERRED"``, ``"IMMEDIATE"`` or ``"EXCLUSIVE"`` in any case, anything else a ``ValueError``;
        ``immediate=True`` is the second. A deferred transaction that reads and then writes can still be refused by
        SQLite: say what you want to write with ``immediate=True``.
        """
        mode = _mode(immediate, isolation)
        connection = self._get_connection()
        # When this fails because a transaction is open already, that one is left as it is.
        connection.begin(mode)
        try:
            yield connection
            connection.commit()
        except BaseException:
            _roll_back(connection)
            raise

    def close(self) -> None:
        """Closes this thread's connection. What it had not committed is lost."""
        connection = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error:
                pass

    def close_all(self) -> None:
        """As :meth:`close`: other threads' connections end with their threads."""
        self.close()

    def get_pool_metrics(self) -> dict[str, Any]:
        """What can be said of the pool and its file."""
        path = Path(self.config.db_path)
        size = path.stat().st_size if path.exists() else 0
        told: dict[str, Any] = {
            "initialized": self._initialized,
            "has_connection": getattr(self._local, "connection", None) is not None,
            "db_path": str(path),
            "wal_enabled": self.config.enable_wal,
            "db_size_bytes": size,
            "db_size_mb": round(size / (1024 * 1024), 2),
            "connection_healthy": False,
        }
        try:
            connection = self._get_connection()
            connection.execute("SELECT 1").fetchone()
            told["connection_healthy"] = True
            row = connection.execute("PRAGMA wal_checkpoint").fetchone()
            told["wal_checkpoint"] = {"busy": row[0], "log_frames": row[1], "checkpointed": row[2]}
        except (sqlite3.Error, DatabaseError) as error:
            told["connection_error"] = str(error)
        return told


def _mode(immediate: bool, isolation: Optional[str]) -> str:
    if isolation is None:
        return "IMMEDIATE" if immediate else "DEFERRED"
    mode = isolation.upper() if isinstance(isolation, str) else isolation
    if mode not in ("DEFERRED", "IMMEDIATE", "EXCLUSIVE"):
        raise ValueError(f"isolation is DEFERRED, IMMEDIATE or EXCLUSIVE, not {isolation!r}")
    if immediate and mode == "DEFERRED":
        raise ValueError("immediate=True and isolation='DEFERRED' contradict each other; give one of them")
    return mode


def _roll_back(connection: Any) -> None:
    try:
        connection.rollback()
    except sqlite3.Error:
        pass


def _forked() -> None:
    """In a forked child: the parent's connections are the parent's. They are kept, so that nothing closes them here, and
    each thread gets its own afresh; the store does so by itself."""
    global _pool_lock
    _pool_lock = threading.Lock()
    for pool in list(_pools):
        _of_the_parent.append(pool._local)
        pool._local = threading.local()


_pools: weakref.WeakSet[DatabasePool] = weakref.WeakSet()
_of_the_parent: list[Any] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

_pool: Optional[DatabasePool] = None
_pool_lock = threading.Lock()


def get_database_pool(db_path: Optional[Path] = None) -> DatabasePool:
    """The process's pool: of ``db_path``, else of ``ACTIFIX_DB_PATH``, else of ``data/actifix.db`` in the working folder.
    Another path than before makes another pool.

    Raises :class:`DatabaseSecurityError` for a file in a folder of temporary or system files. A
    :class:`DatabasePool` that is built directly is not judged.
    """
    global _pool
    path = (db_path if db_path is not None else _default_path()).resolve()
    _validate_database_path(path)
    with _pool_lock:
        if _pool is None or Path(_pool.config.db_path) != path:
            path.parent.mkdir(parents=True, exist_ok=True)
            _ensure_database_file_secure(path)
            _pool = DatabasePool(DatabaseConfig(db_path=path))
        pool = _pool
    open_soon(pool)
    return pool


def open_soon(pool: Any) -> None:
    """Opens the pool's file now, so that its tables are there; what fails is told at the first connection."""
    try:
        pool._open()
    except (AttributeError, DatabaseError, DatabaseSecurityError, OSError):
        return


def _default_path(root: Optional[Path] = None) -> Path:
    given = os.environ.get("ACTIFIX_DB_PATH")
    return Path(given).expanduser() if given else (root or Path.cwd()) / "data" / "actifix.db"


def reset_database_pool() -> None:
    """Closes this thread's connection and forgets the pool."""
    global _pool
    with _pool_lock:
        pool, _pool = _pool, None
    if pool is not None:
        pool.close()


def get_database_connection(paths: Any = None) -> Any:
    """This thread's connection of the process's pool; ``paths`` says where, when ``ACTIFIX_DB_PATH`` does not."""
    root = Path(paths.project_root) if paths is not None else None
    return get_database_pool(_default_path(root))._get_connection()


atexit.register(reset_database_pool)

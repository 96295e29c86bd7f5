"""Two copies of SQLite in one process: the danger, and the warning that comes before it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

import actifix

#: Another process that knows nothing of us, and waits for nobody.
OTHER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
connection.execute("INSERT INTO notes VALUES ('of the other process')")
"""


def other_process(path: Path) -> bool:
    """Whether another process could write."""
    run = subprocess.run([sys.executable, "-c", OTHER, str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0 or "database is locked" in run.stderr, run.stderr
    return run.returncode == 0


def test_a_second_copy_that_closes_the_file_drops_our_lock(path: Path, store: actifix.Store) -> None:
    ours = store.connect()
    ours.execute("CREATE TABLE notes(a)")
    ours.begin()
    ours.execute("INSERT INTO notes VALUES ('ours')")
    assert not other_process(path)
    second = sqlite3.connect(path)
    second.execute("SELECT count(*) FROM notes").fetchall()
    second.close()
    # The lock is still held, as far as our copy knows; the kernel has forgotten it.
    assert ours.in_transaction
    assert other_process(path)
    ours.rollback()


def test_the_store_notices_at_open(path: Path) -> None:
    actifix.open(path).record("first")
    second = sqlite3.connect(path)
    second.execute("SELECT 1").fetchall()
    with pytest.warns(actifix.TwoCopiesWarning, match=r"store\.connect\(\)"):
        store = actifix.open(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it is said once
        store.record("second")
        store.connect().close()
    second.close()


def test_the_store_notices_when_a_connection_is_made(path: Path, store: actifix.Store) -> None:
    second = sqlite3.connect(path)
    second.execute("SELECT 1").fetchall()
    with pytest.warns(actifix.TwoCopiesWarning):
        store.connect()
    second.close()


def test_the_store_notices_at_some_call(path: Path, store: actifix.Store) -> None:
    second = sqlite3.connect(path)
    second.execute("SELECT 1").fetchall()
    until = time.monotonic() + 30
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        while not caught:
            assert time.monotonic() < until, "no warning came"
            store.record("a call")
            time.sleep(0.05)
    assert caught[0].category is actifix.TwoCopiesWarning
    second.close()


def test_its_own_connections_are_no_strangers(store: actifix.Store) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(5):
            connections = [store.connect() for _ in range(3)]
            for connection in connections:
                connection.execute("SELECT count(*) FROM tickets")
                connection.close()
            store.record("more")

# mypy: disable-error-code="func-returns-value, unused-ignore"
"""People's own SQL: what a connection does is what the standard ``sqlite3`` module does."""

from __future__ import annotations

import datetime
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import actifix

CHANGE = "UPDATE tickets SET owner = 'mia' WHERE id = ?"


@pytest.fixture
def connection(store: actifix.Store) -> actifix.Connection:
    return store.connect()


@pytest.fixture
def ticket(store: actifix.Store) -> str:
    return store.record("no such column", type="E").id


def outcome(work: Callable[[], Any]) -> Any:
    """What a call answers, or how it fails."""
    try:
        answer = work()
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ in ("sqlite3", "builtins")]
        return kinds[0], str(error)
    return list(answer) if isinstance(answer, (sqlite3.Cursor, tuple)) else answer


def table(c: Any) -> Any:
    c.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL, c)")
    c.executemany("INSERT INTO t(b, c) VALUES (?, ?)", [("x", 1), ("y", 2.5), ("z", None)])
    return c.execute("SELECT * FROM t")


SAME: list[Callable[[Any], Any]] = [
    lambda c: c.execute("SELECT 1 AS one, 'x' AS Two, NULL, 2.5, x'00ff'").fetchall(),
    lambda c: c.execute("SELECT 1 AS one, 2 AS Two").description,
    lambda c: table(c).fetchmany(2) + table_rest(c),
    lambda c: [row for row in table(c)],
    lambda c: (table(c).fetchone(), c.in_transaction, c.total_changes),
    lambda c: (c.execute("SELECT 1").rowcount, c.execute("SELECT 1").lastrowid, c.cursor().rowcount),
    lambda c: (table(c), c.execute("UPDATE t SET c = 0 WHERE a > 1").rowcount)[1],
    lambda c: (table(c), c.execute("DELETE FROM t WHERE a = 77").rowcount)[1],
    lambda c: (table(c), c.execute("INSERT INTO t(b) VALUES ('n')").lastrowid)[1],
    lambda c: (table(c), c.execute("UPDATE t SET c = 1").lastrowid, c.execute("SELECT 1").lastrowid)[1:],
    lambda c: (table(c), c.cursor().executemany("INSERT INTO t(b) VALUES (?)", [("n",)]).lastrowid)[1],
    lambda c: (table(c), c.cursor().executemany("UPDATE t SET c = ?", [(1,), (2,)]).rowcount)[1],
    lambda c: (table(c), c.rollback(), outcome(lambda: c.execute("SELECT count(*) FROM t").fetchall()))[2],
    lambda c: (table(c), c.executescript("INSERT INTO t(b) VALUES ('1;2'); -- x;\nDELETE FROM t WHERE a = 1;"))[1].rowcount,
    lambda c: c.execute("SELECT ?1, ?2, ?1", (1, 2)).fetchall(),
    lambda c: c.execute("SELECT :a, @b, $c", {"a": 1, "b": "x", "c": None, "d": 4}).fetchall(),
    lambda c: c.execute("SELECT ?, ?, ?, ?", (True, b"\x00", bytearray(b"x"), 2**62)).fetchall(),
    lambda c: c.execute("SELECT ? ", (2**63,)).fetchall(),
    lambda c: c.execute("SELECT :a", {"b": 1}),
    lambda c: c.execute("SELECT ?"),
    lambda c: c.execute("SELECT ?", (1, 2)),
    lambda c: c.execute("SELEC 1"),
    lambda c: c.execute("SELECT * FROM nowhere"),
    lambda c: c.execute("SELECT 'never closed"),
    lambda c: c.execute("").fetchall(),
    lambda c: (table(c), c.execute("INSERT INTO t(a, b) VALUES (1, 'again')"))[1],
    lambda c: (table(c), c.execute("INSERT INTO t(b) VALUES (NULL)"))[1],
    lambda c: (c.execute("BEGIN"), c.execute("BEGIN"))[1],
    lambda c: c.executemany("SELECT ?", [(1,)]),
    lambda c: (c.close(), c.execute("SELECT 1"))[1],
    lambda c: (c.close(), c.close())[1],
    lambda c: (cursor := c.cursor(), cursor.close(), cursor.execute("SELECT 1"))[2],
    lambda c: setattr(c, "isolation_level", "LAZY"),
    lambda c: (setattr(c, "isolation_level", None), table(c), c.in_transaction)[2],
    lambda c: (setattr(c, "isolation_level", "IMMEDIATE"), table(c), c.in_transaction, c.isolation_level)[2:],
    lambda c: (table(c), setattr(c, "text_factory", bytes), c.execute("SELECT b FROM t").fetchone())[2],
    lambda c: (setattr(c, "row_factory", lambda cursor, row: row[::-1]), c.execute("SELECT 1, 2").fetchone())[1],
    lambda c: (table(c), c.execute("INSERT INTO t(b) VALUES ('r') RETURNING a, b").fetchall())[1],
    lambda c: c.execute("WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n LIMIT 3) SELECT a FROM n").fetchall(),
]


def table_rest(c: Any) -> Any:
    return c.execute("SELECT a FROM t WHERE a > 2").fetchall()


@pytest.mark.parametrize("work", SAME)
def test_the_standard_module_answers_the_same(
    work: Callable[[Any], Any], connection: actifix.Connection, tmp_path: Path
) -> None:
    theirs = sqlite3.connect(tmp_path / "other.db")
    ours, expected = outcome(lambda: work(connection)), outcome(lambda: work(theirs))
    if sys.version_info < (3, 11) and isinstance(expected, tuple):
        # Before 3.11 the standard module said some things in other words: its class counts.
        ours, expected = ours[0], expected[0]
    assert ours == expected


def test_dates_are_adapted_as_the_standard_module_does(connection: actifix.Connection) -> None:
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    with pytest.warns(DeprecationWarning) if sys.version_info >= (3, 12) else _nothing():
        row = connection.execute("SELECT ?, ?", (at, at.date())).fetchone()
    assert row == ("2026-01-02 03:04:05+00:00", "2026-01-02")
    with pytest.raises(sqlite3.ProgrammingError, match="type 'dict' is not supported"):
        connection.execute("SELECT ?", ({},))


class _nothing:
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


def test_a_row_is_found_by_name_and_index(connection: actifix.Connection, ticket: str) -> None:
    connection.row_factory = sqlite3.Row  # type: ignore[assignment]
    row = connection.execute("SELECT id, status AS Status, owner FROM tickets").fetchone()
    assert (row["id"], row["STATUS"], row[2], row[-1]) == (ticket, "Open", None, None)
    assert (len(row), row.keys(), list(row)) == (3, ["id", "Status", "owner"], [ticket, "Open", None])
    assert dict(row) == {"id": ticket, "Status": "Open", "owner": None}
    again = connection.execute("SELECT id, status AS Status, owner FROM tickets").fetchone()
    assert row == again and hash(row) == hash(again)
    with pytest.raises(IndexError, match="No item with that key"):
        row["nothing"]


def test_writes_on_the_old_names_are_the_stores(store: actifix.Store, ticket: str) -> None:
    connection = store.connect(isolation_level=None)
    lock = "UPDATE tickets SET locked_by = ?, lease_expires = ?, status = 'In Progress' WHERE id = ?"
    assert connection.execute(lock, ("agent-1", "2099-01-01T00:00:00+00:00", ticket)).rowcount == 1
    lease = store.get(ticket).lease
    assert lease is not None and lease.holder == "agent-1"
    with pytest.raises(actifix.Held):
        store.acquire(ticket, "agent-2")
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE constraint failed: tickets\.id") as failed:
        connection.execute(
            "INSERT OR REPLACE INTO tickets (id, priority, error_type, message, source, created_at)"
            " VALUES (?, 'P1', 'E', 'm', 's', '2026-01-01T00:00:00+00:00')",
            (ticket,),
        )
    assert failed.value.sqlite_errorname == "SQLITE_CONSTRAINT_PRIMARYKEY"  # type: ignore[attr-defined]
    with pytest.raises(sqlite3.DatabaseError, match="Actifix's own table"):
        connection.execute("DELETE FROM leases")
    assert connection.execute("DELETE FROM tickets").rowcount == 1
    with pytest.raises(actifix.NotFound):
        store.get(ticket)
    assert store.verify().ok


def test_a_block_commits_or_rolls_back(store: actifix.Store, ticket: str) -> None:
    connection = store.connect()
    with connection:
        connection.execute(CHANGE, (ticket,))
    with pytest.raises(KeyError), connection:
        connection.execute("DELETE FROM tickets")
        raise KeyError
    with pytest.raises(KeyError), connection.transaction("exclusive"):
        connection.execute("DELETE FROM tickets")
        raise KeyError
    assert store.get(ticket).assignee == "mia"
    with pytest.raises(ValueError, match="`LAZY` is no transaction mode"):
        connection.begin("LAZY")
    with pytest.raises(TypeError):
        connection.begin(None)  # type: ignore[arg-type]


def test_a_call_from_inside_says_why_it_cannot_be(store: actifix.Store, ticket: str) -> None:
    connection = store.connect()
    with connection.transaction():
        connection.execute(CHANGE, (ticket,))
        with pytest.raises(actifix.Invalid, match="wait for it, that is for itself"):
            store.claim("agent-1")
    store.claim("agent-1").release()


def test_a_transaction_that_lasts_too_long_is_rolled_back(store: actifix.Store, ticket: str) -> None:
    connection = store.connect(hold=0.1)
    connection.begin()
    connection.execute(CHANGE, (ticket,))
    claimed = threading.Thread(target=lambda: store.claim("agent-1").release())
    claimed.start()
    claimed.join()
    with pytest.raises(sqlite3.OperationalError, match="lasted longer than it may"):
        connection.commit()
    assert store.get(ticket).assignee is None


def test_who_waits_in_vain_hears_who_holds_the_lock(store: actifix.Store, path: Path) -> None:
    other = store.connect(check_same_thread=False)
    holder = threading.Thread(target=other.begin)
    holder.start()
    holder.join()
    with pytest.raises(sqlite3.OperationalError, match=r"database is locked \(waited .*pid \d+") as busy:
        store.connect(timeout=0.1).begin("IMMEDIATE")
    assert busy.value.sqlite_errorcode == 5  # type: ignore[attr-defined]
    other.rollback()


def test_other_threads_go_on_while_one_waits(store: actifix.Store) -> None:
    other = store.connect(check_same_thread=False)
    waiter = store.connect(check_same_thread=False)
    holder = threading.Thread(target=other.begin)
    holder.start()
    holder.join()
    waiting = threading.Thread(target=waiter.begin)
    waiting.start()
    ticks = 0
    while ticks < 50:  # this thread has the interpreter all the time
        time.sleep(0.001)
        ticks += 1
    assert waiting.is_alive()
    other.rollback()
    waiting.join()
    assert waiter.in_transaction
    waiter.close()


def test_a_connection_belongs_to_its_thread_unless_said(store: actifix.Store) -> None:
    connection = store.connect()
    said: list[str] = []

    def use() -> None:
        try:
            connection.execute("SELECT 1")
        except sqlite3.ProgrammingError as error:
            said.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert "can only be used in that same thread" in said[0]


def test_a_forked_child_leaves_its_parents_transaction_alone(store: actifix.Store, ticket: str) -> None:
    connection = store.connect()
    connection.begin()
    connection.execute(CHANGE, (ticket,))
    child = os.fork()
    if child == 0:
        said = outcome(lambda: connection.execute("SELECT 1"))
        connection.close()
        os._exit(0 if said[0] == "ProgrammingError" and "forked" in said[1] else 1)
    assert os.waitpid(child, 0)[1] == 0
    # The gate is still this process's, and so is the transaction.
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        _elsewhere(lambda: store.connect(timeout=0.1).begin())
    connection.commit()
    assert store.get(ticket).assignee == "mia"


def test_an_idle_connection_goes_on_after_a_fork_on_both_sides(store: actifix.Store, ticket: str) -> None:
    connection = store.connect(isolation_level=None)
    connection.execute(CHANGE, (ticket,))
    child = os.fork()
    if child == 0:
        said = outcome(lambda: connection.execute("UPDATE tickets SET branch = 'child'").rowcount)
        os._exit(0 if said == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert connection.execute("SELECT owner, branch FROM tickets").fetchone() == ("mia", "child")
    assert connection.execute("UPDATE tickets SET branch = 'parent'").rowcount == 1
    assert store.verify().ok


def _elsewhere(work: Callable[[], Any]) -> None:
    """On another thread."""
    raised: list[BaseException] = []

    def thread() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)

    other = threading.Thread(target=thread)
    other.start()
    other.join()
    if raised:
        raise raised[0]

"""Ctrl-C ends a statement of people's own SQL that waits or runs long, and leaves everything as it should be."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

import actifix
from programs import Program, line

#: Holds the write lock at the gate, as a connection of the package does.
AT_THE_GATE = """
    import sys
    import actifix
    connection = actifix.open(sys.argv[1]).connect(hold=600)
    connection.begin()
    print("held", flush=True)
    sys.stdin.read()
"""
#: Holds it without a gate: the standard module.
WITHOUT_A_GATE = """
    import sqlite3, sys
    c = sqlite3.connect(sys.argv[1], isolation_level=None)
    c.execute("BEGIN IMMEDIATE")
    print("held", flush=True)
    sys.stdin.read()
"""
#: Interrupted in the statement of its second argument, after that of its third; then it goes on. If the interrupt does not
#: end the statement, the end of the process does.
WAITS = """
    import os, sys, threading
    import actifix
    _, path, statement, before = sys.argv
    store = actifix.open(path)
    connection = store.connect(timeout=600, isolation_level=None, hold=600)
    if before:
        connection.executescript(before)
    dog = threading.Timer(60, os._exit, [9])
    dog.daemon = True
    dog.start()
    print("waiting", flush=True)
    try:
        connection.execute(statement)
    except KeyboardInterrupt:
        print("interrupted,", "inside" if connection.in_transaction else "outside", flush=True)
    dog.cancel()
    sys.stdin.readline()
    connection.execute("INSERT INTO notes VALUES ('afterwards')")
    connection.commit()
    store.add("the store goes on")
"""
ENDLESS = "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT count(*) FROM n"
BEGUN = "BEGIN IMMEDIATE; INSERT INTO notes VALUES ('before');"


@pytest.fixture
def notes(store: actifix.Store) -> actifix.Connection:
    connection = store.connect(isolation_level=None)
    connection.execute("CREATE TABLE notes(text)")
    return connection


def interrupted(process: subprocess.Popen[str]) -> str:
    """What a program that waits says to Ctrl-C."""
    assert line(process) == "waiting"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    return line(process)


def goes_on(process: subprocess.Popen[str]) -> None:
    _, error = process.communicate("go on\n", timeout=60)
    assert process.returncode == 0, error


def told(notes: actifix.Connection) -> list[str]:
    return [text for (text,) in notes.execute("SELECT text FROM notes")]


@pytest.mark.parametrize(
    ("holder", "statement", "before", "where"),
    [
        (AT_THE_GATE, "BEGIN IMMEDIATE", "", "outside"),
        (AT_THE_GATE, "INSERT INTO notes VALUES ('never')", "", "outside"),
        # It has read, and waits before its first write.
        (AT_THE_GATE, "INSERT INTO notes VALUES ('never')", "BEGIN; SELECT * FROM notes;", "inside"),
        (WITHOUT_A_GATE, "BEGIN IMMEDIATE", "", "outside"),
        (WITHOUT_A_GATE, "INSERT INTO notes VALUES ('never')", "", "outside"),
    ],
)
def test_a_statement_that_waits_for_the_write_lock_has_not_begun(
    program: Program, store: actifix.Store, notes: actifix.Connection, holder: str, statement: str, before: str, where: str
) -> None:
    holding = program(holder)
    assert line(holding) == "held"
    waiting = program(WAITS, statement, before)
    assert interrupted(waiting) == f"interrupted, {where}"
    holding.kill()
    holding.wait()
    goes_on(waiting)
    assert told(notes) == ["afterwards"]
    assert store.claim("agent-1").ticket.message == "the store goes on"
    assert store.verify().ok


@pytest.mark.parametrize(
    ("statement", "before", "where", "kept"),
    [
        (ENDLESS, "", "outside", []),
        (ENDLESS, BEGUN, "inside", ["before"]),
        # SQLite rolls a transaction back in which a change was cut short.
        (f"INSERT INTO notes {ENDLESS}", BEGUN, "outside", []),
    ],
)
def test_a_statement_that_runs_long_is_cut_short(
    program: Program, store: actifix.Store, notes: actifix.Connection, statement: str, before: str, where: str, kept: list[str]
) -> None:
    running = program(WAITS, statement, before)
    assert interrupted(running) == f"interrupted, {where}"
    goes_on(running)
    assert told(notes) == [*kept, "afterwards"]
    assert store.claim("agent-1").ticket.message == "the store goes on"
    assert store.verify().ok


def test_a_handler_that_does_not_raise_ends_nothing_and_cannot_use_the_connection(program: Program, path: Path) -> None:
    running = program(
        f"""
        import signal, sqlite3, sys
        import actifix
        connection = actifix.open(sys.argv[1]).connect()
        heard = []
        def handler(*_):
            try:
                connection.execute("SELECT 1")
            except sqlite3.ProgrammingError as error:
                print(error, flush=True)
            heard.append(1)
            if len(heard) == 2:
                raise KeyboardInterrupt
        signal.signal(signal.SIGINT, handler)
        print("waiting", flush=True)
        try:
            connection.execute("{ENDLESS}")
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        """
    )
    assert "in the middle of a statement" in interrupted(running)
    running.send_signal(signal.SIGINT)
    assert "in the middle of a statement" in line(running)
    assert line(running) == "interrupted"
    assert running.wait(60) == 0

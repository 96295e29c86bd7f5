"""The scene of the three scripts beside this file: threads that meet at a barrier, and then each lock a ticket of their own.

It is played on the standard ``sqlite3`` module, with a pool as many programs have one, and on the package. Each has a
database of its own: two copies of SQLite on one file would drop each other's locks.
"""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional

import actifix

THREADS = 3
STEPS = ("started", "at barrier", "passed", "attempting", "acquired", "released", "completed")
HOUR = 3600.0


@dataclass
class Told:
    """What one thread went through."""

    name: str
    reached: list[str] = field(default_factory=list)
    #: What failed, in SQLite's words.
    error: Optional[str] = None
    #: How long the lock took or was refused, in seconds.
    took: float = 0.0

    @property
    def got(self) -> bool:
        return "acquired" in self.reached


class Plain:
    """A ticket table on the standard module: WAL, a timeout of 30 s, a connection for each thread."""

    name = "sqlite3"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "plain.db"
        self._local = threading.local()
        self.connection().executescript(
            "PRAGMA journal_mode = WAL;"
            "CREATE TABLE tickets(id TEXT PRIMARY KEY, status TEXT NOT NULL DEFAULT 'Open', locked_by TEXT, lease_expires REAL);"
        )

    def connection(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self.path, timeout=30.0, isolation_level=None)
        connection: sqlite3.Connection = self._local.connection
        return connection

    def close(self) -> None:
        if hasattr(self._local, "connection"):
            self._local.connection.close()
            del self._local.connection

    def fill(self, count: int) -> list[str]:
        tickets = [f"ACT-20260114-{n:05X}" for n in range(count)]
        self.connection().execute("DELETE FROM tickets")
        for ticket in tickets:
            self.connection().execute("INSERT INTO tickets(id) VALUES (?)", (ticket,))
        return tickets

    def lock(self, ticket: str, holder: str, begin: str = "BEGIN") -> bool:
        """Is it free? Then it is ours: a read and a write in one transaction."""
        connection = self.connection()
        connection.execute(begin)
        try:
            free = "SELECT 1 FROM tickets WHERE id = ? AND (locked_by IS NULL OR lease_expires < ?)"
            if connection.execute(free, (ticket, time.time())).fetchone() is None:
                connection.execute("ROLLBACK")
                return False
            take = "UPDATE tickets SET status = 'In Progress', locked_by = ?, lease_expires = ? WHERE id = ?"
            connection.execute(take, (holder, time.time() + HOUR, ticket))
            connection.execute("COMMIT")
            return True
        except sqlite3.OperationalError:
            connection.execute("ROLLBACK")
            raise

    def release(self, ticket: str, holder: str) -> None:
        back = "UPDATE tickets SET status = 'Open', locked_by = NULL, lease_expires = NULL WHERE id = ? AND locked_by = ?"
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(back, (ticket, holder))
        connection.execute("COMMIT")

    def create(self, ticket: str, begin: str = "BEGIN") -> None:
        """Counts the open tickets, and adds one: a read and a write in one transaction again."""
        connection = self.connection()
        connection.execute(begin)
        try:
            connection.execute("SELECT count(*) FROM tickets WHERE status = 'Open'").fetchone()
            connection.execute("INSERT INTO tickets(id) VALUES (?)", (ticket,))
            connection.execute("COMMIT")
        except sqlite3.OperationalError:
            connection.execute("ROLLBACK")
            raise

    def states(self) -> list[tuple[str, str, Optional[str]]]:
        return self.connection().execute("SELECT id, status, locked_by FROM tickets ORDER BY id").fetchall()

    def count(self) -> int:
        return int(self.connection().execute("SELECT count(*) FROM tickets").fetchone()[0])


class Package:
    """The same on the package."""

    name = "actifix"

    def __init__(self, folder: Path) -> None:
        self.store = actifix.open(folder / "package.db")
        self._tokens: dict[str, int] = {}

    def close(self) -> None:
        """A thread has nothing of its own here."""

    def fill(self, count: int) -> list[str]:
        return [self.store.record("an error", type="E", fingerprint=f"{time.time_ns()}-{n}").id for n in range(count)]

    def lock(self, ticket: str, holder: str) -> bool:
        self._tokens[ticket] = self.store.acquire(ticket, holder).token
        return True

    def release(self, ticket: str, holder: str) -> None:
        self.store.release(ticket, self._tokens[ticket])

    def create(self, ticket: str) -> None:
        self.store.record("an error", type="E", fingerprint=ticket)

    def states(self) -> list[tuple[str, str, Optional[str]]]:
        own = self.store.connect()
        rows = own.execute("SELECT id, status, locked_by FROM tickets ORDER BY id").fetchall()
        own.close()
        return rows

    def count(self) -> int:
        return len(self.states())


def play(
    place: Plain | Package, tickets: list[str], lock: Callable[[str, str], bool], release: bool = True
) -> list[Told]:
    """One round: each thread locks its own ticket after the barrier."""
    barrier = threading.Barrier(len(tickets))
    told = [Told(f"thread-{n + 1}") for n in range(len(tickets))]

    def thread(one: Told, ticket: str) -> None:
        one.reached += ["started", "at barrier"]
        barrier.wait()
        one.reached += ["passed", "attempting"]
        began = time.perf_counter()
        try:
            if lock(ticket, one.name):
                one.reached.append("acquired")
        except (sqlite3.Error, actifix.Error) as error:
            one.error = f"{error}{code_of(error)}"
        one.took = time.perf_counter() - began
        if one.got and release:
            place.release(ticket, one.name)
            one.reached.append("released")
        one.reached.append("completed")
        place.close()

    run([lambda one=one, ticket=ticket: thread(one, ticket) for one, ticket in zip(told, tickets)])
    return told


def create_all(place: Plain | Package, create: Callable[[str], None], threads: int = 8, each: int = 25) -> list[str]:
    """The second scene: threads that create tickets. Answers what failed."""
    barrier = threading.Barrier(threads)
    errors: list[str] = []

    def thread(n: int) -> None:
        barrier.wait()
        for k in range(each):
            try:
                create(f"ACT-20260114-{n:02d}-{k:02d}")
            except (sqlite3.Error, actifix.Error) as error:
                errors.append(f"{error}{code_of(error)}")
        place.close()

    run([lambda n=n: thread(n) for n in range(threads)])
    return errors


def run(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def code_of(error: BaseException) -> str:
    """SQLite's extended result code, where this Python tells it (3.11 and later)."""
    code = getattr(error, "sqlite_errorcode", None)
    return "" if code is None else f" ({code})"


def show(told: list[Told], tickets: list[str], states: list[tuple[str, str, Optional[str]]]) -> None:
    """Which step each thread reached, and the final state of every ticket."""
    for step in STEPS:
        reached = [one.name for one in told if step in one.reached]
        print(f"  {step:<12}{len(reached)}/{len(told)}  {' '.join(reached)}")
    for one in told:
        if one.error:
            print(f"  {one.name}: {one.error}, refused after {one.took * 1000:.2f} ms")
    for ticket, status, holder in states:
        if ticket in tickets:
            print(f"  {ticket}: {status}, locked by {holder or 'nobody'}")


def folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="barrier-")


def got(told: list[Told]) -> int:
    return sum(one.got for one in told)

"""Diagnoses the scene: the same three threads, each statement written down. Run it: ``python3 FILE``.

Which connection a thread has, when its transaction began, what its read found, how many rows it changed, which statement
failed and how: on the standard ``sqlite3`` module with bare SQL and no library around it, then with the package's own
connections, deferred and immediate, then with its lock call.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from barrier_scene import HOUR, THREADS, Package, Plain, code_of, folder, got, play, run

ROUNDS = 50
FREE = "SELECT count(*) FROM tickets WHERE id = ? AND locked_by IS NULL"
TAKE = "UPDATE tickets SET status = 'In Progress', locked_by = ?, lease_expires = ? WHERE id = ?"


class Trace:
    """Who did what, and when."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.lines: list[tuple[float, str, str]] = []
        self.refused: list[tuple[str, float]] = []

    def note(self, who: str, what: str) -> None:
        self.lines.append(((time.perf_counter() - self.began) * 1000, who, what))

    def show(self) -> None:
        for at, who, what in sorted(self.lines):
            print(f"  {at:8.2f} ms  {who}  {what}")


def traced(connect: Callable[[], Any], begin: str, tickets: list[str]) -> Trace:
    """The scene with bare SQL. Answers what was seen."""
    barrier, trace = threading.Barrier(len(tickets)), Trace()

    def thread(n: int, ticket: str) -> None:
        who, connection = f"thread-{n + 1}", connect()
        trace.note(who, f"connection {n + 1}, of {type(connection).__module__.split('.')[0]}")
        barrier.wait()
        asked = time.perf_counter()
        statement = begin
        try:
            connection.execute(begin)
            trace.note(who, f"{begin}: transaction started")
            statement = "SELECT"
            free = connection.execute(FREE, (ticket,)).fetchone()[0]
            trace.note(who, f"SELECT: {ticket} is {'free' if free else 'locked'}")
            statement, asked = "UPDATE", time.perf_counter()
            rows = connection.execute(TAKE, (who, lease_end(), ticket)).rowcount
            trace.note(who, f"UPDATE: {rows} row")
            statement = "COMMIT"
            connection.execute("COMMIT")
            trace.note(who, "COMMIT: locked")
        except sqlite3.OperationalError as error:
            waited = time.perf_counter() - asked
            trace.refused.append((f"{statement}: {error}{code_of(error)}", waited))
            trace.note(who, f"{statement} FAILED: {error}{code_of(error)}, after {waited * 1000:.2f} ms")
            connection.rollback()
        connection.close()

    run([lambda n=n, ticket=ticket: thread(n, ticket) for n, ticket in enumerate(tickets)])
    return trace


def lease_end() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + HOUR))


def until_refused(connect: Callable[[], Any], begin: str, fill: Callable[[int], list[str]]) -> Trace:
    for _ in range(ROUNDS):
        trace = traced(connect, begin, fill(THREADS))
        if trace.refused:
            break
    return trace


def told(trace: Trace, what: str) -> None:
    trace.show()
    for error, waited in trace.refused:
        print(f"  -> {error}: refused after {waited * 1000:.2f} ms of a timeout of 30 s")
    print(f"  {THREADS - len(trace.refused)} of {THREADS} threads got their lock {what}")


def main() -> int:
    with folder() as name:
        plain, package = Plain(Path(name)), Package(Path(name))

        print("1. Bare SQL on sqlite3, BEGIN (deferred)")
        theirs = lambda: sqlite3.connect(plain.path, timeout=30.0, isolation_level=None)  # noqa: E731
        deferred = until_refused(theirs, "BEGIN", plain.fill)
        told(deferred, "through sqlite3")

        print("2. Bare SQL on the package's connections, BEGIN (deferred): SQLite's own mode, as asked for")
        ours = lambda: package.store.connect(isolation_level=None)  # noqa: E731
        told(until_refused(ours, "BEGIN", package.fill), "by a deferred transaction of their own")

        print("3. Bare SQL on the package's connections, BEGIN IMMEDIATE: they wait in line")
        immediate = traced(ours, "BEGIN IMMEDIATE", package.fill(THREADS))
        told(immediate, "by BEGIN IMMEDIATE")

        print("4. The package's lock call")
        locked = play(package, package.fill(THREADS), package.lock)
        for one in locked:
            print(f"  {one.name}: {' > '.join(one.reached)}, {one.took * 1000:.2f} ms")

        print("Verdict")
        at_once = all(waited < 1 for _, waited in deferred.refused)
        print(f"  deferred through sqlite3: {'FAILS' if deferred.refused else 'did not show this time'}")
        if deferred.refused and at_once:
            print("  the busy timeout is not used: a reader that wants to write while another writes is refused at once")
        print(f"  BEGIN IMMEDIATE through actifix: {THREADS - len(immediate.refused)} of {THREADS}")
        print(f"  actifix: {got(locked)} of {THREADS}")
        fine = deferred.refused and at_once and not immediate.refused and got(locked) == THREADS
        return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())

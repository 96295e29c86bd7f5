"""Proves the solution: the scene under each remedy, and what each costs. Run it: ``python3 FILE``.

Deferred transactions, immediate ones, a retry around the lock call, one statement that reads and writes: on the standard
``sqlite3`` module; and the package. Rounds are interleaved, so that all have the same weather.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Union

from barrier_scene import HOUR, THREADS, Package, Plain, Told, create_all, folder, got, play

ROUNDS = 30


def retried(plain: Plain) -> Callable[[str, str], bool]:
    """Three tries around a lock call that turns the error into "not acquired": it never sees the error."""

    def lock(ticket: str, holder: str) -> bool:
        try:
            return plain.lock(ticket, holder)
        except sqlite3.OperationalError:
            return False

    def retry(ticket: str, holder: str) -> bool:
        for wait in (0.01, 0.02, 0.04):
            try:
                return lock(ticket, holder)
            except sqlite3.OperationalError:
                time.sleep(wait)
        return False

    return retry


def one_statement(plain: Plain) -> Callable[[str, str], bool]:
    """Takes the write lock before it reads."""

    def lock(ticket: str, holder: str) -> bool:
        take = (
            "UPDATE tickets SET status = 'In Progress', locked_by = ?, lease_expires = ?"
            " WHERE id = ? AND (locked_by IS NULL OR lease_expires < ?)"
        )
        now = time.time()
        return plain.connection().execute(take, (holder, now + HOUR, ticket, now)).rowcount == 1

    return lock


def line(name: str, rounds: list[list[Told]]) -> None:
    times = sorted(one.took * 1000 for told in rounds for one in told if one.got)
    locks = sum(got(told) for told in rounds)
    whole = sum(got(told) == THREADS for told in rounds)
    errors = sum(one.error is not None for told in rounds for one in told)
    worst = min(got(told) for told in rounds)
    print(
        f"  {name:<34}{locks:>4} of {THREADS * len(rounds)}  {whole:>3} of {len(rounds)} rounds whole, worst {worst} of 3,"
        f" {errors:>3} errors; one lock {statistics.median(times):.2f} ms, longest {times[-1]:.2f} ms"
    )


def main() -> int:
    with folder() as name:
        plain, package = Plain(Path(name)), Package(Path(name))
        remedies: dict[str, tuple[Union[Plain, Package], Callable[[str, str], bool]]] = {
            "sqlite3, deferred (BEGIN)": (plain, plain.lock),
            "sqlite3, retry around deferred": (plain, retried(plain)),
            "sqlite3, immediate": (plain, lambda t, h: plain.lock(t, h, "BEGIN IMMEDIATE")),
            "sqlite3, one statement": (plain, one_statement(plain)),
            "actifix": (package, package.lock),
        }
        rounds: dict[str, list[list[Told]]] = {remedy: [] for remedy in remedies}
        for _ in range(ROUNDS):
            for remedy, (place, lock) in remedies.items():
                rounds[remedy].append(play(place, place.fill(THREADS), lock))
        print(f"1. Three threads at a barrier, a ticket each, {ROUNDS} rounds")
        for remedy, told in rounds.items():
            line(remedy, told)

        print("2. Eight threads create 25 tickets each")
        made = {}
        for mode in ("BEGIN", "BEGIN IMMEDIATE"):
            plain.fill(0)
            errors = create_all(plain, lambda ticket, mode=mode: plain.create(ticket, mode))
            made[mode] = plain.count()
            print(f"  sqlite3, {mode:<25}{made[mode]:>4} of 200, {len(errors)} errors")
        before = package.count()
        errors = create_all(package, package.create)
        made["actifix"] = package.count() - before
        print(f"  actifix{made['actifix']:>31} of 200, {len(errors)} errors")

        whole = {remedy: all(got(one) == THREADS for one in told) for remedy, told in rounds.items()}
        deferred, retry = "sqlite3, deferred (BEGIN)", "sqlite3, retry around deferred"
        print("Verdict")
        print(f"  deferred through sqlite3: {'did not show this time' if whole[deferred] else 'FAILS'}")
        print(f"  retry around the call: {'did not show this time' if whole[retry] else 'FAILS'}, it never sees the error")
        print(f"  actifix: {'3 of 3' if whole['actifix'] else 'FAILS'} in every round; creating: {made['actifix']} of 200")
        fine = not whole[deferred] and whole["actifix"] and made["BEGIN"] < 200 and made["actifix"] == 200
        return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())

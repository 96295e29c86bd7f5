"""Reproduces the scene: three threads meet at a barrier, and each locks a ticket of its own. Run it: ``python3 FILE``.

First a bare barrier as a control, then the settings of the pool, then the scene: on the standard ``sqlite3`` module, and on
the package. Then the second scene, in which eight threads create 25 tickets each.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from barrier_scene import THREADS, Package, Plain, create_all, folder, got, play, run, show

#: Who is first at a barrier is chance, so the scene is played until it shows, at most so often.
ROUNDS = 50


def control() -> bool:
    barrier, passed = threading.Barrier(THREADS), []
    run([lambda n=n: passed.append((barrier.wait(), n)) for n in range(THREADS)])
    print(f"1. Control, a bare barrier: {len(passed)}/{THREADS} threads passed")
    return len(passed) == THREADS


def settings(plain: Plain, package: Package) -> None:
    print("2. Settings of the connections")
    own = package.store.connect()
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        theirs = plain.connection().execute(f"PRAGMA {name}").fetchone()[0]
        print(f"  {name:<14}sqlite3 {theirs}, actifix {own.execute(f'PRAGMA {name}').fetchone()[0]}")
    own.close()
    print("  (busy_timeout 0: actifix waits in line at its gate, not in SQLite's handler)")


def main() -> int:
    with folder() as name:
        plain, package = Plain(Path(name)), Package(Path(name))
        fine = control()
        settings(plain, package)

        print("3. The scene on sqlite3, BEGIN (deferred)")
        for round_ in range(1, ROUNDS + 1):
            tickets = plain.fill(THREADS)
            told = play(plain, tickets, plain.lock, release=False)
            if got(told) < THREADS:
                break
        show(told, tickets, plain.states())
        print(f"  {got(told)} of {THREADS} threads got their lock (round {round_})")
        fails = got(told) < THREADS

        print("4. The scene on actifix")
        tickets = package.fill(THREADS)
        told = play(package, tickets, package.lock, release=False)
        show(told, tickets, package.states())
        print(f"  {got(told)} of {THREADS} threads got their lock")
        holds = got(told) == THREADS

        print("5. The second scene: 8 threads create 25 tickets each")
        plain.fill(0)
        errors = create_all(plain, plain.create)
        print(f"  sqlite3, BEGIN (deferred): {plain.count()} of 200, {len(errors)} errors")
        print(f"  {errors[0]}" if errors else "  none this time")
        before = package.count()
        lost = create_all(package, package.create)
        made = package.count() - before
        print(f"  actifix: {made} of 200, {len(lost)} errors")

        print("Verdict")
        print(f"  deferred through sqlite3: {'FAILS' if fails else 'did not show this time'}")
        print(f"  actifix: {'3 of 3' if holds else 'FAILS'}")
        print(f"  creating through sqlite3: {'FAILS' if errors else 'did not show this time'}; actifix: {made} of 200")
        return 0 if fine and fails and holds and errors and made == 200 else 1


if __name__ == "__main__":
    sys.exit(main())

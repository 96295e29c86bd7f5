"""Threads share a store, and none stands in another's way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import actifix

THREADS = 32


def together(work: Callable[[int], None], count: int = THREADS) -> list[BaseException]:
    """Runs ``work`` in so many threads that begin at the same moment; answers what they raised."""
    barrier, failed = threading.Barrier(count), []

    def run(number: int) -> None:
        try:
            barrier.wait(60)
            work(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    return failed


def test_each_thread_gets_a_ticket_of_its_own(
    store: actifix.Store, evidence: dict[str, Any]
) -> None:
    for n in range(THREADS):
        store.add(f"task {n}")
    got: list[str] = []

    def work(number: int) -> None:
        with store.claim(f"agent-{number}") as work:
            got.append(work.id)
            work.complete(**evidence)

    assert together(work) == []
    assert len(set(got)) == THREADS
    assert store.stats().completed == THREADS and store.verify().ok


def test_one_ticket_has_one_winner(store: actifix.Store) -> None:
    ticket = store.add("a task").id
    won: list[int] = []

    def work(number: int) -> None:
        try:
            store.acquire(ticket, f"agent-{number}")
            won.append(number)
        except actifix.Held as held:
            assert held.by.startswith("agent-")

    assert together(work) == []
    assert len(won) == 1


def test_a_thread_that_waits_keeps_no_other_from_running(store: actifix.Store) -> None:
    """If a wait held the interpreter's lock, nobody could add what is waited for."""
    got: list[str] = []

    def work(number: int) -> None:
        if number == 0:
            for n in range(7):
                store.add(f"task {n}")
        else:
            got.append(store.claim(f"agent-{number}", wait=60).id)

    assert together(work, 8) == []
    assert len(set(got)) == 7


def test_equal_reports_of_all_threads_are_one_ticket(store: actifix.Store) -> None:
    def work(number: int) -> None:
        for _ in range(5):
            store.record("no such column: age", type="ValueError", source="app.py:31")

    assert together(work) == []
    (ticket,) = store.list()
    assert ticket.occurrences == 5 * THREADS

# mypy: disable-error-code="no-untyped-call"
"""Locks: one holder, everybody gets his ticket, nobody hears of a locked database."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable

import pytest

from actifix.persistence.database import DatabaseConfig, DatabaseError, DatabasePool
from actifix.persistence.ticket_repo import TicketLock, TicketRepository
from actifix.raise_af import TicketPriority


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What each of ``count`` threads answers that begin at once; an exception is an answer too."""
    barrier, answers = threading.Barrier(count), [None] * count

    def run(n: int) -> None:
        barrier.wait()
        try:
            answers[n] = work(n)
        except Exception as error:
            answers[n] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def made(repo: TicketRepository, entry: Any, count: int) -> list[str]:
    entries = [entry() for _ in range(count)]
    assert all(repo.create_ticket(one) for one in entries)
    return [one.entry_id for one in entries]


def test_three_threads_lock_three_tickets_and_give_them_back(repo: TicketRepository, entry: Any) -> None:
    for _ in range(5):
        ids = made(repo, entry, 3)
        locks = together(3, lambda n: repo.acquire_lock(ids[n], f"agent-{n}"))
        assert [type(lock) for lock in locks] == [TicketLock] * 3, locks
        assert together(3, lambda n: repo.release_lock(ids[n], f"agent-{n}")) == [True] * 3


def test_five_threads_on_one_ticket_have_one_winner(repo: TicketRepository, entry: Any) -> None:
    (ticket,) = made(repo, entry, 1)
    locks = [lock for lock in together(5, lambda n: repo.acquire_lock(ticket, f"agent-{n}")) if lock]
    assert len(locks) == 1
    found = repo.get_ticket(ticket)
    assert found and found["locked_by"] == locks[0].locked_by and found["status"] == "In Progress"


def test_five_threads_get_five_different_tickets(repo: TicketRepository, entry: Any) -> None:
    ids = made(repo, entry, 5)
    got = together(5, lambda n: repo.get_and_lock_next_ticket(f"agent-{n}"))
    assert sorted(ticket["id"] for ticket in got) == sorted(ids)
    assert repo.get_and_lock_next_ticket("agent-6") is None


def test_a_held_ticket_is_refused_at_once(repo: TicketRepository, entry: Any) -> None:
    (ticket,) = made(repo, entry, 1)
    assert repo.acquire_lock(ticket, "a")
    assert repo.acquire_lock(ticket, "b") is None
    assert repo.acquire_lock(ticket, "a") is None, "a live lock is not taken twice, by nobody"
    assert repo.acquire_lock("ACT-20260110-NONE", "a") is None
    assert repo.acquire_lock("no id at all", "a") is None


def test_only_the_holder_renews_and_releases(repo: TicketRepository, entry: Any) -> None:
    (ticket,) = made(repo, entry, 1)
    lock = repo.acquire_lock(ticket, "a", timedelta(minutes=5))
    assert lock
    assert repo.renew_lock(ticket, "b") is None and repo.release_lock(ticket, "b") is False
    renewed = repo.renew_lock(ticket, "a", timedelta(hours=2))
    assert renewed and renewed.lease_expires > lock.lease_expires + timedelta(hours=1)
    found = repo.get_ticket(ticket)
    assert found and found["locked_at"] == lock.locked_at and found["lease_expires"] == renewed.lease_expires
    assert repo.release_lock(ticket, "a") is True
    assert repo.release_lock(ticket, "a") is False and repo.renew_lock(ticket, "a") is None
    assert repo.get_ticket(ticket)["status"] == "Open"  # type: ignore[index]


def test_times_of_a_lock_are_aware_and_in_utc(repo: TicketRepository, entry: Any) -> None:
    (ticket,) = made(repo, entry, 1)
    before = datetime.now(timezone.utc)
    lock = repo.acquire_lock(ticket, "a", timedelta(minutes=5))
    assert lock and lock.locked_at.utcoffset() == timedelta(0)
    assert before - timedelta(seconds=1) <= lock.locked_at <= datetime.now(timezone.utc) + timedelta(seconds=1)
    assert lock.lease_expires - lock.locked_at == timedelta(minutes=5)


@pytest.mark.parametrize("lease", [timedelta(0), timedelta(seconds=-1), timedelta(milliseconds=1)])
def test_a_lock_that_has_run_out_is_told_ended_and_taken_again(
    repo: TicketRepository, entry: Any, lease: timedelta
) -> None:
    ids = made(repo, entry, 2)
    for ticket in ids:
        assert repo.acquire_lock(ticket, "a", timedelta(hours=1) if ticket == ids[0] else lease)
    time.sleep(0.01)
    assert [ticket["id"] for ticket in repo.get_expired_locks()] == [ids[1]]
    assert repo.cleanup_expired_locks() == 1 and repo.cleanup_expired_locks() == 0
    assert repo.renew_lock(ids[1], "a") is None
    assert repo.get_expired_locks() == []
    assert repo.acquire_lock(ids[1], "b")
    assert repo.release_lock(ids[1], "a") is False, "its token is old"


def test_completed_and_deleted_tickets_are_not_locked(repo: TicketRepository, entry: Any) -> None:
    done, gone = made(repo, entry, 2)
    notes = "Implementation: closed the pool\nFiles:\n- src/pool.py"
    assert repo.mark_complete(done, notes, "pytest -q tests", "12 passed, 0 failed")
    assert repo.delete_ticket(gone)
    for ticket in (done, gone):
        assert repo.acquire_lock(ticket, "a") is None
    assert repo.get_and_lock_next_ticket("a") is None


def test_the_most_urgent_comes_first_then_the_oldest(repo: TicketRepository, entry: Any) -> None:
    day = datetime(2026, 1, 10, tzinfo=timezone.utc)
    wanted = []
    for priority, hour in (("P1", 5), ("P0", 3), ("P1", 1), ("P3", 0)):
        one = entry(priority=TicketPriority(priority), created_at=day + timedelta(hours=hour))
        assert repo.create_ticket(one)
        wanted.append((priority, hour, one.entry_id))
    order = [ticket for _, _, ticket in sorted(wanted)]
    first = repo.get_and_lock_next_ticket("a")
    assert first and first["id"] == order[0] and first["locked_by"] == "a"
    third = repo.get_and_lock_next_ticket("a", priority_filter=["P3", "P4"])
    assert third and third["id"] == order[3]
    assert repo.get_and_lock_next_ticket("a", priority_filter=["P9"]) is None
    rest = [repo.get_and_lock_next_ticket("a") for _ in range(3)]
    assert [ticket and ticket["id"] for ticket in rest] == [order[1], order[2], None]


HOLD = """
import sqlite3, sys, time
conn = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
conn.execute("BEGIN IMMEDIATE")
conn.execute("CREATE TABLE IF NOT EXISTS theirs(x)")
print("held", flush=True)
time.sleep(2)
conn.execute("COMMIT")
"""


def test_a_foreign_writer_makes_nobody_lose(pool: DatabasePool, repo: TicketRepository, entry: Any, home: Path) -> None:
    ids = made(repo, entry, 9)
    script = home / "hold.py"
    script.write_text(HOLD)
    with subprocess.Popen(
        [sys.executable, str(script), str(pool.config.db_path)], stdout=subprocess.PIPE, text=True
    ) as foreign:
        assert foreign.stdout and foreign.stdout.readline() == "held\n"
        answers = together(
            9,
            lambda n: [
                lambda: repo.acquire_lock(ids[n], "a"),
                lambda: repo.get_and_lock_next_ticket("b"),
                lambda: repo.create_ticket(entry()),
            ][n % 3](),
        )
        assert foreign.wait() == 0
    # A claim may take the ticket that another thread names; it is refused then, and nobody is told of a locked database.
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert all(answers[n] for n in (1, 2, 4, 5, 7, 8))


def test_busy_past_the_timeout_is_an_error_never_none(entry: Any, home: Path) -> None:
    hasty = TicketRepository(DatabasePool(DatabaseConfig(db_path=home / "actifix.db", timeout=0.3)))
    (ticket,) = made(hasty, entry, 1)
    script = home / "hold.py"
    script.write_text(HOLD)
    with subprocess.Popen(
        [sys.executable, str(script), str(home / "actifix.db")], stdout=subprocess.PIPE, text=True
    ) as foreign:
        assert foreign.stdout and foreign.stdout.readline() == "held\n"
        for ask in (
            lambda: hasty.acquire_lock(ticket, "a"),
            lambda: hasty.get_and_lock_next_ticket("a"),
            lambda: hasty.release_lock(ticket, "a") or hasty.cleanup_expired_locks(),
        ):
            with pytest.raises(DatabaseError, match="busy"):
                ask()
    assert hasty.get_ticket(ticket)["locked_by"] is None, "nothing was done"  # type: ignore[index]


OTHER = """
import sys
from pathlib import Path
from actifix.persistence.database import DatabaseConfig, DatabasePool
from actifix.persistence.ticket_repo import TicketRepository
repo = TicketRepository(DatabasePool(DatabaseConfig(db_path=Path(sys.argv[1]))))
ticket = sys.argv[2]
for ask in sys.argv[3:]:
    print(eval(ask))
"""


def in_another_process(home: Path, ticket: str, *asked: str) -> list[str]:
    script = home / "other.py"
    script.write_text(OTHER)
    done = subprocess.run(
        [sys.executable, str(script), str(home / "actifix.db"), ticket, *asked],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_lock_of_another_process_is_its_own(repo: TicketRepository, entry: Any, home: Path) -> None:
    (ticket,) = made(repo, entry, 1)
    evidence = "'Implementation: did it all\\nFiles:\\n- a.py', 'pytest -q tests', '12 passed, 0 failed'"
    assert repo.acquire_lock(ticket, "a")
    told = in_another_process(
        home,
        ticket,
        "repo.acquire_lock(ticket, 'b')",
        "repo.release_lock(ticket, 'b')",
        f"repo.mark_complete(ticket, {evidence})",
        # By the name of the live holder, as programs do that lock in one run and give back in the next.
        "repo.release_lock(ticket, 'a')",
        "repo.acquire_lock(ticket, 'c') is not None",
    )
    assert told == ["None", "False", "False", "True", "True"]
    assert repo.release_lock(ticket, "a") is False and repo.release_lock(ticket, "c") is True


def test_a_name_does_not_bring_a_lost_lock_back(repo: TicketRepository, entry: Any, home: Path) -> None:
    (ticket,) = made(repo, entry, 1)
    assert repo.acquire_lock(ticket, "a", timedelta(0))
    assert in_another_process(home, ticket, "repo.acquire_lock(ticket, 'a') is not None") == ["True"]
    assert repo.release_lock(ticket, "a") is False and repo.renew_lock(ticket, "a") is None
    notes = "Implementation: closed the pool\nFiles:\n- src/pool.py"
    assert repo.mark_complete(ticket, notes, "pytest -q tests", "12 passed, 0 failed") is False
    assert repo.get_ticket(ticket)["status"] == "In Progress"  # type: ignore[index]


def test_ten_threads_open_a_fresh_database_at_once(home: Path) -> None:
    for round in range(3):
        path = home / f"fresh-{round}.db"

        def opened(n: int, path: Path = path) -> int:
            pool = DatabasePool(DatabaseConfig(db_path=path))
            with pool.connection() as conn:
                count: int = conn.execute(
                    "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('tickets', 'event_log', 'agent_voice')"
                ).fetchone()[0]
                return count

        assert together(10, opened) == [3] * 10


WORK = """
import sys, uuid
from datetime import datetime, timezone
from pathlib import Path
from actifix.persistence.database import DatabaseConfig, DatabasePool
from actifix.persistence.ticket_repo import TicketRepository
from actifix.raise_af import ActifixEntry
repo = TicketRepository(DatabasePool(DatabaseConfig(db_path=Path(sys.argv[1]))))
for n in range(int(sys.argv[2])):
    id = f"ACT-20260110-{uuid.uuid4().hex[:12].upper()}"
    entry = ActifixEntry(id, "a.py:1", "run", id, datetime.now(timezone.utc), duplicate_guard=id)
    assert repo.create_ticket(entry)
    print("created", id, flush=True)
    ticket = repo.get_and_lock_next_ticket(sys.argv[3])
    print("locked", ticket["id"] if ticket else None, flush=True)
"""


def workers(home: Path, count: int, rounds: int) -> list[subprocess.Popen[str]]:
    script = home / "work.py"
    script.write_text(WORK)
    return [
        subprocess.Popen(
            [sys.executable, str(script), str(home / "actifix.db"), str(rounds), f"w{n}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(count)
    ]


def test_processes_get_different_tickets_and_make_all_of_theirs(repo: TicketRepository, home: Path) -> None:
    assert repo.get_tickets() == []
    told = [worker.communicate(timeout=120)[0].split() for worker in workers(home, 8, 10)]
    created = [one for words in told for one in words[1::4]]
    locked = [one for words in told for one in words[3::4] if one != "None"]
    assert len(created) == len(set(created)) == 80 and len(locked) == len(set(locked)) == 80
    assert repo.get_stats()["in_progress"] == 80


def test_what_was_answered_is_there_after_a_kill(repo: TicketRepository, home: Path) -> None:
    assert repo.get_tickets() == []
    for _ in range(3):
        crew = workers(home, 3, 10_000)
        lines: list[str] = []
        for worker in crew:
            assert worker.stdout
            lines += [worker.stdout.readline() for _ in range(6)]
        for worker in crew:
            worker.kill()
            assert worker.stdout
            rest, _ = worker.communicate()
            lines += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        for what, ticket in (line.split() for line in lines):
            found = repo.get_ticket(ticket) if ticket != "None" else None
            assert found or ticket == "None", (what, ticket)
            assert what == "created" or found is None or found["status"] == "In Progress"
    assert len({ticket["id"] for ticket in repo.get_tickets()}) >= 9 * 3

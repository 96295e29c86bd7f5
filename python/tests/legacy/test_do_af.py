"""Working on tickets with a handler, and in the background; retention and clean-up."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from actifix import do_af
from actifix.do_af import BackgroundAgentConfig, TicketInfo
from actifix.persistence import ticket_cleanup
from actifix.persistence.ticket_repo import TicketRepository, get_ticket_repository
from actifix.raise_af import TicketPriority

from .conftest import NOTES, RESULTS, STEPS


@pytest.fixture
def repo(home: Path) -> TicketRepository:
    (home / "app.py").write_text("x = 1\n")
    return get_ticket_repository()


def made(repo: TicketRepository, entry: Any, count: int, **fields: Any) -> list[str]:
    entries = [entry(**fields) for _ in range(count)]
    assert all(repo.create_ticket(one) for one in entries)
    return [one.entry_id for one in entries]


def test_what_the_handler_answers_decides(repo: TicketRepository, entry: Any) -> None:
    (ticket,) = made(repo, entry, 1)
    assert do_af.process_next_ticket() is None, "nothing is taken without a handler"
    assert do_af.process_next_ticket(lambda info: False) is None
    assert repo.get_ticket(ticket)["status"] == "Open"  # type: ignore[index]
    info = do_af.process_next_ticket(lambda info: True)
    assert isinstance(info, TicketInfo) and (info.ticket_id, info.priority, info.run_name) == (ticket, "P2", "nightly")
    assert repo.get_ticket(ticket)["status"] == "Completed"  # type: ignore[index]
    assert do_af.process_next_ticket(lambda info: True) is None


def test_a_handler_that_fails_gives_back_and_leaves_a_ticket(repo: TicketRepository, entry: Any) -> None:
    (ticket,) = made(repo, entry, 1)

    def handler(info: TicketInfo) -> bool:
        raise RuntimeError("no idea")

    with pytest.raises(RuntimeError):
        do_af.process_next_ticket(handler)
    assert repo.get_ticket(ticket)["status"] == "Open"  # type: ignore[index]
    assert {one["error_type"] for one in repo.get_open_tickets()} == {"ValueError", "RuntimeError"}


def test_many_are_processed_until_one_is_not(repo: TicketRepository, entry: Any) -> None:
    made(repo, entry, 4)
    assert len(do_af.process_tickets(3, lambda info: True)) == 3
    assert len(do_af.process_tickets(5, lambda info: True)) == 1


def test_the_highest_is_fixed_with_given_evidence(repo: TicketRepository, entry: Any, home: Path) -> None:
    assert do_af.fix_highest_priority_ticket() == {"processed": False, "reason": "no_open_tickets"}
    made(repo, entry, 1)
    (urgent,) = made(repo, entry, 1, priority=TicketPriority.P0)
    refused = do_af.fix_highest_priority_ticket(completion_notes="thin")
    assert refused == {"processed": False, "ticket_id": urgent, "reason": "mark_failed"}
    done = do_af.fix_highest_priority_ticket(
        completion_notes=NOTES.replace("src/pool.py", "app.py"), test_steps=STEPS, test_results=RESULTS
    )
    assert done["processed"] and (done["ticket_id"], done["priority"]) == (urgent, "P0")
    assert {"thought", "action", "testing"} <= set(done)


def test_lists_and_counts(repo: TicketRepository, entry: Any) -> None:
    first, second = made(repo, entry, 2)
    assert repo.acquire_lock(first, "a")
    for use_cache in (True, False):
        assert [one.ticket_id for one in do_af.get_open_tickets(use_cache=use_cache)] == [second]
        assert do_af.get_completed_tickets(use_cache=use_cache) == []
        assert do_af.get_ticket_stats(use_cache=use_cache)["in_progress"] == 1


def test_an_agent_works_until_it_is_stopped(repo: TicketRepository, entry: Any) -> None:
    made(repo, entry, 3)
    seen: list[str] = []
    stop = threading.Event()

    def handler(info: TicketInfo) -> bool:
        locked = repo.get_ticket(info.ticket_id)
        assert locked and locked["locked_by"].startswith("me:")
        seen.append(info.ticket_id)
        if len(seen) == 3:
            stop.set()
        return True

    config = BackgroundAgentConfig(agent_id="me", idle_sleep_seconds=0.01, handler=handler)
    assert do_af.run_background_agent(config, stop_event=stop) == 3 and len(set(seen)) == 3
    made(repo, entry, 2)
    assert do_af.run_background_agent(BackgroundAgentConfig(max_tickets=1, handler=lambda info: True)) == 1


def test_a_lease_is_renewed_while_the_handler_works(repo: TicketRepository, entry: Any) -> None:
    (ticket,) = made(repo, entry, 1)

    def handler(info: TicketInfo) -> bool:
        before = repo.get_ticket(ticket)["lease_expires"]  # type: ignore[index]
        for _ in range(500):
            if repo.get_ticket(ticket)["lease_expires"] > before:  # type: ignore[index]
                return True
            threading.Event().wait(0.01)
        return False

    config = BackgroundAgentConfig(renew_interval_seconds=0.02, max_tickets=1, handler=handler)
    assert do_af.run_background_agent(config) == 1


def test_retention_marks_what_is_old(repo: TicketRepository, entry: Any) -> None:
    long_ago = datetime.now(timezone.utc) - timedelta(days=100)
    (old,) = made(repo, entry, 1, created_at=long_ago)
    (urgent,) = made(repo, entry, 1, created_at=long_ago, priority=TicketPriority.P1)
    (young,) = made(repo, entry, 1)
    for ticket in (old, urgent, young):
        assert repo.mark_complete(ticket, NOTES, STEPS, RESULTS)
    told = ticket_cleanup.apply_retention_policy(repo)
    assert (told["expired"], told["deleted"], told["ticket_ids"]) == (1, 0, [old])
    assert ticket_cleanup.apply_retention_policy(repo, dry_run=False)["deleted"] == 1
    assert [ticket["id"] for ticket in repo.get_deleted_tickets()] == [old]


def test_duplicates_and_test_tickets_are_completed(repo: TicketRepository, entry: Any) -> None:
    day = datetime.now(timezone.utc) - timedelta(days=3)
    made(repo, entry, 1, message="same", created_at=day)
    (newest,) = made(repo, entry, 1, message="same", created_at=day + timedelta(hours=1))
    (test,) = made(repo, entry, 1, source="tests/test_x.py:1")
    assert ticket_cleanup.cleanup_duplicate_tickets(repo)["duplicates"] == 1
    assert ticket_cleanup.cleanup_duplicate_tickets(repo, dry_run=False)["completed"] == 1
    told = ticket_cleanup.run_automatic_cleanup(repo=repo)
    assert told["test_cleanup"]["ticket_ids"] == [test] and told["test_cleanup"]["completed"] == 1
    assert [ticket["id"] for ticket in repo.get_open_tickets()] == [newest]
    ticket_cleanup.print_cleanup_report(told)

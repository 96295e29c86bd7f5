"""Making, reading, changing, completing and deleting tickets through the repository."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from actifix.config import load_config
from actifix.persistence import ticket_repo
from actifix.persistence.database import DatabasePool
from actifix.persistence.ticket_repo import (
    FieldLengthError,
    OpenTicketLimitExceededError,
    TicketFilter,
    TicketRepository,
)
from actifix.persistence.ticket_rows import COLUMNS
from actifix.raise_af import TicketPriority

from .conftest import NOTES, RESULTS, STEPS
from .test_locks import together


def test_eight_threads_create_all_their_tickets(repo: TicketRepository, entry: Any) -> None:
    made = together(8, lambda n: [repo.create_ticket(entry()) for _ in range(25)])
    assert made == [[True] * 25] * 8, [one for one in made if one != [True] * 25]
    assert repo.get_stats()["open"] == 200


def test_a_ticket_reads_back_as_it_was_made(repo: TicketRepository, entry: Any) -> None:
    one = entry(
        file_context={"app.py": "31: x"},
        system_state={"cwd": "/srv", "n": 1},
        stack_trace="Traceback",
        ai_remediation_notes="Look at the pool",
        correlation_id="c-1",
    )
    assert repo.create_ticket(one)
    ticket = repo.get_ticket(one.entry_id)
    assert ticket and list(ticket) == COLUMNS and len(ticket) == 38
    for name in (
        "message",
        "source",
        "run_label",
        "error_type",
        "duplicate_guard",
        "stack_trace",
        "created_at",
        "file_context",
        "system_state",
        "ai_remediation_notes",
        "correlation_id",
        "format_version",
    ):
        assert ticket[name] == getattr(one, name), name
    assert (ticket["id"], ticket["priority"], ticket["status"]) == (one.entry_id, "P2", "Open")
    assert ticket["completion_notes"] == "" and ticket["github_sync_state"] == "pending"
    assert ticket["deleted"] is False and ticket["completed"] is False and ticket["locked_by"] is None
    assert repo.get_ticket("ACT-20260110-NONE") is None


def test_a_taken_id_or_guard_is_false(repo: TicketRepository, entry: Any) -> None:
    one = entry()
    assert repo.create_ticket(one)
    assert repo.create_ticket(entry(entry_id=one.entry_id)) is False
    assert repo.create_ticket(entry(duplicate_guard=one.duplicate_guard)) is False
    found = repo.check_duplicate_guard(one.duplicate_guard)
    assert found and found["id"] == one.entry_id
    assert repo.check_duplicate_guard("no such guard") is None
    assert repo.create_ticket(entry(source=None)) is False


@pytest.mark.parametrize(
    ("field", "most"),
    [("message", 5000), ("source", 500), ("error_type", 200), ("stack_trace", 50000), ("ai_remediation_notes", 50000)],
)
def test_fields_have_limits_of_characters(repo: TicketRepository, entry: Any, field: str, most: int) -> None:
    assert repo.create_ticket(entry(**{field: "ü" * most}))
    with pytest.raises(
        FieldLengthError, match=rf"'{field}' exceeds maximum length of {most} chars \(got {most + 1} chars\)"
    ):
        repo.create_ticket(entry(**{field: "x" * (most + 1)}))
    assert issubclass(FieldLengthError, ValueError)


def test_the_context_has_a_limit_of_bytes(repo: TicketRepository, entry: Any) -> None:
    repo.config.max_file_context_size_bytes = 100
    with pytest.raises(FieldLengthError, match="'file_context' exceeds maximum size of 100 bytes"):
        repo.create_ticket(entry(file_context={"a.py": "x" * 100}))


def test_the_limit_of_open_tickets_names_itself(pool: DatabasePool, entry: Any) -> None:
    config = load_config()
    config.max_open_tickets = 2
    repo = TicketRepository(pool, config)
    first = entry()
    assert repo.create_ticket(first) and repo.create_ticket(entry())
    with pytest.raises(OpenTicketLimitExceededError, match="2"):
        repo.create_ticket(entry())
    assert repo.acquire_lock(first.entry_id, "a")
    assert repo.create_ticket(entry()), "what is in progress is not open"


def test_lists_filter_and_order(repo: TicketRepository, entry: Any) -> None:
    day = datetime(2026, 1, 10, tzinfo=timezone.utc)
    for priority, hour in (("P2", 1), ("P0", 2), ("P2", 3), ("P4", 4)):
        at = day + timedelta(hours=hour)
        one = entry(priority=TicketPriority(priority), created_at=at, entry_id=f"T-{hour}", correlation_id=f"c-{hour}")
        assert repo.create_ticket(one)

    def ids(**asked: Any) -> Any:
        return [ticket["id"] for ticket in repo.get_tickets(TicketFilter(**asked))]

    assert ids() == ["T-2", "T-3", "T-1", "T-4"]
    assert ids(limit=2) == ["T-2", "T-3"] and ids(limit=2, offset=2) == ["T-1", "T-4"]
    assert ids(priority="P2") == ["T-3", "T-1"] and ids(correlation_id="c-4") == ["T-4"]
    assert ids(created_after=day + timedelta(hours=3)) == ["T-3", "T-4"]
    assert ids(created_before=day + timedelta(hours=2)) == ["T-2", "T-1"]
    assert repo.acquire_lock("T-1", "a") and repo.delete_ticket("T-4")
    assert ids(locked=True) == ["T-1"] and ids(locked=False) == ["T-2", "T-3"]
    assert [ticket["id"] for ticket in repo.get_open_tickets(limit=1)] == ["T-2"]
    assert repo.mark_complete("T-2", NOTES, STEPS, RESULTS)
    assert [ticket["id"] for ticket in repo.get_completed_tickets()] == ["T-2"]
    assert repo.get_stats() == {
        "total": 3,
        "open": 1,
        "in_progress": 1,
        "completed": 1,
        "by_priority": {"P0": 1, "P1": 0, "P2": 2, "P3": 0, "P4": 0},
        "locked": 1,
        "deleted": 1,
    }


def test_deletion_can_be_taken_back(repo: TicketRepository, entry: Any) -> None:
    one = entry()
    assert repo.create_ticket(one)
    assert repo.delete_ticket(one.entry_id) and not repo.delete_ticket(one.entry_id)
    deleted = repo.get_deleted_tickets()
    assert [ticket["id"] for ticket in deleted] == [one.entry_id] and deleted[0]["deleted_at"]
    assert repo.create_ticket(entry(duplicate_guard=one.duplicate_guard)) is False, "the guard stays taken"
    assert repo.recover_ticket(one.entry_id) and not repo.recover_ticket(one.entry_id)
    assert repo.delete_ticket(one.entry_id, soft_delete=False)
    assert repo.get_ticket(one.entry_id) is None and not repo.delete_ticket(one.entry_id, soft_delete=False)
    assert repo.create_ticket(entry(duplicate_guard=one.duplicate_guard))


def test_completion_shows_its_texts_and_happens_once(repo: TicketRepository, entry: Any) -> None:
    one = entry()
    assert repo.create_ticket(one)
    assert repo.acquire_lock(one.entry_id, "a"), "a lock taken in this process is in nobody's way here"
    assert repo.mark_complete(
        one.entry_id, f"  {NOTES}\n", f" {STEPS} ", RESULTS, summary="pool", test_documentation_url="u"
    )
    ticket = repo.get_ticket(one.entry_id)
    assert ticket and ticket["status"] == "Completed" and ticket["locked_by"] is None
    assert all(ticket[name] is True for name in ("documented", "functioning", "tested", "completed"))
    assert (ticket["completion_notes"], ticket["test_steps"], ticket["test_results"]) == (NOTES, STEPS, RESULTS)
    assert (ticket["completion_summary"], ticket["test_documentation_url"]) == ("pool", "u")
    assert repo.mark_complete(one.entry_id, NOTES, STEPS, RESULTS) is False
    assert repo.mark_complete("ACT-20260110-NONE", "", "", "") is False, "absent comes before the gate"


def test_one_of_many_completes(repo: TicketRepository, entry: Any) -> None:
    one = entry()
    assert repo.create_ticket(one)
    done = together(5, lambda n: repo.mark_complete(one.entry_id, NOTES, STEPS, RESULTS))
    assert sorted(done) == [False] * 4 + [True], done


def test_what_happens_is_in_the_audit_log(pool: DatabasePool, repo: TicketRepository, entry: Any) -> None:
    one = entry(message="m" * 200)
    assert repo.create_ticket(one) and repo.delete_ticket(one.entry_id)
    with pool.connection() as conn:
        rows = [dict(row) for row in conn.execute("SELECT * FROM database_audit_log ORDER BY id")]
    assert [(row["operation"], row["record_id"], row["user_context"]) for row in rows] == [
        ("INSERT", one.entry_id, "tester"),
        ("UPDATE", one.entry_id, "tester"),
    ]
    assert json.loads(rows[0]["new_values"])["message"] == "m" * 100
    assert rows[0]["change_description"] == "Created ticket: " + "m" * 60
    assert rows[1]["change_description"] == "Deleted ticket (SOFT_DELETE)"


def test_secrets_do_not_reach_the_database(pool: DatabasePool, repo: TicketRepository, entry: Any) -> None:
    secret = "hunter22hunter22"
    one = entry(
        message=f"password={secret} refused",
        stack_trace=f"postgres://me:{secret}@db/x",
        file_context={"a.py": f"PASSWORD = '{secret}'"},
        system_state={"env_vars": {"DB_PASSWORD": secret}},
    )
    assert repo.create_ticket(one)
    assert repo.mark_complete(one.entry_id, f"{NOTES}\n\npassword={secret}", STEPS, RESULTS)
    pool.close()
    for file in pool.config.db_path.parent.glob("actifix.db*"):
        assert secret.encode() not in file.read_bytes(), file


def test_the_repository_is_kept_until_pool_or_settings_change(pool: DatabasePool) -> None:
    first = ticket_repo.get_ticket_repository(pool)
    assert ticket_repo.get_ticket_repository() is first and ticket_repo.get_ticket_repository(pool) is first
    config = load_config()
    config.max_open_tickets = 7
    second = ticket_repo.get_ticket_repository(config=config)
    assert second is not first and second.config is config
    ticket_repo.reset_ticket_repository()
    assert ticket_repo.get_ticket_repository(pool) is not first

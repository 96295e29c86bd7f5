"""The event log and the diary of agents."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from actifix import agent_voice
from actifix.log_utils import log_event
from actifix.persistence.agent_voice_repo import (
    DEFAULT_MAX_AGENT_VOICE_ROWS,
    AgentVoiceRepository,
    get_agent_voice_repository,
)
from actifix.persistence.database import DatabasePool, get_database_pool
from actifix.persistence.event_repo import (
    BatchedEventWriter,
    EventFilter,
    EventRepository,
    get_event_repository,
)
from actifix.persistence.ticket_repo import TicketRepository, get_ticket_repository
from actifix.raise_af import record_error


def test_events_are_kept_and_found(pool: DatabasePool, repo: TicketRepository, entry: Any) -> None:
    one = entry()
    assert repo.create_ticket(one)
    events = EventRepository(pool)
    first = events.log_event("STARTED", "password=hunter22", ticket_id=one.entry_id, correlation_id="c-1")
    second = events.log_event("FAILED", "it broke", ticket_id="ACT-20260110-NONE", level="ERROR", extra_json={"n": 1})
    assert first and second and second > first
    newest, oldest = events.get_recent_events()
    assert newest["ticket_id"] is None and newest["extra_json"] == '{"n": 1}', "a ticket that is not there is left out"
    assert oldest["ticket_id"] == one.entry_id and "hunter22" not in oldest["message"]
    assert events.get_events_for_ticket(one.entry_id) == [oldest] == events.get_events_by_correlation("c-1")
    assert events.get_events_by_type("FAILED") == [newest] == events.get_events(EventFilter(level="ERROR"))
    assert events.get_events(EventFilter(limit=1, offset=1)) == [oldest]
    assert events.get_stats() == {
        "total": 2,
        "by_type": {"STARTED": 1, "FAILED": 1},
        "by_level": {"INFO": 1, "ERROR": 1},
    }
    assert repo.delete_ticket(one.entry_id, soft_delete=False)
    assert events.get_recent_events()[1]["ticket_id"] is None, "the event outlives its ticket"


def test_old_events_go(pool: DatabasePool) -> None:
    events = EventRepository(pool)
    old = datetime.now(timezone.utc) - timedelta(days=91)
    assert events.log_event("OLD", "m", timestamp=old) and events.log_event("NEW", "m")
    assert events.prune_old_events(90) == 1 and events.get_event_count() == 1


def test_an_event_that_cannot_be_written_stops_nobody(pool: DatabasePool) -> None:
    events = EventRepository(pool)
    with pool.transaction(immediate=True):
        assert events.log_event("X", "inside a transaction of its own thread") is None
    assert events.get_events() == [] and EventRepository(object()).get_events() == []
    log_event(object())


def test_events_are_written_together(pool: DatabasePool) -> None:
    repo = EventRepository(pool)
    writer = BatchedEventWriter(batch_size=3, flush_interval_seconds=60, repo=repo)
    for n in range(4):
        writer.add_event(event_type="X", message=f"m{n}")
    assert repo.get_event_count() == 3
    writer.shutdown()
    assert repo.get_event_count() == 4


def test_recording_leaves_an_event() -> None:
    entry = record_error("x", "a.py:1")
    assert entry
    (event,) = get_event_repository().get_events_for_ticket(entry.entry_id)
    assert event["event_type"] == "TICKET_CREATED" and event["source"] == "a.py:1"
    log_event("NOTED", "by its place", entry.entry_id)
    assert len(get_event_repository().get_events_for_ticket(entry.entry_id)) == 2


def test_the_diary_keeps_its_newest_lines(pool: DatabasePool) -> None:
    diary = AgentVoiceRepository(max_rows=3, pool=pool)
    numbers = [diary.append(agent_id=f"a{n % 2}", thought=f"thought {n} password=hunter22") for n in range(5)]
    lines = diary.list_recent()
    assert diary.count() == 3 and [line.id for line in lines] == numbers[:1:-1]
    assert "hunter22" not in lines[0].thought
    with pytest.raises(dataclasses.FrozenInstanceError):
        lines[0].thought = "x"  # type: ignore[misc]
    assert {line.agent_id for line in diary.list_recent(agent_id="a1")} == {"a1"}
    page, cursor = diary.list_paginated(limit=2)
    rest, end = diary.list_paginated(limit=2, cursor=cursor)
    assert [line.id for line in [*page, *rest]] == numbers[:1:-1] and end is None
    assert len(diary.list_recent(limit=0)) == 1 and len(diary.list_recent(limit=99999)) == 3
    for missing in ({"agent_id": "", "thought": "x"}, {"agent_id": "a", "thought": " "}):
        with pytest.raises(ValueError):
            diary.append(**missing)


def test_what_the_diary_refuses_becomes_a_ticket() -> None:
    assert agent_voice.record_agent_voice("a thought") == 1
    assert agent_voice.record_relay_handoff("a", "b", "no more tokens") == 2
    assert get_agent_voice_repository().list_recent()[0].agent_id == "a"
    assert DEFAULT_MAX_AGENT_VOICE_ROWS == 1_000_000
    with pytest.raises(ValueError):
        agent_voice.record_agent_voice("")
    (ticket,) = get_ticket_repository().get_open_tickets()
    assert ticket["error_type"] == "ValueError" and ticket["priority"] == "P2"


def test_views_and_living_tables_answer(entry: Any) -> None:
    assert get_ticket_repository().create_ticket(entry())
    with get_database_pool().connection() as conn:
        for name in ("v_recent_tickets", "v_ticket_history", "fallback_queue", "quarantine", "database_audit_log"):
            conn.execute(f"SELECT * FROM {name}").fetchall()
        assert len(conn.execute("SELECT * FROM v_recent_tickets").fetchall()) == 1

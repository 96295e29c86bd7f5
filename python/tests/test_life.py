"""The life of a ticket, through the public door."""

from __future__ import annotations

import pickle
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import actifix


def test_a_report_is_claimed_and_completed(store: actifix.Store, evidence: dict[str, Any]) -> None:
    first = store.record("no such column: age", type="ValueError", source="app.py:31")
    again = store.record("no such column: age", type="ValueError", source="app.py:31")
    assert (first.new, again.new, again.occurrences) == (True, False, 2)
    with store.claim("agent-1") as work:
        assert work.id == first.id
        work.complete(**evidence)
    ticket = store.get(first.id)
    assert ticket.status == "completed"
    assert ticket.completion is not None and ticket.completion.by == "agent-1"
    assert ticket.completion.evidence.files == ("migrations/0007_age.sql",)
    assert store.verify().ok


def test_leaving_without_a_completion_gives_the_ticket_back(store: actifix.Store) -> None:
    ticket = store.add("Write the release notes").id
    with store.claim("agent-1"):
        pass
    assert (store.get(ticket).status, store.get(ticket).attempts) == ("open", 0)
    assert store.show(ticket).events[-1].kind == "released"
    assert store.show(ticket).events[-1].actor == "agent-1"


def test_leaving_by_an_exception_counts_an_attempt_and_the_exception_goes_on(
    store: actifix.Store,
) -> None:
    ticket = store.add("Write the release notes").id
    with pytest.raises(KeyError):
        with store.claim("agent-1"):
            raise KeyError("age")
    after = store.get(ticket)
    assert (after.attempts, after.last_error) == (1, "KeyError: 'age'")
    assert after.lease is None and after.not_before is not None


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_being_stopped_is_no_failed_attempt(
    store: actifix.Store, kind: type[BaseException]
) -> None:
    ticket = store.add("Write the release notes").id
    with pytest.raises(kind):
        with store.claim("agent-1"):
            raise kind
    assert (store.get(ticket).status, store.get(ticket).attempts) == ("open", 0)


def test_nothing_to_claim_is_an_exception_an_empty_list_and_an_empty_loop(
    store: actifix.Store,
) -> None:
    with pytest.raises(actifix.NothingToClaim):
        store.claim("agent-1", wait=0.05)
    assert store.claim_many(5, "agent-1") == []
    assert list(store.work("agent-1")) == []


def test_the_loop_takes_ticket_after_ticket(
    store: actifix.Store, evidence: dict[str, Any]
) -> None:
    tickets = {store.add(f"task {n}").id for n in range(5)}
    done = set()
    for work in store.work("agent-1"):
        with work:
            work.complete(**evidence)
            done.add(work.id)
    assert done == tickets


def test_the_body_keeps_its_lease_for_longer_than_it_was_claimed_for(
    store: actifix.Store, evidence: dict[str, Any]
) -> None:
    store.add("a long task")
    with store.claim("agent-1", lease=timedelta(seconds=3)) as work:
        # Until the background has renewed it three times: without that the lease would be over by then.
        while sum(event.kind == "renewed" for event in store.events(work.id)) < 3:
            assert not work.lost
            time.sleep(0.05)
        work.complete(**evidence)
    assert store.get(work.id).status == "completed"


def test_a_lost_lease_is_seen_and_refuses_the_result(
    store: actifix.Store, evidence: dict[str, Any]
) -> None:
    ticket = store.add("a task").id
    with store.claim("agent-1", lease=timedelta(milliseconds=300)) as work:
        store.delete(ticket, force=True)
        store.undelete(ticket)
        taken = store.claim("agent-2")
        while not work.lost:
            time.sleep(0.05)
        assert taken.token > work.token
        with pytest.raises(actifix.LeaseLost) as lost:
            work.complete(**evidence)
        assert lost.value.ticket == ticket
    holding = store.get(ticket).lease
    assert holding is not None and holding.holder == "agent-2"


def test_who_comes_second_is_told_who_has_it(store: actifix.Store) -> None:
    ticket = store.add("a task").id
    store.acquire(ticket, "agent-1")
    with pytest.raises(actifix.Held) as held:
        store.acquire(ticket, "agent-2")
    assert held.value.by == "agent-1"
    assert held.value.until > datetime.now(timezone.utc)
    assert "claim the next one" in held.value.hint


def test_a_request_id_gives_the_same_answer_again(store: actifix.Store) -> None:
    store.add("one")
    store.add("two")
    first = store.claim("agent-1", request_id="call-1")
    assert store.claim("agent-1", request_id="call-1").token == first.token


def test_an_exception_brings_its_type_place_and_stack(store: actifix.Store) -> None:
    try:
        int("age")
    except ValueError as error:
        recorded = store.record(error, priority="P1", tags={"job": "nightly"}, context={"n": [1, 2.5, None]})
    ticket = store.get(recorded.id)
    assert ticket.error_type == "ValueError"
    assert ticket.source.startswith(__file__)
    assert ticket.stack_trace is not None and "int(\"age\")" in ticket.stack_trace
    assert ticket.tags == {"job": "nightly"} and ticket.priority == "P1"
    assert ticket.context == {"n": [1, 2.5, None]}


def test_exceptions_that_tell_nonsense_are_recorded_all_the_same(store: actifix.Store) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no")

    for error in [Odd(), ValueError("\udcff\0" * 9_000), ValueError(), KeyError("x" * 10**6)]:
        assert store.record(error).new


def test_lists_come_page_by_page(store: actifix.Store) -> None:
    tickets = [store.add(f"task {n}", priority="P3").id for n in range(120)]
    urgent = store.add("urgent", priority="P0").id
    assert [ticket.id for ticket in store.list()] == [urgent, *reversed(tickets)]
    assert [ticket.id for ticket in store.list(priority="P0")] == [urgent]
    assert [ticket.id for ticket in store.list(search="URGENT")] == [urgent]
    assert list(store.list(status="completed")) == []


def test_what_people_do(store: actifix.Store) -> None:
    ticket = store.add("a task", payload={"n": 1}).id
    store.assign(ticket, "ann")
    store.note(ticket, "look at the pool")
    store.update(ticket, priority="P1", tags={"team": "core"}, message="a better title")
    now = store.get(ticket)
    assert (now.assignee, now.priority, now.tags["team"]) == ("ann", "P1", "core")
    assert now.notes is not None and "look at the pool" in now.notes
    assert (now.message, now.payload) == ("a better title", {"n": 1})
    assert store.close(ticket, "wontfix", note="not worth it").ticket == ticket
    store.reopen(ticket)
    store.ignore(ticket, more=3)
    ignored = store.get(ticket).ignored
    assert ignored is not None and ignored.more is not None
    store.delete(ticket)
    assert store.get(ticket).deleted_at is not None
    store.undelete(ticket)
    kinds = [event.kind for event in store.events(ticket)]
    assert kinds[0] == "recorded" and kinds[-1] == "undeleted"
    assert store.stats().ignored == 1


def test_a_store_acts_in_a_name(path: Path) -> None:
    with actifix.open(path, as_="ann") as store:
        ticket = store.add("a task").id
        work = store.claim()
        assert work.holder == "ann"
        with pytest.raises(actifix.LeaseLost):
            store.acting_as("bob").renew(ticket, work.token)
        assert store.show(ticket).events[0].actor == "ann"


def test_the_environment_names_whose_changes_they_are(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIFIX_AS", "carl")
    with actifix.open(path) as store:
        ticket = store.add("a task").id
        assert store.show(ticket).events[0].actor == "carl"
        store.acquire(ticket, "agent-1").release()


def test_the_configuration_holds_and_what_is_wrong_with_it_is_told(path: Path) -> None:
    (path.parent / ".actifix").mkdir()
    (path.parent / ".actifix/config.toml").write_text('[store]\nevidence = "none"\nno_such_key = 1\n')
    with pytest.warns(UserWarning, match="no_such_key"):
        store = actifix.open(path)
    store.add("a task")
    with store, store.claim("agent-1") as work:
        work.complete(did="", files=[], tested="", results="")
    with actifix.open(path) as again:
        assert again.get(work.id).status == "completed"


def test_a_project_goes_through_all_calls(path: Path) -> None:
    with actifix.open(path, project="web") as web, actifix.open(path) as all:
        web.add("in web")
        all.add("elsewhere")
        assert [ticket.message for ticket in web.list()] == ["in web"]
        assert web.claim("a").ticket.project == "web"
        assert web.claim_many(1, "a") == []


def test_a_backup_is_a_database(store: actifix.Store, tmp_path: Path) -> None:
    store.add("a task")
    made = store.backup(tmp_path / "copy.db")
    assert made.tickets == 1 and made.file == tmp_path / "copy.db"
    with actifix.open(tmp_path / "copy.db", create=False) as copy:
        assert [ticket.message for ticket in copy.list()] == ["a task"]


def test_a_closed_store_says_so(path: Path) -> None:
    store = actifix.open(path)
    work = store.claim_many(1, "a") or None
    store.close()
    store.close()
    assert work is None and "closed" in repr(store)
    with pytest.raises(actifix.Closed, match="closed"):
        store.add("a task")
    with pytest.raises(actifix.Closed):
        next(store.list())


def test_errors_have_their_places_and_travel(store: actifix.Store) -> None:
    with pytest.raises(actifix.NotFound) as missing:
        store.get("ACT-20260101-0000FFFF")
    assert isinstance(missing.value, LookupError)
    back = pickle.loads(pickle.dumps(missing.value))
    assert (type(back), str(back), back.ticket, back.hint) == (
        actifix.NotFound,
        str(missing.value),
        missing.value.ticket,
        missing.value.hint,
    )
    assert issubclass(actifix.Invalid, ValueError) and issubclass(actifix.TooLong, ValueError)


def test_times_are_aware_and_exact(store: actifix.Store) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    ticket = store.get(store.record("x", occurred_at=at).id)
    assert ticket.first_seen == at and ticket.first_seen.tzinfo is timezone.utc
    with pytest.raises(actifix.Invalid, match="time zone"):
        store.record("x", occurred_at=datetime(2026, 1, 2))

# mypy: disable-error-code="func-returns-value"
"""record_error step by step: the gate, what is captured, equal errors, the throttle, the spool."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from actifix import raise_af
from actifix._raise_af.spool import Spool
from actifix.persistence import ticket_repo
from actifix.persistence.ticket_repo import get_ticket_repository
from actifix.raise_af import ActifixEntry, TicketPriority, record_error, replay_fallback_queue
from actifix.state_paths import get_actifix_paths, get_raise_af_sentinel

from .conftest import NOTES, RESULTS, STEPS
from .test_locks import together


def occurrences(ticket: str) -> int:
    import actifix

    with actifix.open("data/actifix.db") as store:
        return store.get(ticket).occurrences


def test_the_gate_asks_for_the_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACTIFIX_CHANGE_ORIGIN")
    with pytest.raises(PermissionError):
        record_error("x", "a.py:1")
    monkeypatch.setenv("ACTIFIX_ENFORCE_RAISE_AF", "0")
    assert record_error("x", "a.py:1"), "switched off, while the sentinel is not there"
    assert get_raise_af_sentinel().exists()
    with pytest.raises(PermissionError):
        record_error("y", "a.py:1")
    monkeypatch.setenv("ACTIFIX_CHANGE_ORIGIN", " Raise_AF ")
    assert record_error("y", "a.py:1")


def test_an_entry_says_what_was_recorded(home: Path) -> None:
    (home / "app.py").write_text("".join(f"line {n}\n" for n in range(1, 41)))
    try:
        raise ValueError("no such column")
    except ValueError as error:
        entry = record_error(f"  {error} ", " app.py:20 ", "  ", error_type="")
    assert entry and (entry.message, entry.source, entry.run_label) == ("no such column", "app.py:20", "unspecified")
    assert entry.error_type == "unknown" and entry.priority is TicketPriority.P2
    assert entry.stack_trace.startswith("Traceback") and entry.ticket_id == entry.entry_id
    (lines,) = entry.file_context.values()
    assert lines.splitlines()[0] == "11: line 11" and lines.splitlines()[-1] == "30: line 30"
    assert {"cwd", "python_version", "platform", "env_vars", "context_control"} <= set(entry.system_state)
    assert "Root Cause: unknown @ app.py:20" in entry.ai_remediation_notes
    ticket = get_ticket_repository().get_ticket(entry.entry_id)
    assert ticket and ticket["file_context"] == entry.file_context and ticket["system_state"] == entry.system_state


def test_p1_has_little_context_unless_it_is_wanted(home: Path) -> None:
    (home / "app.py").write_text("x\n")
    entry = record_error("x", "app.py:1", priority="P1")
    assert entry and entry.file_context == {} and "cwd" not in entry.system_state
    assert entry.system_state["context_control"]["priority_gate"] is True
    forced = record_error("y", "app.py:1", priority="P1", force_context=True)
    assert forced and forced.file_context and "cwd" in forced.system_state


def test_odd_input() -> None:
    assert record_error("", "a.py:1"), "an empty message is taken"
    assert record_error("x", "a.py:1", priority="P7").priority is TicketPriority.P2  # type: ignore[union-attr]
    with pytest.raises(AttributeError):
        record_error(7, "a.py:1")  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        record_error("\ud800", "a.py:1")


def test_equal_errors_are_none_and_counted() -> None:
    entry = record_error("Connection to 10.0.0.5 failed", "a.py:1", error_type="E")
    assert entry
    assert record_error("Connection to 10.0.0.7 failed", "b.py:9", error_type="E") is None
    assert record_error("Connection to 10.0.0.8 failed", "b.py:9", error_type="E", skip_duplicate_check=True) is None
    assert occurrences(entry.entry_id) == 3


def test_equal_errors_at_once_are_one_ticket() -> None:
    entries = together(8, lambda n: record_error(f"error {n}", "a.py:1", priority="P0"))
    made: list[ActifixEntry] = [entry for entry in entries if entry]
    assert len(made) == 1 and occurrences(made[0].entry_id) == 8


def test_what_was_completed_comes_back_and_what_was_deleted_begins_anew() -> None:
    repo, entry = get_ticket_repository(), record_error("x", "a.py:1")
    assert entry and repo.mark_complete(entry.entry_id, NOTES, STEPS, RESULTS)
    assert record_error("x", "a.py:1") is None
    assert repo.get_ticket(entry.entry_id)["status"] == "Open"  # type: ignore[index]
    assert repo.delete_ticket(entry.entry_id)
    again = record_error("x", "a.py:1")
    assert again and again.entry_id != entry.entry_id
    assert repo.get_ticket(again.entry_id)["status"] == "Open"  # type: ignore[index]


def test_an_id_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["ACT-20260110-AAAAA", "ACT-20260110-AAAAA", "ACT-20260110-BBBBB"])
    monkeypatch.setattr(raise_af, "generate_entry_id", lambda: next(drawn))
    first, second = record_error("x", "a.py:1"), record_error("y", "a.py:1")
    assert first and second and second.entry_id == "ACT-20260110-BBBBB"


def test_capture_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("0", "false", "No", "OFF"):
        monkeypatch.setenv("ACTIFIX_CAPTURE_ENABLED", word)
        assert record_error(f"off {word}", "a.py:1") is None
        assert record_error(f"off {word}", "a.py:1", paths=get_actifix_paths()) is None
    monkeypatch.setenv("ACTIFIX_CAPTURE_ENABLED", "debug")
    assert record_error("on", "a.py:1")


def test_the_throttle_holds_back_what_comes_too_often() -> None:
    def recorded(priority: str) -> int:
        words = (
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
        ).split()
        # Numbers make no difference between errors.
        told = (f"{'abcde'[int(priority[1])]} {word}" for word in words)
        return sum(1 for text in told if record_error(text, "a.py:1", priority=priority))

    assert (recorded("P2"), recorded("P3"), recorded("P4"), recorded("P0")) == (15, 5, 2, 17)


def test_the_correlation_id_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "actifix_correlation_id", "c-7", raising=False)
    entry = record_error("x", "a.py:1")
    assert entry and entry.correlation_id == "c-7"


def test_a_text_that_is_too_long_is_cut_not_lost() -> None:
    entry = record_error("m" * 6000, "s" * 600, stack_trace="t" * 60000)
    assert entry
    ticket = get_ticket_repository().get_ticket(entry.entry_id)
    assert ticket and len(ticket["message"]) <= 5000 and len(ticket["source"]) <= 500
    assert len(ticket["stack_trace"]) <= 50000 and "[truncated]" in ticket["message"]


class Refusing:
    """A repository whose database cannot take anything."""

    def check_duplicate_guard(self, guard: str) -> None:
        raise RuntimeError("disk full")

    def create_ticket(self, entry: ActifixEntry) -> bool:
        raise RuntimeError("disk full")


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> list[ActifixEntry]:
    """Two errors that the database could not take."""
    with monkeypatch.context() as patch:
        patch.setattr(ticket_repo, "get_ticket_repository", lambda *_: Refusing())
        entries = [record_error(text, "a.py:1") for text in ("first password=hunter22", "second")]
    assert all(entries)
    return [entry for entry in entries if entry]


def test_what_the_database_refuses_waits_in_the_spool(refused: list[ActifixEntry], home: Path) -> None:
    spool = Spool(get_actifix_paths())
    lines = spool.file.read_text().splitlines()
    assert [json.loads(line)["entry_id"] for line in lines] == [entry.entry_id for entry in refused]
    assert "hunter22" not in spool.file.read_text()
    assert spool.file.stat().st_mode & 0o077 == 0
    assert replay_fallback_queue() == 2 and replay_fallback_queue() == 0
    for entry in refused:
        assert get_ticket_repository().get_ticket(entry.entry_id), entry


def test_the_next_error_brings_the_spool_in(refused: list[ActifixEntry]) -> None:
    assert record_error("third", "a.py:1")
    assert get_ticket_repository().get_stats()["open"] == 3 and Spool(get_actifix_paths()).size() == 0


def test_the_spool_is_brought_in_once_whoever_is_first(refused: list[ActifixEntry]) -> None:
    done = together(4, lambda n: replay_fallback_queue())
    assert sorted(done) == [0, 0, 0, 2], done
    assert get_ticket_repository().get_stats()["open"] == 2
    assert occurrences(refused[0].entry_id) == 1


def test_a_line_that_a_crash_cut_off_is_set_aside(refused: list[ActifixEntry]) -> None:
    spool = Spool(get_actifix_paths())
    with open(spool.file, "a") as file:
        file.write('{"message": "cut o')
    spool.add(refused[0])
    assert replay_fallback_queue() == 3, "the same entry twice is one ticket"
    assert "cut o" in spool.file.with_name("actifix_spool.jsonl.unreadable").read_text()
    assert get_ticket_repository().get_stats()["open"] == 2 and spool.size() == 0


def test_the_python_systems_queue_file_is_read_once(home: Path) -> None:
    paths = get_actifix_paths()
    paths.state_dir.mkdir()
    told = [
        {
            "message": "old",
            "source": "a.py:1",
            "entry_id": "ACT-20260110-00001",
            "duplicate_guard": "g",
            "priority": "P9",
        }
    ]
    paths.fallback_queue_file.write_text(json.dumps(told, indent=2))
    assert replay_fallback_queue() == 1 and replay_fallback_queue() == 0
    ticket = get_ticket_repository().get_ticket("ACT-20260110-00001")
    assert ticket and ticket["priority"] == "P2" and ticket["run_label"] == "unspecified"
    paths.fallback_queue_file.write_text("no json")
    assert replay_fallback_queue() == 0
    (aside,) = paths.state_dir.glob("actifix_fallback_queue.json.unreadable-*")
    assert aside.read_text() == "no json"


def test_a_refused_database_path_spools_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from actifix.persistence import file_rules

    monkeypatch.setattr(file_rules, "DANGEROUS_PATH_PATTERNS", ("/",))
    assert record_error("x", "a.py:1") and Spool(get_actifix_paths()).size() == 1


KILLED = """
import os, signal, sys
from actifix._raise_af import spool
from actifix import raise_af
from actifix.persistence import ticket_repo
class Refusing:
    def check_duplicate_guard(self, guard): return None
    def create_ticket(self, entry): raise RuntimeError("disk full")
ticket_repo.get_ticket_repository = lambda *_: Refusing()
entry = raise_af.record_error("killed", "a.py:1")
print(entry.entry_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_answered_survives_a_kill(home: Path) -> None:
    (home / "killed.py").write_text(KILLED)
    done = subprocess.run([sys.executable, "killed.py"], capture_output=True, text=True, cwd=home, check=False)
    assert done.returncode == -9, done.stderr
    assert replay_fallback_queue() == 1
    assert get_ticket_repository().get_ticket(done.stdout.strip())


def test_the_command_records(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert raise_af.main(["--message", "x", "--source", "a.py:1", "--priority", "P3", "--no-context"]) == 0
    assert "Recorded ACT-" in capsys.readouterr().out
    assert raise_af.main(["--message", "x"]) == 0
    assert "Not recorded" in capsys.readouterr().out


def test_notices_and_scripts_get_the_ticket(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from actifix import completion_hooks, webhooks
    from actifix.config import reset_config

    sent: list[Any] = []
    monkeypatch.setattr(webhooks, "_delivered", lambda address, data: sent.append((address, json.loads(data))) or True)
    monkeypatch.setenv("ACTIFIX_WEBHOOK_URLS", "http://127.0.0.1:9/a, http://127.0.0.1:9/b")
    monkeypatch.setenv("ACTIFIX_ALERT_WEBHOOK_URLS", "http://127.0.0.1:9/c")
    reset_config()
    entry = record_error("password=hunter22", "a.py:1", priority="P0")
    assert entry and [address[-1] for address, _ in sent] == ["a", "b", "c"]
    assert sent[0][1]["event"] == "ticket.created" and sent[0][1]["ticket"]["ticket_id"] == entry.entry_id
    assert sent[2][1]["event"] == "ticket.alert" and "hunter22" not in json.dumps(sent)
    script = home / "hook.sh"
    script.write_text('#!/bin/sh\necho "$ACTIFIX_TICKET_ID $ACTIFIX_TICKET_STATUS" > told\n')
    script.chmod(0o700)
    monkeypatch.setenv("ACTIFIX_COMPLETION_HOOK_SCRIPTS", str(script))
    reset_config()
    told = completion_hooks.execute_completion_hooks({"id": "A-1", "status": "Completed"})
    assert (told["hooks_run"], told["hooks_succeeded"]) == (1, 1) and (home / "told").read_text() == "A-1 Completed\n"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("key sk-abcdefghij0123456789 seen", "key ***API_KEY_REDACTED*** seen"),
        ("api_key=abcdefghij0123456789", "api_key=***REDACTED***"),
        ("SECRET-KEY: abcdefghij0123456789", "SECRET-KEY=***REDACTED***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***REDACTED***"),
        ("postgres://me:hunter22@db/x", "postgres://me:***REDACTED***@db/x"),
        ("password=hunter22 refused", "password=***REDACTED*** refused"),
        ("from me.too@example.com", "from ***@example.com"),
        ("card 4111 1111 1111 1111", "card ***CARD_REDACTED***"),
        ("ssn 123-45-6789", "ssn ***SSN_REDACTED***"),
        ("token: 0123456789abcdef0123456789abcdef", "token=***REDACTED***"),
        ("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----", "***PRIVATE_KEY_REDACTED***"),
        # No secrets: milliseconds since 1970, nine digits, a plain sentence.
        ("at 1764345600000", "at 1764345600000"),
        ("order 123456789", "order 123456789"),
        ("no such token in line 3", "no such token in line 3"),
        ("", ""),
    ],
)
def test_secrets_get_their_labels(text: str, clean: str) -> None:
    assert raise_af.redact_secrets_from_text(text) == clean


def test_what_the_table_does_not_know_is_masked_too() -> None:
    told = raise_af.redact_secrets_from_text("key ghp_abcdefghijklmnopqrstuvwxyz0123456789 and sk-abcdefghij0123456789")
    assert "ghp_abc" not in told and "***API_KEY_REDACTED***" in told

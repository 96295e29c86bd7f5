"""Files, storage, queue, documents, folders, settings, and the small modules around them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import actifix
from actifix import config, health, log_utils, raise_af, state_paths
from actifix.persistence import atomic, manager, paths, queue, sqlite_robustness, storage
from actifix.persistence import health as storage_health
from actifix.persistence.cleanup_config import CleanupConfig, get_cleanup_config, set_cleanup_config
from actifix.persistence.ticket_repo import get_ticket_repository

from .test_locks import together


def test_importing_makes_nothing_and_loads_little(home: Path) -> None:
    told = (
        "import sys, actifix; print(sorted(m for m in sys.modules if m.startswith('actifix.') and '._' not in m));"
        "actifix.record_error; import actifix.persistence, actifix.do_af"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=home)
    assert done.stdout.strip() == "[]" and os.listdir(home) == []


def test_files_are_written_whole(home: Path) -> None:
    path = home / "a" / "b.txt"
    atomic.atomic_write(path, "one\n")
    atomic.atomic_append(path, "two\n")
    assert path.read_text() == "one\ntwo\n"
    atomic.atomic_append(path, "three\n", max_size_bytes=10)
    assert path.read_text() == "two\nthree\n"
    atomic.atomic_update(path, str.upper)
    assert path.read_text() == "TWO\nTHREE\n"
    assert atomic.idempotent_append(path, "key-1 x\n", "key-1") and not atomic.idempotent_append(path, "key-1", "key-1")
    with pytest.raises(FileNotFoundError):
        atomic.atomic_update(home / "none", str.upper, create_if_missing=False)
    atomic.atomic_update(home / "new", str.upper, initial_content="x")
    assert atomic.safe_read(home / "new") == "X" and atomic.safe_read(home / "none", default="d") == "d"
    assert atomic.safe_read_bytes(home / "new") == b"X" and atomic.safe_read_bytes(home / "none") is None
    with pytest.raises(RuntimeError):
        atomic.atomic_update(path, lambda text: (_ for _ in ()).throw(RuntimeError()))
    assert [file.name for file in path.parent.iterdir()] == ["b.txt"], "no part is left behind"
    assert atomic.trim_to_line_boundary("aü\nbü\n", 4) == "bü\n" and atomic.trim_to_line_boundary("abc", 9) == "abc"


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_documents_are_kept_by_key(home: Path, kind: str) -> None:
    backend: Any = storage.FileStorageBackend(home / "docs") if kind == "file" else storage.MemoryStorageBackend()
    backend.write("a/b.txt", "ü")
    backend.write_json("c.json", {"n": 1})
    assert backend.read("a/b.txt") == "ü" and backend.size("a/b.txt") == 2 and backend.read_json("c.json") == {"n": 1}
    assert backend.list_keys() == ["a/b.txt", "c.json"] and backend.list_keys("a/") == ["a/b.txt"]
    assert backend.delete("a/b.txt") and not backend.delete("a/b.txt") and not backend.exists("a/b.txt")
    for ask in (backend.read, backend.size, backend.read_bytes):
        with pytest.raises(storage.StorageNotFoundError):
            ask("a/b.txt")
    backend.write("bad.json", "{")
    with pytest.raises(storage.StorageError):
        backend.read_json("bad.json")
    assert storage_health.check_storage_health(backend).healthy and not backend.exists(".health-check")
    backend.write_bytes("odd", b"\xff\x00")
    assert "odd" in storage_health.detect_corruption(backend)
    digest = storage_health.compute_hash("{")
    assert storage_health.verify_integrity(backend, "bad.json", digest)
    assert not storage_health.verify_integrity(backend, "bad.json", "0") and not storage_health.verify_integrity(
        backend, "no", digest
    )


def test_no_key_leads_out(home: Path) -> None:
    backend = storage.FileStorageBackend(home / "docs")
    for key in ("../x", "/etc/passwd", "a/../../x", ""):
        with pytest.raises(storage.StoragePermissionError):
            backend.write(key, "x")


def test_the_queue_is_shared_and_bounded(home: Path) -> None:
    file = home / "queue.json"
    waiting = queue.PersistenceQueue(file, max_entries=50)
    ids = together(8, lambda n: [queue.PersistenceQueue(file).enqueue("write", f"k{n}-{m}", "c") for m in range(5)])
    assert waiting.size() == 40 and len({one for some in ids for one in some}) == 40
    assert waiting.enqueue("write", "k0-0", "c") in ids[0], "an equal one waits already"
    first = waiting.peek()
    assert first and waiting.dequeue() == first and waiting.size() == 39
    assert queue.QueueEntry.from_dict(first.to_dict()) == first
    told = waiting.replay(lambda entry: not entry.key.endswith("-4"), max_retries=2)
    assert told["succeeded"] + told["failed"] == 39 and waiting.size() == told["failed"]
    assert waiting.replay(lambda entry: False, max_retries=2)["dropped"] == told["failed"] and waiting.is_empty()
    file.write_text("no json")
    with pytest.raises(queue.QueueError):
        waiting.enqueue("write", "k", "c")
    assert file.read_text() == "no json", "it is not overwritten"


def test_what_waits_too_long_is_dropped(home: Path) -> None:
    waiting = queue.PersistenceQueue(home / "q.json", max_age_hours=1)
    old = queue.QueueEntry("1", "write", "k", "c", datetime.now(timezone.utc) - timedelta(hours=2))
    waiting._write([old.to_dict()])
    assert waiting.is_empty() and waiting.get_stats()["total"] == 0


class Failing(storage.MemoryStorageBackend):
    fails = True

    def write(self, key: str, content: str) -> None:
        if self.fails and key == "bad":
            raise storage.StorageError("disk full")
        super().write(key, content)


def test_documents_and_their_transactions(home: Path) -> None:
    backend = Failing()
    docs = manager.PersistenceManager(backend, home / "queue.json")
    assert docs.write_document("a", "1") and docs.append_to_document("a", "2") and docs.read_document("a") == "12"
    assert docs.update_document("a", str.upper) and docs.exists("a") and docs.list_documents() == ["a"]
    assert docs.write_document("bad", "x") is False and docs.get_queue_stats()["total"] == 1  # type: ignore[index]
    with pytest.raises(manager.PersistenceError):
        with docs.transaction() as step:
            step.write("a", "changed")
            step.write("bad", "x")
    assert docs.read_document("a") == "12", "what came before the failure is taken back"
    backend.fails = False
    assert docs.replay_queue()["succeeded"] == 1 and docs.read_document("bad") == "x"
    with docs.transaction() as step:
        step.append("a", "3")
        step.delete("bad")
    assert docs.read_document("a") == "123" and not docs.exists("bad") and docs.get_size("a") == 3
    with pytest.raises(KeyError):
        with docs.transaction() as step:
            step.write("a", "never")
            raise KeyError
    assert docs.read_document_safe("a") == "123" and docs.clear_queue() == 0
    with pytest.raises(manager.PersistenceError):
        manager.PersistenceManager(Failing(), enable_queue=False).write_document("bad", "x")


def test_folders(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = state_paths.get_actifix_paths()
    assert found.state_dir == home / ".actifix" and found.database_path == home / "actifix" / "actifix.db"
    assert not found.state_dir.exists()
    state_paths.init_actifix_files()
    assert all(file.exists() for file in found.all_artifacts) and found.test_logs_dir.is_dir()
    monkeypatch.setenv("ACTIFIX_STATE_DIR", str(home / "state"))
    assert state_paths.get_actifix_state_dir() == home / "state"
    assert state_paths.get_actifix_paths(state_dir="x\x00y").state_dir == Path("xy")
    chosen = paths.configure_storage_paths(home / "p")
    assert chosen.queue_file.parent.is_dir() and paths.get_storage_paths() is chosen
    paths.reset_storage_paths()


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.get_config() is config.get_config() and config.get_config().max_open_tickets == 10000
    for text, flag in (("1", True), ("Yes", True), ("0", False), ("nonsense", False)):
        monkeypatch.setenv("ACTIFIX_TICKET_THROTTLING_ENABLED", text)
        assert config.load_config().ticket_throttling_enabled is flag
    monkeypatch.setenv("ACTIFIX_MAX_OPEN_TICKETS", "seven")
    assert config.load_config().max_open_tickets == 10000
    monkeypatch.setenv("ACTIFIX_MAX_OPEN_TICKETS", "0")
    with pytest.raises(ValueError, match="max_open_tickets"):
        config.load_config()
    assert config.validate_config(config.load_config(fail_fast=False)) == ["max_open_tickets must be 1 or more"]
    monkeypatch.setenv("ACTIFIX_RETENTION_DAYS", "7")
    set_cleanup_config(None)
    assert get_cleanup_config().retention_days == 7 and CleanupConfig().to_dict()["retention_days"] == 90
    set_cleanup_config(None)


def test_text_logs_are_put_aside(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTIFIX_LOG_ROTATION_THRESHOLD_BYTES", "10")
    for n in range(6):
        log_utils.append_with_guard(home / "a.log", f"line {n}\n")
    assert sorted(file.name for file in home.glob("a.log*")) == ["a.log", "a.log.1", "a.log.2", "a.log.3"]
    assert (home / "a.log").read_text() == "line 5\n" and (home / "a.log.1").read_text() == "line 4\n"


def test_health_tells_what_is_late(entry: Any) -> None:
    state_paths.init_actifix_files()
    assert health.get_health().status == "OK"
    late = entry(created_at=datetime.now(timezone.utc) - timedelta(hours=30))
    assert get_ticket_repository().create_ticket(late)
    check = health.run_health_check()
    assert (check.status, check.healthy, check.sla_breaches, check.open_tickets) == ("SLA_BREACH", False, 1, 1)
    (breach,) = health.check_sla_breaches()
    assert (breach["ticket_id"], breach["sla_hours"]) == (late.entry_id, 24)


def test_copies_are_made_and_put_back(home: Path, entry: Any) -> None:
    care = sqlite_robustness.SQLiteRobustness(home / "data" / "actifix.db")
    assert get_ticket_repository().create_ticket(entry())
    made = care.backup()
    assert made and made.parent == home / "data" / ".sqlite_backups"
    told = care.get_health()
    assert told["healthy"] and told["backups"] == 1 and care.periodic_maintenance()["corrupted"] is False
    assert care.enforce_pragmas()["journal_mode"] == "wal"


def test_an_uncaught_exception_becomes_a_ticket(home: Path) -> None:
    script = "import actifix\nactifix.quick_start()\ndef f():\n    raise ValueError('nobody caught it')\nf()\n"
    (home / "fails.py").write_text(script)
    done = subprocess.run([sys.executable, "fails.py"], capture_output=True, text=True, check=False, cwd=home)
    assert done.returncode == 1 and "nobody caught it" in done.stderr
    # There the folder is one of temporary files, so the error went into the spool.
    assert raise_af.replay_fallback_queue() == 1
    (ticket,) = get_ticket_repository().get_open_tickets()
    assert ticket["message"] == "nobody caught it" and ticket["source"].endswith("fails.py:4")
    with pytest.raises(KeyError), actifix.ActifixContext():
        raise KeyError("goes on")
    assert len(get_ticket_repository().get_open_tickets()) == 2

"""A folder, a database and a repository of its own for each test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable

import pytest

from actifix.config import reset_config
from actifix.persistence import database, event_repo, file_rules, ticket_repo
from actifix.persistence.agent_voice_repo import reset_agent_voice_repository
from actifix.persistence.database import DatabaseConfig, DatabasePool
from actifix.raise_af import ActifixEntry, TicketPriority
from actifix.security.ticket_throttler import reset_ticket_throttler

NOTES = "Implementation: closed the pool in every branch\nFiles:\n- src/pool.py"
STEPS = "pytest tests/test_pool.py"
RESULTS = "12 passed, 0 failed"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder; the database is ``data/actifix.db`` in it. Temporary folders are let through here."""
    monkeypatch.setattr(file_rules, "DANGEROUS_PATH_PATTERNS", ())
    for name in ("ACTIFIX_DB_PATH", "ACTIFIX_CAPTURE_ENABLED", "ACTIFIX_ENFORCE_RAISE_AF", "ACTIFIX_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ACTIFIX_CHANGE_ORIGIN", "raise_af")
    monkeypatch.setenv("USER", "tester")
    monkeypatch.chdir(tmp_path)
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    """Forgets all that a process keeps."""
    database.reset_database_pool()
    ticket_repo.reset_ticket_repository()
    event_repo.reset_event_repository()
    reset_agent_voice_repository()
    reset_config()
    reset_ticket_throttler()


@pytest.fixture
def pool(home: Path) -> Iterator[DatabasePool]:
    pool = DatabasePool(DatabaseConfig(db_path=home / "actifix.db"))
    yield pool
    pool.close()


@pytest.fixture
def repo(pool: DatabasePool) -> ticket_repo.TicketRepository:
    return ticket_repo.TicketRepository(pool)


@pytest.fixture
def entry() -> Callable[..., ActifixEntry]:
    """Makes entries that differ."""

    def made(**fields: Any) -> ActifixEntry:
        number = uuid.uuid4().hex[:12].upper()
        told: dict[str, Any] = {
            "message": f"error {number}",
            "source": "app.py:31",
            "run_label": "nightly",
            "entry_id": f"ACT-20260110-{number}",
            "created_at": datetime.now(timezone.utc),
            "priority": TicketPriority.P2,
            "error_type": "ValueError",
            "duplicate_guard": f"guard-{number}",
            **fields,
        }
        return ActifixEntry(**told)

    return made

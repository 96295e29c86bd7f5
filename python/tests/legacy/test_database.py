"""The pool: where a database may stand, connections, transactions, people's own SQL, old files."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from actifix.persistence import database, file_rules
from actifix.persistence.database import (
    DatabaseConfig,
    DatabaseConnectionError,
    DatabaseError,
    DatabasePool,
    DatabaseSchemaError,
    DatabaseSecurityError,
    get_database_pool,
    reset_database_pool,
)
from actifix.persistence.ticket_repo import TicketRepository, get_ticket_repository

from .test_locks import together

OLD_FILES = Path(__file__).resolve().parents[3] / "crates" / "actifix" / "tests" / "legacy"


def test_errors_have_their_places() -> None:
    assert issubclass(DatabaseConnectionError, DatabaseError) and issubclass(DatabaseSchemaError, DatabaseError)
    assert not issubclass(DatabaseSecurityError, DatabaseError)
    assert not issubclass(DatabaseError, sqlite3.Error)


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/tmp/x/a.db", True),
        ("/tmpfoo/a.db", True),
        ("/TMP/a.db", True),
        ("/dev/shm/a.db", True),
        ("/srv/%temp%/a.db", True),
        ("/srv/app/data/a.db", False),
        ("/home/alice/tmp/a.db", False),
    ],
)
def test_folders_of_temporary_files_are_refused(path: str, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    if refused:
        with pytest.raises(DatabaseSecurityError, match="ACTIFIX_DB_PATH"):
            file_rules._validate_database_path_directory(Path(path))
    else:
        file_rules._validate_database_path_directory(Path(path))


def test_only_the_factory_judges_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_rules, "DANGEROUS_PATH_PATTERNS", (str(tmp_path).lower(),))
    with pytest.raises(DatabaseSecurityError):
        get_database_pool(tmp_path / "a.db")
    pool = DatabasePool(DatabaseConfig(db_path=tmp_path / "b" / "a.db"))
    with pool.connection() as conn:
        assert conn.execute("SELECT COUNT(*) FROM tickets").fetchone()[0] == 0
    pool.close()


def test_one_pool_a_path_and_file_and_tables_are_there_at_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = get_database_pool()
    assert pool.config.db_path == (home / "data" / "actifix.db").resolve()
    assert pool.config.db_path.stat().st_mode & 0o777 == 0o600
    assert get_database_pool() is pool
    monkeypatch.setenv("ACTIFIX_DB_PATH", str(home / "other.db"))
    other = get_database_pool()
    assert other is not pool and (home / "other.db").exists()
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute('SELECT COUNT(*) FROM tickets'))",
            str(home / "other.db"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "(0,)"
    reset_database_pool()
    reset_database_pool()
    assert get_database_pool() is not other


def test_a_thread_has_its_own_connection(pool: DatabasePool) -> None:
    mine = pool._get_connection()
    assert pool._get_connection() is mine is pool._local.connection
    others = together(3, lambda n: pool._get_connection())
    assert len({id(one) for one in [mine, *others]}) == 4
    pool.close()
    pool.close()
    assert pool._local.connection is None and pool._get_connection() is not mine


def test_rows_are_read_by_name_and_by_index(pool: DatabasePool, repo: TicketRepository, entry: Any) -> None:
    one = entry()
    assert repo.create_ticket(one)
    with pool.connection() as conn:
        row = conn.execute("SELECT id, priority AS p FROM tickets WHERE id = ?", (one.entry_id,)).fetchone()
        assert row[0] == row["id"] == row["ID"] == one.entry_id and row.keys() == ["id", "p"]
        assert dict(row) == {"id": one.entry_id, "p": "P2"} and tuple(row) == (one.entry_id, "P2")


def test_errors_of_sqlite_come_as_the_pools_own(pool: DatabasePool) -> None:
    with pytest.raises(DatabaseError, match="Database operation failed: no such table: nowhere") as raised:
        with pool.connection() as conn:
            conn.execute("SELECT * FROM nowhere")
    assert isinstance(raised.value.__cause__, sqlite3.OperationalError)
    with pytest.raises(KeyError):
        with pool.connection():
            raise KeyError("passes through")


INSERT = (
    "INSERT INTO tickets (id, priority, error_type, message, source, created_at, duplicate_guard, status) "
    "VALUES (?, 'P1', 'E', 'm', 'a.py:1', ?, ?, 'Open')"
)


def test_a_transaction_is_whole_or_nothing(pool: DatabasePool, repo: TicketRepository) -> None:
    now = datetime.now(timezone.utc).isoformat()
    with pool.transaction(immediate=True) as conn:
        assert conn.execute(INSERT, ("T-1", now, "g-1")).rowcount == 1
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE constraint failed: tickets.id"):
        with pool.transaction() as conn:
            conn.execute(INSERT, ("T-2", now, "g-2"))
            conn.execute(INSERT, ("T-1", now, "g-3"))
    with pytest.raises(KeyError):
        with pool.transaction(isolation="exclusive") as conn:
            conn.execute(INSERT, ("T-3", now, "g-4"))
            raise KeyError("goes on as it is")
    assert [ticket["id"] for ticket in repo.get_tickets()] == ["T-1"]
    ticket = repo.get_ticket("T-1")
    assert ticket and ticket["completion_notes"] == "" and ticket["file_context"] is None
    assert repo.acquire_lock("T-1", "a") and repo.release_lock("T-1", "a")


def test_seven_columns_are_enough(pool: DatabasePool, repo: TicketRepository) -> None:
    with pool.connection() as conn:
        conn.execute(
            "INSERT INTO tickets (id, priority, error_type, message, source, created_at, duplicate_guard) "
            "VALUES ('T-7', 'P3', 'E', 'm', 's', ?, 'g-7')",
            (datetime.now(timezone.utc).isoformat(),),
        )
        conn.commit()
    found = repo.get_and_lock_next_ticket("a")
    assert found and (found["id"], found["status"], found["github_sync_state"]) == ("T-7", "In Progress", "pending")


def test_words_for_isolation(pool: DatabasePool) -> None:
    for word in ("DEFERRED", "immediate", "Exclusive"):
        with pool.transaction(isolation=word) as conn:
            assert conn.in_transaction
    for wrong in ("SERIALIZABLE", "", 7):
        with pytest.raises(ValueError, match="DEFERRED, IMMEDIATE or EXCLUSIVE"):
            with pool.transaction(isolation=wrong):  # type: ignore[arg-type]
                pass


def test_nobody_waits_for_himself(pool: DatabasePool, repo: TicketRepository, entry: Any) -> None:
    one = entry()
    assert repo.create_ticket(one)
    for mode in ("DEFERRED", "IMMEDIATE"):
        with pytest.raises(sqlite3.OperationalError, match="inside one of its own"):
            with pool.transaction(isolation=mode):
                repo.acquire_lock(one.entry_id, "a")
    with pool.transaction(immediate=True) as conn:
        conn.execute(INSERT, ("T-1", "2026-01-10T08:09:10+00:00", "g-1"))
        with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
            with pool.transaction():
                pass
    assert repo.get_ticket("T-1"), "what was open stays as it was"
    assert repo.acquire_lock(one.entry_id, "a")


def test_immediate_transactions_of_many_threads_all_go_through(pool: DatabasePool) -> None:
    with pool.connection() as conn:
        conn.executescript("CREATE TABLE mine(n INTEGER); INSERT INTO mine VALUES (0);")

    def count(_: int) -> None:
        for _ in range(10):
            with pool.transaction(immediate=True) as conn:
                n = conn.execute("SELECT n FROM mine").fetchone()[0]
                conn.execute("UPDATE mine SET n = ?", (n + 1,))
        pool.close()

    assert together(8, count) == [None] * 8
    with pool.connection() as conn:
        assert conn.execute("SELECT n FROM mine").fetchone()[0] == 80


class TestUpdateTicket:
    def test_columns_are_set(self, repo: TicketRepository, entry: Any) -> None:
        one = entry()
        assert repo.create_ticket(one)
        changes = {"priority": "P0", "owner": "me", "branch": "fix/pool"}
        assert repo.update_ticket(one.entry_id, changes)
        assert "updated_at" in changes, "the caller's dict gains it"
        ticket = repo.get_ticket(one.entry_id)
        assert ticket and (ticket["priority"], ticket["owner"], ticket["branch"]) == ("P0", "me", "fix/pool")
        assert repo.update_ticket(one.entry_id, {}) is False
        assert repo.update_ticket("ACT-20260110-NONE", {"owner": "me"}) is False

    def test_what_sqlite_refuses_is_told_as_it_is(self, repo: TicketRepository, entry: Any) -> None:
        one, other = entry(), entry()
        assert repo.create_ticket(one) and repo.create_ticket(other)
        with pytest.raises(sqlite3.IntegrityError):
            repo.update_ticket(one.entry_id, {"status": "Nonsense"})
        with pytest.raises(sqlite3.IntegrityError):
            repo.update_ticket(one.entry_id, {"duplicate_guard": other.duplicate_guard})
        with pytest.raises(sqlite3.OperationalError, match="no such column"):
            repo.update_ticket(one.entry_id, {"nonsense": 1})
        with pytest.raises(sqlite3.Error):
            repo.update_ticket(one.entry_id, {"system_state": {"a": 1}})
        with pytest.raises(ValueError, match="'message' exceeds maximum length"):
            repo.update_ticket(one.entry_id, {"message": "m" * 5001})

    def test_a_lock_that_is_set_is_a_lease(self, repo: TicketRepository, entry: Any) -> None:
        one = entry()
        assert repo.create_ticket(one)
        until = datetime(2099, 1, 1, tzinfo=timezone.utc).isoformat()
        now = datetime.now(timezone.utc).isoformat()
        lock = {"status": "In Progress", "locked_by": "a", "locked_at": now, "lease_expires": until}
        assert repo.update_ticket(one.entry_id, lock)
        assert repo.acquire_lock(one.entry_id, "b") is None and repo.get_and_lock_next_ticket("b") is None
        assert repo.release_lock(one.entry_id, "a") is True


class TestOldFiles:
    @pytest.mark.parametrize("version", [2, 5, 7])
    def test_they_are_copied_and_upgraded_when_the_pool_opens_them(self, home: Path, version: int) -> None:
        import actifix

        path = home / "old.db"
        shutil.copy(OLD_FILES / f"actifix-schema-{version}.db", path)
        before = sqlite_in_another_process(path, "SELECT id, message, status FROM tickets ORDER BY id")
        pool = DatabasePool(DatabaseConfig(db_path=path))
        repo = TicketRepository(pool)
        tickets = sorted(
            (one["id"], one["message"], one["status"]) for one in [*repo.get_tickets(), *repo.get_deleted_tickets()]
        )
        assert repr(tickets) == before and tickets
        (copy,) = home.glob("*python*")
        assert sqlite_in_another_process(copy, "SELECT id, message, status FROM tickets ORDER BY id") == before
        assert sqlite_in_another_process(copy, "SELECT MAX(version) FROM schema_version") == f"[({version},)]"
        with actifix.open(path) as store:
            for ticket, message, status in tickets:
                found = store.get(ticket)
                assert found.message == message and (found.status == "completed") is (status == "Completed")
        again = TicketRepository(DatabasePool(DatabaseConfig(db_path=path)))
        assert len(list(home.glob("*python*"))) == 1, "once"
        free = [one["id"] for one in again.get_open_tickets()]
        assert all(again.acquire_lock(ticket, "a") for ticket in free)

    def test_what_is_no_database_is_told(self, home: Path) -> None:
        (home / "text.db").write_text("this is no database, but a text of some length " * 50)
        with pytest.raises(DatabaseConnectionError, match="Failed to connect to database"):
            DatabasePool(DatabaseConfig(db_path=home / "text.db"))._get_connection()
        other = sqlite_in_another_process(home / "other.db", "CREATE TABLE theirs(x)")
        assert other == "[]"
        with pytest.raises(DatabaseSchemaError, match="Schema initialization failed"):
            DatabasePool(DatabaseConfig(db_path=home / "other.db"))._get_connection()

    def test_the_schemas_script_makes_an_old_database(self, home: Path) -> None:
        sqlite_in_another_process(home / "made.db", database.SCHEMA_SQL)
        names = sqlite_in_another_process(home / "made.db", "SELECT COUNT(*) FROM pragma_table_info('tickets')")
        assert names == "[(38,)]" and database.SCHEMA_VERSION == 7


RUN = """
import sqlite3, sys
conn = sqlite3.connect(sys.argv[1])
sql = sys.stdin.read()
if sql.count(";") > 1:
    conn.executescript(sql)
else:
    print(conn.execute(sql).fetchall())
conn.commit()
"""


def sqlite_in_another_process(path: Path, sql: str) -> str:
    """What the standard module reads; in this process it would be a second SQLite on the file."""
    done = subprocess.run([sys.executable, "-c", RUN, str(path)], input=sql, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def in_child(path: str, ticket: str, answers: Any) -> None:
    repo = get_ticket_repository()
    answers.put((str(repo.pool.config.db_path) == path, repo.acquire_lock(ticket, "child") is not None))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_opens_the_file_afresh(home: Path, entry: Any) -> None:
    repo = get_ticket_repository()
    one, other = entry(), entry()
    assert repo.create_ticket(one) and repo.create_ticket(other) and repo.get_tickets()
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=in_child, args=(str(repo.pool.config.db_path), one.entry_id, answers))
    child.start()
    assert answers.get(timeout=60) == (True, True)
    child.join(60)
    assert child.exitcode == 0
    assert repo.acquire_lock(one.entry_id, "parent") is None and repo.acquire_lock(other.entry_id, "parent")


def test_figures_of_the_pool(pool: DatabasePool) -> None:
    assert pool.get_pool_metrics()["initialized"] is False
    told = pool.get_pool_metrics()
    assert told["initialized"] and told["connection_healthy"] and told["wal_enabled"]
    assert told["db_path"] == str(pool.config.db_path) and told["db_size_bytes"] > 0
    assert set(told["wal_checkpoint"]) == {"busy", "log_frames", "checkpointed"}


def test_looking_after_the_file(pool: DatabasePool, repo: TicketRepository, entry: Any) -> None:
    assert repo.create_ticket(entry())
    assert database.run_maintenance(pool) == {"vacuum": True, "analyze": True, "success": True}
    assert database.run_maintenance(pool, vacuum=False)["vacuum"] is None
    info = database.get_database_size_info(pool)
    assert info["table_sizes"]["tickets"] == 1 and info["page_count"] * info["page_size"] == info["size_bytes"]
    assert database.check_database_growth(pool)["status"] == "ok"
    assert database.check_database_growth(pool, 0.0)["status"] == "warning"
    first, second = database.verify_and_create_indexes(pool), database.verify_and_create_indexes(pool)
    assert not first["failed"] and first["created"] and not second["created"]


def test_states_are_journalled(pool: DatabasePool) -> None:
    long = {"text": "x" * 2000}
    assert database.journal_state_change("tickets", "UPDATE", "T-1", {"a": 1}, long, "grew", pool=pool)
    assert database.journal_state_change("tickets", "NONSENSE", "T-1", pool=pool) is False
    (row,) = database.get_state_change_history("tickets", "T-1", pool=pool)
    assert (row["old_values"], row["new_values"], row["user_context"]) == ({"a": 1}, long, "system")
    assert database.compact_json_encode(long).startswith("z:")
    assert database.compact_json_encode({"ü": [1, None]}) == '{"ü":[1,null]}'
    for value in (long, {"a": [1, 2]}, None, "text"):
        assert database.compact_json_decode(database.compact_json_encode(value)) == value
    assert database.compact_json_decode("no json") == "no json"


def test_values_of_columns() -> None:
    at = datetime(2026, 1, 10, 8, 9, 10, 11, tzinfo=timezone.utc)
    assert database.serialize_timestamp(at) == "2026-01-10T08:09:10.000011+00:00"
    assert database.deserialize_timestamp("2026-01-10T08:09:10.000011+00:00") == at
    assert database.deserialize_timestamp("2026-01-10 08:09:10").tzinfo is None  # type: ignore[union-attr]
    for nothing in (None, "", "yesterday"):
        assert database.deserialize_timestamp(nothing) is None and database.deserialize_json_field(nothing) is None
    assert database.serialize_json_field({"a": Path("b")}) == '{"a": "b"}' and database.serialize_json_field("x") == "x"
    assert database.serialize_timestamp(None) is None and database.serialize_json_field(None) is None

"""The statements of the Python system on the standard `sqlite3`, as short as they can be: same rows, same durability.

Its tables and indexes (schema 7, as far as these calls touch them), its settings, a connection a thread, its transactions.
"""

import json
import secrets
import sqlite3
import threading
from datetime import datetime, timedelta, timezone

SCHEMA = """
CREATE TABLE IF NOT EXISTS tickets(id TEXT PRIMARY KEY, priority TEXT NOT NULL CHECK(priority IN ('P0','P1','P2','P3','P4')),
  error_type TEXT NOT NULL, message TEXT NOT NULL, source TEXT NOT NULL, run_label TEXT, created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP, duplicate_guard TEXT UNIQUE,
  status TEXT DEFAULT 'Open' CHECK(status IN ('Open','In Progress','Completed')), owner TEXT, locked_by TEXT,
  locked_at TIMESTAMP, lease_expires TIMESTAMP, branch TEXT, stack_trace TEXT, file_context TEXT, system_state TEXT,
  ai_remediation_notes TEXT, correlation_id TEXT, completion_summary TEXT, completion_notes TEXT NOT NULL DEFAULT '',
  test_steps TEXT NOT NULL DEFAULT '', test_results TEXT NOT NULL DEFAULT '', format_version TEXT DEFAULT '1.0',
  completed BOOLEAN DEFAULT 0, deleted BOOLEAN DEFAULT 0, deleted_at TIMESTAMP);
CREATE INDEX IF NOT EXISTS idx_tickets_priority ON tickets(priority);
CREATE INDEX IF NOT EXISTS idx_tickets_status ON tickets(status);
CREATE INDEX IF NOT EXISTS idx_tickets_created ON tickets(created_at DESC);
CREATE INDEX IF NOT EXISTS idx_tickets_duplicate_guard ON tickets(duplicate_guard);
CREATE INDEX IF NOT EXISTS idx_tickets_locked ON tickets(locked_by, locked_at);
CREATE INDEX IF NOT EXISTS idx_tickets_lease ON tickets(lease_expires);
CREATE INDEX IF NOT EXISTS idx_tickets_owner ON tickets(owner);
CREATE INDEX IF NOT EXISTS idx_tickets_correlation ON tickets(correlation_id);
CREATE TABLE IF NOT EXISTS database_audit_log(id INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, table_name TEXT NOT NULL, operation TEXT NOT NULL, record_id TEXT,
  user_context TEXT, old_values TEXT, new_values TEXT, change_description TEXT);
CREATE INDEX IF NOT EXISTS idx_audit_log_timestamp ON database_audit_log(timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_audit_log_table ON database_audit_log(table_name);
CREATE INDEX IF NOT EXISTS idx_audit_log_operation ON database_audit_log(operation);
CREATE INDEX IF NOT EXISTS idx_audit_log_record_id ON database_audit_log(record_id);
CREATE INDEX IF NOT EXISTS idx_audit_log_user ON database_audit_log(user_context);
CREATE INDEX IF NOT EXISTS idx_audit_log_table_record ON database_audit_log(table_name, record_id);
"""
CLEANUP = "UPDATE tickets SET locked_by=NULL, locked_at=NULL, lease_expires=NULL, status='Open' WHERE locked_by IS NOT NULL AND lease_expires < ?"
NEXT = """SELECT id FROM tickets WHERE status='Open' AND locked_by IS NULL ORDER BY CASE priority WHEN 'P0' THEN 0 WHEN 'P1' THEN 1
  WHEN 'P2' THEN 2 WHEN 'P3' THEN 3 ELSE 4 END, created_at ASC LIMIT 1"""
LOCK = "UPDATE tickets SET locked_by=?, locked_at=?, lease_expires=?, status='In Progress' WHERE id=?"
INSERT = """INSERT INTO tickets(id, priority, error_type, message, source, run_label, created_at, duplicate_guard, status,
  stack_trace, file_context, system_state, format_version) VALUES(?,?,?,?,?,?,?,?,'Open',?,'{}','{}','1.0')"""
AUDIT = """INSERT INTO database_audit_log(table_name, operation, record_id, user_context, new_values, change_description)
  VALUES('tickets','INSERT',?,'unknown',?,?)"""


class StandIn:
    """The calls of its repository that are measured."""

    def __init__(self, path):
        self._path, self._local = path, threading.local()
        self._connection().executescript(SCHEMA)

    def _connection(self):
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(self._path, timeout=30.0, isolation_level=None)
            self._local.connection.row_factory = sqlite3.Row
            self._local.connection.execute("PRAGMA foreign_keys=ON")
            self._local.connection.execute("PRAGMA journal_mode=WAL")
        return self._local.connection

    def _inside(self, begin, body):
        connection = self._connection()
        connection.execute(begin)
        try:
            answer = body(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return answer

    def record(self, message, kind, source, stack):
        ticket = f"ACT-20260101-{secrets.token_hex(3)[:5].upper()}-{secrets.token_hex(4)}"
        guard = f"ACTIFIX-{message[:40]}-{secrets.token_hex(4)}"
        self._connection().execute("SELECT * FROM tickets WHERE duplicate_guard=?", (guard,)).fetchone()

        def create(connection):
            connection.execute("SELECT COUNT(*) FROM tickets WHERE status='Open' AND deleted=0").fetchone()
            connection.execute(INSERT, (ticket, "P2", kind, message, source, "run", _now(), guard, stack))

        self._inside("BEGIN", create)
        new = json.dumps({"id": ticket, "priority": "P2", "error_type": kind, "message": message[:100], "source": source, "status": "Open"})
        self._inside("BEGIN", lambda c: c.execute(AUDIT, (ticket, new, f"Created ticket: {message[:60]}")))
        return ticket

    def acquire(self, ticket, who):
        now = _now()
        one = LOCK + " AND (locked_by IS NULL OR lease_expires < ?)"
        took = self._inside("BEGIN IMMEDIATE", lambda c: c.execute(one, (who, now, _in_an_hour(), ticket, now)).rowcount)
        assert took == 1
        return ticket, who

    def release(self, held):
        free = "UPDATE tickets SET locked_by=NULL, locked_at=NULL, lease_expires=NULL, status='Open' WHERE id=? AND locked_by=?"
        assert self._inside("BEGIN IMMEDIATE", lambda c: c.execute(free, held).rowcount) == 1

    def next(self, who):
        def lock(connection):
            connection.execute(CLEANUP, (_now(),))
            (ticket,) = connection.execute(NEXT).fetchone()
            connection.execute(LOCK, (who, _now(), _in_an_hour(), ticket))
            return dict(connection.execute("SELECT * FROM tickets WHERE id=?", (ticket,)).fetchone())

        return self._inside("BEGIN IMMEDIATE", lock)

    def give_back(self, row):
        self.release((row["id"], row["locked_by"]))

    def fill(self, count):
        rows = ((f"ACT-20260101-{n:08X}", "P2", "ValueError", f"no such column {n}", "app.py:31", "run", _now(), f"guard {n}", "") for n in range(count))
        self._inside("BEGIN", lambda c: c.executemany(INSERT, rows))


def _now():
    return datetime.now(timezone.utc).isoformat()


def _in_an_hour():
    return (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()

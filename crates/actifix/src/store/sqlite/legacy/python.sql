-- The Python system's own schema 7, for the way back; its other tables are in tables.sql.
CREATE TABLE schema_version (
  version INTEGER PRIMARY KEY,
  applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO schema_version(version) VALUES (7);

CREATE TABLE tickets (
  id TEXT PRIMARY KEY,
  priority TEXT NOT NULL,
  error_type TEXT NOT NULL,
  message TEXT NOT NULL,
  source TEXT NOT NULL,
  run_label TEXT,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP,
  duplicate_guard TEXT UNIQUE,
  status TEXT DEFAULT 'Open',
  owner TEXT,
  locked_by TEXT,
  locked_at TIMESTAMP,
  lease_expires TIMESTAMP,
  branch TEXT,
  stack_trace TEXT,
  file_context TEXT,
  system_state TEXT,
  ai_remediation_notes TEXT,
  correlation_id TEXT,
  completion_summary TEXT,
  completion_notes TEXT NOT NULL DEFAULT '',
  test_steps TEXT NOT NULL DEFAULT '',
  test_results TEXT NOT NULL DEFAULT '',
  test_documentation_url TEXT,
  completion_verified_by TEXT,
  completion_verified_at TIMESTAMP,
  github_issue_url TEXT,
  github_issue_number INTEGER,
  github_sync_state TEXT DEFAULT 'pending',
  github_sync_message TEXT,
  format_version TEXT DEFAULT '1.0',
  documented BOOLEAN DEFAULT 0,
  functioning BOOLEAN DEFAULT 0,
  tested BOOLEAN DEFAULT 0,
  completed BOOLEAN DEFAULT 0,
  deleted BOOLEAN DEFAULT 0,
  deleted_at TIMESTAMP,
  CHECK (priority IN ('P0', 'P1', 'P2', 'P3', 'P4')),
  CHECK (status IN ('Open', 'In Progress', 'Completed'))
);
CREATE INDEX idx_tickets_priority ON tickets(priority);
CREATE INDEX idx_tickets_status ON tickets(status);
CREATE INDEX idx_tickets_created ON tickets(created_at DESC);
CREATE INDEX idx_tickets_duplicate_guard ON tickets(duplicate_guard);
CREATE INDEX idx_tickets_locked ON tickets(locked_by, locked_at);
CREATE INDEX idx_tickets_lease ON tickets(lease_expires);
CREATE INDEX idx_tickets_owner ON tickets(owner);
CREATE INDEX idx_tickets_correlation ON tickets(correlation_id);

CREATE VIEW v_recent_tickets AS
SELECT id, priority, error_type, message, source, created_at, status FROM tickets ORDER BY created_at DESC LIMIT 20;
CREATE VIEW v_ticket_history AS
SELECT id, priority, error_type, message, source, created_at, updated_at, completion_summary, status FROM tickets
WHERE status = 'Completed' ORDER BY updated_at DESC;

-- The Python system's own schema 7, for the way back; its other tables are in tables.sql, the columns of `tickets` in
-- old_columns.sql.
CREATE TABLE schema_version (
  version INTEGER PRIMARY KEY,
  applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO schema_version(version) VALUES (7);

CREATE TABLE tickets (
  /*OLD*/,
  PRIMARY KEY (id),
  UNIQUE (duplicate_guard)
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

//! Every statement of the Python system.

/// What its methods run, with an id and times in the places of the parameters.
pub const READS: &[&str] = &[
    // create_ticket: how many are open
    "SELECT COUNT(*) FROM tickets WHERE status = 'Open' AND deleted = 0",
    // get_ticket, check_duplicate_guard
    "SELECT * FROM tickets WHERE id = '{ID}'",
    "SELECT * FROM tickets WHERE duplicate_guard = 'ACTIFIX-guard-1-3'",
    // get_tickets, by each of its filters
    "SELECT * FROM tickets WHERE deleted = 0 ORDER BY CASE priority WHEN 'P0' THEN 0 WHEN 'P1' THEN 1 WHEN 'P2' THEN 2 WHEN 'P3' THEN 3 ELSE 4 END, created_at DESC",
    "SELECT * FROM tickets WHERE deleted = 0 AND status = 'Completed' AND priority = 'P1' ORDER BY created_at DESC, id LIMIT 5 OFFSET 1",
    "SELECT * FROM tickets WHERE deleted = 0 AND owner = 'nobody'",
    "SELECT id FROM tickets WHERE deleted = 0 AND locked_by IS NOT NULL ORDER BY id",
    "SELECT id FROM tickets WHERE deleted = 0 AND locked_by IS NULL ORDER BY id",
    "SELECT id FROM tickets WHERE created_at >= '2026-11-20T00:00:00+00:00' AND created_at <= '2026-11-23T00:00:00+00:00' ORDER BY id",
    "SELECT id FROM tickets WHERE correlation_id = 'corr-0' ORDER BY id",
    // get_expired_locks
    "SELECT * FROM tickets WHERE locked_by IS NOT NULL AND lease_expires < '2999-01-01T00:00:00+00:00' ORDER BY id",
    // get_and_lock_next_ticket: its look
    "SELECT * FROM tickets WHERE status = 'Open' AND locked_by IS NULL AND priority IN ('P0', 'P1') ORDER BY CASE priority WHEN 'P0' THEN 0 ELSE 1 END, created_at ASC, id LIMIT 1",
    // get_stats
    "SELECT status, COUNT(*) FROM tickets WHERE deleted = 0 GROUP BY status ORDER BY status",
    "SELECT priority, COUNT(*) FROM tickets WHERE deleted = 0 GROUP BY priority ORDER BY priority",
    "SELECT COUNT(*) FROM tickets WHERE locked_by IS NOT NULL AND deleted = 0",
    // get_deleted_tickets
    "SELECT * FROM tickets WHERE deleted = 1 ORDER BY deleted_at DESC, id",
    // its views
    "SELECT * FROM v_recent_tickets",
    "SELECT * FROM v_ticket_history",
    // event_repo, agent_voice_repo, the audit log, database sizes
    "SELECT * FROM event_log ORDER BY timestamp DESC, id DESC LIMIT 100",
    "SELECT event_type, COUNT(*) FROM event_log GROUP BY event_type ORDER BY 2 DESC, 1 LIMIT 10",
    "SELECT * FROM database_audit_log WHERE table_name = 'tickets' AND record_id = '{ID}' ORDER BY id",
    "SELECT * FROM agent_voice ORDER BY id DESC LIMIT 50",
    "SELECT COUNT(*) FROM fallback_queue",
    "SELECT COUNT(*) FROM quarantine",
];

/// What it, and people's programs around it, write.
pub const WRITES: &[&str] = &[
    // create_ticket, and what people wrote themselves
    "INSERT INTO tickets (id, priority, error_type, message, source, run_label, created_at, duplicate_guard, status) VALUES ('ACT-NEW', 'P1', 'E', 'm', 's', 'r', '2026-11-24T00:00:00+00:00', 'g-new', 'Open')",
    "INSERT INTO tickets (id, priority, error_type, message, source, created_at) VALUES ('{ID}', 'P1', 'E', 'm', 's', '2026-11-24T00:00:00+00:00')",
    "INSERT OR REPLACE INTO tickets (id, priority, error_type, message, source, created_at) VALUES ('{ID}', 'P1', 'E', 'm', 's', '2026-11-24T00:00:00+00:00')",
    "INSERT OR IGNORE INTO tickets (id, priority, error_type, message, source, created_at) VALUES ('{ID}', 'P1', 'E', 'm', 's', '2026-11-24T00:00:00+00:00')",
    // update_ticket, mark_complete
    "UPDATE tickets SET status = 'Completed', updated_at = '2026-11-24T00:00:00+00:00' WHERE id = '{ID}'",
    "UPDATE tickets SET owner = 'mia' WHERE id = 'ACT-NOBODY'",
    // acquire_lock, release_lock, renew_lock, cleanup_expired_locks, get_and_lock_next_ticket
    "UPDATE tickets SET locked_by = 'a', locked_at = '2026-11-24T00:00:00+00:00', lease_expires = '2026-11-24T01:00:00+00:00', status = 'In Progress' WHERE id = '{ID}' AND (locked_by IS NULL OR lease_expires < '2026-11-24T00:00:00+00:00')",
    "UPDATE tickets SET locked_by = NULL, locked_at = NULL, lease_expires = NULL, status = 'Open' WHERE id = '{ID}' AND locked_by = 'a'",
    "UPDATE tickets SET lease_expires = '2026-11-24T01:00:00+00:00' WHERE id = '{ID}' AND locked_by = 'a'",
    "UPDATE tickets SET locked_by = NULL, locked_at = NULL, lease_expires = NULL, status = 'Open' WHERE locked_by IS NOT NULL AND lease_expires < '2999-01-01T00:00:00+00:00'",
    // delete_ticket, recover_ticket
    "UPDATE tickets SET deleted = 1, deleted_at = '2026-11-24T00:00:00+00:00' WHERE id = '{ID}' AND deleted = 0",
    "UPDATE tickets SET deleted = 0, deleted_at = NULL WHERE deleted = 1",
    "DELETE FROM tickets WHERE id = '{ID}'",
    // its other tables live on: these go through
    "INSERT INTO event_log (timestamp, event_type, message, ticket_id, level) VALUES ('2026-11-24T00:00:00+00:00', 'X', 'm', '{ID}', 'INFO')",
    "PRAGMA foreign_keys=ON; INSERT INTO event_log (timestamp, event_type, message, ticket_id) VALUES ('2026-11-24T00:00:00+00:00', 'X', 'm', '{ID}')",
    "PRAGMA foreign_keys=ON; INSERT INTO event_log (timestamp, event_type, message, ticket_id) VALUES ('2026-11-24T00:00:00+00:00', 'X', 'm', 'ACT-NOBODY')",
    "DELETE FROM event_log WHERE timestamp < '2026-01-01T00:00:00+00:00'",
    "INSERT INTO database_audit_log (table_name, operation, record_id, user_context, timestamp) VALUES ('tickets', 'UPDATE', '{ID}', 'mia', '2026-11-24T00:00:00+00:00')",
    "INSERT INTO agent_voice (agent_id, thought, created_at) VALUES ('do_af', 'the pool looks empty', '2026-11-24T00:00:00+00:00')",
    "DELETE FROM agent_voice WHERE id <= 0",
    // its migrations
    "ALTER TABLE tickets ADD COLUMN deleted BOOLEAN DEFAULT 0",
    "CREATE INDEX IF NOT EXISTS idx_tickets_new ON tickets(owner)",
    "INSERT INTO schema_version (version) VALUES (7)",
];

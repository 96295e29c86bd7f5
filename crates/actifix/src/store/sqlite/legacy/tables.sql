-- The Python system's tables that live on as they are: its own rows stay in them, and people's SELECTs go on working. What
-- an upgraded file has already is left alone.

CREATE TABLE IF NOT EXISTS event_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  event_type TEXT NOT NULL,
  message TEXT NOT NULL,
  ticket_id TEXT,
  correlation_id TEXT,
  extra_json TEXT,
  source TEXT,
  level TEXT DEFAULT 'INFO',
  FOREIGN KEY(ticket_id) REFERENCES facts(id) ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS idx_event_log_timestamp ON event_log(timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_event_log_event_type ON event_log(event_type);
CREATE INDEX IF NOT EXISTS idx_event_log_ticket_id ON event_log(ticket_id);
CREATE INDEX IF NOT EXISTS idx_event_log_correlation_id ON event_log(correlation_id);
CREATE INDEX IF NOT EXISTS idx_event_log_level ON event_log(level);

CREATE TABLE IF NOT EXISTS fallback_queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  entry_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  payload_json TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  retry_count INTEGER DEFAULT 0,
  last_retry TIMESTAMP,
  status TEXT DEFAULT 'pending',
  error_message TEXT,
  UNIQUE(entry_id, operation)
);
CREATE INDEX IF NOT EXISTS idx_fallback_queue_status ON fallback_queue(status);
CREATE INDEX IF NOT EXISTS idx_fallback_queue_created ON fallback_queue(created_at);

-- Bad input that was set aside: not our quarantined tickets.
CREATE TABLE IF NOT EXISTS quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  entry_id TEXT UNIQUE NOT NULL,
  original_source TEXT NOT NULL,
  reason TEXT NOT NULL,
  content TEXT NOT NULL,
  original_content_hash TEXT,
  quarantined_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  recovered_at TIMESTAMP,
  recovery_notes TEXT,
  status TEXT DEFAULT 'quarantined'
);
CREATE INDEX IF NOT EXISTS idx_quarantine_status ON quarantine(status);
CREATE INDEX IF NOT EXISTS idx_quarantine_source ON quarantine(original_source);
CREATE INDEX IF NOT EXISTS idx_quarantine_date ON quarantine(quarantined_at DESC);

CREATE TABLE IF NOT EXISTS database_audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  timestamp TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  table_name TEXT NOT NULL,
  operation TEXT NOT NULL CHECK(operation IN ('INSERT', 'UPDATE', 'DELETE')),
  record_id TEXT,
  user_context TEXT,
  old_values TEXT,
  new_values TEXT,
  change_description TEXT,
  ip_address TEXT,
  session_id TEXT
);
CREATE INDEX IF NOT EXISTS idx_audit_log_timestamp ON database_audit_log(timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_audit_log_table ON database_audit_log(table_name);
CREATE INDEX IF NOT EXISTS idx_audit_log_operation ON database_audit_log(operation);
CREATE INDEX IF NOT EXISTS idx_audit_log_record_id ON database_audit_log(record_id);
CREATE INDEX IF NOT EXISTS idx_audit_log_user ON database_audit_log(user_context);
CREATE INDEX IF NOT EXISTS idx_audit_log_table_record ON database_audit_log(table_name, record_id);

CREATE TABLE IF NOT EXISTS agent_voice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  agent_id TEXT NOT NULL,
  run_label TEXT,
  level TEXT DEFAULT 'INFO' CHECK(level IN ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')),
  thought TEXT NOT NULL,
  extra_json TEXT,
  correlation_id TEXT
);
CREATE INDEX IF NOT EXISTS idx_agent_voice_created ON agent_voice(created_at DESC);
CREATE INDEX IF NOT EXISTS idx_agent_voice_agent ON agent_voice(agent_id);
CREATE INDEX IF NOT EXISTS idx_agent_voice_run_label ON agent_voice(run_label);
CREATE INDEX IF NOT EXISTS idx_agent_voice_level ON agent_voice(level);

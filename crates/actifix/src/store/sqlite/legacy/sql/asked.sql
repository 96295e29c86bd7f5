-- What a statement on the old `tickets` asks for, a row each, with the Python system's own rules for a row: what it refused
-- is refused here, in the same words, and by the statement's own conflict clause. `own_id` and `own_guard` are the values
-- that must be nobody else's: a row of the verb `taken` says that somebody has one already.
CREATE TEMP TABLE actifix_asked (
  seq INTEGER PRIMARY KEY,
  verb TEXT NOT NULL,
  n INTEGER,
  own_id UNIQUE,
  own_guard UNIQUE,
  id TEXT,
  priority TEXT NOT NULL,
  error_type TEXT NOT NULL,
  message TEXT NOT NULL,
  source TEXT NOT NULL,
  run_label TEXT,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP,
  duplicate_guard TEXT,
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
  deleted_at TIMESTAMP/*EXTRA*/,
  CHECK (priority IN ('P0', 'P1', 'P2', 'P3', 'P4')),
  CHECK (status IN ('Open', 'In Progress', 'Completed'))
);

-- By `facts`' unique index on id, `aliases`' and `fingerprints`' primary keys.
CREATE TEMP TRIGGER actifix_insert INSTEAD OF INSERT ON main.tickets BEGIN
  INSERT INTO actifix_asked(verb, own_id, priority, error_type, message, source, created_at)
    SELECT 'taken', new.id, 'P0', '', '', '', '' WHERE EXISTS (SELECT 1 FROM facts WHERE id = new.id)
      OR EXISTS (SELECT 1 FROM aliases WHERE id = new.id);
  INSERT INTO actifix_asked(verb, own_guard, priority, error_type, message, source, created_at)
    SELECT 'taken', new.duplicate_guard, 'P0', '', '', '', '' WHERE EXISTS (
      SELECT 1 FROM fingerprints p JOIN facts f ON f.n = p.ticket
      WHERE p.project = (SELECT id FROM names WHERE text = 'default') AND p.value = actifix_mark(new.duplicate_guard)
        AND p.version = 0);
  INSERT INTO actifix_asked(verb, own_id, own_guard, /*COLUMNS*/)
    VALUES ('insert', new.id, new.duplicate_guard, /*GIVEN*/);
END;

CREATE TEMP TRIGGER actifix_update INSTEAD OF UPDATE ON main.tickets BEGIN
  INSERT INTO actifix_asked(verb, own_id, priority, error_type, message, source, created_at)
    SELECT 'taken', new.id, 'P0', '', '', '', '' WHERE new.id IS NOT old.id
      AND EXISTS (SELECT 1 FROM facts WHERE id = new.id);
  INSERT INTO actifix_asked(verb, own_guard, priority, error_type, message, source, created_at)
    SELECT 'taken', new.duplicate_guard, 'P0', '', '', '', '' WHERE new.duplicate_guard IS NOT old.duplicate_guard
      AND EXISTS (SELECT 1 FROM fingerprints p JOIN facts f ON f.n = p.ticket
        WHERE p.project = (SELECT project FROM facts WHERE id = old.id) AND p.value = actifix_mark(new.duplicate_guard)
          AND p.version = 0 AND f.id <> old.id);
  INSERT INTO actifix_asked(verb, n, own_id, own_guard, /*COLUMNS*/)
    VALUES ('update', (SELECT n FROM facts WHERE id = old.id), CASE WHEN new.id IS NOT old.id THEN new.id END,
      CASE WHEN new.duplicate_guard IS NOT old.duplicate_guard THEN new.duplicate_guard END, /*NEW*/);
END;

CREATE TEMP TRIGGER actifix_delete INSTEAD OF DELETE ON main.tickets BEGIN
  INSERT INTO actifix_asked(verb, n, priority, error_type, message, source, created_at)
    SELECT 'delete', n, 'P0', '', '', '', '' FROM facts WHERE id = old.id;
END;

-- What a statement on the old `tickets` asks for, a row each, with the Python system's own rules for a row: what it refused
-- is refused here, in the same words, and by the statement's own conflict clause. `own_id` and `own_guard` are the values
-- that must be nobody else's: a row of the verb `taken` says that somebody has one already.
CREATE TEMP TABLE actifix_asked (
  seq INTEGER PRIMARY KEY,
  verb TEXT NOT NULL,
  n INTEGER,
  own_id UNIQUE,
  own_guard UNIQUE/*EXTRA*/,
  /*OLD*/
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

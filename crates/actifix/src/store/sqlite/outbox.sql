-- Version 2: who is told of what happens, and what each is still to be told.

-- Hooks and webhooks by the names that the configuration gives them; how they are reached, and their secrets, stand there
-- and never here. `occasions` and `priorities` are sets of bits. `active` 0: the configuration names it no more; what waits
-- for it waits on. One deliverer at a time sends to a target: under `token`, until `until`. After `failures` one after the
-- other it rests until `rest`.
CREATE TABLE targets (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  active INTEGER NOT NULL,
  occasions INTEGER NOT NULL,
  priorities INTEGER NOT NULL,
  project TEXT,
  token INTEGER NOT NULL DEFAULT 0,
  until INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  rest INTEGER NOT NULL DEFAULT 0
);

-- What is still to be told, in the transaction of what it tells. `ticket` is its id, which stays true when the ticket is
-- removed; what else is told is read when it is sent.
CREATE TABLE outbox (
  target INTEGER NOT NULL,
  event INTEGER NOT NULL,
  ticket TEXT NOT NULL,
  occasion INTEGER NOT NULL,
  at INTEGER NOT NULL,
  due INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (target, event)
) WITHOUT ROWID;
-- What may be sent to this target now?
CREATE INDEX outbox_due ON outbox(target, due);

-- Given up after many attempts: kept until somebody retries or drops them.
CREATE TABLE dead_letters (
  target INTEGER NOT NULL,
  event INTEGER NOT NULL,
  ticket TEXT NOT NULL,
  occasion INTEGER NOT NULL,
  at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (target, event)
) WITHOUT ROWID;

-- `targets` changes with the targets, so that a writer reads them only then. `instance` is the database in the ids that
-- receivers tell repeats by.
INSERT INTO counters VALUES ('targets', 0), ('instance', abs(random() >> 16));

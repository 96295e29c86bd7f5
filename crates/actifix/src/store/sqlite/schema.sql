-- The tables of an Actifix database. State is where the row is: a ticket's facts stand in `facts` and are not touched by
-- claim, renew, release or complete; where it stands is a row in exactly one of ready, scheduled, leases, parked,
-- completed, trash. Hot tables hold integers only: microseconds since 1970, priority 0 to 4, numbers of names.
-- Words stay within SQLite 3.31's, so that an old library can still read the file.

-- Texts that stand in hot rows by number: projects, holders, actors.
CREATE TABLE names (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);

-- The last ticket number given out, a floor for the events' (the newest event's row says the rest, and is never pruned),
-- and the epoch, which changes when another database is put in this one's place. They only rise, also when the newest
-- tickets are pruned, and are written once a batch at most (AUTOINCREMENT would write its own table at every insert).
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES ('event', 0), ('ticket', 0);

-- What is known of a ticket. `mark` is the fingerprint that it was made under.
CREATE TABLE facts (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  project INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  created INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  error_type TEXT NOT NULL,
  message TEXT NOT NULL,
  source TEXT NOT NULL,
  stack_trace TEXT,
  body TEXT,
  tags TEXT,
  assignee TEXT,
  correlation_id TEXT,
  environment TEXT,
  release TEXT,
  fingerprint TEXT,
  user TEXT,
  mark BLOB,
  notes TEXT,
  payload TEXT,
  context TEXT
);
-- Which tickets of a priority are the newest? (lists)
CREATE INDEX facts_newest ON facts(priority, created);

-- Ids that an import found taken: the old name still leads to the ticket.
CREATE TABLE aliases (
  id TEXT PRIMARY KEY,
  ticket INTEGER NOT NULL
) WITHOUT ROWID;

-- Which ticket has this report? A row whose ticket is gone or deleted is free.
CREATE TABLE fingerprints (
  project INTEGER NOT NULL,
  value BLOB NOT NULL,
  version INTEGER NOT NULL,
  ticket INTEGER NOT NULL,
  PRIMARY KEY (project, value, version)
) WITHOUT ROWID;

-- How often, when last, and the newest `counted` event: only for tickets seen more than once.
CREATE TABLE seen (
  ticket INTEGER PRIMARY KEY,
  count INTEGER NOT NULL,
  last INTEGER NOT NULL,
  event INTEGER
);
-- Repeats by hour.
CREATE TABLE buckets (
  ticket INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  k INTEGER NOT NULL,
  PRIMARY KEY (ticket, hour)
) WITHOUT ROWID;
-- The latest ten repeats (the first occurrence is in the facts); `nth` is the occurrence it was, `slot` its last digit.
CREATE TABLE samples (
  ticket INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  nth INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (ticket, slot)
) WITHOUT ROWID;

-- The places. `last_token` and `last_holder` are set only by an expiry: that holder may still complete.
CREATE TABLE ready (
  project INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  created INTEGER NOT NULL,
  ticket INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  last_token INTEGER,
  last_holder INTEGER,
  PRIMARY KEY (project, priority, created, ticket)
) WITHOUT ROWID;
CREATE TABLE scheduled (
  ticket INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  not_before INTEGER NOT NULL
);
CREATE INDEX scheduled_due ON scheduled(not_before);
CREATE TABLE leases (
  ticket INTEGER PRIMARY KEY,
  token INTEGER NOT NULL,
  holder INTEGER NOT NULL,
  acquired INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  project INTEGER NOT NULL,
  priority INTEGER NOT NULL
);
CREATE INDEX leases_due ON leases(expires);
CREATE TABLE parked (
  ticket INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  at INTEGER NOT NULL,
  last_token INTEGER,
  last_holder INTEGER
);
-- `done` is the event that ended it, and holds the evidence; `reason` 0 is completed with evidence, 1 to 5 closed, 6
-- ignored until `wake_at` or until `wake_count` occurrences.
CREATE TABLE completed (
  ticket INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  done INTEGER NOT NULL,
  token INTEGER,
  reason INTEGER NOT NULL,
  original INTEGER,
  wake_at INTEGER,
  wake_count INTEGER
);
-- `place` is the row it came from, as JSON.
CREATE TABLE trash (
  ticket INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  at INTEGER NOT NULL,
  place TEXT NOT NULL
);

-- How many tickets stand where, kept with every move; the rows with project 0 and priority -1 are the sums.
CREATE TABLE counts (
  place INTEGER NOT NULL,
  project INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  k INTEGER NOT NULL,
  PRIMARY KEY (place, project, priority)
) WITHOUT ROWID;

-- Grants that failed: only for tickets that have any. `lapses` counts leases that ran out one after the other.
CREATE TABLE attempts (
  ticket INTEGER PRIMARY KEY,
  n INTEGER NOT NULL,
  lapses INTEGER NOT NULL,
  last_error TEXT
);

-- The history. `token` NULL on a claim is its own seq; `num` is the time or number that the kind speaks of; `prev` leads
-- from a `counted` event to the one before it.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  ticket INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  actor INTEGER NOT NULL,
  token INTEGER,
  num INTEGER,
  old TEXT,
  new TEXT,
  prev INTEGER
);
-- What happened to this ticket? Counting (kind 1) is not in it: a repeat of an old report would touch a page of its own
-- here, and cost more the more tickets there are. Those events are a chain, from `seen.event` backwards.
CREATE INDEX events_of_ticket ON events(ticket) WHERE kind <> 1;

-- Answers of named calls, kept a day: ids and tokens only.
CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  verb TEXT NOT NULL,
  answer TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX requests_old ON requests(at);

-- How far a source has been read, in the transaction of what was read from it.
CREATE TABLE positions (
  source TEXT PRIMARY KEY,
  offset INTEGER NOT NULL
) WITHOUT ROWID;

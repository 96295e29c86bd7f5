//! The scene's SQL: a ticket table, and the ways to lock a ticket in it. Nothing of the store is made of these.

/// A ticket is free when nobody holds it or its lease has run out.
pub const TABLE: &str =
    "CREATE TABLE tickets(id INTEGER PRIMARY KEY, holder TEXT, expires INTEGER NOT NULL DEFAULT 0)";
/// One ticket for each worker.
pub const TICKET: &str = "INSERT INTO tickets(id) VALUES(?1)";
/// Takes nothing yet: the first read makes it a reader, the first write wants to make it a writer.
pub const DEFERRED: &str = "BEGIN";
/// The write lock, first of all.
pub const IMMEDIATE: &str = "BEGIN IMMEDIATE";
/// The write lock, and in rollback mode the readers' too.
pub const EXCLUSIVE: &str = "BEGIN EXCLUSIVE";
/// Ends it.
pub const COMMIT: &str = "COMMIT";
/// May this ticket be taken?
pub const IS_FREE: &str = "SELECT holder IS NULL OR expires <= ?2 FROM tickets WHERE id = ?1";
/// Takes it.
pub const LOCK: &str = "UPDATE tickets SET holder = ?2, expires = ?3 WHERE id = ?1";
/// Asks and takes in one statement: no read comes before the write lock.
pub const LOCK_IF_FREE: &str = "UPDATE tickets SET holder = ?2, expires = ?3 \
     WHERE id = ?1 AND (holder IS NULL OR expires <= ?4) RETURNING id";
/// Gives it back.
pub const FREE: &str =
    "UPDATE tickets SET holder = NULL, expires = 0 WHERE id = ?1 AND holder = ?2";
/// Who holds what.
pub const STANDING: &str = "SELECT id, holder FROM tickets ORDER BY id";
/// The count before a ticket is made, as limits of open tickets ask for it.
pub const COUNT: &str = "SELECT count(*) FROM tickets WHERE holder IS NULL";
/// Makes a ticket.
pub const CREATE: &str = "INSERT INTO tickets(holder) VALUES(NULL)";
/// Counts and makes in one statement.
pub const CREATE_IF_FEW: &str = "INSERT INTO tickets(holder) SELECT NULL \
     WHERE (SELECT count(*) FROM tickets WHERE holder IS NULL) < 1000000";

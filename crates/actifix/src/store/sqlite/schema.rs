//! Making the schema, and recognising what is no Actifix database.

use sqlite_line::rusqlite::Result;
use sqlite_line::{Identity, ReadTxn, WriteTxn};

use super::legacy::{self, Seen};
use crate::error::OLD;

/// `PRAGMA application_id` of an Actifix database: "Actf".
pub(super) const APPLICATION_ID: i32 = 0x4163_7466;
/// The newest schema known: `PRAGMA user_version`.
pub(super) const VERSION: i32 = 2;

/// The tables that everything stands in, as version 1 had them.
const FIRST: &str = include_str!("schema.sql");
/// What each later version added: the schema is the first one and all its steps, in a new file as in an old one.
const STEPS: [(i32, &str); 1] = [(2, include_str!("outbox.sql"))];

/// Makes our own tables.
pub(super) fn make(txn: &WriteTxn<'_>) -> Result<()> {
    txn.execute_batch(FIRST)?;
    txn.execute_batch(&steps_after(1))
}

/// The steps that a file of version `from` lacks.
pub(super) fn steps_after(from: i32) -> String {
    let missing = STEPS.iter().filter(|(version, _)| *version > from);
    missing.map(|(_, sql)| *sql).collect()
}

/// All statements that make our own tables.
pub(super) fn statements() -> impl Iterator<Item = &'static str> {
    [FIRST].into_iter().chain(STEPS.map(|(_, sql)| sql))
}

/// Makes the schema, or brings that of an older version up to date, in one transaction.
pub(super) fn migrate(txn: &WriteTxn<'_>, from: i32) -> Result<()> {
    if from > 0 {
        return txn.execute_batch(&steps_after(from));
    }
    make(txn)?;
    txn.execute_batch(legacy::ROW)?;
    txn.execute_batch(legacy::TABLES)?;
    txn.execute_batch(&legacy::views(&[]))
}

/// What is this file?
pub(super) fn identify(txn: &ReadTxn<'_>) -> Result<Identity> {
    let id: i32 = txn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if id == APPLICATION_ID {
        return txn
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map(Identity::Ours);
    }
    let tables = txn.query_all(
        "SELECT name FROM sqlite_master WHERE type = 'table'",
        [],
        |row| row.get::<_, String>(0),
    )?;
    if tables.is_empty() && id == 0 {
        return Ok(Identity::Empty);
    }
    Ok(Identity::Foreign(match legacy::look(txn)? {
        Some(Seen::Old(old)) => format!("it is {OLD}, schema {}", old.version),
        Some(Seen::Unknown(why)) => why,
        None => "it is a database of another program".to_owned(),
    }))
}

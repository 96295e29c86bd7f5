//! Making the schema, and recognising what is no Actifix database.

use sqlite_line::rusqlite::Result;
use sqlite_line::{Identity, ReadTxn, WriteTxn};

use super::legacy::{self, Seen};
use crate::error::OLD;

/// `PRAGMA application_id` of an Actifix database: "Actf".
pub(super) const APPLICATION_ID: i32 = 0x4163_7466;
/// The newest schema known: `PRAGMA user_version`.
pub(super) const VERSION: i32 = 1;

/// The tables that everything stands in.
pub(super) const TABLES: &str = include_str!("schema.sql");

/// Makes the schema, in one transaction. There is one version so far, so nothing is upgraded here yet.
pub(super) fn migrate(txn: &WriteTxn<'_>, _from: i32) -> Result<()> {
    txn.execute_batch(TABLES)?;
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

//! Making the schema, and recognising what is no Actifix database.

use sqlite_line::rusqlite::Result;
use sqlite_line::{Identity, ReadTxn, WriteTxn};

/// `PRAGMA application_id` of an Actifix database: "Actf".
pub(super) const APPLICATION_ID: i32 = 0x4163_7466;
/// The newest schema known: `PRAGMA user_version`.
pub(super) const VERSION: i32 = 1;

/// The schema's steps; step `i` leads from version `i` to `i + 1`.
const STEPS: [&[&str]; 1] = [&[include_str!("schema.sql"), include_str!("views.sql")]];

/// Brings the schema from version `from` to the newest, in one transaction.
pub(super) fn migrate(txn: &WriteTxn<'_>, from: i32) -> Result<()> {
    let done = usize::try_from(from).unwrap_or(0);
    for script in STEPS.iter().skip(done).copied().flatten() {
        txn.execute_batch(script)?;
    }
    Ok(())
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
    if tables.iter().any(|table| table == "tickets") {
        return Ok(Identity::Foreign(
            "a database of the Python Actifix; this version does not open it yet, and left it untouched".to_owned(),
        ));
    }
    Ok(Identity::Foreign(
        "a database of another program".to_owned(),
    ))
}

//! Copies of the database: making one while others write, and looking whether one is sound.

use std::path::Path;

use sqlite_line::rusqlite::{Connection, OpenFlags, Result as Sql};

use crate::error::Result;

/// So many lines of damage are told.
const TOLD: usize = 20;

/// What SQLite's own check finds wrong with the file at `path`, which nobody has open. Empty: it is whole.
pub(super) fn damage(path: &Path) -> Result<Vec<String>> {
    let look = || -> Sql<Vec<String>> {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut check = conn.prepare("PRAGMA integrity_check")?;
        let lines = check.query_map([], |row| row.get::<_, String>(0))?;
        lines
            .filter(|line| line.as_ref().map_or(true, |line| line != "ok"))
            .take(TOLD)
            .collect()
    };
    look().map_err(|error| sqlite_line::Error::from_sqlite(path, error).into())
}

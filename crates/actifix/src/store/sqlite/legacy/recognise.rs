//! Is this file one of the Python system's, and of which version?

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::Result as Sql;
use sqlite_line::rusqlite::types::Value;

use super::columns::{COLUMNS, NEEDED};

/// The newest schema of the Python system.
const NEWEST: i64 = 7;
/// Tables that an upgrade would make, so that nobody else's may be there.
const OURS: &str = include_str!("../schema.sql");

const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table'";
const TICKETS: &str = "SELECT name FROM pragma_table_info('tickets')";
const VERSION: &str = "SELECT max(version) FROM schema_version";
const COUNT: &str = "SELECT count(*) FROM tickets";

/// A file of the Python system.
#[derive(Clone, Debug)]
pub(in crate::store::sqlite) struct Old {
    /// Its schema's version: 1 to 7.
    pub version: i64,
    /// The columns of its `tickets` that we know.
    pub columns: Vec<String>,
    /// Those that people added.
    pub extra: Vec<String>,
    /// Rows in its `tickets`.
    pub tickets: u64,
    /// Whether it has an audit log, which knows who completed what.
    pub audited: bool,
}

/// What a file with a table `tickets` turned out to be.
pub(in crate::store::sqlite) enum Seen {
    /// The Python system's.
    Old(Old),
    /// Something else; why.
    Unknown(String),
}

/// Looks at a file that is not ours. `None`: it has no `tickets`, so it is nothing of the Python system's.
pub(in crate::store::sqlite) fn look(txn: &ReadTxn<'_>) -> Sql<Option<Seen>> {
    let tables: Vec<String> = txn.query_all(TABLES, [], |row| row.get(0))?;
    let has = |name: &str| tables.iter().any(|table| table.eq_ignore_ascii_case(name));
    if !has("tickets") {
        return Ok(None);
    }
    let unknown = |why: String| Ok(Some(Seen::Unknown(why)));
    if !has("schema_version") {
        return unknown(
            "it has a table `tickets` and no `schema_version`, so it is not one of the Python Actifix".into(),
        );
    }
    let version = match txn.query_row(VERSION, [], |row| row.get(0)) {
        Ok(Value::Integer(version)) if (1..=NEWEST).contains(&version) => version,
        Ok(Value::Integer(version)) if version > NEWEST => {
            return unknown(format!(
                "it says schema {version}, and the Python Actifix is known up to {NEWEST}; a newer actifix may know it"
            ));
        }
        Ok(Value::Null) => {
            return unknown(
                "its `schema_version` is empty, so its making was cut off or it is of another program".into(),
            );
        }
        Ok(other) => return unknown(format!("its `schema_version` says {other:?}")),
        Err(error) => return unknown(format!("its `schema_version` cannot be read: {error}")),
    };
    let names: Vec<String> = txn.query_all(TICKETS, [], |row| row.get(0))?;
    if let Some(missing) = NEEDED.iter().find(|needed| !contains(&names, needed)) {
        return unknown(format!("its table `tickets` has no column `{missing}`"));
    }
    if let Some(taken) = tables.iter().find(|table| is_ours(table)) {
        return unknown(format!(
            "it has a table `{taken}` that the Python Actifix does not know and an upgrade would make; rename that table first"
        ));
    }
    let (columns, extra) = names.into_iter().partition(|name| {
        COLUMNS
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
    });
    Ok(Some(Seen::Old(Old {
        version,
        columns,
        extra,
        tickets: txn.query_row(COUNT, [], |row| row.get(0))?,
        audited: has("database_audit_log"),
    })))
}

fn contains(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Whether an upgrade makes a table of this name.
fn is_ours(table: &str) -> bool {
    let made = |sql: &str| {
        sql.lines()
            .filter_map(|line| line.strip_prefix("CREATE TABLE "))
            .filter_map(|rest| rest.split([' ', '(']).next())
            .any(|name| name.eq_ignore_ascii_case(table))
    };
    made(OURS) || made(super::ROW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_an_upgrade_needs() {
        assert!(is_ours("facts") && is_ours("Events") && is_ours("legacy"));
        assert!(!is_ours("event_log") && !is_ours("tickets") && !is_ours("mine"));
    }
}

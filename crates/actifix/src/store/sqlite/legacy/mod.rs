//! Files of the Python system: recognising them, upgrading them, and the way back.
//!
//! A file is never changed by looking at it. The upgrade takes the rows as they are and keeps every value: the old tables
//! live on, `tickets` becomes a view that shows the same columns ([`columns`]), and where a row contradicts itself a table
//! decides where it stands ([`standing`]).

mod calls;
mod columns;
mod create;
mod history;
mod old_row;
mod recognise;
mod rows;
mod sql;
mod standing;
mod times;
mod upgrade;
mod way_back;

use sqlite_line::rusqlite::Result as Sql;
use sqlite_line::{ReadTxn, WriteTxn};

pub(crate) use calls::{OldCall, OldVerb};
pub(super) use columns::quoted;
pub(super) use recognise::{Seen, look};
pub use sql::{Interrupt, Mode, Outcome, Patience, SqlConnection, SqlError};
pub use upgrade::{Contradiction, Upgrade, Upgraded};
pub use way_back::WayBack;

/// The columns that people had added to their `tickets`.
pub(super) fn extra(txn: &ReadTxn<'_>) -> Sql<Vec<String>> {
    let names: Vec<String> = txn.query_all(SHOWN, [], |row| row.get(0))?;
    Ok(names.into_iter().skip(columns::COLUMNS.len()).collect())
}

/// Adds such columns to a file that has none.
pub(super) fn add_columns(txn: &WriteTxn<'_>, extra: &[String]) -> Sql<()> {
    if extra.is_empty() {
        return Ok(());
    }
    for at in 0..extra.len() {
        txn.execute_batch(&format!("ALTER TABLE legacy ADD COLUMN x{at}"))?;
    }
    txn.execute_batch(DROP_VIEWS)?;
    txn.execute_batch(&views(extra))
}

/// What people called their own columns, which `legacy` has as x0, x1 and so on: by the text of a view that named them. One
/// whose name cannot be read any more is called as it is there.
pub(super) fn added(txn: &ReadTxn<'_>, view: &str) -> Sql<Vec<String>> {
    let own: Vec<String> = txn.query_all(ADDED, [], |row| row.get(0))?;
    let named = |column: &String| {
        let (_, rest) = view.split_once(&format!("g.{column} AS \""))?;
        let (name, _) = rest.split_once('"')?;
        (!name.is_empty() && !rest[name.len()..].starts_with("\"\"")).then(|| name.to_owned())
    };
    Ok(own
        .iter()
        .map(|column| named(column).unwrap_or_else(|| column.clone()))
        .collect())
}

const ADDED: &str =
    "SELECT name FROM pragma_table_info('legacy') WHERE name GLOB 'x[0-9]*' ORDER BY cid";
const SHOWN: &str = "SELECT name FROM pragma_table_info('tickets') ORDER BY cid";
const DROP_VIEWS: &str = "DROP VIEW v_ticket_history; DROP VIEW v_recent_tickets; DROP VIEW tickets; DROP VIEW schema_version";

/// The names of the tables that live on.
pub(super) const LIVING: [&str; 5] = [
    "event_log",
    "fallback_queue",
    "quarantine",
    "database_audit_log",
    "agent_voice",
];

/// The columns of a table, as SQL takes their names.
pub(super) fn columns_of(txn: &ReadTxn<'_>, table: &str) -> Sql<Vec<String>> {
    txn.query_all(COLUMNS_OF, [table], |row| row.get(0))
}

const COLUMNS_OF: &str = "SELECT name FROM pragma_table_info(?1) ORDER BY cid";

/// The tables that live on, made where they are missing.
pub(super) const TABLES: &str = include_str!("tables.sql");
/// The Python system's own tables and views of schema 7, each made only where it is missing.
pub fn python_schema() -> String {
    let tables = TABLES.replace("REFERENCES facts(id)", "REFERENCES tickets(id)");
    let own = columns::with_old_columns(include_str!("python.sql"));
    let own: Vec<&str> = own
        .lines()
        .filter(|line| !line.starts_with("INSERT"))
        .collect();
    let own = ["TABLE", "INDEX", "VIEW"]
        .iter()
        .fold(own.join("\n"), |sql, what| {
            sql.replace(
                &format!("CREATE {what} "),
                &format!("CREATE {what} IF NOT EXISTS "),
            )
        });
    format!("{own}\n{tables}")
}

/// Where old rows are kept.
pub(super) const ROW: &str = include_str!("row.sql");

/// Where the view of the tickets takes columns that people added to theirs.
const EXTRA: &str = "/*EXTRA*/";

/// The views under the old names. `extra` are columns that people added to their `tickets`.
pub(super) fn views(extra: &[String]) -> String {
    let more: String = extra
        .iter()
        .enumerate()
        .map(|(at, name)| format!(",\n  g.x{at} AS {}", columns::quoted(name)))
        .collect();
    include_str!("views.sql").replace(EXTRA, &more)
}

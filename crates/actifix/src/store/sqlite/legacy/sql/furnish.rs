//! What a connection for people's own SQL finds beside the tables: triggers that take writes on the old `tickets` and write
//! down what was asked ([`super::asked`]).

use sqlite_line::rusqlite::functions::FunctionFlags;
use sqlite_line::rusqlite::{Connection, Result as Sql};

use super::super::columns::{COLUMNS, quoted, with_old_columns};
use crate::clean::Clean;
use crate::report::Report;
use crate::store::sqlite::known::fingerprint;

/// The table of what was asked.
pub(super) const ASKED: &str = "actifix_asked";
/// What our temporary things are called.
pub(super) const PREFIX: &str = "actifix_";
const TEXT: &str = include_str!("asked.sql");
/// The columns of the view, people's own at its end.
const SHOWN: &str = "SELECT name FROM pragma_table_info('tickets') ORDER BY cid";

/// Makes them. Answers the columns that people added to their `tickets`.
pub(super) fn furnish(conn: &Connection) -> Sql<Vec<String>> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_scalar_function("actifix_mark", 1, flags, |context| {
        Ok(mark(context.get(0)?))
    })?;
    let mut statement = conn.prepare(SHOWN)?;
    let names = statement.query_map([], |row| row.get(0))?;
    let extra: Vec<String> = names.skip(COLUMNS.len()).collect::<Sql<_>>()?;
    conn.execute_batch(&text(&extra))?;
    Ok(extra)
}

/// By what a ticket of this guard is known.
fn mark(guard: Option<String>) -> Option<Vec<u8>> {
    let report = Report {
        fingerprint: Some(Clean::from(guard?).into_inner()),
        ..Report::default()
    };
    fingerprint(&report).map(Vec::from)
}

/// The columns of the table of what was asked: the old ones by their names, people's own as `legacy` has them.
pub(super) fn columns(extra: usize) -> Vec<String> {
    let old = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    old.chain((0..extra).map(|at| format!("x{at}"))).collect()
}

fn text(extra: &[String]) -> String {
    let own: String = (0..extra.len()).map(|at| format!(", x{at}")).collect();
    let named = |at: usize, of: &str| match COLUMNS.get(at) {
        Some((name, _)) => format!("{of}.{name}"),
        None => format!("{of}.{}", quoted(&extra[at - COLUMNS.len()])),
    };
    let all = 0..COLUMNS.len() + extra.len();
    let new: Vec<String> = all.clone().map(|at| named(at, "new")).collect();
    // A column that was not named comes as NULL, and gets what the old table gave it.
    let given: Vec<String> = all
        .map(|at| match COLUMNS.get(at) {
            Some((name, default)) if has_default(name, default) => {
                format!("coalesce(new.{name}, {default})")
            }
            _ => named(at, "new"),
        })
        .collect();
    with_old_columns(TEXT)
        .replace("/*EXTRA*/", &own)
        .replace("/*COLUMNS*/", &columns(extra.len()).join(", "))
        .replace("/*GIVEN*/", &given.join(", "))
        .replace("/*NEW*/", &new.join(", "))
}

/// A needed column has a value only for files that lack it, no default.
fn has_default(name: &str, default: &str) -> bool {
    default != "NULL" && !super::super::columns::NEEDED.contains(&name)
}

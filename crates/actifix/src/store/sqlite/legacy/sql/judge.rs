//! What people's own SQL may touch: everything but the tables that the history and the leases stand in.

use std::collections::HashSet;

use sqlite_line::guest::Judged;
use sqlite_line::rusqlite::hooks::{AuthAction, AuthContext};

use super::super::{LIVING, ROW};
use super::furnish::{ASKED, PREFIX};
use crate::once::Once;
use crate::store::sqlite::schema;

/// Views under the old names.
const VIEWS: [&str; 4] = [
    "tickets",
    "v_recent_tickets",
    "v_ticket_history",
    "schema_version",
];

/// The tables that are written by the calls only.
fn tables() -> &'static HashSet<String> {
    static TABLES: Once<HashSet<String>> = Once::new();
    let made = |sql: &'static str| {
        sql.lines()
            .filter_map(|line| line.strip_prefix("CREATE TABLE "))
            .filter_map(|rest| rest.split([' ', '(']).next())
            .map(str::to_owned)
    };
    TABLES.get(|| schema::statements().chain([ROW]).flat_map(made).collect())
}

/// Judges an action of a statement.
pub(super) fn judge(context: &AuthContext<'_>) -> Judged {
    use AuthAction as A;
    // A table of another database (VACUUM makes a copy of ours) may be called as it likes.
    let here = context
        .database_name
        .is_none_or(|name| name == "main" || name == "temp");
    if !here {
        return Judged::Passes;
    }
    match &context.action {
        A::Insert { table_name } | A::Update { table_name, .. } | A::Delete { table_name } => {
            write(table_name, context.accessor)
        }
        A::CreateTempTable { table_name }
        | A::CreateTempView {
            view_name: table_name,
        } => make(table_name),
        A::CreateTrigger { table_name, .. }
        | A::CreateTempTrigger { table_name, .. }
        | A::CreateIndex { table_name, .. }
        | A::CreateTempIndex { table_name, .. }
        | A::DropTrigger { table_name, .. }
        | A::DropTempTrigger { table_name, .. } => on(table_name),
        A::DropTable { table_name }
        | A::DropTempTable { table_name }
        | A::DropVtable { table_name, .. }
        | A::DropView {
            view_name: table_name,
        }
        | A::DropTempView {
            view_name: table_name,
        } => keep(table_name),
        A::DropIndex { table_name, .. }
        | A::DropTempIndex { table_name, .. }
        | A::AlterTable { table_name, .. } => on(table_name),
        _ => Judged::Passes,
    }
}

fn write(table: &str, accessor: Option<&str>) -> Judged {
    let table = table.to_ascii_lowercase();
    if table == ASKED {
        return match accessor {
            Some(trigger) if trigger.starts_with(PREFIX) => Judged::Hosted,
            _ => not_yours(&table),
        };
    }
    if tables().contains(&table) {
        return not_yours(&table);
    }
    Judged::Passes
}

/// A temporary thing must not be called as one of ours: it would be found instead.
fn make(name: &str) -> Judged {
    let name = name.to_ascii_lowercase();
    let taken = tables().contains(&name)
        || VIEWS.contains(&name.as_str())
        || LIVING.contains(&name.as_str())
        || name.starts_with(PREFIX);
    if taken {
        return Judged::Refused(format!(
            "`{name}` is a name of Actifix's own; take another one"
        ));
    }
    Judged::Passes
}

fn keep(name: &str) -> Judged {
    let lower = name.to_ascii_lowercase();
    if LIVING.contains(&lower.as_str()) {
        return not_yours(&lower);
    }
    on(name)
}

fn on(table: &str) -> Judged {
    let table = table.to_ascii_lowercase();
    if tables().contains(&table) || table.starts_with(PREFIX) {
        return not_yours(&table);
    }
    if VIEWS.contains(&table.as_str()) {
        return Judged::Refused(format!(
            "`{table}` is a view that all programs of this file use; it stays as it is"
        ));
    }
    Judged::Passes
}

fn not_yours(table: &str) -> Judged {
    Judged::Refused(format!(
        "`{table}` is Actifix's own table, which only its calls write; write `tickets`, or call the store"
    ))
}

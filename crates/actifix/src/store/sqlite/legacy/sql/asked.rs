//! The rows that a statement asked for.

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Result as Sql, Row};

use super::super::columns::{COLUMNS, quoted};
use super::super::old_row::{NAMES, OldRow};
use super::furnish::{ASKED, columns};
use crate::clean::Clean;

/// What is asked of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Insert,
    Update,
    Delete,
}

/// A row as it shall be.
pub(super) struct Asked {
    pub verb: Verb,
    /// The ticket's number; 0 for a new one.
    pub n: i64,
    pub values: Values,
}

/// A row of the old `tickets`: a value for each column, people's own at the end.
#[derive(Clone)]
pub(super) struct Values(pub Vec<Value>);

impl Values {
    /// The columns that old rows are understood by.
    pub fn old_row(&self, n: i64) -> OldRow {
        let value = |name: &&str| self.0[place_of(name)].clone();
        OldRow {
            n,
            values: NAMES.iter().map(value).collect(),
        }
    }

    /// The names of the columns whose values differ. People's own are called as `legacy` has them.
    pub fn differ(&self, other: &Self) -> Vec<String> {
        let names = columns(self.0.len() - COLUMNS.len());
        let pairs = self.0.iter().zip(&other.0).zip(names);
        pairs
            .filter(|((mine, theirs), _)| mine != theirs)
            .map(|(_, name)| name)
            .collect()
    }

    /// A column's value.
    pub fn of(&self, name: &str) -> &Value {
        let own = || name.strip_prefix('x')?.parse::<usize>().ok();
        let at = COLUMNS.iter().position(|(known, _)| *known == name);
        let at = at.or_else(|| own().map(|own| COLUMNS.len() + own));
        at.and_then(|at| self.0.get(at)).unwrap_or(&Value::Null)
    }

    fn read(row: &Row<'_>, from: usize, count: usize) -> Sql<Self> {
        (from..from + count)
            .map(|at| row.get(at))
            .collect::<Sql<_>>()
            .map(Self)
    }

    /// No secret reaches the disk, also not by people's own hand.
    fn redacted(mut self) -> Self {
        for (at, value) in self.0.iter_mut().enumerate() {
            let name = COLUMNS.get(at).map_or("", |(name, _)| name);
            if let Value::Text(text) = value
                && !AS_THEY_ARE.contains(&name)
            {
                *text = redacted(std::mem::take(text));
            }
        }
        self
    }
}

/// Columns that hold no free text.
const AS_THEY_ARE: [&str; 10] = [
    "id",
    "priority",
    "status",
    "created_at",
    "updated_at",
    "locked_at",
    "lease_expires",
    "completion_verified_at",
    "deleted_at",
    "format_version",
];

/// JSON is judged by its keys as well, and else stays letter by letter.
fn redacted(text: String) -> String {
    if !text.starts_with(['{', '[']) {
        return Clean::from(text).into_inner();
    }
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(json) => {
            let clean = Clean::from(json.clone()).into_inner();
            if clean == json {
                text
            } else {
                clean.to_string()
            }
        }
        Err(_) => Clean::from(text).into_inner(),
    }
}

fn place_of(name: &str) -> usize {
    let found = COLUMNS.iter().position(|(known, _)| *known == name);
    found.unwrap_or_default()
}

/// All that was asked, in its order; the table is then empty again.
pub(super) fn take(txn: &sqlite_line::WriteTxn<'_>, extra: usize) -> Sql<Vec<Asked>> {
    let names = columns(extra);
    let sql = format!(
        "SELECT verb, coalesce(n, 0), {} FROM {ASKED} WHERE verb <> 'taken' ORDER BY seq",
        names.join(", ")
    );
    let asked = txn.query_all(&sql, [], |row| {
        let verb = match row.get_ref(0)?.as_str()? {
            "insert" => Verb::Insert,
            "update" => Verb::Update,
            _ => Verb::Delete,
        };
        Ok(Asked {
            verb,
            n: row.get(1)?,
            values: Values::read(row, 2, names.len())?.redacted(),
        })
    });
    txn.execute(&format!("DELETE FROM {ASKED}"), [])?;
    asked
}

/// The row of a ticket as the view shows it now: by `facts`' unique index on id.
pub(super) fn shown(txn: &ReadTxn<'_>, id: &str, extra: &[String]) -> Sql<Option<Values>> {
    let old = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    let names: Vec<String> = old.chain(extra.iter().map(|name| quoted(name))).collect();
    let sql = format!("SELECT {} FROM tickets WHERE id = ?1", names.join(", "));
    txn.query_opt(&sql, [id], |row| Values::read(row, 0, names.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_json_stays_letter_by_letter() {
        let json = r#"{ "a":  1 }"#.to_owned();
        assert_eq!(redacted(json.clone()), json);
        assert_eq!(
            redacted(r#"{"password": "hunter2hunter2"}"#.to_owned()),
            r#"{"password":"[redacted]"}"#
        );
        assert_eq!(
            redacted("{GET https://me:secret@host/".to_owned()),
            "{GET https://me:[redacted]@host/"
        );
    }
}

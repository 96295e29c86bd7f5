//! Tables that are not ours: those of the Python system that live on, and people's own. They are copied as they are.

use std::collections::BTreeSet;

use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Connection, Result as Sql, params_from_iter};

use super::fit;
use super::rows::Source;
use super::walk::{self, Table};
use crate::store::sqlite::desk::Stop;
use crate::store::sqlite::legacy;

const TABLES: &str =
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";

/// Column names of a table.
pub(super) const COLUMNS: &str = "SELECT name FROM pragma_table_info(?1) ORDER BY cid";

/// Something in a database that has a name.
struct Made {
    kind: String,
    name: String,
    sql: String,
}

/// What the damaged file has besides our own tables.
pub(super) struct Others {
    made: Vec<Made>,
    /// What could not be made again.
    pub lost: Vec<String>,
}

impl Others {
    /// Reads what there is. `ours` has our own tables and nothing else yet.
    pub fn of(from: &Connection, ours: &WriteTxn<'_>) -> Result<Self, Stop> {
        let own: BTreeSet<String> = ours
            .query_all(TABLES, [], |row| row.get(0))?
            .into_iter()
            .collect();
        let mut made = Vec::new();
        let mut read = |row: &[Value]| {
            let [kind, name, table, sql] = [0, 1, 2, 3].map(|at| fit::text(&row[at]));
            let is_own = own.contains(&table) || own.contains(&name);
            if !is_own && !sql.is_empty() && !name.starts_with("sqlite_") {
                made.push(Made { kind, name, sql });
            }
            Ok(())
        };
        walk::read_ends(
            from,
            "type, name, tbl_name, sql",
            "sqlite_master",
            &["rowid"],
            &mut read,
        )?;
        Ok(Self {
            made,
            lost: Vec::new(),
        })
    }

    /// Makes the tables: people's as they were there, the Python system's too unless they lack a column that is theirs.
    pub fn make_tables(&mut self, txn: &WriteTxn<'_>) -> Result<(), Stop> {
        txn.execute_batch(legacy::ROW)?;
        txn.execute_batch(legacy::TABLES)?;
        for made in self
            .made
            .iter()
            .filter(|made| made.kind == "table" && made.name != "legacy")
        {
            let needed: Vec<String> = txn.query_all(COLUMNS, [&made.name], |row| row.get(0))?;
            if !needed.is_empty() && lacks(&made.sql, &made.name, &needed) {
                continue;
            }
            let drop = format!("DROP TABLE IF EXISTS {}; {}", quoted(&made.name), made.sql);
            if let Err(error) = txn.execute_batch(&drop) {
                self.lost.push(format!("table {}: {error}", made.name));
            }
        }
        // With the indexes of what was made anew.
        Ok(txn.execute_batch(legacy::TABLES)?)
    }

    /// Makes indexes and views, when the rows are there.
    pub fn make_rest(&mut self, txn: &WriteTxn<'_>) -> Result<(), Stop> {
        // Our views are made from our own text: theirs may be damaged, and only says which columns people had added.
        let told = self
            .made
            .iter()
            .position(|made| made.kind == "view" && made.name == "tickets");
        let sql = told.map(|at| self.made.swap_remove(at).sql);
        let added = legacy::added(txn, sql.as_deref().unwrap_or_default())?;
        txn.execute_batch(&legacy::views(&added))?;
        self.make(txn, "index", &[]);
        self.make(
            txn,
            "view",
            &["schema_version", "v_recent_tickets", "v_ticket_history"],
        );
        self.make(txn, "trigger", &[]);
        Ok(())
    }

    fn make(&mut self, txn: &WriteTxn<'_>, kind: &str, but: &[&str]) {
        for made in self
            .made
            .iter()
            .filter(|made| made.kind == kind && !but.contains(&made.name.as_str()))
        {
            if let Err(error) = txn.execute_batch(&made.sql)
                && !error.to_string().contains("already exists")
            {
                self.lost.push(format!("{kind} {}: {error}", made.name));
            }
        }
    }

    /// Copies the rows of every table that is not `ours`.
    pub fn rows(
        &mut self,
        source: &mut Source<'_, '_>,
        ours: &BTreeSet<String>,
        known: &[i64],
    ) -> Result<(), Stop> {
        let tables: Vec<String> = source.txn.query_all(TABLES, [], |row| row.get(0))?;
        for table in tables.iter().filter(|table| !ours.contains(*table)) {
            if table == "legacy" {
                self.more_columns(source)?;
            }
            let (theirs, ours) = columns(source, table)?;
            let known = (table == "legacy").then_some(known);
            copy(source, table, &theirs, &ours, known)?;
        }
        Ok(())
    }

    /// The columns that an upgrade found beside those it knows.
    fn more_columns(&self, source: &Source<'_, '_>) -> Result<(), Stop> {
        let there = |at: usize| {
            let sql = format!("SELECT x{at} FROM legacy LIMIT 0");
            source.from.prepare(&sql).is_ok()
        };
        for at in (0..).take_while(|at| there(*at)) {
            source
                .txn
                .execute_batch(&format!("ALTER TABLE legacy ADD COLUMN x{at}"))?;
        }
        Ok(())
    }
}

/// Whether a statement makes a table without one of these columns, or none at all.
fn lacks(sql: &str, name: &str, needed: &[String]) -> bool {
    let made = || -> Sql<Vec<String>> {
        let apart = Connection::open_in_memory()?;
        apart.execute_batch(sql)?;
        Ok(columns_there(&apart, name))
    };
    made().map_or(true, |made| {
        !needed.iter().all(|column| made.contains(column))
    })
}

/// A table's columns there and here, in one order: by position where there are as many, else those of one name.
fn columns(source: &Source<'_, '_>, table: &str) -> Result<(String, String), Stop> {
    let ours: Vec<String> = source.txn.query_all(COLUMNS, [table], |row| row.get(0))?;
    let theirs = columns_there(source.from, table);
    let pairs: Vec<(String, String)> = if ours.len() == theirs.len() {
        theirs.into_iter().zip(ours).collect()
    } else {
        let same = theirs.into_iter().filter(|name| ours.contains(name));
        same.map(|name| (name.clone(), name)).collect()
    };
    let list = |all: Vec<String>| all.join(", ");
    Ok((
        list(pairs.iter().map(|(theirs, _)| quoted(theirs)).collect()),
        list(pairs.iter().map(|(_, ours)| quoted(ours)).collect()),
    ))
}

/// The row's number is kept.
fn copy(
    source: &mut Source<'_, '_>,
    table: &str,
    theirs: &str,
    ours: &str,
    known: Option<&[i64]>,
) -> Result<(), Stop> {
    if theirs.is_empty() {
        return Ok(());
    }
    let txn = source.txn;
    let name = quoted(table);
    let marks = |count: usize| {
        (1..=count)
            .map(|at| format!("?{at}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let has_rowid = format!("SELECT rowid FROM {name} LIMIT 0");
    let by_rowid = source.from.prepare(&has_rowid).is_ok();
    let into = if by_rowid {
        format!("rowid, {ours}")
    } else {
        ours.to_owned()
    };
    let mut insert = |row: &[Value]| -> Result<(), Stop> {
        if let (Some(known), Some(Value::Integer(ticket))) = (known, row.first())
            && known.binary_search(ticket).is_err()
        {
            return Ok(());
        }
        let sql = format!(
            "INSERT OR IGNORE INTO {name}({into}) VALUES ({})",
            marks(row.len())
        );
        txn.execute(&sql, params_from_iter(row))?;
        Ok(())
    };
    let told = if by_rowid {
        let read = Table {
            name: &name,
            columns: &format!("rowid, {theirs}"),
            order: &["rowid"],
            keys: (i64::MIN / 2, i64::MAX / 2),
            known,
            index: None,
        };
        walk::read(source.from, read, &mut insert)?
    } else {
        walk::read_ends(source.from, theirs, &name, &["1"], &mut insert)?
    };
    source.told.insert(table.to_owned(), told);
    Ok(())
}

/// A name as SQL takes it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The columns of a table of the damaged file; none when it cannot be told.
pub(super) fn columns_there(from: &Connection, table: &str) -> Vec<String> {
    let told = |table: &str| -> Sql<Vec<String>> {
        let mut statement = from.prepare(COLUMNS)?;
        statement.query_map([table], |row| row.get(0))?.collect()
    };
    told(table).unwrap_or_default()
}

//! The way back: a database that the Python system opens, with everything it has a place for.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Connection, OpenFlags, Result as Sql, params_from_iter};

use super::columns::{COLUMNS, quoted, with_old_columns};
use super::{LIVING, TABLES, columns_of, extra};
use crate::error::{Error, Result};
use crate::event::EventKind;
use crate::store::sqlite::Backend;
use crate::store::sqlite::copies::{Part, taken};

/// The Python system's tickets and views.
const PYTHON: &str = include_str!("python.sql");
/// What happened here since the tickets came (kind 19: imported), the oldest first: a walk through all events.
const EVENTS: &str = "SELECT strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch')
    || CASE e.at % 1000000 WHEN 0 THEN '' ELSE printf('.%06d', e.at % 1000000) END || '+00:00',
    e.kind, n.text, f.id, f.correlation_id, e.seq, e.token, e.old, e.new
  FROM events e JOIN facts f ON f.n = e.ticket JOIN names n ON n.id = e.actor
  WHERE e.seq > coalesce((SELECT min(g.as_of, coalesce((SELECT max(seq) FROM events
      WHERE ticket = e.ticket AND kind <> 1 AND kind = 19), 0)) FROM legacy g WHERE g.ticket = e.ticket), 0)
  ORDER BY e.seq";
const ADD_EVENT: &str = "INSERT INTO event_log(timestamp, event_type, message, ticket_id, correlation_id, extra_json, source, level)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'actifix', 'INFO')";
/// What the Python system has no place for; a walk through each place.
const LOST: &str = "SELECT 'quarantined, now open', count(*) FROM parked
  UNION ALL SELECT 'put off, now open', count(*) FROM scheduled
  UNION ALL SELECT 'closed with a reason, now completed', count(*) FROM completed WHERE reason BETWEEN 1 AND 5
  UNION ALL SELECT 'ignored, now completed', count(*) FROM completed WHERE reason = 6
  UNION ALL SELECT 'seen more than once, now without their count', count(*) FROM seen";

/// A database for the Python system that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBack {
    /// The file.
    pub file: PathBuf,
    /// Tickets in it.
    pub tickets: u64,
    /// What the Python system has no place for, and how many tickets it concerns.
    pub lost: BTreeMap<String, u64>,
}

impl Backend {
    /// Writes everything that the Python system has a place for into the new file `to`.
    pub fn export_legacy(&self, to: &Path) -> Result<WayBack> {
        if to.exists() {
            return Err(taken(to));
        }
        let part = Part::new(to)?;
        let failed = |error| Error::from(sqlite_line::Error::from_sqlite(to, error));
        let target = Connection::open_with_flags(part.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)
            .map_err(failed)?;
        let done = self.line.look(|txn| {
            // Nobody else knows the file yet; as one transaction it is one sync.
            target.execute_batch("BEGIN IMMEDIATE")?;
            target.execute_batch(&with_old_columns(PYTHON))?;
            target
                .execute_batch(&TABLES.replace("REFERENCES facts(id)", "REFERENCES tickets(id)"))?;
            let mut lost = losses(txn)?;
            let (tickets, guards) = tickets(txn, &target)?;
            if guards > 0 {
                let what = "fingerprints that another ticket has too, left out";
                lost.insert(what.to_owned(), guards);
            }
            for table in LIVING {
                copy(txn, &target, table)?;
            }
            events(txn, &target)?;
            target.execute_batch("COMMIT")?;
            Ok((tickets, lost))
        })?;
        target.close().map_err(|(_, error)| failed(error))?;
        part.place(to)?;
        let (tickets, lost) = done;
        Ok(WayBack {
            file: to.to_owned(),
            tickets,
            lost,
        })
    }
}

fn losses(txn: &ReadTxn<'_>) -> Sql<BTreeMap<String, u64>> {
    let all = txn.query_all(LOST, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(all.into_iter().filter(|(_, k)| *k > 0).collect())
}

/// Copies what the view shows. Answers how many tickets there were, and how many lost their guard to another: there it is
/// unique, and who is open keeps it.
fn tickets(txn: &ReadTxn<'_>, to: &Connection) -> Sql<(u64, u64)> {
    let more = extra(txn)?;
    for name in &more {
        to.execute_batch(&format!("ALTER TABLE tickets ADD COLUMN {}", quoted(name)))?;
    }
    let known = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
    let names: Vec<String> = known.chain(more.iter().map(|name| quoted(name))).collect();
    let marks = vec!["?"; names.len()].join(", ");
    let columns = names.join(", ");
    let mut insert = to.prepare(&format!("INSERT INTO tickets({columns}) VALUES ({marks})"))?;
    let guard = COLUMNS
        .iter()
        .position(|(name, _)| *name == "duplicate_guard")
        .unwrap_or_default();
    let (mut count, mut cleared) = (0, 0);
    let mut guards = HashSet::new();
    let all =
        format!("SELECT {columns} FROM tickets ORDER BY deleted, status = 'Completed', created_at");
    txn.for_each(&all, [], |row| {
        let mut values: Vec<Value> = (0..names.len()).map(|at| row.get(at)).collect::<Sql<_>>()?;
        if let Value::Text(text) = &values[guard]
            && !guards.insert(text.clone())
        {
            values[guard] = Value::Null;
            cleared += 1;
        }
        insert.execute(params_from_iter(values))?;
        count += 1;
        Ok(())
    })?;
    Ok((count, cleared))
}

/// Copies a table whose rows mean the same there.
fn copy(txn: &ReadTxn<'_>, to: &Connection, table: &str) -> Sql<()> {
    let names: Vec<String> = columns_of(txn, table)?
        .iter()
        .map(|name| quoted(name))
        .collect();
    for name in &names {
        // One that people added there is added here.
        if to
            .prepare(&format!("SELECT {table}.{name} FROM {table}"))
            .is_err()
        {
            to.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN {name}"))?;
        }
    }
    let columns = names.join(", ");
    let marks = vec!["?"; names.len()].join(", ");
    let mut insert = to.prepare(&format!("INSERT INTO {table}({columns}) VALUES ({marks})"))?;
    txn.for_each(&format!("SELECT {columns} FROM {table}"), [], |row| {
        let values: Vec<Value> = (0..names.len()).map(|at| row.get(at)).collect::<Sql<_>>()?;
        insert.execute(params_from_iter(values)).map(|_| ())
    })
}

/// The history of this system goes where the Python system keeps its own.
fn events(txn: &ReadTxn<'_>, to: &Connection) -> Sql<()> {
    let mut insert = to.prepare(ADD_EVENT)?;
    txn.for_each(EVENTS, [], |row| {
        let number: i64 = row.get(1)?;
        let kind = usize::try_from(number).ok().and_then(|at| EventKind::ALL.get(at));
        let kind = kind.map_or("unknown", |kind| kind.as_str());
        let actor: String = row.get(2)?;
        let json = |at| -> Sql<Option<serde_json::Value>> {
            let text: Option<String> = row.get(at)?;
            Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
        };
        let more = serde_json::json!({
            "seq": row.get::<_, i64>(5)?, "token": row.get::<_, Option<i64>>(6)?, "old": json(7)?, "new": json(8)?,
        });
        insert.execute((
            row.get::<_, String>(0)?,
            format!("TICKET_{}", kind.to_uppercase()),
            format!("{kind} by {actor}"),
            row.get::<_, String>(3)?,
            row.get::<_, Option<String>>(4)?,
            more.to_string(),
        ))?;
        Ok(())
    })
}

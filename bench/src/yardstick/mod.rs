//! The yardsticks: the store's own statements, prepared once and run in one thread on one connection, without line,
//! gate, door or judgement. They write exactly the rows and events that the store writes; a test holds every table of
//! both beside each other.

mod cycle;
mod record;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime};

use actifix::rusqlite::config::DbConfig;
use actifix::rusqlite::{Connection, OpenFlags};

use crate::Answer;

pub use cycle::Cycles;
pub use record::{Prepared, Records};

/// Opens an existing database as the store does.
pub fn connect(path: &Path) -> Answer<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(30))?;
    // Else statements are compiled again whenever a `LIMIT ?` is bound anew.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384",
    )?;
    let full: i64 = conn.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    let mode: String = conn.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if (full, mode.as_str()) != (2, "wal") {
        return Err("a yardstick's connection is not set as it must be".into());
    }
    Ok(conn)
}

/// Microseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |span| {
        i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
    })
}

/// A place's number in `counts`.
const READY: i64 = 0;
const LEASES: i64 = 2;
const COMPLETED: i64 = 4;

/// What a commit adds up and writes once: counters, and moves between places.
#[derive(Default)]
struct Sums {
    event: i64,
    ticket: i64,
    saved: (i64, i64),
    moved: BTreeMap<(i64, i64, i64), i64>,
}

const LOAD: &str = "SELECT
  max((SELECT value FROM counters WHERE name = 'event'), coalesce((SELECT max(seq) FROM events), 0)),
  max((SELECT value FROM counters WHERE name = 'ticket'), coalesce((SELECT max(n) FROM facts), 0))";
const SAVE: &str = "UPDATE counters SET value = ?2 WHERE name = ?1";
const ADD: &str = "INSERT INTO counts(place, project, priority, k) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT(place, project, priority) DO UPDATE SET k = k + excluded.k";

impl Sums {
    /// Reads the counters. The statement cache holds these few; the hot ones are prepared by their users.
    fn load(&mut self, conn: &Connection) -> Answer<()> {
        let mut load = conn.prepare_cached(LOAD)?;
        self.saved = load.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        (self.event, self.ticket) = self.saved;
        Ok(())
    }

    fn event(&mut self) -> i64 {
        self.event += 1;
        self.event
    }

    fn ticket(&mut self) -> i64 {
        self.ticket += 1;
        self.ticket
    }

    fn moved(&mut self, place: i64, project: i64, priority: i64, k: i64) {
        *self.moved.entry((place, project, priority)).or_default() += k;
    }

    fn save(&mut self, conn: &Connection) -> Answer<()> {
        let mut add = conn.prepare_cached(ADD)?;
        let mut sums = BTreeMap::new();
        for ((place, project, priority), k) in std::mem::take(&mut self.moved) {
            if k != 0 {
                add.execute((place, project, priority, k))?;
                *sums.entry(place).or_insert(0) += k;
            }
        }
        for (place, k) in sums {
            add.execute((place, 0, -1, k))?;
        }
        let mut save = conn.prepare_cached(SAVE)?;
        if self.event != self.saved.0 {
            save.execute(("event", self.event))?;
        }
        if self.ticket != self.saved.1 {
            save.execute(("ticket", self.ticket))?;
        }
        Ok(())
    }
}

/// The number of a name, given one when it has none.
fn name(conn: &Connection, text: &str) -> Answer<i64> {
    conn.execute("INSERT OR IGNORE INTO names(text) VALUES (?1)", [text])?;
    Ok(
        conn.query_row("SELECT id FROM names WHERE text = ?1", [text], |row| {
            row.get(0)
        })?,
    )
}

#[cfg(test)]
mod tests;

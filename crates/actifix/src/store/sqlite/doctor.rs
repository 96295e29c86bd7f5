//! What is in the file: whose it is, its settings, and whether it is whole. By a connection that only looks.

use std::path::Path;

use sqlite_line::Error;
use sqlite_line::rusqlite::{Connection, Result as Sql, version};

use super::onlooker;
use super::read::standing_checks;
use super::schema;
use crate::store::doctor::{Diagnosis, Findings, Level};
use crate::time::{Timestamp, format_span};

const APPLICATION: &str = "PRAGMA application_id";
const USER_VERSION: &str = "PRAGMA user_version";
const JOURNAL: &str = "PRAGMA journal_mode";
const PAGE: &str = "PRAGMA page_size";
const QUICK: &str = "PRAGMA quick_check(20)";
const TABLES: &str = "SELECT count(*) FROM sqlite_master WHERE type = 'table'";
const PYTHON: &str = "SELECT max(version) FROM schema_version WHERE EXISTS
  (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'tickets')";
const TICKETS: &str = "SELECT count(*) FROM facts";
/// By rowid.
const NEWEST: &str = "SELECT at FROM events WHERE seq = (SELECT max(seq) FROM events)";
/// By `leases_due`.
const RUN_OUT: &str = "SELECT count(*) FROM leases WHERE expires <= ?1";

/// A newest event so far ahead is no clock that runs a little fast.
const AHEAD: i64 = 60_000_000;

const SALVAGE: &str = "stop its writers and keep the file as it is; restore a backup, or take what can be read: actifix doctor --salvage OUT";

/// Looks into the file at `path`.
pub(in crate::store) fn examine(path: &Path, now: Timestamp, findings: &mut Findings) {
    findings.good(format!(
        "SQLite {}, which has none of the known bugs that lose data",
        version()
    ));
    let at_rest = onlooker::is_at_rest(path);
    let looked = onlooker::look_at(path).and_then(|conn| {
        into(&conn, at_rest, now, findings).map_err(|error| Error::from_sqlite(path, error))
    });
    match looked {
        Ok(()) => {}
        Err(Error::Corrupt { why, .. }) => {
            findings.add(Level::Bad, format!("the file is damaged: {why}"), SALVAGE);
        }
        Err(error @ Error::NotADatabase { .. }) => {
            let next = "`--db PATH` names another; if it was one, keep the file as it is and restore a backup";
            findings.add(Level::Bad, error.to_string(), next);
        }
        Err(error) => {
            let error = crate::error::Error::from(error);
            findings.add(Level::Bad, error.to_string(), error.hint());
        }
    }
}

fn into(conn: &Connection, at_rest: bool, now: Timestamp, findings: &mut Findings) -> Sql<()> {
    if !whose(conn, findings)? {
        return pages(conn, findings).map(|_| ());
    }
    settings(conn, at_rest, findings)?;
    whole(conn, findings)?;
    time(conn, now, findings)
}

/// Whether it is one of ours that this version can use.
fn whose(conn: &Connection, findings: &mut Findings) -> Sql<bool> {
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let (id, version) = (number(APPLICATION)?, number(USER_VERSION)?);
    let known = i64::from(schema::VERSION);
    if id == i64::from(schema::APPLICATION_ID) {
        if version > known {
            let what = format!("it has schema {version}, and this actifix knows up to {known}");
            findings.add(Level::Bad, what, "update actifix");
            return Ok(false);
        }
        findings.good(format!("an Actifix database of schema {version}"));
        return Ok(true);
    }
    if let Ok(Some(python)) = conn.query_row(PYTHON, [], |row| row.get::<_, Option<i64>>(0)) {
        let what = format!("a database of the Python Actifix, schema {python}");
        findings.add(Level::Bad, what, "actifix upgrade");
    } else if id == 0 && number(TABLES)? == 0 {
        findings.add(
            Level::Bad,
            "a SQLite database without a table",
            "`actifix init` makes a database of it",
        );
    } else {
        findings.add(Level::Bad, Diagnosis::FOREIGN, "`--db PATH` names another");
    }
    Ok(false)
}

/// The file's own settings, and those that every writer makes and reads back.
fn settings(conn: &Connection, at_rest: bool, findings: &mut Findings) -> Sql<()> {
    const WRITER: &str = "each writer sets journal_mode WAL, synchronous FULL and foreign_keys ON, and reads them back";
    let page: i64 = conn.query_row(PAGE, [], |row| row.get(0))?;
    let mode: String = conn.query_row(JOURNAL, [], |row| row.get(0))?;
    // A file at rest is opened as one that cannot change, and then SQLite does not tell its mode.
    if at_rest || mode == "wal" {
        let mode = if at_rest { "" } else { "journal_mode wal, " };
        findings.good(format!("{mode}page_size {page}; {WRITER}"));
    } else {
        let what = format!("journal_mode {mode}, page_size {page}; {WRITER}");
        findings.add(
            Level::Note,
            what,
            "the next change puts it into WAL; another program may have taken it out",
        );
    }
    Ok(())
}

/// Whether SQLite's own check finds nothing.
fn pages(conn: &Connection, findings: &mut Findings) -> Sql<bool> {
    let mut check = conn.prepare(QUICK)?;
    let lines = check
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<Sql<Vec<_>>>()?;
    let damage: Vec<&String> = lines.iter().filter(|line| *line != "ok").collect();
    if let Some(first) = damage.first() {
        findings.add(
            Level::Bad,
            format!("the file is damaged: {first} ({} in all)", damage.len()),
            SALVAGE,
        );
        return Ok(false);
    }
    findings.good("quick_check is ok");
    Ok(true)
}

fn whole(conn: &Connection, findings: &mut Findings) -> Sql<()> {
    if !pages(conn, findings)? {
        return Ok(());
    }
    for (what, check) in standing_checks() {
        let wrong = conn
            .prepare(&check)?
            .query_map([], |row| row.get::<_, String>(0))?
            .count();
        if wrong > 0 {
            findings.add(Level::Bad, format!("{what} ({wrong} in all)"), "`actifix verify` tells more; restore a backup, or salvage it: actifix doctor --salvage OUT");
        }
    }
    let tickets: i64 = conn.query_row(TICKETS, [], |row| row.get(0))?;
    findings.good(format!("{tickets} tickets, and the counts are right"));
    Ok(())
}

fn time(conn: &Connection, now: Timestamp, findings: &mut Findings) -> Sql<()> {
    let newest: Option<i64> = conn.query_row(NEWEST, [], |row| row.get(0)).ok();
    let newest = newest.map(Timestamp::from_micros);
    match newest {
        Some(at) if at.micros().saturating_sub(now.micros()) > AHEAD => {
            let what = format!(
                "the newest event is {} ahead of this machine's clock",
                format_span(at.since(now))
            );
            findings.add(
                Level::Warn,
                what,
                "set the clocks right (`timedatectl`): one that ran ahead took leases early",
            );
        }
        Some(at) => findings.good(format!("the newest event was at {at}")),
        None => {}
    }
    let over: i64 = conn.query_row(RUN_OUT, [now.micros()], |row| row.get(0))?;
    if over > 0 {
        let what = format!("{over} leases have run out and wait for the next change to be swept");
        findings.add(
            Level::Note,
            what,
            "nothing: the next claim takes such tickets",
        );
    }
    Ok(())
}

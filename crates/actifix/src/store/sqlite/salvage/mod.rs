//! What can be read of a damaged database, copied into a new one.
//!
//! The schema is made anew, every table is read row by row by its key ([`walk`]), each value is made to fit ([`fit`]), and
//! what is derived is made again ([`stand`], [`mend`]). The damaged file is only looked at.

mod fit;
mod mend;
mod others;
mod outbox;
mod rows;
mod stand;
mod walk;

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sqlite_line::rusqlite::{Connection, Result as Sql};
use sqlite_line::{Stamp, Upkeep, WriteTxn};

use super::desk::{Desk, Stop};
use super::{onlooker, schema};
use crate::error::{Error, Result};
use crate::store::Settings;
use others::Others;
use rows::Source;
use stand::Stood;

/// What was read of a damaged database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvaged {
    /// The new database.
    pub database: PathBuf,
    /// Tickets in it.
    pub tickets: u64,
    /// Of them, those that are open because where they stood could not be had.
    pub opened: u64,
    /// What was read, by table.
    pub tables: Vec<SalvagedTable>,
    /// Indexes, views and triggers of others that could not be made again.
    pub lost: Vec<String>,
}

/// What was read of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalvagedTable {
    /// The table.
    pub table: String,
    /// Rows in the new database.
    pub rows: u64,
    /// Everything in it was read.
    pub whole: bool,
    /// Keys that give nothing, as `FROM to TO`, the first twenty ranges.
    pub lost: Vec<String>,
    /// What SQLite said first.
    pub why: Option<String>,
}

/// So many ranges are told.
const TOLD: usize = 20;

const APPLICATION: &str = "PRAGMA application_id";
const VERSION: &str = "PRAGMA user_version";
/// A damaged schema is used as far as it can be read.
const LENIENT: &str = "PRAGMA writable_schema=ON";
const OURS: &str = "SELECT count(*) FROM sqlite_master WHERE name IN ('facts', 'events', 'ready')";
const TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
const NUMBERS: &str = "SELECT n FROM facts ORDER BY n";

/// Copies what can be read of the database at `path` into the new file `out`.
pub(in crate::store) fn salvage(path: &Path, out: &Path, settings: Settings) -> Result<Salvaged> {
    let from = onlooker::look_at(path)?;
    recognise(&from)
        .map_err(|error| Error::from(sqlite_line::Error::from_sqlite(path, error)))??;
    make(out)?;
    let done = fill(&from, out, settings);
    if done.is_err() {
        // Of no use to anybody. Nobody has it open.
        for tail in ["", "-wal", "-shm", "-gate"] {
            let _ = fs::remove_file(onlooker::beside(out, tail));
        }
    }
    done
}

/// Is there anything of ours in it?
fn recognise(from: &Connection) -> Sql<Result<()>> {
    from.execute_batch(LENIENT)?;
    let number = |sql: &str| from.query_row(sql, [], |row| row.get::<_, i64>(0));
    let (id, version) = (number(APPLICATION)?, number(VERSION)?);
    if id == i64::from(schema::APPLICATION_ID)
        && (i64::from(schema::VERSION) + 1..1_000).contains(&version)
    {
        return Ok(Err(Error::Unsupported {
            version: format!(
                "the file has schema {version}, and this version knows up to {}",
                schema::VERSION
            ),
        }));
    }
    Ok(match number(OURS) {
        Ok(0) => Err(Error::Unsupported {
            version: "the file has none of Actifix's tables, so there is nothing to salvage".into(),
        }),
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Corrupt {
            why: format!(
                "what tells which tables there are cannot be read ({error}); `sqlite3 FILE .recover` reads pages without it"
            ),
        }),
    })
}

/// Makes an empty, private file.
fn make(out: &Path) -> Result<()> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(out)
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Error::invalid(
            "salvage",
            format!(
                "{} is there already and was left alone; give another path",
                out.display()
            ),
        )),
        Err(error) => Err(Error::Storage {
            why: format!("{} cannot be made: {error}", out.display()),
        }),
    }
}

fn fill(from: &Connection, out: &Path, settings: Settings) -> Result<Salvaged> {
    let upkeep = Upkeep::enter(out, settings.deadline)?;
    let stamp = Stamp {
        application_id: schema::APPLICATION_ID,
        version: schema::VERSION,
    };
    let database = upkeep.path().to_owned();
    let done = upkeep.change(stamp, |txn| take(from, txn, settings));
    match done {
        Ok(salvaged) => Ok(Salvaged {
            database,
            ..salvaged
        }),
        Err(Failed::Line(error)) => Err(error.into()),
        Err(Failed::Stop(Stop::Refused(error))) => Err(error),
        Err(Failed::Stop(Stop::Sql(error))) => {
            Err(sqlite_line::Error::from_sqlite(out, error).into())
        }
    }
}

/// Why the new file could not be filled.
enum Failed {
    Line(sqlite_line::Error),
    Stop(Stop),
}

impl From<sqlite_line::Error> for Failed {
    fn from(error: sqlite_line::Error) -> Self {
        Self::Line(error)
    }
}

impl<E: Into<Stop>> From<E> for Failed {
    fn from(stop: E) -> Self {
        Self::Stop(stop.into())
    }
}

fn take(
    from: &Connection,
    txn: &WriteTxn<'_>,
    settings: Settings,
) -> std::result::Result<Salvaged, Failed> {
    let mut desk = Desk::new(Arc::new(settings));
    desk.now = desk.settings.clock.now();
    schema::make(txn)?;
    desk.counters.load(txn)?;
    let ours: BTreeSet<String> = txn
        .query_all(TABLES, [], |row| row.get(0))?
        .into_iter()
        .collect();
    let mut others = Others::of(from, txn)?;
    others.make_tables(txn)?;

    let mut source = Source::new(from, txn);
    source.names()?;
    source.name_all(BTreeSet::from([1]))?;
    source.facts()?;
    source.events()?;
    let known: Vec<i64> = txn.query_all(NUMBERS, [], |row| row.get(0))?;
    source.belongings(&known)?;
    mend::chains(txn)?;
    let stood = Stood::read(&mut source, &known)?;
    mend::counters(&mut desk, &source, stood.newest())?;
    let whole = source.is_whole("events");
    let opened = stood.place_all(txn, &mut desk, &known, whole)?;
    mend::fingerprints(txn)?;
    outbox::counters(txn, &source)?;
    desk.counts.save(txn)?;
    desk.counters.save(txn)?;
    others.rows(&mut source, &ours, &known)?;
    others.make_rest(txn)?;
    Ok(Salvaged {
        tickets: known.len() as u64,
        opened,
        tables: told(&source)?,
        lost: others.lost,
        ..Salvaged::default()
    })
}

/// What was read, by table. Counts and counters are made again, so nothing can be lost of them.
fn told(source: &Source<'_, '_>) -> Sql<Vec<SalvagedTable>> {
    let mut tables = Vec::new();
    for table in source
        .txn
        .query_all(TABLES, [], |row| row.get::<_, String>(0))?
    {
        let Some(told) = source.told.get(&table) else {
            continue;
        };
        let rows = format!("SELECT count(*) FROM {}", others::quoted(&table));
        let gaps = told.gaps.iter().take(TOLD);
        tables.push(SalvagedTable {
            rows: source.txn.query_row(&rows, [], |row| row.get(0))?,
            whole: told.why.is_none(),
            lost: gaps.map(|(low, high)| format!("{low} to {high}")).collect(),
            why: told.why.clone(),
            table,
        });
    }
    Ok(tables)
}

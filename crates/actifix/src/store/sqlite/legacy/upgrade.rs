//! The upgrade: the whole of it in one transaction, with a copy of the file as it was beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sqlite_line::{Stamp, Upkeep, WriteTxn};

use super::columns::{COLUMNS, quoted};
use super::recognise::{Old, Seen, look};
use super::rows::Rows;
use super::{ROW, TABLES, views};
use crate::error::{Error, Process, Result};
use crate::store::Settings;
use crate::store::sqlite::copies::{Part, beside, damage};
use crate::store::sqlite::desk::{Desk, Stop};
use crate::store::sqlite::schema;
use crate::time::Timestamp;

/// Who just looked at the file is gone after this time; who is not has it open.
const PASSERS_BY: Duration = Duration::from_secs(1);
/// Between two looks at who has the file open.
const NAP: Duration = Duration::from_millis(20);

/// An upgrade of a file of the Python system.
pub struct Upgrade<'a> {
    /// Whose name the history gets.
    pub actor: &'a str,
    /// How long to wait for the gate and the write lock.
    pub patience: Duration,
    /// Told how many tickets of how many are done.
    pub progress: &'a mut dyn FnMut(u64, u64),
    /// The store's settings: its clock.
    pub settings: Settings,
}

/// What an upgrade did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgraded {
    /// The schema it had: 1 to 7. `None`: the file was up to date already, and nothing was changed.
    pub from: Option<i64>,
    /// The copy of the file as it was.
    pub backup: Option<PathBuf>,
    /// Tickets that were taken over.
    pub tickets: u64,
    /// Of these, open.
    pub open: u64,
    /// Leased, those whose lease has run out included.
    pub leased: u64,
    /// Completed.
    pub completed: u64,
    /// Deleted.
    pub deleted: u64,
    /// Rows that contradicted themselves, the first hundred; their old values are in their `imported` events.
    pub contradictions: Vec<Contradiction>,
    /// How many of those there were.
    pub contradicted: u64,
    /// Triggers on the old `tickets`, which cannot fire on a view and were set aside; their text is in the copy.
    pub triggers: Vec<String>,
}

/// A row that contradicted itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// The ticket, as it is called now.
    pub ticket: String,
    /// What was wrong with its row.
    pub why: String,
}

impl Upgrade<'_> {
    /// Upgrades the file at `path`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a file that is none of the Python system's, or newer; [`Error::Busy`] when another
    /// program has it open; [`Error::Corrupt`] for a damaged one. The file is then as it was.
    pub fn run(self, path: &Path) -> Result<Upgraded> {
        let upkeep = Upkeep::enter(path, self.patience)?;
        let Some(old) = upkeep.look(|txn| recognise(txn, path))?? else {
            return Ok(Upgraded::default());
        };
        alone(&upkeep)?;
        let stamp = Stamp {
            application_id: schema::APPLICATION_ID,
            version: schema::VERSION,
        };
        upkeep.change(stamp, |txn| {
            // Looked at again: with the write lock held nobody changes it any more.
            let old = match recognise(txn, path).map_err(|error| failed(path, error))? {
                Ok(Some(now)) if now.version == old.version => now,
                _ => {
                    return Err(Error::Storage {
                        why: format!(
                            "{} changed while it was looked at; call again",
                            path.display()
                        ),
                    });
                }
            };
            let backup = self.copy(&upkeep, old.version)?;
            let mut upgraded = self.rewrite(txn, &old).map_err(|stop| match stop {
                Stop::Refused(error) => error,
                Stop::Sql(error) => failed(path, error),
            })?;
            upgraded.backup = Some(backup);
            Ok(upgraded)
        })
    }

    /// A checked copy beside the file, named after the moment.
    fn copy(&self, upkeep: &Upkeep, version: i64) -> Result<PathBuf> {
        let path = upkeep.path();
        let what = format!("python-{version}");
        let backup = beside(path, &what, self.settings.clock.now());
        // A copy that was cut off must not look like a whole one.
        let part = Part::beside(&backup);
        upkeep.copy_to(part.path())?;
        match damage(part.path())?.first() {
            None => part.place(&backup).map(|()| backup),
            Some(damage) => {
                let why = format!(
                    "{} is damaged, so it was not upgraded: {damage}",
                    path.display()
                );
                Err(Error::Corrupt { why })
            }
        }
    }

    fn rewrite(self, txn: &WriteTxn<'_>, old: &Old) -> std::result::Result<Upgraded, Stop> {
        let kept = Kept::set_aside(txn)?;
        move_rows(txn, old)?;
        schema::make(txn)?;
        let mut desk = Desk::new(Arc::new(self.settings));
        desk.now = desk.settings.clock.now();
        let rows = Rows::new(old, self.actor);
        let mut upgraded = rows.take(txn, &mut desk, self.progress)?;
        txn.execute_batch("DROP TABLE schema_version")?;
        txn.execute_batch(&views(&old.extra))?;
        upgraded.triggers = kept.put_back(txn)?;
        Ok(upgraded)
    }
}

/// `None`: it is ours already.
fn recognise(
    txn: &sqlite_line::ReadTxn<'_>,
    path: &Path,
) -> sqlite_line::rusqlite::Result<Result<Option<Old>>> {
    use sqlite_line::Identity;

    let refused = |why: String| {
        let version = format!("{} was left untouched: {why}", path.display());
        Ok(Err(Error::Unsupported { version }))
    };
    match schema::identify(txn)? {
        Identity::Ours(version) if version <= schema::VERSION => return Ok(Ok(None)),
        Identity::Ours(version) => {
            return refused(format!(
                "it has version {version}, and this program knows up to {}",
                schema::VERSION
            ));
        }
        Identity::Empty => return refused("it is empty".to_owned()),
        Identity::Foreign(_) => {}
    }
    match look(txn)? {
        Some(Seen::Old(old)) => Ok(Ok(Some(old))),
        Some(Seen::Unknown(why)) => refused(why),
        None => refused("it is a database of another program".to_owned()),
    }
}

/// Waits until nobody else has the file open, for a moment; then names who has.
fn alone(upkeep: &Upkeep) -> Result<()> {
    let asked = Instant::now();
    loop {
        let Some(other) = upkeep.others().into_iter().next() else {
            return Ok(());
        };
        if asked.elapsed() >= PASSERS_BY {
            return Err(Error::Busy {
                waited: asked.elapsed(),
                holder: Some(Process::from(other)),
            });
        }
        thread::sleep(NAP);
    }
}

fn failed(path: &Path, error: sqlite_line::rusqlite::Error) -> Error {
    sqlite_line::Error::from_sqlite(path, error).into()
}

/// The old rows go into `legacy`, each value as it is. What refers to `tickets` is led to `facts` by renaming: SQLite then
/// mends the foreign keys of every table, people's own too.
fn move_rows(txn: &WriteTxn<'_>, old: &Old) -> sqlite_line::rusqlite::Result<()> {
    txn.execute_batch("ALTER TABLE tickets RENAME TO facts")?;
    txn.execute_batch(ROW)?;
    txn.execute_batch(TABLES)?;
    let mut names = ["ticket", "as_of", "fits"].join(", ");
    let mut values = ["row_number() OVER (ORDER BY rowid)", "0", "0"].join(", ");
    for (name, missing) in COLUMNS {
        let there = old
            .columns
            .iter()
            .any(|column| column.eq_ignore_ascii_case(name));
        names.push_str(&format!(", {name}"));
        values.push_str(&format!(", {}", if there { name } else { missing }));
    }
    for (at, name) in old.extra.iter().enumerate() {
        txn.execute_batch(&format!("ALTER TABLE legacy ADD COLUMN x{at}"))?;
        names.push_str(&format!(", x{at}"));
        values.push_str(&format!(", {}", quoted(name)));
    }
    txn.execute_batch(&format!(
        "INSERT INTO legacy({names}) SELECT {values} FROM facts; DROP TABLE facts"
    ))
}

/// Views and triggers refer to tables by name, and renaming would lead them astray: they go, and come back with their own
/// text.
struct Kept {
    views: Vec<(String, String)>,
    triggers: Vec<(String, String, String)>,
}

/// The Python system's own views, which ours replace.
const OWN_VIEWS: [&str; 2] = ["v_recent_tickets", "v_ticket_history"];

impl Kept {
    fn set_aside(txn: &WriteTxn<'_>) -> sqlite_line::rusqlite::Result<Self> {
        let kept = Self {
            views: txn.query_all(
                "SELECT name, sql FROM sqlite_master WHERE type = 'view'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?,
            triggers: txn.query_all(
                "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?,
        };
        for (name, ..) in &kept.triggers {
            txn.execute_batch(&format!("DROP TRIGGER {}", quoted(name)))?;
        }
        for (name, _) in &kept.views {
            txn.execute_batch(&format!("DROP VIEW {}", quoted(name)))?;
        }
        Ok(kept)
    }

    /// Answers the triggers that cannot come back.
    fn put_back(self, txn: &WriteTxn<'_>) -> sqlite_line::rusqlite::Result<Vec<String>> {
        for (name, sql) in self.views {
            if !OWN_VIEWS.iter().any(|own| own.eq_ignore_ascii_case(&name)) {
                txn.execute_batch(&sql)?;
            }
        }
        let mut lost = Vec::new();
        for (name, table, sql) in self.triggers {
            if table.eq_ignore_ascii_case("tickets") {
                lost.push(name);
            } else {
                txn.execute_batch(&sql)?;
            }
        }
        Ok(lost)
    }
}

/// A moment as it stands in file names.
impl Timestamp {
    /// `YYYYMMDDTHHMMSSZ`.
    pub(crate) fn compact(self) -> String {
        match jiff::Timestamp::from_microsecond(self.micros()) {
            Ok(at) => at.strftime("%Y%m%dT%H%M%SZ").to_string(),
            Err(_) => "00000000T000000Z".to_owned(),
        }
    }
}

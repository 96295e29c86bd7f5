//! Copies of the database: making one while others write, looking whether one is sound, putting one in a file's place.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlite_line::rusqlite::{Connection, OpenFlags, Result as Sql};
use sqlite_line::{Identity, Upkeep};

use super::legacy::{self, Seen};
use super::{Backend, schema};
use crate::error::{Error, Result};
use crate::time::Timestamp;

/// So many lines of damage are told.
const TOLD: usize = 20;
/// Added to the numbers of a file whose own could not be read: none of them is given out again.
const UNREADABLE: i64 = 1 << 32;

/// By rowid, or a walk through an index.
const CONTENT: &str =
    "SELECT (SELECT count(*) FROM facts), (SELECT coalesce(max(seq), 0) FROM events)";
/// By primary key.
const NUMBERS: &str = "SELECT
  max((SELECT value FROM counters WHERE name = 'event'), (SELECT coalesce(max(seq), 0) FROM events)),
  max((SELECT value FROM counters WHERE name = 'ticket'), (SELECT coalesce(max(n), 0) FROM facts)),
  coalesce((SELECT value FROM counters WHERE name = 'epoch'), 0)";
const VERSION: &str = "PRAGMA user_version";
/// By primary key.
const RAISE: &str = "INSERT INTO counters(name, value) VALUES (?1, ?2)
  ON CONFLICT(name) DO UPDATE SET value = max(value, excluded.value)";

/// A copy that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Tickets in it.
    pub tickets: u64,
    /// The newest event in it.
    pub newest_event: i64,
}

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// What it replaced is kept here; `None`: there was nothing.
    pub kept: Option<PathBuf>,
    /// Tickets that are there now.
    pub tickets: u64,
    /// The newest event that is there now.
    pub newest_event: i64,
    /// It is a database of the Python Actifix, of this schema.
    pub python_schema: Option<i64>,
}

/// A file that is removed unless it was put in its place.
pub(super) struct Part(PathBuf);

impl Part {
    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// An empty, private one.
    pub fn new(file: &Path) -> Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let part = Self::beside(file);
        let made = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part.0);
        made.map(|_| part).map_err(|error| unwritable(file, &error))
    }

    /// One that is still to be made.
    pub fn beside(file: &Path) -> Self {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Self(file.with_file_name(format!(".{name}.{}.part", std::process::id())))
    }

    /// Gives the file its name, if nothing has it.
    pub fn place(&self, to: &Path) -> Result<()> {
        match fs::hard_link(&self.0, to) {
            Ok(()) => synced(to),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(taken(to)),
            // A file system without links: nothing else makes names here that end in a moment's stamp.
            Err(_) if !to.exists() => fs::rename(&self.0, to)
                .and_then(|()| fs::File::open(folder(to))?.sync_all())
                .map_err(|error| unwritable(to, &error)),
            Err(error) => Err(unwritable(to, &error)),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn folder(file: &Path) -> &Path {
    file.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn synced(file: &Path) -> Result<()> {
    fs::File::open(folder(file))
        .and_then(|folder| folder.sync_all())
        .map_err(|error| unwritable(file, &error))
}

pub(super) fn taken(file: &Path) -> Error {
    let why = format!(
        "{} is there already and was left alone; give another path",
        file.display()
    );
    Error::Storage { why }
}

fn unwritable(file: &Path, error: &io::Error) -> Error {
    let why = format!("{} cannot be written: {error}", file.display());
    Error::Storage { why }
}

impl Backend {
    /// One state of the database, checked, in the new file `to`. Others go on writing.
    pub fn backup(&self, to: &Path) -> Result<Backup> {
        if to.exists() {
            return Err(taken(to));
        }
        let part = Part::beside(to);
        self.line.copy_to(&part.0)?;
        sound(&part.0)?;
        let (tickets, newest_event) = content(&part.0)?;
        let bytes = fs::metadata(&part.0)
            .map_err(|error| unwritable(to, &error))?
            .len();
        part.place(to)?;
        Ok(Backup {
            file: to.to_owned(),
            bytes,
            tickets,
            newest_event,
        })
    }
}

/// Puts the database `from` in the place of the one at `to`, which is kept beside.
pub(in crate::store) fn restore(
    from: &Path,
    to: &Path,
    now: Timestamp,
    patience: Duration,
) -> Result<Restored> {
    let to = fs::canonicalize(to).unwrap_or_else(|_| to.to_owned());
    if fs::canonicalize(from).is_ok_and(|from| from == to) {
        return Err(Error::invalid("file", "it is the database itself"));
    }
    // What is checked is the very copy that is put in place: the source may change meanwhile.
    let part = Part::beside(&to);
    sqlite_line::copy(from, &part.0)?;
    sound(&part.0)?;
    let python_schema = recognised(&part.0, from)?;
    let (tickets, newest_event) = match python_schema {
        None => content(&part.0)?,
        Some(_) => (counted(&part.0)?, 0),
    };
    let mut restored = Restored {
        kept: None,
        tickets,
        newest_event,
        python_schema,
    };
    if !to.exists() {
        part.place(&to)?;
        return Ok(restored);
    }
    if python_schema.is_none() {
        bring_up_to_date(&part.0)?;
    }
    let upkeep = Upkeep::enter(&to, patience)?;
    let kept = beside(&to, "replaced", now);
    let readable = upkeep.copy_to(&kept).is_ok();
    if python_schema.is_none() {
        let numbers = if readable { numbers(&kept) } else { None };
        raise(&part.0, numbers, now)?;
    }
    match upkeep.replace_with(&part.0) {
        Ok(()) => {}
        Err(sqlite_line::Error::NotADatabase { .. } | sqlite_line::Error::Corrupt { .. }) => {
            let _ = fs::remove_file(&kept); // what SQLite could copy of it is less than the file
            upkeep.displace(&part.0, &kept)?;
        }
        Err(error) => {
            let _ = fs::remove_file(&kept);
            return Err(error.into());
        }
    }
    restored.kept = Some(kept);
    Ok(restored)
}

/// A name beside `file` that nothing has, with what it is and the moment in it.
pub(super) fn beside(file: &Path, what: &str, now: Timestamp) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let named = |more: &str| file.with_file_name(format!("{name}.{what}.{}{more}", now.compact()));
    let mut free = named("");
    let mut nth = 2;
    while free.exists() {
        free = named(&format!("-{nth}"));
        nth += 1;
    }
    free
}

/// `None`: a database of ours that this program knows; else the schema of the Python system's.
fn recognised(copy: &Path, from: &Path) -> Result<Option<i64>> {
    let refused = |why: String| Error::Unsupported {
        version: format!("{} cannot be restored: {why}", from.display()),
    };
    // Nobody else knows the copy, so its gate is nobody's; it goes with it.
    let upkeep = Upkeep::enter(copy, Duration::from_secs(1))?;
    let looked = upkeep.look(|txn| Ok((schema::identify(txn)?, legacy::look(txn)?)));
    drop(upkeep);
    let _ = fs::remove_file(gate_of(copy));
    match looked? {
        (Identity::Ours(version), _) if version <= schema::VERSION => Ok(None),
        (Identity::Ours(version), _) => Err(refused(format!(
            "it has version {version}, and this program knows up to {}",
            schema::VERSION
        ))),
        (Identity::Empty, _) => Err(refused("it is empty".to_owned())),
        (_, Some(Seen::Old(old))) => Ok(Some(old.version)),
        (_, Some(Seen::Unknown(why))) => Err(refused(why)),
        (Identity::Foreign(what), None) => Err(refused(what)),
    }
}

fn gate_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-gate");
    name.into()
}

/// Runs `f` on a file that nobody else has open.
fn with<T>(file: &Path, flags: OpenFlags, f: impl FnOnce(&Connection) -> Sql<T>) -> Result<T> {
    Connection::open_with_flags(file, flags)
        .and_then(|conn| f(&conn))
        .map_err(|error| sqlite_line::Error::from_sqlite(file, error).into())
}

fn content(file: &Path) -> Result<(u64, i64)> {
    with(file, OpenFlags::SQLITE_OPEN_READ_ONLY, |conn| {
        conn.query_row(CONTENT, [], |row| Ok((row.get(0)?, row.get(1)?)))
    })
}

fn counted(file: &Path) -> Result<u64> {
    with(file, OpenFlags::SQLITE_OPEN_READ_ONLY, |conn| {
        conn.query_row("SELECT count(*) FROM tickets", [], |row| row.get(0))
    })
}

/// An older schema gets what it lacks before it is put in place: who reads the database at that moment would miss tables.
fn bring_up_to_date(file: &Path) -> Result<()> {
    with(file, OpenFlags::SQLITE_OPEN_READ_WRITE, |conn| {
        let version: i32 = conn.query_row(VERSION, [], |row| row.get(0))?;
        if version >= schema::VERSION {
            return Ok(());
        }
        conn.execute_batch(&format!(
            "BEGIN IMMEDIATE; {} PRAGMA user_version={}; COMMIT",
            schema::steps_after(version),
            schema::VERSION
        ))
    })
}

/// The last numbers that a file gave out.
#[derive(Clone, Copy, Default)]
struct Numbers {
    event: i64,
    ticket: i64,
    epoch: i64,
}

/// `None`: the file does not tell.
fn numbers(file: &Path) -> Option<Numbers> {
    with(file, OpenFlags::SQLITE_OPEN_READ_ONLY, |conn| {
        conn.query_row(NUMBERS, [], |row| {
            Ok(Numbers {
                event: row.get(0)?,
                ticket: row.get(1)?,
                epoch: row.get(2)?,
            })
        })
    })
    .ok()
}

/// Numbers that the replaced file gave out are not given out again; and who has it open learns by a new epoch that what he
/// remembers of it is over.
fn raise(file: &Path, replaced: Option<Numbers>, now: Timestamp) -> Result<()> {
    let own = numbers(file).unwrap_or_default();
    let raised = replaced.unwrap_or(Numbers {
        event: own.event + UNREADABLE,
        ticket: own.ticket + UNREADABLE,
        epoch: own.epoch,
    });
    let epoch = now.micros().max(raised.epoch + 1).max(own.epoch + 1);
    with(file, OpenFlags::SQLITE_OPEN_READ_WRITE, |conn| {
        for (name, value) in [
            ("event", raised.event),
            ("ticket", raised.ticket),
            ("epoch", epoch),
        ] {
            conn.execute(RAISE, (name, value))?;
        }
        Ok(())
    })
}

/// Refuses a damaged file.
fn sound(file: &Path) -> Result<()> {
    match damage(file)?.first() {
        None => Ok(()),
        Some(damage) => Err(Error::Corrupt {
            why: format!("the database is damaged: {damage}"),
        }),
    }
}

/// What SQLite's own check finds wrong with the file at `path`, which nobody has open. Empty: it is whole.
pub(super) fn damage(path: &Path) -> Result<Vec<String>> {
    with(path, OpenFlags::SQLITE_OPEN_READ_ONLY, |conn| {
        let mut check = conn.prepare("PRAGMA integrity_check")?;
        let lines = check.query_map([], |row| row.get::<_, String>(0))?;
        lines
            .filter(|line| line.as_ref().map_or(true, |line| line != "ok"))
            .take(TOLD)
            .collect()
    })
}

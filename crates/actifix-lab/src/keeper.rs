//! A process that takes a lock and keeps it, or loses it in the way of the scene `dropped`.

use std::fs::File;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use actifix::{Report, Store};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::code::Refusal;
use crate::error::{LabError, Result};
use crate::fleet::{hear, say};
use crate::statements::{COMMIT, IMMEDIATE};

/// What it is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Keep {
    /// The database.
    pub path: PathBuf,
    /// What it writes under its lock.
    pub writes: Vec<String>,
}

/// Takes the write lock, writes, says `holding`; then does what it is told, a word a line: `beside` opens and
/// closes the files outside SQLite, `commit` commits and answers `done` or how it was refused. Ends with its input.
pub fn keep(keep: &Keep, ear: &mut impl BufRead) -> Result<()> {
    let doing = "taking the lock to keep";
    let conn = Connection::open(&keep.path).map_err(LabError::sqlite(doing))?;
    let begin = || {
        conn.busy_timeout(Duration::from_secs(10))?;
        conn.execute_batch(IMMEDIATE)?;
        let mut writes = keep.writes.iter();
        writes.try_for_each(|sql| conn.execute_batch(sql))
    };
    begin().map_err(LabError::sqlite(doing))?;
    say("holding")?;
    while let Ok(word) = hear(ear) {
        match word.as_str() {
            "beside" => {
                beside(&keep.path)?;
                say("closed")?;
            }
            "commit" => {
                let done = conn.execute_batch(COMMIT);
                let told = done.map_or_else(|error| Refusal::of(&error).told(), |()| "done".into());
                say(&told)?;
            }
            _ => break,
        }
    }
    Ok(())
}

/// Opens the store and records; then, told so, opens the file beside it and goes on recording until the store says that its
/// locks are gone, for ten seconds at most; then records once more. Says what came.
pub fn mislay(path: &Path, ear: &mut impl BufRead) -> Result<()> {
    let store = Store::open(path).map_err(LabError::store("opening the store"))?;
    let record = |number: u32| {
        let report = Report::error("Lab", format!("report {number}"));
        store.record(report).wait().map(|_| ())
    };
    record(0).map_err(LabError::store("recording"))?;
    say("recorded")?;
    hear(ear)?;
    beside(path)?;
    say("closed")?;
    let began = Instant::now();
    let noticed = (1..)
        .take_while(|_| began.elapsed() < Duration::from_secs(10))
        .find_map(|number| record(number).err());
    say(&noticed.map_or_else(|| "nothing".to_owned(), |error| error.to_string()))?;
    let again = record(u32::MAX);
    say(&again.map_or_else(|error| error.to_string(), |()| "done".to_owned()))
}

/// What a backup by hand, a checksum or a look at the header does: open the files, read, close. Closing drops the POSIX
/// locks of the whole process on them.
fn beside(path: &Path) -> Result<()> {
    let mut shm = path.to_owned().into_os_string();
    shm.push("-shm");
    for path in [path.to_owned(), PathBuf::from(shm)] {
        if path.exists() {
            drop(File::open(path).map_err(LabError::io("opening the file beside SQLite"))?);
        }
    }
    Ok(())
}

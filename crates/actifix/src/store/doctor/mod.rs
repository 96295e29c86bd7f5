//! What can be said of a database file, whole or not: findings with the next step for each.
//!
//! Nothing is written, and the file is opened by SQLite only: elsewhere it is looked at from outside, since closing a
//! descriptor of it would drop this process's locks.

mod company;
mod place;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use super::sqlite::salvage::{Salvaged, SalvagedTable};
use super::{Settings, Store};
use crate::error::Result;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// It can do harm.
    Warn,
    /// It does harm, or the store cannot be used.
    Bad,
}

crate::ticket::words!(Level, "level", Good => "good", Note => "note", Warn => "warn", Bad => "bad");

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What to do about it, when it is not good.
    pub next: Option<String>,
}

/// All findings about a database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Nothing is bad.
    pub ok: bool,
    /// The database.
    pub database: PathBuf,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// What is found about a database that is none of ours.
    pub const FOREIGN: &'static str = "a database of another program";
}

/// Findings while they are gathered.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub fn good(&mut self, what: impl Into<String>) {
        let (level, what) = (Level::Good, what.into());
        self.0.push(Finding {
            level,
            what,
            next: None,
        });
    }

    pub fn add(&mut self, level: Level, what: impl Into<String>, next: impl Into<String>) {
        let (what, next) = (what.into(), Some(next.into()));
        self.0.push(Finding { level, what, next });
    }
}

impl Store {
    /// Looks at the database at `path` from all sides: the file and its place, who has it open, what is in it. Works when
    /// the store cannot be opened at all, and changes nothing.
    pub fn diagnose(path: impl AsRef<Path>, settings: &Settings) -> Diagnosis {
        let path = path.as_ref();
        let now = settings.clock.now();
        let mut findings = Findings::default();
        let mut database = path.to_owned();
        if let Some(file) = place::file(path, &mut findings) {
            database = file;
            let log = place::beside(&database, &mut findings);
            place::disk(&database, &mut findings);
            company::look(&database, log, &mut findings);
            super::sqlite::examine(&database, now, &mut findings);
            place::backups(&database, &mut findings);
        }
        let findings = findings.0;
        Diagnosis {
            ok: findings.iter().all(|finding| finding.level != Level::Bad),
            database,
            findings,
        }
    }

    /// Copies what can be read of the damaged database at `path` into the new file `out`. The damaged one is only looked
    /// at, and never written.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when `out` exists, [`crate::Error::Corrupt`] when nothing can be read,
    /// [`crate::Error::Unsupported`] for what is no Actifix database.
    pub fn salvage(
        path: impl AsRef<Path>,
        out: impl AsRef<Path>,
        settings: Settings,
    ) -> Result<Salvaged> {
        super::sqlite::salvage::salvage(path.as_ref(), out.as_ref(), settings)
    }
}

/// Bytes that are free on the disk under `path`, where the machine tells.
pub(super) fn free(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_bsize as u64))
}

/// `3.2 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.into_iter().find(|(_, size)| bytes >= *size) {
        Some((unit, size)) => format!("{}.{} {unit}", bytes / size, bytes % size * 10 / size),
        None => format!("{bytes} bytes"),
    }
}

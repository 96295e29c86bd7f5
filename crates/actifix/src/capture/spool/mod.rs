//! The spool: where reports go when the store cannot take them, and from where they come back exactly once.
//!
//! A file beside the database, one JSON object a line, each with its checksum, on disk before [`Spool::keep`] answers.
//! Its first line names it; how far it has been read stands in the store, in the transaction of the reports themselves. So
//! whoever replays it may be killed anywhere, and several may try at once. When everything was read the file is removed;
//! the next report begins a new one under a new name.

mod aside;
mod line;
mod old_queue;
mod replay;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub use replay::Replayed;

use crate::clean::Clean;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::time::Timestamp;
use line::{Head, Kept};

/// A spool, beside its database.
#[derive(Clone, Debug)]
pub struct Spool {
    path: PathBuf,
}

impl Spool {
    /// The spool of the database at `database`, whether or not there is one.
    pub fn beside(database: impl AsRef<Path>) -> Self {
        let mut path = database.as_ref().as_os_str().to_owned();
        path.push("-spool.jsonl");
        Self { path: path.into() }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a report: it is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::Storage`] when the file cannot be written.
    ///
    /// ```
    /// use actifix::capture::spool::Spool;
    /// use actifix::{Clean, Report, Store};
    /// # let dir = tempfile::tempdir().unwrap();
    /// let database = dir.path().join("actifix.db");
    /// let spool = Spool::beside(&database);
    /// spool.keep(&Clean::from(Report::error("ValueError", "no such column")))?;
    /// let store = Store::open(&database)?;
    /// assert_eq!(spool.replay(&store)?.recorded, 1);
    /// assert_eq!(spool.replay(&store)?.recorded, 0);
    /// # Ok::<(), actifix::Error>(())
    /// ```
    pub fn keep(&self, report: &Clean<Report>) -> Result<()> {
        let mut kept = Kept::of(report.get()).text();
        kept.push('\n');
        self.append(&kept).map_err(|error| self.unwritable(&error))
    }

    fn append(&self, text: &str) -> io::Result<()> {
        let (mut file, new) = self.lock(true)?;
        let mut whole = String::new();
        if new {
            whole = Head::new().text();
            whole.push('\n');
        } else if !ends_with_a_line(&file)? {
            // Its last writer was killed, or the disk was full: what it left is a line of its own, and no report.
            whole.push('\n');
        }
        whole.push_str(text);
        file.seek(SeekFrom::End(0))?;
        file.write_all(whole.as_bytes())?;
        file.sync_data()?;
        if new {
            File::open(folder(&self.path))?.sync_all()?;
        }
        Ok(())
    }

    /// The file, locked against others, and whether it is empty. Opened again while another is found under its name: it
    /// may have been replayed and removed meanwhile.
    fn lock(&self, create: bool) -> io::Result<(File, bool)> {
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(create)
                .truncate(false)
                .mode(0o600)
                .open(&self.path)?;
            file.lock()?;
            let (mine, there) = (file.metadata()?, fs::metadata(&self.path));
            if there.is_ok_and(|there| (there.dev(), there.ino()) == (mine.dev(), mine.ino())) {
                return Ok((file, mine.len() == 0));
            }
        }
    }

    /// How many reports wait in the file, and how many lines of it are none: all of it is read.
    ///
    /// # Errors
    /// [`Error::Storage`] when the file is there and cannot be read.
    pub fn waiting(&self) -> Result<Waiting> {
        let mut text = Vec::new();
        match File::open(&self.path).and_then(|mut file| file.read_to_end(&mut text)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Waiting::default()),
            Err(error) => return Err(self.unreadable(&error)),
        }
        let mut waiting = Waiting {
            bytes: text.len() as u64,
            since: line::lines(&text)
                .next()
                .and_then(Head::read)
                .and_then(|head| head.begun()),
            ..Waiting::default()
        };
        for line in line::lines(&text).skip(1) {
            match Kept::read(line) {
                Ok(_) => waiting.reports += 1,
                Err(_) => waiting.unreadable += 1,
            }
        }
        Ok(waiting)
    }

    fn unwritable(&self, error: &io::Error) -> Error {
        let why = format!(
            "the spool {} cannot be written: {error}",
            self.path.display()
        );
        Error::Storage { why }
    }

    fn unreadable(&self, error: &io::Error) -> Error {
        let why = format!("the spool {} cannot be read: {error}", self.path.display());
        Error::Storage { why }
    }
}

/// What waits in a spool. Some of it may be in the store already: what was replayed stays until all was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Waiting {
    /// Reports.
    pub reports: u64,
    /// Lines that are none.
    pub unreadable: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Since when the first of it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn ends_with_a_line(file: &File) -> io::Result<bool> {
    let mut last = [0];
    let length = file.metadata()?.len();
    file.read_exact_at(&mut last, length.saturating_sub(1))?;
    Ok(last == *b"\n")
}

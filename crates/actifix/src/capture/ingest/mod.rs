//! Log files into the store: stacks and error lines become reports, each line counts exactly once.
//!
//! How far a log has been read stands in the store, in the transaction of the reports (`Store::record_all_at`), under a
//! name that is the file's and not the path's: rotated by renaming it goes on where it was, replaced or truncated it
//! begins anew. A report that is refused (a flood, too many open tickets) goes into the spool first, under the name of its
//! place, and then the position moves past it: killed in between it is told twice and counts once.

mod cutting;
mod name;
mod reading;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

use self::cutting::{Cut, Found};
pub use self::reading::{Line, Lines};
use super::complaint::Complaint;
use super::log::Block;
use super::spool::Spool;
use super::{is_ignored, prepare};
use crate::clean::Clean;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::store::Store;
use crate::ticket::Tags;

/// Reports of one transaction, and bytes read for it.
const BATCH: usize = 256;
const BYTES: u64 = 4 << 20;

/// What is said of all reports of a log.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Their project.
    pub project: Option<String>,
    /// Their tags.
    pub tags: Tags,
    /// Only what contains this text, in capitals or not.
    pub matching: Option<String>,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Ingested {
    /// Lines.
    pub lines: u64,
    /// Stacks and error lines among them that were recorded.
    pub recorded: u64,
    /// Tickets that this made.
    pub new: u64,
    /// Reports that wait in the spool.
    pub spooled: u64,
    /// Reports that the store's door refused.
    pub rejected: u64,
}

impl Ingested {
    /// Adds what another read.
    pub fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.recorded += other.recorded;
        self.new += other.new;
        self.spooled += other.spooled;
        self.rejected += other.rejected;
    }
}

/// A log that is being read.
pub struct Log {
    path: PathBuf,
    lines: Lines,
    name: Option<String>,
    /// How far it has been read in the store.
    position: i64,
    cut: Cut,
    about: About,
}

impl Log {
    /// Opens a log.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what cannot be read or is no file.
    pub fn open(path: &Path, about: About) -> Result<Self> {
        let wrong = |why: String| {
            Error::invalid("file", format!("{} cannot be read: {why}", path.display()))
        };
        // Looked at first: opening a pipe would wait for its other end.
        let facts = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
        if !facts.is_file() {
            return Err(wrong("it is no regular file".to_owned()));
        }
        let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
        let lines = Lines::new(file);
        Ok(Self {
            path: path.to_owned(),
            lines,
            name: None,
            position: 0,
            cut: Cut::default(),
            about,
        })
    }

    /// Reads what is there, to the end. With `last` no more is expected: a line without an end is one, and what is open is
    /// complete.
    ///
    /// # Errors
    /// The store's own, [`Error::Storage`] when the file cannot be read. What was not recorded is read again the next time.
    pub fn read(&mut self, store: &Store, last: bool) -> Result<Ingested> {
        let mut ingested = Ingested::default();
        if !self.begin(store, last)? {
            return Ok(ingested);
        }
        loop {
            let begun = self.lines.offset();
            let mut more = true;
            while more && self.cut.found.len() < BATCH && self.lines.offset() - begun < BYTES {
                let line = self
                    .lines
                    .next(last)
                    .map_err(|error| unreadable(&self.path, &error))?;
                more = line.is_some();
                if let Some(line) = line {
                    ingested.lines += 1;
                    self.cut.line(line.start, line.end, line.text);
                }
            }
            if !more && last {
                self.cut.end(self.lines.offset());
            }
            self.commit(store, &mut ingested)?;
            if !more {
                return Ok(ingested);
            }
        }
    }

    /// What is open is complete: nothing came for a while.
    ///
    /// # Errors
    /// The store's own.
    pub fn rest(&mut self, store: &Store) -> Result<Ingested> {
        let mut ingested = Ingested::default();
        if self.cut.is_open() {
            self.cut.end(self.lines.offset());
            self.commit(store, &mut ingested)?;
        }
        Ok(ingested)
    }

    /// Whether a stack has begun that may go on.
    pub fn is_open(&self) -> bool {
        self.cut.is_open()
    }

    /// Whether another file stands at its path now: this one was rotated away.
    pub fn is_replaced(&self) -> bool {
        match (std::fs::metadata(&self.path), self.lines.file().metadata()) {
            (Ok(there), Ok(mine)) => name::identity(&there) != name::identity(&mine),
            _ => false,
        }
    }

    /// The log's name and position, and whether there is anything to read. A file that is shorter than what was read of it,
    /// or that begins with another line, was truncated: it is read from its beginning.
    fn begin(&mut self, store: &Store, last: bool) -> Result<bool> {
        let named =
            name::of(self.lines.file(), last).map_err(|error| unreadable(&self.path, &error))?;
        let Some(named) = named else { return Ok(false) };
        let length = self
            .lines
            .file()
            .metadata()
            .map_err(|error| unreadable(&self.path, &error))?
            .len();
        let known = self.name.as_ref() == Some(&named);
        if known && length >= self.lines.offset() {
            return Ok(true);
        }
        let position = store.position(&named).wait()?;
        self.name = Some(named);
        self.go_to(position)?;
        if u64::try_from(position).is_ok_and(|position| position > length) {
            self.advance(store, 0, Vec::new())?;
            self.go_to(0)?;
        }
        Ok(true)
    }

    fn go_to(&mut self, position: i64) -> Result<()> {
        self.position = position;
        self.cut = Cut::default();
        let offset = u64::try_from(position).unwrap_or(0);
        self.cut.safe = offset;
        self.lines
            .seek(offset)
            .map_err(|error| unreadable(&self.path, &error))
    }

    /// Records what was found. Where another reader was faster it goes on behind that one.
    fn commit(&mut self, store: &Store, ingested: &mut Ingested) -> Result<()> {
        let to = i64::try_from(self.cut.safe).unwrap_or(i64::MAX);
        let found = std::mem::take(&mut self.cut.found);
        let mut waiting: std::collections::VecDeque<_> = found
            .iter()
            .filter_map(|found| self.report(found))
            .collect();
        while !waiting.is_empty() || self.position < to {
            let reports = waiting
                .iter()
                .map(|(end, report)| (*end, Ok(report.clone())));
            let Some(answers) = self.advance(store, to, reports.collect())? else {
                return self.go_to(store.position(self.source()).wait()?);
            };
            for answer in answers {
                let (end, report) = waiting.pop_front().ok_or_else(unasked)?;
                match answer {
                    Ok(recorded) => {
                        ingested.recorded += 1;
                        ingested.new += u64::from(recorded.new);
                    }
                    Err(Error::Throttled { .. } | Error::TooManyOpen { .. }) => {
                        // On disk before the position moves past it.
                        Spool::beside(store.path()).keep(&self.named(report, end))?;
                        ingested.spooled += 1;
                        if self.advance(store, end, Vec::new())?.is_none() {
                            return self.go_to(store.position(self.source()).wait()?);
                        }
                    }
                    Err(_) => ingested.rejected += 1,
                }
            }
        }
        Ok(())
    }

    /// Moves on to `to` with the reports before it. `None`: the log had been read to another place.
    fn advance(
        &mut self,
        store: &Store,
        to: i64,
        reports: Vec<(i64, Result<Clean<Report>>)>,
    ) -> Result<Option<Vec<Result<crate::report::Recorded>>>> {
        let read = store
            .record_all_at(self.source(), self.position, to, reports)
            .wait()?;
        self.position = read.position;
        Ok(read.answers)
    }

    /// The report under the name of its place: told twice, it counts once.
    fn named(&self, report: Clean<Report>, end: i64) -> Clean<Report> {
        let request_id = Some(format!("{}@{end}", self.source()));
        Clean::from(Report {
            request_id,
            ..report.into_inner()
        })
    }

    fn source(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    fn report(&self, found: &Found) -> Option<(i64, Clean<Report>)> {
        let text = &found.block.text;
        let wanted = self.about.matching.as_ref();
        if wanted.is_some_and(|wanted| !contains(text, wanted)) {
            return None;
        }
        let end = i64::try_from(found.end).unwrap_or(i64::MAX);
        let mut report = report(&found.block, &self.path);
        if is_ignored(&report) {
            return None;
        }
        report.project.clone_from(&self.about.project);
        report.tags.clone_from(&self.about.tags);
        Some((end, prepare(report, &[])))
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::Storage {
        why: format!("{} cannot be read: {error}", path.display()),
    }
}

fn unasked() -> Error {
    Error::Unknown {
        why: "the store answered more reports than it was given".to_owned(),
    }
}

/// Whether a text contains another, in capitals or not.
pub fn contains(text: &str, wanted: &str) -> bool {
    text.to_lowercase().contains(&wanted.to_lowercase())
}

/// The report of a block.
fn report(block: &Block, log: &Path) -> Report {
    let complaint = Complaint::of(block);
    let file = log
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let source = complaint
        .place
        .map_or_else(|| file.clone(), |(path, line)| format!("{path}:{line}"));
    let stack = complaint
        .stack
        .or_else(|| block.trace.then(|| block.text.clone()));
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let name: String = file.chars().filter(|c| !c.is_control()).collect();
    Report {
        error_type: complaint.kind.map(|kind| short(&kind, 200)),
        source: Some(short(&source, 400)),
        stack_trace: stack.map(|stack| short(&stack, 45_000)),
        occurred_at: complaint.at.and_then(|at| at.parse().ok()),
        context: Some(json!({"log": short(&log.display().to_string(), 1_000)})),
        origin: Some(format!("log {}", short(&name, 150))),
        message: short(&complaint.message, 2_000),
        ..Report::default()
    }
}

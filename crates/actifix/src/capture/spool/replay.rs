//! Replay: from the spool into the store, exactly once.

use std::fs;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use super::super::prepare;
use super::line::{Head, Kept, LONGEST};
use super::{Spool, aside, old_queue};
use crate::clean::Clean;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::report::Report;
use crate::store::Store;

/// Reports of one transaction.
const BATCH: usize = 256;

/// What a replay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Reports that the store has now.
    pub recorded: u64,
    /// Of these, the ones that made a ticket.
    pub new: u64,
    /// Lines that were set aside, since they cannot be replayed as they are.
    pub rejected: u64,
    /// The store has as many open tickets as it may: the rest waits.
    pub full: bool,
    /// Too many new tickets of one origin in this minute: the rest waits.
    pub slowed: bool,
}

/// A part of the file.
#[derive(Default)]
struct Part {
    /// Where it ends.
    to: i64,
    reports: Vec<(i64, Clean<Report>)>,
    /// Lines that are no reports: where, which, why.
    bad: Vec<(i64, Vec<u8>, String)>,
}

impl Spool {
    /// Brings what waits into the store. Others may keep reports meanwhile; they are taken too.
    ///
    /// # Errors
    /// The store's own; [`Error::Storage`] when the file cannot be read. What was not recorded waits on.
    pub fn replay(&self, store: &Store) -> Result<Replayed> {
        let mut replayed = Replayed::default();
        old_queue::take_in(store, &mut replayed)?;
        while let Some(mut open) = self.open()? {
            if !self.part(store, &mut open, &mut replayed)? || replayed.full || replayed.slowed {
                break;
            }
        }
        Ok(replayed)
    }

    fn open(&self) -> Result<Option<Open>> {
        let file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(&error)),
        };
        let mut reader = BufReader::new(file);
        let mut first = Vec::new();
        reader
            .read_until(b'\n', &mut first)
            .map_err(|error| self.unreadable(&error))?;
        match first.strip_suffix(b"\n").and_then(Head::read) {
            Some(head) => Ok(Some(Open {
                reader,
                start: offset(first.len()),
                name: head.spool,
            })),
            None => self.unnamed(),
        }
    }

    /// A file without a head is being begun; or it is not ours, and is moved out of the way whole.
    fn unnamed(&self) -> Result<Option<Open>> {
        let failed = |error| self.unreadable(&error);
        let locked = match self.lock(false) {
            Ok((file, empty)) => (file, empty),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut first = Vec::new();
        BufReader::new(&locked.0)
            .read_until(b'\n', &mut first)
            .map_err(failed)?;
        if first
            .strip_suffix(b"\n")
            .is_some_and(|line| Head::read(line).is_some())
        {
            return self.open(); // it was begun meanwhile
        }
        if locked.1 {
            return fs::remove_file(&self.path).map(|()| None).map_err(failed);
        }
        let whole = fs::read(&self.path).map_err(failed)?;
        let why = "the file has no head, so nothing in it can be replayed just once".to_owned();
        aside::keep(&self.path, "", &[(0, whole, why)]).map_err(failed)?;
        fs::remove_file(&self.path).map_err(failed)?;
        Ok(None)
    }

    /// Replays the next part. False: there was none.
    fn part(&self, store: &Store, open: &mut Open, replayed: &mut Replayed) -> Result<bool> {
        let source = format!("spool:{}", open.name);
        let from = store.position(&source).wait()?;
        let failed = |error| self.unreadable(&error);
        let limits = &store.settings().limits;
        let part = open.read(from.max(open.start), limits).map_err(failed)?;
        if part.to == from.max(open.start) {
            return self.finish(store, &source, part.to);
        }
        // First aside, then past them: who is killed between the two tells them again, and loses none.
        aside::keep(&self.path, &open.name, &part.bad).map_err(failed)?;
        let reports = part
            .reports
            .into_iter()
            .map(|(end, report)| (end, Ok(report)));
        let read = store
            .record_all_at(&source, from, part.to, reports.collect())
            .wait()?;
        let Some(answers) = read.answers else {
            return Ok(true); // another replayer was faster
        };
        replayed.rejected += part.bad.len() as u64;
        for answer in answers {
            match answer {
                Ok(recorded) => {
                    replayed.recorded += 1;
                    replayed.new += u64::from(recorded.new);
                }
                Err(Error::TooManyOpen { .. }) => replayed.full = true,
                Err(Error::Throttled { .. }) => replayed.slowed = true,
                Err(_) => replayed.rejected += 1,
            }
        }
        Ok(true)
    }

    /// Everything was read up to `to`: the file goes, unless something was kept meanwhile. False: it is gone.
    fn finish(&self, store: &Store, source: &str, to: i64) -> Result<bool> {
        let failed = |error| self.unreadable(&error);
        let file = match self.lock(false) {
            Ok((file, _)) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        let length =
            offset(usize::try_from(file.metadata().map_err(failed)?.len()).unwrap_or(usize::MAX));
        if length > to && !self.is_cut_off(&file, to).map_err(failed)? {
            return Ok(true);
        }
        fs::remove_file(&self.path).map_err(failed)?;
        store.forget_source(source).wait()?;
        Ok(false)
    }

    /// Under the lock nobody writes: what has no newline at its end was cut off, and goes aside.
    fn is_cut_off(&self, file: &fs::File, to: i64) -> io::Result<bool> {
        let mut reader = BufReader::new(file);
        reader.seek(SeekFrom::Start(u64::try_from(to).unwrap_or(0)))?;
        let mut rest = Vec::new();
        reader.read_until(b'\n', &mut rest)?;
        if rest.ends_with(b"\n") {
            return Ok(false);
        }
        aside::keep(&self.path, "", &[(to, rest, "it was cut off".to_owned())])?;
        Ok(true)
    }
}

/// An open spool.
struct Open {
    reader: BufReader<fs::File>,
    /// Where its reports begin.
    start: i64,
    name: String,
}

impl Open {
    /// Up to [`BATCH`] lines from `from` on. What the store's door would refuse is no report either.
    fn read(&mut self, from: i64, limits: &Limits) -> io::Result<Part> {
        self.reader
            .seek(SeekFrom::Start(u64::try_from(from).unwrap_or(0)))?;
        let mut part = Part {
            to: from,
            ..Part::default()
        };
        while part.reports.len() + part.bad.len() < BATCH {
            let mut line = Vec::new();
            self.reader.read_until(b'\n', &mut line)?;
            let Some(text) = line.strip_suffix(b"\n") else {
                break;
            };
            let at = part.to;
            part.to += offset(line.len());
            if text.is_empty() {
                continue;
            }
            let read = Kept::read(text).and_then(|report| {
                let judged = report.check(limits).map_err(|error| error.to_string());
                judged.map(|()| report)
            });
            match read {
                Ok(report) => part.reports.push((part.to, prepare(report, &[]))),
                Err(why) => part
                    .bad
                    .push((at, text[..text.len().min(LONGEST)].to_vec(), why)),
            }
        }
        Ok(part)
    }
}

fn offset(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

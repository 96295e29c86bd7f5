//! An import in batches: while one is on its way to the disk, the next is read.

use std::io::Read;
use std::path::Path;

use actifix::{Call, Error, Recorded, Result, Store};

use super::rejected::Rejected;
use super::{Imported, full};
use crate::commands::record::stream;
use crate::context::Context;
use crate::failure::Failure;
use crate::lines::{Line, Lines, Pace};
use crate::output::progress::Progress;

/// Lines that are recorded in one commit.
const BATCH: usize = 512;

/// An import on its way.
pub struct Import<'a> {
    context: &'a Context,
    store: Store,
    imported: Imported,
    rejected: Rejected,
    progress: Progress,
    bytes: u64,
}

/// A batch on its way: its lines, each with why it could not be read, and the store's answers for the others to come.
struct Sent {
    lines: Vec<(Line, Option<Error>)>,
    call: Call<Vec<Result<Recorded>>>,
}

impl<'a> Import<'a> {
    /// Into the database; `size` is that of the file.
    pub fn new(
        context: &'a Context,
        size: Option<u64>,
        rejected: Rejected,
    ) -> Result<Self, Failure> {
        Ok(Self {
            context,
            store: context.store_or_make()?,
            imported: Imported::default(),
            rejected,
            progress: Progress::of(size, context.json()),
            bytes: 0,
        })
    }

    /// The file of rejected lines, when there is one.
    pub fn rejected_file(&self) -> Option<&Path> {
        self.rejected.path()
    }

    /// Takes everything in. A failure tells how far it came.
    pub fn all(&mut self, lines: Lines<impl Read>) -> Result<Imported, Failure> {
        self.batches(lines).map_err(|failure| {
            let far = serde_json::to_value(&self.imported).unwrap_or_default();
            failure.field("imported", far)
        })?;
        self.rejected.flush()?;
        Ok(std::mem::take(&mut self.imported))
    }

    fn batches(&mut self, mut lines: Lines<impl Read>) -> Result<(), Failure> {
        let mut batch = read(&mut lines)?;
        let is_full = match batch.first() {
            Some(first) => full::is_head(first)?,
            None => false,
        };
        if is_full {
            batch.remove(0);
        }
        let mut on_its_way: Option<Sent> = None;
        while !batch.is_empty() {
            let sent = if is_full {
                self.send_stories(batch)
            } else {
                self.send_reports(batch)
            };
            let earlier = on_its_way.replace(sent);
            if let Err(failure) = self.settle_if_any(earlier) {
                // The one behind it may be on disk: it belongs into the count.
                let _ = self.settle_if_any(on_its_way);
                return Err(failure);
            }
            batch = read(&mut lines)?;
        }
        self.settle_if_any(on_its_way)
    }

    fn settle_if_any(&mut self, sent: Option<Sent>) -> Result<(), Failure> {
        sent.map_or(Ok(()), |sent| self.settle(sent))
    }

    fn send_reports(&mut self, batch: Vec<Line>) -> Sent {
        let named = self.context.request_id().map(str::to_owned);
        let report = |line: &Line| stream::report(line, named.as_deref());
        let (lines, reports) = self.read_all(batch, report);
        Sent {
            lines,
            call: self.store.record_all(reports),
        }
    }

    fn send_stories(&mut self, batch: Vec<Line>) -> Sent {
        let (lines, stories) = self.read_all(batch, full::story);
        Sent {
            lines,
            call: self.store.import(stories),
        }
    }

    fn read_all<T>(
        &mut self,
        batch: Vec<Line>,
        read: impl Fn(&Line) -> Result<T>,
    ) -> (Vec<(Line, Option<Error>)>, Vec<T>) {
        let mut values = Vec::with_capacity(batch.len());
        let mut lines = Vec::with_capacity(batch.len());
        for line in batch {
            self.imported.read += 1;
            self.bytes += line.length() as u64 + 1;
            let refused = match read(&line) {
                Ok(value) => {
                    values.push(value);
                    None
                }
                Err(error) => Some(error),
            };
            lines.push((line, refused));
        }
        (lines, values)
    }

    /// Counts what became of a batch.
    fn settle(&mut self, sent: Sent) -> Result<(), Failure> {
        let mut answers = self.context.wait(&self.store, sent.call)?.into_iter();
        for (line, refused) in sent.lines {
            let answer = match refused {
                Some(error) => Err(error),
                None => answers.next().unwrap_or_else(|| Err(stream::unanswered())),
            };
            match answer {
                Ok(recorded) => {
                    self.imported.recorded += 1;
                    self.imported.new += u64::from(recorded.new);
                }
                Err(error) => {
                    self.imported.rejected += 1;
                    self.rejected.keep(&line, error)?;
                }
            }
        }
        self.progress
            .at(self.bytes, &format!("{} recorded", self.imported.recorded));
        Ok(())
    }
}

fn read(lines: &mut Lines<impl Read>) -> Result<Vec<Line>, Failure> {
    lines.batch(BATCH, Pace::Full).map_err(|error| {
        Error::Storage {
            why: format!("the input cannot be read: {error}"),
        }
        .into()
    })
}

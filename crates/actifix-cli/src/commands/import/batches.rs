//! An import in batches: while one is on its way to the disk, the next is read.

use std::io::Read;
use std::path::Path;

use actifix::{ArchiveLine, Call, Error, Recorded, Result, Store};

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
    answers: Answers,
}

/// The store's answers to come.
enum Answers {
    Reports(Call<Vec<Result<Recorded>>>),
    /// Lines of a full export: what is no ticket has nothing to count.
    Archive(Call<Vec<Result<Option<Recorded>>>>),
}

impl Answers {
    fn wait(
        self,
        context: &Context,
        store: &Store,
    ) -> Result<Vec<Result<Option<Recorded>>>, Failure> {
        match self {
            Self::Archive(call) => context.wait(store, call),
            Self::Reports(call) => {
                let answers = context.wait(store, call)?;
                Ok(answers.into_iter().map(|answer| answer.map(Some)).collect())
            }
        }
    }
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
        // Of a full export: whether it comes in as it was.
        let mut exactly = None;
        if let Some(head) = batch.first().and_then(full::head) {
            exactly = Some(self.context.wait(&self.store, self.store.reserve(&head))?);
            batch.remove(0);
        }
        let mut on_its_way: Option<Sent> = None;
        while !batch.is_empty() {
            let sent = match exactly {
                Some(exactly) => self.send_archive(batch, exactly),
                None => self.send_reports(batch),
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
        self.imported.read += batch.len() as u64;
        let (lines, reports) = self.read_all(batch, report);
        Sent {
            lines,
            answers: Answers::Reports(self.store.record_all(stream::prepared(&reports))),
        }
    }

    fn send_archive(&mut self, batch: Vec<Line>, exactly: bool) -> Sent {
        let (lines, values) = self.read_all(batch, full::line);
        let tickets = values
            .iter()
            .filter(|line| matches!(line, ArchiveLine::Ticket(_)))
            .count();
        let unread = lines
            .iter()
            .filter(|(_, refused)| refused.is_some())
            .count();
        self.imported.read += (tickets + unread) as u64;
        Sent {
            lines,
            answers: Answers::Archive(self.store.import(values, exactly)),
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
        let answers = sent.answers.wait(self.context, &self.store)?;
        let mut answers = answers.into_iter();
        for (line, refused) in sent.lines {
            let answer = match refused {
                Some(error) => Err(error),
                None => answers.next().unwrap_or_else(|| Err(stream::unanswered())),
            };
            match answer {
                Ok(None) => {}
                Ok(Some(recorded)) => {
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

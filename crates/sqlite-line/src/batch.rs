//! One batch: begin, apply, finish, commit, and which of the three answers came back. Done; not done; unknown.

use std::cell::Cell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rusqlite::ErrorCode;

use crate::connection::Station;
use crate::core::Core;
use crate::error::Error;
use crate::panics::caught;
use crate::program::Program;
use crate::queue::Entry;
use crate::shared::Replies;
use crate::txn::{ReadTxn, WriteTxn};

/// Entries fetched from the queue at a time.
const PULL: usize = 64;

pub(crate) type EntryOf<P> = Entry<<P as Program>::Command, <P as Program>::Answer>;

/// A call the writer has taken: nobody can withdraw it any more, and it will get an answer.
pub(crate) struct Taken<P: Program> {
    pub(crate) entry: EntryOf<P>,
    pub(crate) answer: Option<P::Answer>,
    pub(crate) waited: Duration,
}

/// What became of a batch.
pub(crate) enum Ending {
    /// There was no call to apply.
    Nothing,
    /// On disk; the time is that of COMMIT.
    Done(Duration),
    /// Rolled back, nothing of it is applied.
    Undone(Undone),
    /// COMMIT did not say.
    Unknown(rusqlite::Error),
}

/// Why a batch was rolled back.
pub(crate) struct Undone {
    pub(crate) error: rusqlite::Error,
    /// The call at which it happened.
    pub(crate) at: Option<usize>,
    /// The error may come from the batch or the disk rather than from that call, so it gets another try alone.
    pub(crate) again: bool,
}

impl Undone {
    /// The disk failed somewhere: what the kernel holds for this connection is in doubt.
    pub(crate) fn is_io(&self) -> bool {
        self.error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
    }

    /// The file is damaged: nothing may be written to it any more.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(
            self.error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }
}

/// Runs one batch. `next` takes the next call into the list and tells its index.
pub(crate) fn run<P: Program>(
    station: &Station,
    txn: WriteTxn<'_>,
    program: &mut P,
    replies: &mut Replies,
    taken: &mut Vec<Taken<P>>,
    next: impl FnMut(&mut Vec<Taken<P>>) -> Option<usize>,
) -> Ending {
    let at = Cell::new(None);
    let error = match caught(|| apply_all(&txn, program, replies, taken, next, &at)).flatten() {
        Ok(true) => return commit(station, txn, program, replies),
        Ok(false) => return Ending::Nothing,
        Err(error) => error,
    };
    let again = txn.is_lost() || is_of_the_disk(&error);
    drop(txn);
    forget(program);
    Ending::Undone(Undone {
        error,
        at: at.get(),
        again,
    })
}

fn apply_all<P: Program>(
    txn: &WriteTxn<'_>,
    program: &mut P,
    replies: &mut Replies,
    taken: &mut Vec<Taken<P>>,
    mut next: impl FnMut(&mut Vec<Taken<P>>) -> Option<usize>,
    at: &Cell<Option<usize>>,
) -> rusqlite::Result<bool> {
    let mut following = next(taken);
    if following.is_none() {
        return Ok(false);
    }
    program.begin(txn)?;
    still_there(txn)?;
    while let Some(index) = following {
        at.set(following);
        let call = &mut taken[index];
        call.answer = Some(match &call.entry.crossing {
            None => program.apply(txn, &call.entry.command)?,
            Some(crossing) => replies.apply(txn, program, crossing, &call.entry.command)?,
        });
        still_there(txn)?;
        at.set(None);
        following = next(taken);
    }
    program.finish(txn)?;
    replies.finish(txn)?;
    still_there(txn)?;
    Ok(true)
}

/// A program may swallow the error with which SQLite rolled everything back.
fn still_there(txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
    if txn.is_lost() {
        Err(ReadTxn::lost())
    } else {
        Ok(())
    }
}

fn commit<P: Program>(
    station: &Station,
    txn: WriteTxn<'_>,
    program: &mut P,
    replies: &mut Replies,
) -> Ending {
    let started = Instant::now();
    let error = match station.tested(txn.commit()) {
        Ok(()) => {
            let time = started.elapsed();
            replies.committed();
            if caught(|| program.committed()).is_err() {
                forget(program); // its memory is in doubt, the disk is not
            }
            return Ending::Done(time);
        }
        Err(error) => error,
    };
    forget(program);
    if is_certainly_undone(&error) {
        return Ending::Undone(Undone {
            error,
            at: None,
            again: true,
        });
    }
    Ending::Unknown(error)
}

/// Errors of COMMIT after which the commit frame cannot be in the log: no room for it, no lock, a deferred constraint,
/// or no transaction left. Of anything else nobody knows.
pub(crate) fn is_certainly_undone(error: &rusqlite::Error) -> bool {
    let Some(code) = error.sqlite_error() else {
        return false;
    };
    matches!(
        code.code,
        ErrorCode::DiskFull
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::ConstraintViolation
    ) || code.extended_code == rusqlite::ffi::SQLITE_ABORT_ROLLBACK
}

fn is_of_the_disk(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::DatabaseBusy
        )
    )
}

/// A program that panics while forgetting has at least been told.
pub(crate) fn forget<P: Program>(program: &mut P) {
    let _ = caught(|| program.forget());
}

/// Takes calls from the queue while the batch has room: calls that arrive while others are applied join it.
pub(crate) struct Feed<'a, P: Program> {
    core: &'a Core<P>,
    pulled: &'a mut VecDeque<EntryOf<P>>,
    /// Set when the first call is taken: waiting for the lock does not count.
    until: Option<Instant>,
    bytes: usize,
    /// Calls that it takes; of one process a few more, if it takes any.
    most: usize,
}

impl<'a, P: Program> Feed<'a, P> {
    /// A feed of some `most` calls, if the options allow so many.
    pub(crate) fn new(
        core: &'a Core<P>,
        pulled: &'a mut VecDeque<EntryOf<P>>,
        most: usize,
    ) -> Self {
        Self {
            core,
            pulled,
            until: None,
            bytes: 0,
            most,
        }
    }

    pub(crate) fn next(&mut self, taken: &mut Vec<Taken<P>>) -> Option<usize> {
        let options = &self.core.options;
        let now = Instant::now();
        let until = *self.until.get_or_insert(now + options.batch_time);
        loop {
            let allowed = options.batch_calls.max(1).saturating_sub(taken.len());
            if allowed == 0 || (!taken.is_empty() && now >= until) {
                return None;
            }
            if self.pulled.is_empty() {
                let wanted = self.most.saturating_sub(taken.len());
                let room = wanted.min(allowed).min(PULL);
                self.core.queue.pull(room, self.pulled);
            }
            let entry = self.pulled.pop_front()?;
            if !taken.is_empty() && self.bytes.saturating_add(entry.weight) > options.batch_bytes {
                self.pulled.push_front(entry);
                return None;
            }
            if !entry.promise.hold() {
                continue; // withdrawn
            }
            if entry.is_late(now) {
                self.core.note(|figures| figures.busy += 1);
                entry.promise.fulfil(Err(Error::Busy {
                    waited: entry.made.elapsed(),
                    holder: None,
                }));
                continue;
            }
            self.bytes = self.bytes.saturating_add(entry.weight);
            let waited = now.saturating_duration_since(entry.made);
            taken.push(Taken {
                entry,
                answer: None,
                waited,
            });
            return Some(taken.len() - 1);
        }
    }
}

//! The reply cache: what was answered to calls of other processes, in the transaction of the call. A row holds the replies
//! of a session in one batch, and is written over when nobody needs them any more (`rows`).
//!
//! The table is made when the first call of another process is committed, so a database that one process alone uses
//! never has it.

mod rows;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{SystemTime, UNIX_EPOCH};

use self::rows::{Reply, Rows};
use super::Crossing;
use crate::error::Error;
use crate::program::Program;
use crate::txn::WriteTxn;

const MAKE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS line_kept(
  id INTEGER PRIMARY KEY,
  session INTEGER NOT NULL,
  at INTEGER NOT NULL,
  replies BLOB NOT NULL
)",
    "CREATE INDEX IF NOT EXISTS line_kept_session ON line_kept(session)",
];
/// By the index.
const OF_SESSION: &str = "SELECT id, replies FROM line_kept WHERE session = ?1";
const ADD: &str = "INSERT INTO line_kept(session, at, replies) VALUES (?1, ?2, ?3)";
/// By primary key. The session, for another process may have thrown the row out, and its number may be another's now.
const WRITE_OVER: &str =
    "UPDATE line_kept SET at = ?3, replies = ?4 WHERE id = ?1 AND session = ?2";
/// By primary key.
const REMOVE: &str = "DELETE FROM line_kept WHERE id = ?1 AND session = ?2";
/// By the index.
const FORGET: &str = "DELETE FROM line_kept WHERE session = ?1";
/// Of the whole table, which holds a few rows for each process that ended without a word in the last day. Once a process.
const FORGET_OLD: &str = "DELETE FROM line_kept WHERE at < ?1";

/// Seconds after which nobody repeats a call any more.
const KEPT: u64 = 86_400;
/// Sessions that are remembered; the rows of others are read again.
const MOST_SESSIONS: usize = 4_096;

/// The reply cache, as the writer's batches use it.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    /// In this batch the table is known to be there.
    ready: bool,
    /// This process has thrown out old rows.
    swept: bool,
    /// Sessions that ended in peace.
    departed: Vec<i64>,
    /// What this batch answered, by session.
    fresh: HashMap<i64, Vec<Reply>>,
    /// Where the replies of sessions stand. Only the leader of this term moves them.
    sessions: HashMap<i64, Rows>,
    term: Option<u64>,
    /// They were moved, and that is not on disk.
    moved: bool,
}

impl Replies {
    /// A batch begins, in which replies of these sessions may be forgotten; in this term, if we lead.
    pub(crate) fn begin(&mut self, departed: Vec<i64>, term: Option<u64>) {
        let lost = std::mem::take(&mut self.moved) || self.term != term;
        if lost || self.sessions.len() > MOST_SESSIONS {
            self.sessions.clear();
        }
        self.fresh.clear();
        self.ready = false;
        (self.departed, self.term) = (departed, term);
    }

    /// Applies a call that crossed, once: what was answered before is answered again.
    pub(crate) fn apply<P: Program>(
        &mut self,
        txn: &WriteTxn<'_>,
        program: &mut P,
        crossing: &Crossing,
        command: &P::Command,
    ) -> rusqlite::Result<P::Answer> {
        self.prepare(txn)?;
        if crossing.again {
            let kept = self.find(txn, crossing)?;
            if let Some(kept) = kept {
                return program.again(txn, command, &kept);
            }
        }
        let answer = program.apply(txn, command)?;
        // Our own caller gets its answer from this very thread; it needs no copy.
        if crossing.guest != 0
            && let Some(kept) = P::keep(&answer)?
        {
            self.fresh.entry(crossing.session).or_default().push(Reply {
                slot: crossing.slot,
                sequence: crossing.sequence,
                kept,
            });
        }
        Ok(answer)
    }

    /// What was kept of the answer to this call.
    fn find(&self, txn: &WriteTxn<'_>, call: &Crossing) -> rusqlite::Result<Option<Vec<u8>>> {
        let is_it = |reply: &Reply| (reply.slot, reply.sequence) == (call.slot, call.sequence);
        let fresh = self.fresh.get(&call.session);
        if let Some(reply) = fresh.and_then(|fresh| fresh.iter().find(|reply| is_it(reply))) {
            return Ok(Some(reply.kept.clone()));
        }
        let mut written = written(txn, call.session)?.into_iter();
        let reply = written.find_map(|(_, replies)| replies.into_iter().find(is_it));
        Ok(reply.map(|reply| reply.kept))
    }

    /// A batch ends: its replies are written, those that nobody needs are gone.
    pub(crate) fn finish(&mut self, txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
        if self.fresh.is_empty() && self.departed.is_empty() {
            return Ok(());
        }
        self.moved = true;
        for (session, replies) in std::mem::take(&mut self.fresh) {
            self.write(txn, session, &replies)?;
        }
        for session in std::mem::take(&mut self.departed) {
            self.prepare(txn)?;
            txn.execute(FORGET, [session])?;
            self.sessions.remove(&session);
        }
        Ok(())
    }

    /// The batch is on disk.
    pub(crate) fn committed(&mut self) {
        self.moved = false;
    }

    fn write(
        &mut self,
        txn: &WriteTxn<'_>,
        session: i64,
        replies: &[Reply],
    ) -> rusqlite::Result<()> {
        let rows = match self.sessions.entry(session) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Rows::read(&written(txn, session)?)),
        };
        let slots = || replies.iter().map(|reply| reply.slot);
        let bytes = rmp_serde::to_vec(replies).map_err(|error| unfit(&error))?;
        let at = now().cast_signed();
        let mut free = rows.leave(slots());
        let row = match free.pop() {
            Some(row) if txn.execute(WRITE_OVER, (row, session, at, &bytes))? > 0 => row,
            _ => {
                txn.execute(ADD, (session, at, &bytes))?;
                txn.last_insert_rowid()
            }
        };
        rows.enter(row, slots());
        for row in free {
            txn.execute(REMOVE, (row, session))?;
        }
        Ok(())
    }

    fn prepare(&mut self, txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
        if self.ready {
            return Ok(());
        }
        for sql in MAKE {
            txn.execute(sql, [])?;
        }
        if !self.swept {
            let before = now().saturating_sub(KEPT).cast_signed();
            txn.execute(FORGET_OLD, [before])?;
            self.swept = true;
        }
        self.ready = true;
        Ok(())
    }
}

/// The rows of a session.
fn written(txn: &WriteTxn<'_>, session: i64) -> rusqlite::Result<Vec<(i64, Vec<Reply>)>> {
    let rows: Vec<(i64, Vec<u8>)> =
        txn.query_all(OF_SESSION, [session], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let read = |(row, bytes): (i64, Vec<u8>)| {
        let replies = rmp_serde::from_slice(&bytes).map_err(|error| unfit(&error))?;
        Ok((row, replies))
    };
    rows.into_iter().map(read).collect()
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// What is kept of an answer that a program says nothing else about: all of it.
pub(crate) fn whole(answer: &impl serde::Serialize) -> rusqlite::Result<Vec<u8>> {
    serde_json::to_vec(answer).map_err(|error| unfit(&error))
}

/// The answer that was kept whole.
pub(crate) fn from_whole<A: serde::de::DeserializeOwned>(kept: &[u8]) -> rusqlite::Result<A> {
    serde_json::from_slice(kept).map_err(|error| unfit(&error))
}

fn unfit(error: &dyn std::error::Error) -> rusqlite::Error {
    Error::own(
        rusqlite::ffi::SQLITE_MISMATCH,
        format!("an answer cannot be kept: {error}"),
    )
}

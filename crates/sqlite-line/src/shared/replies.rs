//! The reply cache: what was answered to calls of other processes, in the transaction of the call. A row a slot; the next
//! call in the slot takes its place.
//!
//! The table is made when the first call of another process is committed, so a database that one process alone uses
//! never has it.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Crossing;
use crate::error::Error;
use crate::program::Program;
use crate::txn::WriteTxn;

const MAKE: &str = "CREATE TABLE IF NOT EXISTS line_replies(
  session INTEGER NOT NULL,
  slot INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reply TEXT NOT NULL,
  PRIMARY KEY (session, slot)
) WITHOUT ROWID";
/// By primary key.
const FIND: &str =
    "SELECT reply FROM line_replies WHERE session = ?1 AND slot = ?2 AND sequence = ?3";
/// By primary key.
const KEEP: &str = "INSERT INTO line_replies VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT DO UPDATE SET sequence = excluded.sequence, at = excluded.at, reply = excluded.reply";
/// By primary key.
const FORGET: &str = "DELETE FROM line_replies WHERE session = ?1";
/// Of the whole table, which holds a row for each process that ended without a word in the last day. Once a leader.
const FORGET_OLD: &str = "DELETE FROM line_replies WHERE at < ?1";

/// Seconds after which nobody repeats a call any more.
const KEPT: u64 = 86_400;

/// The reply cache, as the writer's batches use it.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    /// In this batch the table is known to be there.
    ready: bool,
    /// This process has thrown out old rows.
    swept: bool,
    /// Sessions that ended in peace.
    departed: Vec<i64>,
}

impl Replies {
    /// A batch begins, in which replies of these sessions may be forgotten.
    pub(crate) fn begin(&mut self, departed: Vec<i64>) {
        self.ready = false;
        self.departed = departed;
    }

    /// Applies a call that crossed, once: what was answered before is answered again.
    pub(crate) fn apply<P: Program>(
        &mut self,
        txn: &WriteTxn<'_>,
        program: &mut P,
        crossing: &Crossing,
        command: &P::Command,
    ) -> rusqlite::Result<P::Answer> {
        let Crossing {
            session,
            slot,
            sequence,
            ..
        } = *crossing;
        let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
        self.prepare(txn)?;
        if crossing.again {
            let kept: Option<String> =
                txn.query_opt(FIND, (session, slot, sequence), |row| row.get(0))?;
            if let Some(kept) = kept {
                return program.again(txn, command, &kept);
            }
        }
        let answer = program.apply(txn, command)?;
        // Our own caller gets its answer from this very thread; it needs no copy.
        if crossing.guest != 0
            && let Some(reply) = P::keep(&answer)?
        {
            let at = now().cast_signed();
            txn.execute(KEEP, (session, slot, sequence, at, reply))?;
        }
        Ok(answer)
    }

    /// A batch ends: those who need their replies no more.
    pub(crate) fn finish(&mut self, txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
        if self.departed.is_empty() {
            return Ok(());
        }
        self.prepare(txn)?;
        for session in std::mem::take(&mut self.departed) {
            txn.execute(FORGET, [session])?;
        }
        Ok(())
    }

    fn prepare(&mut self, txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
        if self.ready {
            return Ok(());
        }
        txn.execute(MAKE, [])?;
        if !self.swept {
            let before = now().saturating_sub(KEPT).cast_signed();
            txn.execute(FORGET_OLD, [before])?;
            self.swept = true;
        }
        self.ready = true;
        Ok(())
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// What is kept of an answer that a program says nothing else about: all of it.
pub(crate) fn whole(answer: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(answer).map_err(unfit)
}

/// The answer that was kept whole.
pub(crate) fn from_whole<A: serde::de::DeserializeOwned>(kept: &str) -> rusqlite::Result<A> {
    serde_json::from_str(kept).map_err(unfit)
}

fn unfit(error: serde_json::Error) -> rusqlite::Error {
    Error::own(
        rusqlite::ffi::SQLITE_MISMATCH,
        format!("an answer cannot be kept as JSON: {error}"),
    )
}

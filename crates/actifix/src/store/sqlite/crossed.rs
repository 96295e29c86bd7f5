//! What is kept of an answer to a call that another process committed, until it has surely arrived: a lease without its
//! ticket, anything else whole. A refusal changed nothing, so nothing is kept of it.
//!
//! The answer is the one that was lost, also when the lease has run out meanwhile: its caller finds that out as any holder
//! does. (A call that a *caller* repeats under its request id is told, see `requests`.)

use serde::{Deserialize, Serialize};
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::{self, Result as Sql, ffi};

use super::command::{Answer, Reply};
use super::desk::{Desk, Step, settled};
use super::grant::Grant;
use super::places::{self, LeaseRow};
use crate::error::Error;
use crate::event::Receipt;
use crate::time::Timestamp;

/// By position (postcard): there is one for each call that crosses.
#[derive(Serialize, Deserialize)]
enum Kept<R> {
    Claimed(Vec<Granted>, Option<usize>),
    Lease(Granted),
    Receipt(R),
    /// As JSON, for a reply may hold what describes itself.
    Whole(String),
}

/// A grant without what its ticket's row says.
#[derive(Serialize, Deserialize)]
struct Granted {
    n: i64,
    row: LeaseRow,
    updated: Timestamp,
}

impl Granted {
    fn of(grant: &Grant) -> Self {
        Self {
            n: grant.n,
            row: grant.row,
            updated: grant.updated,
        }
    }

    fn whole(self, desk: &mut Desk, txn: &WriteTxn<'_>) -> Step<Grant> {
        if places::key(txn, self.n)?.is_none() {
            let ticket = "of this lease: it has been purged".to_owned();
            return Err(Error::NotFound { ticket }.into());
        }
        let holder = desk.names.text(txn, self.row.holder)?.to_string();
        let grant = desk.granted(txn, self.n, &holder, self.row)?;
        Ok(Grant {
            updated: self.updated,
            ..grant
        })
    }
}

/// What is kept.
pub(super) fn keep(answer: &Answer) -> Sql<Option<Vec<u8>>> {
    let kept = match answer {
        Err(_) => return Ok(None),
        Ok(Reply::Granted(grants, _)) if grants.is_empty() => return Ok(None),
        Ok(Reply::Granted(grants, stopped)) => {
            Kept::Claimed(grants.iter().map(Granted::of).collect(), *stopped)
        }
        Ok(Reply::Grant(grant)) => Kept::Lease(Granted::of(grant)),
        Ok(Reply::Receipt(receipt)) => Kept::Receipt(receipt),
        Ok(reply) => Kept::Whole(serde_json::to_string(reply).map_err(|error| unfit(&error))?),
    };
    let bytes = postcard::to_allocvec(&kept);
    bytes.map(Some).map_err(|error| unfit(&error))
}

/// The answer again.
pub(super) fn again(desk: &mut Desk, txn: &WriteTxn<'_>, kept: &[u8]) -> Sql<Answer> {
    let kept = postcard::from_bytes(kept).map_err(|error| unfit(&error))?;
    settled(reply(desk, txn, kept))
}

fn reply(desk: &mut Desk, txn: &WriteTxn<'_>, kept: Kept<Receipt>) -> Step<Reply> {
    desk.flush_repeats(txn)?;
    match kept {
        Kept::Claimed(grants, stopped) => {
            let grants = grants.into_iter().map(|grant| grant.whole(desk, txn));
            Ok(Reply::Granted(grants.collect::<Step<_>>()?, stopped))
        }
        Kept::Lease(grant) => Ok(Reply::Grant(Box::new(grant.whole(desk, txn)?))),
        Kept::Receipt(receipt) => Ok(Reply::Receipt(receipt)),
        Kept::Whole(reply) => Ok(serde_json::from_str(&reply).map_err(|error| unfit(&error))?),
    }
}

fn unfit(error: &dyn std::error::Error) -> rusqlite::Error {
    let text = format!("an answer cannot be kept: {error}");
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_MISMATCH), Some(text))
}

//! Named calls: the same id gives the same answer. The answer is kept as ids and tokens only, in the transaction of the
//! call, for a day.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;

use super::command::Reply;
use super::desk::{Desk, Step, find_numbered};
use super::events;
use super::grant::Grant;
use super::places::Place;
use crate::error::Error;
use crate::event::Receipt;
use crate::lease::Token;
use crate::report::Recorded;

/// By primary key.
const FIND: &str = "SELECT verb, answer FROM requests WHERE id = ?1 AND at > ?2";
const KEEP: &str = "INSERT OR REPLACE INTO requests(id, at, verb, answer) VALUES (?1, ?2, ?3, ?4)";
/// By `requests_old`.
const PRUNE: &str = "DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE at <= ?1 ORDER BY at LIMIT 100)";

/// A day, in microseconds.
const KEPT: i64 = 86_400_000_000;

/// What can be kept of an answer, and given again.
pub(super) trait Repeatable: Sized {
    /// The answer as ids and tokens; `None` when there is nothing to keep (a claim that got nothing).
    fn keep(&self) -> Option<Value>;
    /// The answer again.
    fn again(desk: &mut Desk, txn: &WriteTxn<'_>, kept: Value) -> Step<Self>;
}

/// Does `work` once for an id: the second time its answer is given again.
pub(super) fn once<T: Repeatable>(
    desk: &mut Desk,
    txn: &WriteTxn<'_>,
    request: Option<&str>,
    verb: &str,
    work: impl FnOnce(&mut Desk) -> Step<T>,
) -> Step<T> {
    let Some(id) = request else { return work(desk) };
    let now = desk.now.micros();
    let found = txn.query_opt(FIND, (id, now - KEPT), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    if let Some((before, kept)) = found {
        if before != verb {
            let why =
                format!("`{id}` named a call of {before} before; give each call an id of its own");
            return Err(Error::invalid("request id", why).into());
        }
        let kept = serde_json::from_str(&kept).map_err(|_| unreadable(id))?;
        return T::again(desk, txn, kept);
    }
    let answer = work(desk)?;
    if let Some(kept) = answer.keep() {
        txn.execute(KEEP, (id, now, verb, kept.to_string()))?;
        prune(txn, now)?;
    }
    Ok(answer)
}

fn prune(txn: &WriteTxn<'_>, now: i64) -> Sql<()> {
    txn.execute(PRUNE, [now - KEPT]).map(|_| ())
}

fn unreadable(id: &str) -> Error {
    Error::Corrupt {
        why: format!("the kept answer of request `{id}` cannot be read"),
    }
}

impl Repeatable for Recorded {
    fn keep(&self) -> Option<Value> {
        serde_json::to_value(self).ok()
    }

    fn again(_: &mut Desk, _: &WriteTxn<'_>, kept: Value) -> Step<Self> {
        serde_json::from_value(kept).map_err(|_| unreadable("of a report").into())
    }
}

/// The kept form of a [`Reply`].
#[derive(Serialize, Deserialize)]
enum Kept {
    Claimed(Vec<(i64, i64)>),
    Lease(i64, i64),
    Receipt(Receipt),
}

impl Repeatable for Reply {
    fn keep(&self) -> Option<Value> {
        let kept = match self {
            Self::Granted(grants, _) if grants.is_empty() => return None,
            Self::Granted(grants, _) => Kept::Claimed(grants.iter().map(numbers).collect()),
            Self::Grant(grant) => {
                let (ticket, token) = numbers(grant);
                Kept::Lease(ticket, token)
            }
            Self::Receipt(receipt) => Kept::Receipt(receipt.clone()),
            // Calls of many have no id of their own; each report in them may.
            _ => return None,
        };
        serde_json::to_value(kept).ok()
    }

    fn again(desk: &mut Desk, txn: &WriteTxn<'_>, kept: Value) -> Step<Self> {
        match serde_json::from_value(kept).map_err(|_| unreadable("of a call"))? {
            Kept::Claimed(grants) => {
                let grants = grants
                    .into_iter()
                    .map(|(ticket, token)| granted(desk, txn, ticket, token));
                Ok(Self::Granted(grants.collect::<Step<_>>()?, None))
            }
            Kept::Lease(ticket, token) => {
                Ok(Self::Grant(Box::new(granted(desk, txn, ticket, token)?)))
            }
            Kept::Receipt(receipt) => Ok(Self::Receipt(Receipt {
                repeated: true,
                ..receipt
            })),
        }
    }
}

/// A grant's ticket and token.
fn numbers(grant: &Grant) -> (i64, i64) {
    (grant.n, grant.row.token)
}

/// The lease that a repeated claim got the first time, if it still holds.
fn granted(desk: &mut Desk, txn: &WriteTxn<'_>, ticket: i64, token: i64) -> Step<Grant> {
    let Some(found) = find_numbered(txn, ticket)? else {
        return Err(Error::NotFound {
            ticket: "of the first answer: it has been purged".to_owned(),
        }
        .into());
    };
    match found.place {
        Place::Leased(lease) if lease.token == token && lease.expires > desk.now.micros() => {
            let holder = desk.names.text(txn, lease.holder)?.to_string();
            let mut grant = desk.granted(txn, ticket, &holder, lease)?;
            grant.updated = events::newest(txn, ticket)?.1;
            Ok(grant)
        }
        _ => Err(desk.lost(txn, &found, Token(token))?.into()),
    }
}

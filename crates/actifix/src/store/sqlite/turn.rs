//! Whose turn it is to apply the retention policy: one process at a time, and not again before its pause is over. A turn is
//! a lease on the work itself, with a token that every step of it carries; whoever takes over makes the steps of the one
//! before worthless.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlite_line::rusqlite::Result as Sql;
use sqlite_line::{ReadTxn, WriteTxn};

use super::desk::{Desk, Step};
use super::positions::position;
use crate::time::Timestamp;

/// How long a turn lasts after its last step: a process that was killed holds it up for so long.
const LEASE: Duration = Duration::from_secs(60);

// Rows of the table that says how far a source has come, each by primary key: four numbers need no table of their own.
const TOKEN: &str = "retention:token";
const UNTIL: &str = "retention:until";
const NEXT: &str = "retention:next";
const LAST: &str = "retention:last";

/// What is asked of the turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Turn {
    /// To begin: only when it is due, unless somebody asked by hand.
    Begin { every: Duration, by_hand: bool },
    /// It is over; the next one is due after the pause.
    End { turn: i64, pause: Duration },
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TurnAnswer {
    /// It has begun, under this token.
    Begun(i64),
    /// Another process is at it, until then at least.
    Elsewhere(Timestamp),
    /// It is due then.
    NotDue(Timestamp),
    /// It is over.
    Ended,
}

/// When the policy was applied last, and when the next time is due; `None` when it never was.
pub(super) fn times(txn: &ReadTxn<'_>) -> Sql<(Option<Timestamp>, Option<Timestamp>)> {
    let at = |micros| (micros != 0).then_some(Timestamp::from_micros(micros));
    Ok((at(position(txn, LAST)?), at(position(txn, NEXT)?)))
}

impl Desk {
    pub fn turn(&mut self, txn: &WriteTxn<'_>, turn: &Turn) -> Step<TurnAnswer> {
        match *turn {
            Turn::Begin { every, by_hand } => self.begin_turn(txn, every, by_hand),
            Turn::End { turn, pause } => {
                if position(txn, TOKEN)? == turn {
                    self.move_to(txn, UNTIL, 0)?;
                    self.move_to(txn, LAST, self.now.micros())?;
                    self.move_to(txn, NEXT, self.now.after(pause).micros())?;
                }
                Ok(TurnAnswer::Ended)
            }
        }
    }

    fn begin_turn(
        &mut self,
        txn: &WriteTxn<'_>,
        every: Duration,
        by_hand: bool,
    ) -> Step<TurnAnswer> {
        let (until, next) = (position(txn, UNTIL)?, position(txn, NEXT)?);
        // A time that is farther away than any process with this clock would set it is of a clock that ran ahead.
        let ahead = |at: i64, span| at > self.now.micros() && at <= self.now.after(span).micros();
        if ahead(until, LEASE) {
            return Ok(TurnAnswer::Elsewhere(Timestamp::from_micros(until)));
        }
        if !by_hand && ahead(next, every) {
            return Ok(TurnAnswer::NotDue(Timestamp::from_micros(next)));
        }
        // The time is in it, so that a database that was put back to a copy does not lend a token twice.
        let token = self.now.micros().max(position(txn, TOKEN)? + 1);
        self.move_to(txn, TOKEN, token)?;
        self.keep_turn(txn, token)?;
        Ok(TurnAnswer::Begun(token))
    }

    /// Moves the end of a turn on. False when the turn is another's.
    pub fn keep_turn(&self, txn: &WriteTxn<'_>, turn: i64) -> Sql<bool> {
        if position(txn, TOKEN)? != turn {
            return Ok(false);
        }
        self.move_to(txn, UNTIL, self.now.after(LEASE).micros())?;
        Ok(true)
    }
}

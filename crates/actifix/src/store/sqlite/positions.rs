//! How far a source has been read, in the transaction of what was read from it: a spool, a log file.

use serde::{Deserialize, Serialize};
use sqlite_line::rusqlite::Result as Sql;
use sqlite_line::{ReadTxn, WriteTxn};

use super::desk::{Desk, Step, Who, settled};
use super::whole::Whole;
use crate::error::{Error, Result};
use crate::report::Recorded;

/// By primary key, each.
const POSITION: &str = "SELECT offset FROM positions WHERE source = ?1";
const MOVE: &str = "INSERT INTO positions(source, offset) VALUES (?1, ?2)
  ON CONFLICT(source) DO UPDATE SET offset = excluded.offset";
const FORGET: &str = "DELETE FROM positions WHERE source = ?1";

/// A part of a source: what lies between two positions.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stretch {
    pub source: String,
    /// Where it begins: the source must have been read just so far.
    pub from: i64,
    /// Where it ends.
    pub to: i64,
    /// The reports in it, each with the position after it.
    pub reports: Vec<(i64, Result<Whole>)>,
}

/// What became of a stretch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadSoFar {
    /// How far the source has been read now.
    pub position: i64,
    /// The reports that were taken, in order, each with its answer. `None`: nothing was, since the source had been read
    /// further, or not so far.
    pub answers: Option<Vec<Result<Recorded>>>,
}

/// How far a source has been read: 0 when not at all.
pub(super) fn position(txn: &ReadTxn<'_>, source: &str) -> Sql<i64> {
    let found = txn.query_opt(POSITION, [source], |row| row.get(0))?;
    Ok(found.unwrap_or(0))
}

impl Desk {
    /// Records the reports of a stretch, once: the position moves with them. Where the limit of open tickets, or of an
    /// origin's new ones, is reached the stretch ends early, before the report that it refused.
    pub fn record_stretch(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        stretch: &Stretch,
    ) -> Step<ReadSoFar> {
        let position = position(txn, &stretch.source)?;
        if position != stretch.from {
            return Ok(ReadSoFar {
                position,
                answers: None,
            });
        }
        let mut answers = Vec::with_capacity(stretch.reports.len());
        let mut reached = stretch.from;
        for (end, report) in &stretch.reports {
            let answer = match report {
                Ok(report) => settled(self.record(txn, who, report.get(), None))?,
                Err(error) => Err(error.clone()),
            };
            if matches!(
                answer,
                Err(Error::TooManyOpen { .. } | Error::Throttled { .. })
            ) {
                self.move_to(txn, &stretch.source, reached)?;
                answers.push(answer);
                return Ok(ReadSoFar {
                    position: reached,
                    answers: Some(answers),
                });
            }
            reached = *end;
            answers.push(answer);
        }
        self.move_to(txn, &stretch.source, stretch.to)?;
        Ok(ReadSoFar {
            position: stretch.to,
            answers: Some(answers),
        })
    }

    pub fn move_to(&self, txn: &WriteTxn<'_>, source: &str, position: i64) -> Sql<()> {
        txn.execute(MOVE, (source, position)).map(|_| ())
    }

    /// Forgets a source that is gone for good.
    pub fn forget_source(&self, txn: &WriteTxn<'_>, source: &str) -> Sql<()> {
        txn.execute(FORGET, [source]).map(|_| ())
    }
}

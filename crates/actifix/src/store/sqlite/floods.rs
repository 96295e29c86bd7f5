//! Floods of what reports by itself (programs under `run`, logs, panic hooks): so many new tickets a minute and origin, for
//! all processes together; a ticket says so. Whoever has a report that is refused here keeps it in the spool. Counting a
//! known ticket is never refused.

use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;

use super::desk::{Desk, Step, Who};
use super::positions;
use crate::error::Error;
use crate::report::Report;

const MINUTE: i64 = 60_000_000;
/// A minute's number stands above so many bits, the count of its new tickets below.
const BITS: u32 = 24;

impl Desk {
    /// Lets one more new ticket of `origin` in, or refuses it until the minute is over.
    pub fn admit(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        report: &Report,
        origin: &str,
    ) -> Step<()> {
        let limit = i64::try_from(self.settings.limits.captured_per_minute).unwrap_or(i64::MAX);
        if limit == 0 {
            return Ok(());
        }
        let limit = limit.min((1 << BITS) - 2);
        let now = self.now.micros();
        let minute = now.div_euclid(MINUTE);
        // A row of the table that says how far a source has come: by primary key.
        let source = format!("flood:{origin}");
        let known = positions::position(txn, &source)?;
        let count = if known >> BITS == minute {
            known & ((1 << BITS) - 1)
        } else {
            0
        };
        if count > limit {
            return Err(self.later(now).into());
        }
        self.count(txn, &source, minute, count + 1)?;
        if count < limit {
            return Ok(());
        }
        self.record(txn, who, &summary(origin, limit, report), None)?;
        Err(self.later(now).into())
    }

    fn count(&self, txn: &WriteTxn<'_>, source: &str, minute: i64, count: i64) -> Sql<()> {
        self.move_to(txn, source, (minute << BITS) | count)
    }

    fn later(&self, now: i64) -> Error {
        let left = MINUTE - now.rem_euclid(MINUTE);
        Error::Throttled {
            retry_after: std::time::Duration::from_micros(left.unsigned_abs()),
        }
    }
}

/// The ticket that tells of a flood: one an origin, counted once a minute that it lasts.
fn summary(origin: &str, limit: i64, first: &Report) -> Report {
    let message = format!(
        "{origin} makes more than {limit} new tickets a minute; further ones wait in the spool and come in slowly"
    );
    let held: String = first.message.chars().take(200).collect();
    Report {
        source: Some(origin.chars().take(400).collect()),
        project: first.project.clone(),
        context: Some(serde_json::json!({ "first_held_back": held })),
        ..Report::error("Flood", message).fingerprint(format!("actifix:flood:{origin}"))
    }
}

//! Counting equal reports. A batch adds up what came for each ticket and writes it once: the count, the hour, one event
//! with the number, and the latest ten samples.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::json;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result;

use super::desk::{Desk, Step};
use super::events;
use super::facts;
use crate::event::EventKind;
use crate::report::{Report, Sample};
use crate::time::Timestamp;

/// By rowid in both.
pub(super) const SEEN: &str = "SELECT coalesce(s.count, 1), coalesce(s.last, f.first_seen), s.event
  FROM facts f LEFT JOIN seen s ON s.ticket = f.n WHERE f.n = ?1";
/// By rowid.
pub(super) const SAVE: &str = "INSERT INTO seen(ticket, count, last, event) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT(ticket) DO UPDATE SET count = excluded.count, last = excluded.last, event = excluded.event";
/// By rowid: the counted event before this one.
pub(super) const CHAIN: &str = "UPDATE events SET prev = ?2 WHERE seq = ?1";
/// By primary key.
pub(super) const BUCKET: &str = "INSERT INTO buckets(ticket, hour, k) VALUES (?1, ?2, ?3)
  ON CONFLICT(ticket, hour) DO UPDATE SET k = k + excluded.k";
/// By primary key.
pub(super) const SAMPLE: &str =
    "INSERT OR REPLACE INTO samples(ticket, slot, nth, body) VALUES (?1, ?2, ?3, ?4)";

/// So many of the latest repeats are kept.
pub(super) const SAMPLES: u64 = 10;
/// Bytes of a repeat's context that are kept; of the first occurrence all is.
const CONTEXT: usize = 64 << 10;
const HOUR: i64 = 3_600_000_000;

/// What came for one ticket in this batch.
struct Repeat {
    actor: i64,
    count: u64,
    added: u64,
    last: i64,
    /// The counted event before this batch.
    event: Option<i64>,
    hours: HashMap<i64, i64>,
    samples: Vec<(u64, String)>,
}

/// What came in this batch, by ticket.
#[derive(Default)]
pub(super) struct Repeats(HashMap<i64, Repeat>);

impl Desk {
    /// Counts one more occurrence of `ticket`. Answers how many there are.
    pub fn repeat(
        &mut self,
        txn: &WriteTxn<'_>,
        ticket: i64,
        actor: i64,
        report: &Report,
    ) -> Step<u64> {
        let at = report.occurred_at.unwrap_or(self.now);
        let repeat = match self.repeats.0.entry(ticket) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let (count, last, event) = txn.query_row(SEEN, [ticket], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
                free.insert(Repeat {
                    actor,
                    count,
                    added: 0,
                    last,
                    event,
                    hours: HashMap::new(),
                    samples: Vec::new(),
                })
            }
        };
        repeat.count += 1;
        repeat.added += 1;
        repeat.last = repeat.last.max(at.micros());
        *repeat
            .hours
            .entry(at.micros().div_euclid(HOUR))
            .or_default() += 1;
        if repeat.samples.len() >= usize::try_from(SAMPLES).unwrap_or(10) {
            repeat.samples.remove(0);
        }
        repeat.samples.push((repeat.count, sample(report, at)));
        Ok(repeat.count)
    }

    /// Writes what was added up.
    pub fn flush_repeats(&mut self, txn: &WriteTxn<'_>) -> Result<()> {
        if self.repeats.0.is_empty() {
            return Ok(());
        }
        let mut all: Vec<_> = std::mem::take(&mut self.repeats.0).into_iter().collect();
        all.sort_unstable_by_key(|(ticket, _)| *ticket);
        for (ticket, repeat) in all {
            for (hour, k) in repeat.hours {
                txn.execute(BUCKET, (ticket, hour, k))?;
            }
            for (nth, body) in repeat.samples {
                txn.execute(SAMPLE, (ticket, nth % SAMPLES, nth, body))?;
            }
            let entry = events::Entry::of(ticket, EventKind::Counted, repeat.actor)
                .num(i64::try_from(repeat.added).unwrap_or(i64::MAX))
                .is(&json!({"occurrences": repeat.count}));
            let seq = self.append(txn, &entry)?;
            if repeat.event.is_some() {
                txn.execute(CHAIN, (seq, repeat.event))?;
            }
            txn.execute(SAVE, (ticket, repeat.count, repeat.last, seq))?;
        }
        Ok(())
    }
}

/// A repeat as it is kept.
fn sample(report: &Report, at: Timestamp) -> String {
    let context = report
        .context
        .clone()
        .filter(|context| context.to_string().len() <= CONTEXT);
    let kept = Sample {
        at: Some(at),
        message: Some(report.message.clone()),
        stack_trace: report.stack_trace.clone(),
        context,
        environment: report.environment.clone(),
        release: report.release.clone(),
        tags: report.tags.clone(),
        user: report.user.clone(),
    };
    facts::json(&kept).unwrap_or_default()
}

//! Reports become tickets: a new one, or one more occurrence of a known one.

use sqlite_line::WriteTxn;

use super::desk::{Desk, Found, Step, Who, find_numbered, settled};
use super::events::Entry;
use super::facts::{self, NewTicket};
use super::known::{EXACT, LEARN, fingerprint};
use super::places::{EndRow, IGNORED, Key, Place, PlaceName};
use super::whole::Whole;
use super::{due, requests};
use crate::error::{Error, Result};
use crate::event::EventKind;
use crate::evidence::CloseReason;
use crate::release::is_older;
use crate::report::{DEFAULT_PROJECT, Recorded, Report};
use crate::store::Regression;
use crate::ticket::{Status, TicketId};

/// Duplicates lead on to their original over at most so many tickets.
pub(super) const HOPS: usize = 16;

/// By rowid: the version that has the fix, where the evidence names one.
const FIXED_IN: &str = "SELECT json_extract(new, '$.release') FROM events WHERE seq = ?1";

/// Whether a report comes from a version older than the one that has the fix: then it is no regression.
fn is_from_before(txn: &WriteTxn<'_>, end: &EndRow, report: &Report) -> Step<bool> {
    let Some(release) = &report.release else {
        return Ok(false);
    };
    let fixed: Option<String> = txn
        .query_opt(FIXED_IN, [end.done], |row| row.get(0))?
        .flatten();
    Ok(fixed.is_some_and(|fixed| is_older(release, &fixed)))
}

impl Desk {
    pub fn record_all(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        reports: &[Result<Whole>],
    ) -> Step<Vec<Result<Recorded>>> {
        let mut answers = Vec::with_capacity(reports.len());
        for report in reports {
            answers.push(match report {
                Ok(report) => settled(self.record(txn, who, report.get(), None))?,
                Err(error) => Err(error.clone()),
            });
        }
        Ok(answers)
    }

    pub fn record(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        report: &Report,
        request: Option<&str>,
    ) -> Step<Recorded> {
        match report.request_id.as_deref().or(request) {
            None => self.take(txn, who, report),
            request => requests::once(self, txn, request, "record", |desk| {
                desk.take(txn, who, report)
            }),
        }
    }

    fn take(&mut self, txn: &WriteTxn<'_>, who: &Who<'_>, report: &Report) -> Step<Recorded> {
        let project = self
            .names
            .id(txn, report.project.as_deref().unwrap_or(DEFAULT_PROJECT))?;
        let value = fingerprint(report);
        match self.known(txn, project, report, value)? {
            Some(found) => self.again(txn, who, report, project, value, found),
            None => {
                if let Some(origin) = &report.origin {
                    self.admit(txn, who, report, origin)?;
                }
                self.new_ticket(txn, who, report, project, value)
            }
        }
    }

    /// The ticket that counts a fingerprint's reports: a duplicate's original. `None` when it is gone or deleted.
    pub(super) fn original(&mut self, txn: &WriteTxn<'_>, mut ticket: i64) -> Step<Option<Found>> {
        for _ in 0..HOPS {
            let Some(found) = find_numbered(txn, ticket)? else {
                return Ok(None);
            };
            match found.place {
                Place::Trash { .. } => return Ok(None),
                Place::Completed(EndRow {
                    reason,
                    original: Some(original),
                    ..
                }) if reason == reason_number(CloseReason::Duplicate)
                    && super::places::key(txn, original)?.is_some() =>
                {
                    ticket = original;
                }
                _ => return Ok(Some(found)),
            }
        }
        Ok(None)
    }

    fn again(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        report: &Report,
        project: i64,
        value: Option<[u8; 16]>,
        found: Found,
    ) -> Step<Recorded> {
        let actor = self.names.id(txn, who.name)?;
        let fixed =
            |end: &EndRow| end.reason == 0 || end.reason == reason_number(CloseReason::Fixed);
        let mut status = status_of(&found.place, self.now.micros());
        match &found.place {
            Place::Completed(end)
                if fixed(end)
                    && self.settings.regression == Regression::NewTicket
                    && !is_from_before(txn, end, report)? =>
            {
                return self.new_ticket(txn, who, report, project, value);
            }
            Place::Completed(end) => {
                let count = self.repeat(txn, found.key.ticket, actor, report)?;
                let back = fixed(end)
                    && self.settings.regression == Regression::Reopen
                    && !is_from_before(txn, end, report)?;
                if back || self.wakes(end, count) {
                    self.flush_repeats(txn)?;
                    self.come_back(
                        txn,
                        &found,
                        actor,
                        if back { Back::Again } else { Back::Woken },
                    )?;
                    status = Status::Open;
                }
                return Ok(recorded(&found, count, status));
            }
            _ => {}
        }
        let count = self.repeat(txn, found.key.ticket, actor, report)?;
        Ok(recorded(&found, count, status))
    }

    /// Whether an ignored ticket's rule is met.
    fn wakes(&self, end: &EndRow, count: u64) -> bool {
        end.reason == IGNORED
            && (end.wake_at.is_some_and(|at| at <= self.now.micros())
                || end
                    .wake_count
                    .is_some_and(|at| u64::try_from(at).is_ok_and(|at| count >= at)))
    }

    /// An ended ticket is open again, with no attempts counted.
    pub fn come_back(
        &mut self,
        txn: &WriteTxn<'_>,
        found: &Found,
        actor: i64,
        why: Back,
    ) -> Step<i64> {
        let was = status_of(&found.place, self.now.micros());
        self.relocate(txn, found, &Place::Ready { last: None })?;
        due::clear_attempts(txn, found.key.ticket)?;
        let entry = Entry::of(found.key.ticket, EventKind::Reopened, actor)
            .was(&serde_json::json!({"status": was}))
            .is(&serde_json::json!({"status": Status::Open, "why": why.as_str()}));
        let entry = if why == Back::Reopened {
            entry
        } else {
            entry.regressed()
        };
        Ok(self.append(txn, &entry)?)
    }

    fn new_ticket(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        report: &Report,
        project: i64,
        value: Option<[u8; 16]>,
    ) -> Step<Recorded> {
        self.room_for_one_more(txn)?;
        let actor = self.names.id(txn, who.name)?;
        let n = self.counters.ticket();
        let id = TicketId::of(n, self.now);
        let first_seen = report.occurred_at.unwrap_or(self.now);
        facts::insert(
            txn,
            &NewTicket {
                n,
                id: &id,
                project,
                created: self.now,
                first_seen,
                mark: value,
                report,
            },
        )?;
        if let Some(value) = value {
            txn.execute(LEARN, (project, value, EXACT, n))?;
        }
        self.learn(txn, project, &report.marks, n)?;
        let priority = report.priority.unwrap_or_default();
        let key = Key {
            ticket: n,
            project,
            priority: priority as i64,
            created: self.now.micros(),
            kind: report.kind as i64,
        };
        let place = match report.not_before {
            Some(span) if !span.is_zero() => Place::Scheduled {
                not_before: self.now.after(span).micros(),
            },
            _ => Place::Ready { last: None },
        };
        self.place(txn, &key, &place)?;
        let entry =
            Entry::of(n, EventKind::Recorded, actor).is(&serde_json::json!({"priority": priority}));
        self.append(txn, &entry)?;
        Ok(Recorded {
            id,
            new: true,
            occurrences: 1,
            status: Status::Open,
            priority,
        })
    }

    /// The limit of open tickets is looked at only when a ticket is made.
    fn room_for_one_more(&self, txn: &WriteTxn<'_>) -> Step<()> {
        let limit = self.settings.limits.open_tickets;
        if limit == 0 {
            return Ok(());
        }
        let mut open = 0;
        for place in [PlaceName::Ready, PlaceName::Scheduled, PlaceName::Leases] {
            open += self.counts.sum(txn, place)?;
        }
        if u64::try_from(open).is_ok_and(|open| open >= limit) {
            return Err(Error::TooManyOpen { limit }.into());
        }
        Ok(())
    }
}

/// Why an ended ticket is open again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Back {
    /// Somebody opened it.
    Reopened,
    /// Its error came again.
    Again,
    /// Its error came again, and it is no longer ignored.
    Woken,
}

impl Back {
    fn as_str(self) -> &'static str {
        match self {
            Self::Reopened => "reopened",
            Self::Again => "it came again",
            Self::Woken => "its time to be ignored is over",
        }
    }
}

fn recorded(found: &Found, occurrences: u64, status: Status) -> Recorded {
    let priority = facts::priority(found.key.priority);
    Recorded {
        id: found.id.clone(),
        new: false,
        occurrences,
        status,
        priority,
    }
}

/// The number of a close reason in `completed.reason`.
pub(super) fn reason_number(reason: CloseReason) -> i64 {
    reason as i64 + 1
}

/// What people see of a place. A lease past its time shows as open, whether or not it has been swept.
pub(super) fn status_of(place: &Place, now: i64) -> Status {
    match place {
        Place::Ready { .. } | Place::Scheduled { .. } => Status::Open,
        Place::Leased(lease) if lease.expires <= now => Status::Open,
        Place::Leased(_) => Status::InProgress,
        Place::Parked { .. } => Status::Quarantined,
        Place::Completed(end) if end.reason == IGNORED => Status::Ignored,
        Place::Completed(_) => Status::Completed,
        Place::Trash { from, .. } => match &**from {
            Place::Leased(_) => Status::Open,
            from => status_of(from, now),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_match_is_frozen() {
        let hex = |report: &Report| {
            fingerprint(report).map(|value| {
                value
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
            })
        };
        let error = Report::error("ValueError", "bad").source("a.py:1");
        assert_eq!(
            hex(&error).as_deref(),
            Some("1ef6fdb1d5bdf62669ded0174c0dc1a3")
        );
        assert_eq!(hex(&Report::task("x")), None);
        assert_ne!(
            hex(&Report::task("x").key("k")),
            hex(&Report::error("E", "x").fingerprint("k"))
        );
        assert_ne!(
            hex(&Report::error("ab", "c")),
            hex(&Report::error("a", "bc"))
        );
    }
}

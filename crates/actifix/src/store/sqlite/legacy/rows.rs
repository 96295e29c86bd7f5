//! The old rows, one by one: a ticket's facts, where it stands, its history, and what makes it known again.

use serde_json::{Map, Value as Json, json};
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Result as Sql, Row};

use super::recognise::Old;
use super::standing::{Lock, Says, Standing, stands};
use super::times::moment;
use super::upgrade::{Contradiction, Upgraded};
use crate::event::EventKind;
use crate::evidence::Evidence;
use crate::limits::DEFAULT_LEASE;
use crate::report::{DEFAULT_PROJECT, Report};
use crate::store::sqlite::desk::{Desk, Stop};
use crate::store::sqlite::events::{APPEND, Entry};
use crate::store::sqlite::facts::{self, MORE_FACTS, NewTicket};
use crate::store::sqlite::places::{EndRow, Key, LeaseRow, Place};
use crate::store::sqlite::record::{EXACT, LEARN_IF_FREE, fingerprint};
use crate::ticket::{Tags, TicketId};
use crate::time::Timestamp;

/// By rowid, page by page.
const PAGE: &str = "SELECT ticket, id, priority, error_type, message, source, run_label, created_at, updated_at,
  duplicate_guard, status, owner, locked_by, locked_at, lease_expires, stack_trace, file_context, system_state,
  ai_remediation_notes, correlation_id, completion_summary, completion_notes, test_steps, test_results,
  test_documentation_url, completed, deleted, deleted_at
  FROM legacy WHERE ticket > ?1 ORDER BY ticket LIMIT 500";
/// By rowid.
const SETTLED: &str = "UPDATE legacy SET as_of = ?2, fits = ?3 WHERE ticket = ?1";
/// By the audit log's index on table and record.
const COMPLETED_BY: &str = "SELECT user_context FROM database_audit_log WHERE table_name = 'tickets' AND record_id = ?1
  AND operation = 'UPDATE' AND new_values LIKE '%\"status\": \"Completed\"%' ORDER BY id DESC LIMIT 1";

/// Whoever did what the old tables tell of, and is not named there.
const SOMEBODY: &str = "python-actifix";
/// So many contradictions are told; all are counted.
const TOLD: usize = 100;

/// Texts of a row by their place in [`PAGE`], the ticket's number not counted.
mod at {
    pub const ID: usize = 0;
    pub const PRIORITY: usize = 1;
    pub const ERROR_TYPE: usize = 2;
    pub const MESSAGE: usize = 3;
    pub const SOURCE: usize = 4;
    pub const RUN_LABEL: usize = 5;
    pub const CREATED: usize = 6;
    pub const UPDATED: usize = 7;
    pub const GUARD: usize = 8;
    pub const STATUS: usize = 9;
    pub const OWNER: usize = 10;
    pub const LOCKED_BY: usize = 11;
    pub const LOCKED_AT: usize = 12;
    pub const EXPIRES: usize = 13;
    pub const STACK: usize = 14;
    pub const FILES: usize = 15;
    pub const SYSTEM: usize = 16;
    pub const NOTES: usize = 17;
    pub const CORRELATION: usize = 18;
    pub const SUMMARY: usize = 19;
    pub const DID: usize = 20;
    pub const TESTED: usize = 21;
    pub const RESULTS: usize = 22;
    pub const URL: usize = 23;
    pub const COMPLETED: usize = 24;
    pub const DELETED: usize = 25;
    pub const DELETED_AT: usize = 26;
    pub const ALL: usize = 27;
}

/// A row of the old `tickets`, each value as it was.
struct OldRow {
    n: i64,
    values: Vec<Value>,
}

impl OldRow {
    fn read(row: &Row<'_>) -> Sql<Self> {
        Ok(Self {
            n: row.get(0)?,
            values: (1..=at::ALL)
                .map(|column| value(row, column))
                .collect::<Sql<_>>()?,
        })
    }

    /// A column's text, whatever it was stored as.
    fn text(&self, column: usize) -> Option<String> {
        match &self.values[column] {
            Value::Null => None,
            Value::Integer(number) => Some(number.to_string()),
            Value::Real(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// A text with something in it.
    fn some(&self, column: usize) -> Option<String> {
        self.text(column).filter(|text| !text.is_empty())
    }

    fn is(&self, column: usize) -> bool {
        match &self.values[column] {
            Value::Integer(number) => *number != 0,
            Value::Real(number) => *number != 0.0,
            Value::Text(text) => matches!(text.as_str(), "1" | "true" | "True"),
            _ => false,
        }
    }

    fn moment(&self, column: usize) -> Option<Timestamp> {
        moment(&self.values[column])
    }

    /// When it was made, as well as the row tells.
    fn created(&self, now: Timestamp) -> Timestamp {
        [at::CREATED, at::UPDATED, at::LOCKED_AT]
            .into_iter()
            .find_map(|column| self.moment(column))
            .unwrap_or(now)
    }
}

/// Text that is no UTF-8 is read with its odd bytes replaced; the value itself stays in `legacy` as it was.
fn value(row: &Row<'_>, column: usize) -> Sql<Value> {
    use sqlite_line::rusqlite::types::ValueRef;
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        other => other.try_into().unwrap_or(Value::Null),
    })
}

/// The lock of a row, its times settled.
struct Held {
    holder: String,
    acquired: Timestamp,
    expires: Timestamp,
    /// It says when it ends.
    bounded: bool,
}

impl Held {
    fn of(row: &OldRow, now: Timestamp) -> Option<Self> {
        let holder = row.some(at::LOCKED_BY)?;
        let (from, to) = (row.moment(at::LOCKED_AT), row.moment(at::EXPIRES));
        let acquired = from.or(to).unwrap_or_else(|| row.created(now));
        Some(Self {
            holder,
            acquired,
            expires: to.unwrap_or_else(|| acquired.after(DEFAULT_LEASE)),
            bounded: to.is_some(),
        })
    }
}

/// The taking over of all rows.
pub(super) struct Rows<'a> {
    old: &'a Old,
    actor: &'a str,
    upgraded: Upgraded,
}

impl<'a> Rows<'a> {
    pub fn new(old: &'a Old, actor: &'a str) -> Self {
        let upgraded = Upgraded {
            from: Some(old.version),
            tickets: old.tickets,
            ..Upgraded::default()
        };
        Self {
            old,
            actor,
            upgraded,
        }
    }

    pub fn take(
        mut self,
        txn: &WriteTxn<'_>,
        desk: &mut Desk,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Upgraded, Stop> {
        let (mut last, mut done) = (0, 0);
        // Numbers of the old tickets are given out already.
        desk.counters
            .raise(0, i64::try_from(self.old.tickets).unwrap_or(i64::MAX));
        loop {
            let page = txn.query_all(PAGE, [last], OldRow::read)?;
            let Some(end) = page.last() else { break };
            last = end.n;
            for row in &page {
                self.one(txn, desk, row)?;
            }
            done += page.len() as u64;
            progress(done, self.old.tickets);
        }
        desk.counts.save(txn)?;
        desk.counters.save(txn)?;
        Ok(self.upgraded)
    }

    fn one(&mut self, txn: &WriteTxn<'_>, desk: &mut Desk, row: &OldRow) -> Result<(), Stop> {
        let created = row.created(desk.now);
        let (id, named) = self.id(row, created);
        let held = Held::of(row, desk.now);
        let lock = match &held {
            None => Lock::None,
            Some(held) if held.expires > desk.now => Lock::Live,
            Some(_) => Lock::RunOut,
        };
        let says = Says::of(row.text(at::STATUS).as_deref());
        let (standing, mut why) = stands(says, row.is(at::COMPLETED), lock);
        if held.as_ref().is_some_and(|held| !held.bounded) {
            why = why.or(Some("a lock without an end"));
        }
        if !named {
            why = why.or(Some("no usable id"));
        }
        let report = report(row);
        let project = desk.names.id(txn, DEFAULT_PROJECT)?;
        let key = self.facts(txn, project, row, &id, created, &report)?;
        let history = History { row, id: &id, why };
        let place = history.place(self.old, txn, desk, standing, held.as_ref())?;
        let imported = history.imported(txn, desk, self.actor, self.old.version)?;
        txn.execute(SETTLED, (row.n, imported, why.is_none()))?;
        let place = if row.is(at::DELETED) {
            let at = row.moment(at::DELETED_AT).or(row.moment(at::UPDATED));
            trashed(place, at.unwrap_or(desk.now))
        } else {
            learn(txn, project, row.n, &report)?;
            place
        };
        self.count(&place, &id, why);
        desk.place(txn, &key, &place)?;
        Ok(())
    }

    /// The row's own id, when it can be called by it; else a new one.
    fn id(&self, row: &OldRow, created: Timestamp) -> (TicketId, bool) {
        let own = match &row.values[at::ID] {
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        match own {
            Some(id) => (id, true),
            None => (TicketId::of(row.n, created), false),
        }
    }

    fn facts(
        &self,
        txn: &WriteTxn<'_>,
        project: i64,
        row: &OldRow,
        id: &TicketId,
        created: Timestamp,
        report: &Report,
    ) -> Sql<Key> {
        let new = NewTicket {
            n: row.n,
            id,
            project,
            created,
            first_seen: created,
            mark: fingerprint(report),
            report,
        };
        facts::insert(txn, &new)?;
        txn.execute(
            MORE_FACTS,
            (row.n, row.some(at::OWNER), row.some(at::NOTES)),
        )?;
        Ok(Key {
            ticket: row.n,
            project,
            priority: report.priority.unwrap_or_default() as i64,
            created: created.micros(),
            kind: report.kind as i64,
        })
    }

    fn count(&mut self, place: &Place, id: &TicketId, why: Option<&str>) {
        let counted = &mut self.upgraded;
        *match place {
            Place::Leased(_) => &mut counted.leased,
            Place::Completed(_) => &mut counted.completed,
            Place::Trash { .. } => &mut counted.deleted,
            _ => &mut counted.open,
        } += 1;
        if let Some(why) = why {
            counted.contradicted += 1;
            if counted.contradictions.len() < TOLD {
                counted.contradictions.push(Contradiction {
                    ticket: id.to_string(),
                    why: why.to_owned(),
                });
            }
        }
    }
}

/// Deletion ends a lease.
fn trashed(place: Place, at: Timestamp) -> Place {
    let from = match place {
        Place::Leased(_) => Place::Ready { last: None },
        from => from,
    };
    Place::Trash {
        at: at.micros(),
        from: Box::new(from),
    }
}

/// The report that the row would be.
fn report(row: &OldRow) -> Report {
    let context = |column| {
        let text = row.some(column).filter(|text| text != "{}")?;
        Some(serde_json::from_str(&text).unwrap_or(Json::String(text)))
    };
    let around: Map<String, Json> = [
        ("file_context", context(at::FILES)),
        ("system_state", context(at::SYSTEM)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    let label = row.some(at::RUN_LABEL);
    Report {
        error_type: row.text(at::ERROR_TYPE),
        message: row.text(at::MESSAGE).unwrap_or_default(),
        source: row.text(at::SOURCE),
        stack_trace: row.some(at::STACK),
        priority: row.text(at::PRIORITY).and_then(|text| text.parse().ok()),
        fingerprint: row.some(at::GUARD),
        tags: label
            .map(|label| Tags::from([("run_label".to_owned(), label)]))
            .unwrap_or_default(),
        correlation_id: row.some(at::CORRELATION),
        context: (!around.is_empty()).then_some(Json::Object(around)),
        ..Report::default()
    }
}

/// Known by its guard, and by what an equal report would be known by that names none.
fn learn(txn: &WriteTxn<'_>, project: i64, n: i64, report: &Report) -> Sql<()> {
    let unnamed = Report {
        fingerprint: None,
        ..report.clone()
    };
    let marks = [fingerprint(report), fingerprint(&unnamed)];
    for value in marks.into_iter().flatten() {
        txn.execute(LEARN_IF_FREE, (project, value, EXACT, n))?;
    }
    Ok(())
}

/// The events of a row.
struct History<'a> {
    row: &'a OldRow,
    id: &'a TicketId,
    why: Option<&'static str>,
}

impl History<'_> {
    /// Where the ticket stands, with the event that brought it there.
    fn place(
        &self,
        old: &Old,
        txn: &WriteTxn<'_>,
        desk: &mut Desk,
        standing: Standing,
        held: Option<&Held>,
    ) -> Result<Place, Stop> {
        let created = self.row.created(desk.now);
        self.event(
            txn,
            desk,
            EventKind::Recorded,
            created,
            SOMEBODY,
            None,
            None,
        )?;
        match (standing, held) {
            (Standing::Leased, Some(held)) => {
                let holder = desk.names.id(txn, &held.holder)?;
                let (at, expires) = (held.acquired, held.expires.micros());
                let kind = EventKind::Claimed;
                let token = self.event(txn, desk, kind, at, &held.holder, Some(expires), None)?;
                Ok(Place::Leased(LeaseRow {
                    token,
                    holder,
                    acquired: at.micros(),
                    expires,
                }))
            }
            (Standing::Completed, _) => {
                let by = self.completed_by(old, txn)?;
                let at = self.row.moment(at::UPDATED).unwrap_or(created);
                let evidence = facts::json(&self.evidence());
                let kind = EventKind::Completed;
                let done = self.event(txn, desk, kind, at, &by, None, evidence)?;
                Ok(Place::Completed(EndRow {
                    done,
                    token: None,
                    reason: 0,
                    original: None,
                    wake_at: None,
                    wake_count: None,
                }))
            }
            _ => Ok(Place::Ready { last: None }),
        }
    }

    fn completed_by(&self, old: &Old, txn: &WriteTxn<'_>) -> Sql<String> {
        let known = if old.audited {
            txn.query_opt(COMPLETED_BY, [self.id.as_str()], |row| {
                row.get::<_, Option<String>>(0)
            })?
        } else {
            None
        };
        let known = known.flatten().filter(|name| !name.trim().is_empty());
        Ok(known.unwrap_or_else(|| SOMEBODY.to_owned()))
    }

    fn evidence(&self) -> Evidence {
        let text = |column| self.row.text(column).unwrap_or_default();
        let (notes, tested, results) = (text(at::DID), text(at::TESTED), text(at::RESULTS));
        let mut evidence = Evidence::from_legacy(&notes, &tested, &results);
        if evidence.did.is_empty() {
            evidence.did = notes.trim().to_owned();
        }
        evidence.summary = self.row.some(at::SUMMARY);
        evidence.url = self.row.some(at::URL);
        evidence
    }

    /// An event of the past.
    #[allow(clippy::too_many_arguments)] // a row of the table
    fn event(
        &self,
        txn: &WriteTxn<'_>,
        desk: &mut Desk,
        kind: EventKind,
        at: Timestamp,
        actor: &str,
        num: Option<i64>,
        new: Option<String>,
    ) -> Sql<i64> {
        let actor = desk.names.id(txn, actor)?;
        let seq = desk.counters.event();
        let (none, text) = (None::<i64>, None::<String>);
        let row = (
            seq,
            self.row.n,
            at.micros(),
            kind as i64,
            actor,
            none,
            num,
            text,
            new,
        );
        txn.execute(APPEND, row)?;
        Ok(seq)
    }

    /// The event of the upgrade itself, with the old values of a row that contradicted itself.
    fn imported(&self, txn: &WriteTxn<'_>, desk: &mut Desk, actor: &str, version: i64) -> Sql<i64> {
        let mut was = json!({ "python_schema": version });
        if let Some(why) = self.why {
            let row = self.row;
            was = json!({
                "python_schema": version, "contradiction": why, "id": row.text(at::ID), "status": row.text(at::STATUS),
                "completed": row.text(at::COMPLETED), "locked_by": row.text(at::LOCKED_BY),
                "locked_at": row.text(at::LOCKED_AT), "lease_expires": row.text(at::EXPIRES),
            });
        }
        let actor = desk.names.id(txn, actor)?;
        desk.append(
            txn,
            &Entry::of(self.row.n, EventKind::Imported, actor).was(&was),
        )
    }
}

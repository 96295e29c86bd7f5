//! The old rows, one by one: a ticket's facts, where it stands, its history, and what makes it known again.

use serde_json::{Map, Value as Json};
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;
use sqlite_line::rusqlite::types::Value;

use super::history::History;
use super::old_row::{Held, OldRow, PAGE, at};
use super::recognise::Old;
use super::standing::{Lock, Says, stands};
use super::upgrade::{Contradiction, Upgraded};
use crate::report::{DEFAULT_PROJECT, Report};
use crate::store::sqlite::desk::{Desk, Stop};
use crate::store::sqlite::facts::{self, MORE_FACTS, NewTicket};
use crate::store::sqlite::known::{EXACT, LEARN_IF_FREE, fingerprint};
use crate::store::sqlite::places::{Key, Place};
use crate::ticket::{Tags, TicketId};
use crate::time::Timestamp;

/// By rowid.
const SETTLED: &str = "UPDATE legacy SET as_of = ?2, fits = ?3 WHERE ticket = ?1";
/// So many contradictions are told; all are counted.
const TOLD: usize = 100;

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
pub(super) fn report(row: &OldRow) -> Report {
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
pub(super) fn learn(txn: &WriteTxn<'_>, project: i64, n: i64, report: &Report) -> Sql<()> {
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

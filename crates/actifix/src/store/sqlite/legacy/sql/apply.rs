//! Doing what was asked: each row through the desk's own code, with its events, so that places, counts, numbers and leases
//! stay true. Afterwards the row itself is kept as it was asked for, and the view shows it until something else happens.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use sqlite_line::guest::Settled;
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Result as Sql, params_from_iter};
use sqlite_line::{Program, WriteTxn};

use super::super::old_row::{OldRow, at};
use super::super::rows::{learn, report};
use super::asked::{Asked, Values, Verb, shown, take};
use super::furnish::columns;
use super::standing::{STATE, Wish};
use crate::change::Delete;
use crate::event::EventKind;
use crate::report::{DEFAULT_PROJECT, Report};
use crate::store::Settings;
use crate::store::sqlite::desk::{Desk, Found, Step, Who, id_of};
use crate::store::sqlite::events::{Entry, newest};
use crate::store::sqlite::facts::{self, MORE_FACTS, NewTicket};
use crate::store::sqlite::known::{EXACT, LEARN_IF_FREE, fingerprint};
use crate::store::sqlite::places::{Key, Place};
use crate::ticket::TicketId;

/// Who writes by hand, in the history.
pub(super) const ACTOR: &str = "sql";
const WHO: Who<'static> = Who {
    name: ACTOR,
    strict: false,
};

/// By rowid, each: the facts that a column stands for.
const TEXTS: [(usize, &str, &str); 7] = [
    (
        at::ERROR_TYPE,
        "error_type",
        "UPDATE facts SET error_type = coalesce(?2, '') WHERE n = ?1",
    ),
    (
        at::MESSAGE,
        "message",
        "UPDATE facts SET message = coalesce(?2, '') WHERE n = ?1",
    ),
    (
        at::SOURCE,
        "source",
        "UPDATE facts SET source = coalesce(?2, '') WHERE n = ?1",
    ),
    (
        at::STACK,
        "stack_trace",
        "UPDATE facts SET stack_trace = ?2 WHERE n = ?1",
    ),
    (
        at::OWNER,
        "owner",
        "UPDATE facts SET assignee = ?2 WHERE n = ?1",
    ),
    (
        at::NOTES,
        "ai_remediation_notes",
        "UPDATE facts SET notes = ?2 WHERE n = ?1",
    ),
    (
        at::CORRELATION,
        "correlation_id",
        "UPDATE facts SET correlation_id = ?2 WHERE n = ?1",
    ),
];
const FILE: &str = "UPDATE facts SET priority = ?2, created = ?3 WHERE n = ?1";
const CONTEXT: &str = "UPDATE facts SET context = ?2 WHERE n = ?1";
const MARK: &str = "UPDATE facts SET fingerprint = ?2, mark = ?3 WHERE n = ?1";
const RENAME: &str = "UPDATE facts SET id = ?2 WHERE n = ?1";
/// By primary key: the old name still leads to the ticket.
const ALIAS: &str = "INSERT OR IGNORE INTO aliases(id, ticket) VALUES (?2, ?1)";
/// What the evidence of a completion says already.
const EVIDENCE: [&str; 9] = [
    "completion_summary",
    "completion_notes",
    "test_steps",
    "test_results",
    "test_documentation_url",
    "documented",
    "functioning",
    "tested",
    "completed",
];

/// One statement's rows on their way into the tables.
pub(super) struct Apply<'a> {
    desk: Desk,
    extra: &'a [String],
}

/// Does all that was asked, in the statement's transaction.
pub(super) fn settle(
    settings: &Arc<Settings>,
    extra: &[String],
    txn: &WriteTxn<'_>,
) -> Step<Settled> {
    let asked = take(txn, extra.len())?;
    if asked.is_empty() {
        return Ok(Settled::default());
    }
    let mut desk = Desk::new(Arc::clone(settings));
    desk.now = settings.clock.now();
    desk.counters.load(txn)?;
    let mut apply = Apply { desk, extra };
    let mut settled = Settled::default();
    for one in &asked {
        match one.verb {
            Verb::Insert => settled.inserted = Some(apply.insert(txn, &one.values)?),
            Verb::Update => apply.update(txn, one)?,
            Verb::Delete => apply.delete(txn, one.n)?,
        }
        settled.rows += 1;
    }
    apply.desk.finish(txn)?;
    Ok(settled)
}

impl Apply<'_> {
    fn insert(&mut self, txn: &WriteTxn<'_>, values: &Values) -> Step<i64> {
        let desk = &mut self.desk;
        let n = desk.counters.ticket();
        let row = values.old_row(n);
        let id = match row.text(at::ID) {
            Some(id) => id.parse()?,
            None => TicketId::of(n, desk.now),
        };
        let report = report(&row);
        let created = row.created(desk.now);
        let project = desk.names.id(txn, DEFAULT_PROJECT)?;
        let new = NewTicket {
            n,
            id: &id,
            project,
            created,
            first_seen: created,
            mark: fingerprint(&report),
            report: &report,
        };
        facts::insert(txn, &new)?;
        txn.execute(MORE_FACTS, (n, row.some(at::OWNER), row.some(at::NOTES)))?;
        learn(txn, project, n, &report)?;
        let key = Key {
            ticket: n,
            project,
            priority: report.priority.unwrap_or_default() as i64,
            created: created.micros(),
            kind: report.kind as i64,
        };
        let place = Place::Ready { last: None };
        desk.place(txn, &key, &place)?;
        let actor = desk.names.id(txn, ACTOR)?;
        desk.append(txn, &Entry::of(n, EventKind::Recorded, actor))?;
        let wish = Wish::of(&row, None, desk.now);
        self.stand(txn, Found { id, key, place }, &wish, &row)?;
        self.keep(txn, n, values)?;
        Ok(n)
    }

    fn update(&mut self, txn: &WriteTxn<'_>, asked: &Asked) -> Step<()> {
        let (n, values) = (asked.n, &asked.values);
        let id = id_of(txn, n)?;
        let Some(was) = shown(txn, id.as_str(), self.extra)? else {
            return Ok(());
        };
        let changed = values.differ(&was);
        if changed.is_empty() {
            return Ok(());
        }
        let before = self.desk.counters.event_now();
        let row = values.old_row(n);
        let found = self.desk.find(txn, &id)?;
        let found = self.facts(txn, found, &row, &changed)?;
        if changed.iter().any(|name| STATE.contains(&name.as_str())) {
            let wish = Wish::of(&row, Some(&changed), self.desk.now);
            self.stand(txn, found, &wish, &row)?;
        }
        let moved = self.desk.counters.event_now() > before;
        self.tell(txn, n, &changed, moved, [&was, values])?;
        self.keep(txn, n, values)?;
        Ok(())
    }

    fn delete(&mut self, txn: &WriteTxn<'_>, n: i64) -> Step<()> {
        let id = id_of(txn, n)?;
        let force = Delete {
            force: true,
            ..Delete::default()
        };
        self.desk.delete(txn, &WHO, &id, force)?;
        self.desk.purge(txn, &WHO, &id)?;
        Ok(())
    }

    /// Writes the facts that the changed columns stand for. Answers the ticket as it is filed now.
    fn facts(
        &mut self,
        txn: &WriteTxn<'_>,
        mut found: Found,
        row: &OldRow,
        changed: &[String],
    ) -> Step<Found> {
        let n = found.key.ticket;
        let has = |name: &str| changed.iter().any(|one| one == name);
        for (column, name, write) in TEXTS {
            if has(name) {
                txn.execute(write, (n, row.some(column)))?;
            }
        }
        let report = report(row);
        if has("file_context") || has("system_state") {
            txn.execute(CONTEXT, (n, report.context.as_ref().and_then(facts::json)))?;
        }
        if has("duplicate_guard") {
            self.remark(txn, &found.key, &report)?;
        }
        if has("id") {
            let id: TicketId = row.text(at::ID).unwrap_or_default().parse()?;
            txn.execute(RENAME, (n, id.as_str()))?;
            txn.execute(ALIAS, (n, found.id.as_str()))?;
            found.id = id;
        }
        if has("priority") || has("created_at") {
            self.desk.leave(txn, &found.key, &found.place)?;
            found.key.priority = report.priority.unwrap_or_default() as i64;
            if has("created_at") {
                found.key.created = row.created(self.desk.now).micros();
            }
            txn.execute(FILE, (n, found.key.priority, found.key.created))?;
            self.desk.place(txn, &found.key, &found.place)?;
        }
        Ok(found)
    }

    /// From now on it is known by the report's guard.
    fn remark(&mut self, txn: &WriteTxn<'_>, key: &Key, report: &Report) -> Step<()> {
        let mark = fingerprint(report);
        self.desk.unlearn(txn, key)?;
        txn.execute(MARK, (key.ticket, &report.fingerprint, mark))?;
        if let Some(mark) = mark {
            txn.execute(LEARN_IF_FREE, (key.project, mark, EXACT, key.ticket))?;
        }
        Ok(())
    }

    /// Moves the ticket to where the row says that it stands.
    fn stand(&mut self, txn: &WriteTxn<'_>, found: Found, wish: &Wish, row: &OldRow) -> Step<()> {
        let (id, is_deleted) = (found.id.clone(), matches!(found.place, Place::Trash { .. }));
        if is_deleted && wish.deleted {
            return Ok(());
        }
        let found = if is_deleted {
            self.desk.undelete(txn, &WHO, &id)?;
            self.desk.find(txn, &id)?
        } else {
            found
        };
        wish.fulfil(&mut self.desk, txn, found, row)?;
        if wish.deleted {
            let force = Delete {
                force: true,
                ..Delete::default()
            };
            self.desk.delete(txn, &WHO, &id, force)?;
        }
        Ok(())
    }

    /// The event of the columns that no other event speaks of.
    fn tell(
        &mut self,
        txn: &WriteTxn<'_>,
        n: i64,
        changed: &[String],
        moved: bool,
        [was, is]: [&Values; 2],
    ) -> Step<()> {
        let spoken_of = |name: &&String| {
            let name = name.as_str();
            moved && (name == "updated_at" || STATE.contains(&name) || EVIDENCE.contains(&name))
        };
        let rest: Vec<&String> = changed.iter().filter(|name| !spoken_of(name)).collect();
        if rest.is_empty() {
            return Ok(());
        }
        let all = |values: &Values| -> Map<String, Json> {
            let pair = |name: &&String| ((*name).clone(), json(values.of(name)));
            rest.iter().map(pair).collect()
        };
        let actor = self.desk.names.id(txn, ACTOR)?;
        let entry = Entry::of(n, EventKind::Updated, actor)
            .was(&Json::Object(all(was)))
            .is(&Json::Object(all(is)));
        self.desk.append(txn, &entry)?;
        Ok(())
    }

    /// Keeps the row as it was asked for; by rowid.
    fn keep(&self, txn: &WriteTxn<'_>, n: i64, values: &Values) -> Sql<()> {
        let names = columns(self.extra.len());
        let marks = vec!["?"; names.len() + 3].join(", ");
        let sql = format!(
            "INSERT OR REPLACE INTO legacy(ticket, as_of, fits, {}) VALUES ({marks})",
            names.join(", ")
        );
        let (as_of, _) = newest(txn, n)?;
        let head = [n, as_of, 1].map(Value::Integer);
        let row = head.into_iter().chain(values.0.iter().cloned());
        txn.execute(&sql, params_from_iter(row)).map(|_| ())
    }
}

/// A column's value as it stands in an event.
fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => (*number).into(),
        Value::Real(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Blob(bytes) => String::from_utf8_lossy(bytes).into(),
    }
}

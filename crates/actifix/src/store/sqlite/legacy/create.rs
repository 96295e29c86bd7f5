//! Tickets as the Python system's own calls make and end them: under the id and guard that they bring, with their texts as
//! they came.
//!
//! What only the old columns can hold stands in `legacy`, in a row that does not `fit`: the view then shows it beside what
//! is live.

use serde_json::{Map, Value as Json, json};
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Result as Sql, params};
use sqlite_line::{ReadTxn, WriteTxn};

use super::times::moment;
use crate::clean::Clean;
use crate::dropin::{OldCompletion, OldTicket};
use crate::error::Error;
use crate::event::{EventKind, Receipt};
use crate::lease::Token;
use crate::report::{DEFAULT_PROJECT, Report};
use crate::store::Call;
use crate::store::sqlite::Backend;
use crate::store::sqlite::command::Completing;
use crate::store::sqlite::desk::{Desk, Found, ID, Step, Who, id_of, settled};
use crate::store::sqlite::events::Entry;
use crate::store::sqlite::facts::{self, MORE_FACTS, NewTicket};
use crate::store::sqlite::known::{EXACT, KNOWN, LEARN, LEARN_IF_FREE, fingerprint};
use crate::store::sqlite::names;
use crate::store::sqlite::places::{Key, Place, PlaceName};
use crate::ticket::{Tags, TicketId};
use crate::time::Timestamp;

/// Appends.
const KEEP_NEW: &str =
    "INSERT INTO legacy(ticket, as_of, fits, run_label, created_at, duplicate_guard, file_context,
  system_state, github_sync_state, format_version, completion_notes, test_steps, test_results)
  VALUES (?1, 0, 0, ?2, ?3, ?4, ?5, ?6, 'pending', ?7, '', '', '')";
/// By `facts`' unique index on id. A ticket that has a row already keeps it.
const KEEP: &str = "INSERT OR IGNORE INTO legacy(ticket, as_of, fits, run_label, created_at, duplicate_guard, file_context,
  system_state, github_sync_state, format_version, completion_notes, test_steps, test_results)
  SELECT ?1, 0, 0, run_label, created_at, duplicate_guard, file_context, system_state, 'pending', format_version, '', '', ''
  FROM tickets WHERE id = ?2";
/// By rowid. From `as_of` on, the view shows these texts instead of those made of the evidence.
const KEEP_END: &str = "UPDATE legacy SET as_of = ?2, fits = 0, completion_notes = ?3, test_steps = ?4, test_results = ?5,
  test_documentation_url = ?6, completion_summary = coalesce(?7, completion_summary) WHERE ticket = ?1";
/// By primary key.
const TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM facts WHERE id = ?1) OR EXISTS (SELECT 1 FROM aliases WHERE id = ?1)";

impl Backend {
    pub fn by_guard(&self, guard: String) -> Call<Option<TicketId>> {
        let look = move |txn: &ReadTxn<'_>| -> Step<Option<TicketId>> {
            let project = txn.query_opt(names::FIND, [DEFAULT_PROJECT], |row| row.get(0))?;
            let Some(project) = project else {
                return Ok(None);
            };
            Ok(guarded(txn, project, &guard)?
                .map(|n| id_of(txn, n))
                .transpose()?)
        };
        Call::on(self.line.read(move |txn| settled(look(txn))))
    }
}

/// The ticket of a guard, where it stands now or not.
fn guarded(txn: &ReadTxn<'_>, project: i64, guard: &str) -> Sql<Option<i64>> {
    let value = fingerprint(&Report {
        fingerprint: Some(guard.to_owned()),
        ..Report::default()
    });
    let known = txn.query_opt(KNOWN, (project, value, EXACT), |row| row.get::<_, i64>(0))?;
    match known {
        Some(n) => Ok(txn.query_opt(ID, [n], |_| Ok(n))?),
        None => Ok(None),
    }
}

impl Desk {
    pub fn create_old(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        new: &OldTicket,
        limit: u64,
    ) -> Step<Option<Receipt>> {
        self.room_for_an_old_one(txn, limit)?;
        let project = self.names.id(txn, DEFAULT_PROJECT)?;
        let taken: bool = txn.query_row(TAKEN, [new.id.as_str()], |row| row.get(0))?;
        let known = match &new.fingerprint {
            Some(guard) => guarded(txn, project, guard)?.is_some(),
            None => false,
        };
        if taken || known {
            return Ok(None);
        }
        let created = moment(&Value::Text(new.columns.created_at.clone()))
            .ok_or_else(|| Error::invalid("created_at", "it is no time in ISO 8601"))?;
        let report = report(new);
        let key = self.old_facts(txn, project, new, &report, created)?;
        self.place(txn, &key, &Place::Ready { last: None })?;
        let columns = &new.columns;
        txn.execute(
            KEEP_NEW,
            params![
                key.ticket,
                columns.run_label,
                columns.created_at,
                new.fingerprint,
                columns.file_context,
                columns.system_state,
                columns.format_version
            ],
        )?;
        let actor = self.names.id(txn, who.name)?;
        let entry = Entry::of(key.ticket, EventKind::Recorded, actor)
            .is(&json!({"priority": new.priority}));
        let id = new.id.clone();
        let place = Place::Ready { last: None };
        Ok(Some(self.receipt(
            txn,
            &Found { id, key, place },
            &entry,
        )?))
    }

    /// Its facts, and what it is known by: its guard, and what an equal report would be known by that names none.
    fn old_facts(
        &mut self,
        txn: &WriteTxn<'_>,
        project: i64,
        new: &OldTicket,
        report: &Report,
        created: Timestamp,
    ) -> Step<Key> {
        let n = self.counters.ticket();
        let mark = report.fingerprint.as_ref().and(fingerprint(report));
        let ticket = NewTicket {
            n,
            id: &new.id,
            project,
            created,
            first_seen: created,
            mark,
            report,
        };
        facts::insert(txn, &ticket)?;
        if new.notes.is_some() {
            txn.execute(MORE_FACTS, (n, None::<String>, &new.notes))?;
        }
        if mark.is_some() {
            txn.execute(LEARN, (project, mark, EXACT, n))?;
        }
        let unnamed = fingerprint(&Report {
            fingerprint: None,
            ..report.clone()
        });
        txn.execute(LEARN_IF_FREE, (project, unnamed, EXACT, n))?;
        Ok(Key {
            ticket: n,
            project,
            priority: new.priority as i64,
            created: created.micros(),
            kind: report.kind as i64,
        })
    }

    /// The old limit counts what the old status calls open.
    fn room_for_an_old_one(&self, txn: &WriteTxn<'_>, limit: u64) -> Step<()> {
        if limit == 0 {
            return Ok(());
        }
        let mut open = 0;
        for place in [PlaceName::Ready, PlaceName::Scheduled, PlaceName::Parked] {
            open += self.counts.sum(txn, place)?;
        }
        if u64::try_from(open).is_ok_and(|open| open >= limit) {
            return Err(Error::TooManyOpen { limit }.into());
        }
        Ok(())
    }

    pub fn complete_old(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        end: &OldCompletion,
        evidence: &Clean<String>,
    ) -> Step<Receipt> {
        let found = self.find(txn, &end.ticket)?;
        let token = self.token_to_end(txn, &found, end)?;
        let completing = Completing {
            ticket: found.id.clone(),
            token,
            evidence: evidence.clone(),
        };
        let receipt = self.complete(txn, who, &completing)?;
        let n = found.key.ticket;
        txn.execute(KEEP, (n, found.id.as_str()))?;
        txn.execute(
            KEEP_END,
            params![
                n,
                receipt.seq,
                end.notes.trim(),
                end.steps.trim(),
                end.results.trim(),
                end.url,
                end.summary
            ],
        )?;
        Ok(receipt)
    }

    /// The caller's token while it counts; a free ticket is taken.
    fn token_to_end(
        &mut self,
        txn: &WriteTxn<'_>,
        found: &Found,
        end: &OldCompletion,
    ) -> Step<Token> {
        let last = match &found.place {
            Place::Leased(lease) => {
                return match end.token {
                    Some(token) if token.0 == lease.token => Ok(token),
                    _ => Err(self.held(txn, found, lease)?.into()),
                };
            }
            Place::Ready { last } | Place::Parked { last, .. } => *last,
            Place::Scheduled { .. } => None,
            place @ (Place::Completed(_) | Place::Trash { .. }) => {
                return Err(crate::store::sqlite::claim::not_ready(found, place).into());
            }
        };
        match (end.token, last) {
            (Some(token), Some(last)) if token.0 == last.token => Ok(token),
            _ => self.take_to_end(txn, found, &end.holder).map(Token),
        }
    }
}

/// The report that an old ticket would be.
fn report(new: &OldTicket) -> Report {
    let around: Map<String, Json> = [
        ("file_context", &new.columns.file_context),
        ("system_state", &new.columns.system_state),
    ]
    .into_iter()
    .filter_map(|(name, text)| {
        let text = text.as_deref().filter(|text| !matches!(*text, "" | "{}"))?;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()));
        Some((name.to_owned(), value))
    })
    .collect();
    let label = new.columns.run_label.clone();
    Report {
        error_type: Some(new.error_type.clone()),
        message: new.message.clone(),
        source: Some(new.source.clone()),
        stack_trace: new.stack_trace.clone().filter(|stack| !stack.is_empty()),
        priority: Some(new.priority),
        fingerprint: new.fingerprint.clone(),
        tags: label
            .map(|label| Tags::from([("run_label".to_owned(), label)]))
            .unwrap_or_default(),
        correlation_id: new.correlation_id.clone(),
        context: (!around.is_empty()).then_some(Json::Object(around)),
        ..Report::default()
    }
}

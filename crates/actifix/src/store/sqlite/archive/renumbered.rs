//! Tickets of a full export come in with their history. A ticket that is here already stays as it is; one whose id is
//! taken by another gets a new id, and its old one leads to it where it is free.

use std::collections::HashMap;

use serde_json::json;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;

use crate::archive::Archived;
use crate::error::Error;
use crate::event::EventKind;
use crate::query::Story;
use crate::report::{Recorded, Report};
use crate::store::sqlite::desk::{Desk, Step, Stop, Who, number};
use crate::store::sqlite::events::{APPEND, Entry};
use crate::store::sqlite::facts::{self, MORE_FACTS, NewTicket};
use crate::store::sqlite::known::{EXACT, LEARN, LEARN_IF_FREE, fingerprint};
use crate::store::sqlite::places::{EndRow, Key, Place};
use crate::store::sqlite::read::REASONS;
use crate::store::sqlite::repeats;
use crate::ticket::{Status, Ticket, TicketId};

/// By primary key, each.
const ALIAS: &str = "INSERT OR IGNORE INTO aliases(id, ticket) VALUES (?1, ?2)";
const ATTEMPTS: &str = "INSERT INTO attempts(ticket, n, lapses, last_error) VALUES (?1, ?2, 0, ?3)";
const CREATED: &str = "SELECT created FROM facts WHERE n = ?1";

impl Desk {
    pub(super) fn import(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        archived: &Archived,
    ) -> Step<Recorded> {
        let story = &archived.story;
        let ticket = &story.ticket;
        let report = report_of(ticket);
        report.check(&self.settings.limits)?;
        let answer = |id, new| recorded(ticket, id, new);
        let taken = match here_already(txn, ticket)? {
            Here::Same => return Ok(answer(ticket.id.clone(), false)),
            Here::Another => true,
            Here::No => false,
        };
        if let Some(own) = own_number(&ticket.id) {
            // An id of our own form must never be made here again.
            self.counters.raise(0, own);
        }
        let n = self.counters.ticket();
        let id = if taken {
            TicketId::of(n, ticket.created_at)
        } else {
            ticket.id.clone()
        };
        let project = self.names.id(txn, &ticket.project)?;
        let mark = fingerprint(&report);
        facts::insert(
            txn,
            &NewTicket {
                n,
                id: &id,
                project,
                created: ticket.created_at,
                first_seen: ticket.first_seen,
                mark,
                report: &report,
            },
        )?;
        self.more_facts(txn, n, project, story, mark)?;
        let done = self.history(txn, who, n, story)?;
        let key = Key {
            ticket: n,
            project,
            priority: ticket.priority as i64,
            created: ticket.created_at.micros(),
            kind: ticket.kind as i64,
        };
        self.place(txn, &key, &self.place_of(txn, ticket, done)?)?;
        if taken {
            txn.execute(ALIAS, (ticket.id.as_str(), n))?;
        }
        Ok(answer(id, true))
    }

    /// What a report does not hold: assignee, notes, attempts, repeats, samples; and the fingerprint, where it is free.
    fn more_facts(
        &self,
        txn: &WriteTxn<'_>,
        n: i64,
        project: i64,
        story: &Story,
        mark: Option<[u8; 16]>,
    ) -> Sql<()> {
        let ticket = &story.ticket;
        txn.execute(MORE_FACTS, (n, &ticket.assignee, &ticket.notes))?;
        if ticket.attempts > 0 {
            txn.execute(ATTEMPTS, (n, ticket.attempts, &ticket.last_error))?;
        }
        self.samples(txn, n, story)?;
        if let Some(value) = mark {
            let learn = if ticket.deleted_at.is_some() {
                LEARN_IF_FREE
            } else {
                LEARN
            };
            txn.execute(learn, (project, value, EXACT, n))?;
        }
        Ok(())
    }

    /// The latest repeats keep their numbers, so that the next one replaces the oldest.
    pub(super) fn samples(&self, txn: &WriteTxn<'_>, n: i64, story: &Story) -> Sql<()> {
        let kept = story.samples.get(1..).unwrap_or_default();
        let before = story.ticket.occurrences.saturating_sub(kept.len() as u64);
        for (nth, sample) in (before + 1..).zip(kept) {
            let row = (n, nth % repeats::SAMPLES, nth, facts::json(sample));
            txn.execute(repeats::SAMPLE, row)?;
        }
        Ok(())
    }

    /// Writes the history under new sequence numbers. Answers the event that ended the ticket, if one did.
    fn history(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        n: i64,
        story: &Story,
    ) -> Step<Option<i64>> {
        let mut renamed = HashMap::new();
        let mut done = None;
        let mut counted = None;
        for event in &story.events {
            let actor = self.names.id(txn, &event.actor)?;
            let seq = self.counters.event();
            renamed.insert(event.seq, seq);
            let token = event
                .token
                .and_then(|token| renamed.get(&token.0))
                .filter(|token| **token != seq);
            let text = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string);
            let row = (
                seq,
                n,
                event.at.micros(),
                event.kind as i64,
                actor,
                token,
                None::<i64>,
                text(&event.old),
                text(&event.new),
            );
            txn.execute(APPEND, row)?;
            if event.kind == EventKind::Counted {
                txn.execute(repeats::CHAIN, (seq, counted))?;
                counted = Some(seq);
            }
            if matches!(
                event.kind,
                EventKind::Completed | EventKind::Closed | EventKind::Ignored
            ) {
                done = Some(seq);
            }
        }
        let ticket = &story.ticket;
        if ticket.occurrences > 1 || counted.is_some() {
            let last = ticket.last_seen.micros();
            txn.execute(repeats::SAVE, (n, ticket.occurrences, last, counted))?;
        }
        let actor = self.names.id(txn, who.name)?;
        let mut entry =
            Entry::of(n, EventKind::Imported, actor).was(&json!({"id": story.ticket.id}));
        if done.is_none() {
            // An export without its events still has its evidence.
            let completion = story.ticket.completion.as_ref();
            entry.new = completion
                .and_then(|completion| facts::json(&completion.evidence))
                .map(Into::into);
        }
        let imported = self.append(txn, &entry)?;
        Ok(done.or(story.ticket.completion.is_some().then_some(imported)))
    }

    /// Where an imported ticket is put. A lease comes back as open: its holder is not here.
    fn place_of(&self, txn: &WriteTxn<'_>, ticket: &Ticket, done: Option<i64>) -> Step<Place> {
        let ended = |reason| -> Step<Place> {
            let of = ticket
                .completion
                .as_ref()
                .and_then(|completion| completion.of.as_ref());
            let original = of.and_then(|of| number(txn, of).ok());
            let wake = ticket.ignored.unwrap_or_default();
            let more = |more: u64| {
                i64::try_from(ticket.occurrences.saturating_add(more)).unwrap_or(i64::MAX)
            };
            Ok(Place::Completed(EndRow {
                done: done.unwrap_or_default(),
                token: None,
                reason,
                original,
                wake_at: wake.until.map(|at| at.micros()),
                wake_count: wake.more.map(more),
            }))
        };
        let reason = ticket
            .completion
            .as_ref()
            .and_then(|completion| completion.reason.as_deref());
        let number = reason
            .and_then(|reason| REASONS.iter().position(|word| *word == reason))
            .map_or(0, |at| at + 1);
        let place = match ticket.status {
            Status::Open | Status::InProgress => match ticket.not_before {
                Some(at) if at > self.now => Place::Scheduled {
                    not_before: at.micros(),
                },
                _ => Place::Ready { last: None },
            },
            Status::Quarantined => Place::Parked {
                at: self.now.micros(),
                last: None,
            },
            Status::Completed | Status::Ignored => ended(i64::try_from(number).unwrap_or(0))?,
        };
        Ok(match ticket.deleted_at {
            Some(at) => Place::Trash {
                at: at.micros(),
                from: Box::new(place),
            },
            None => place,
        })
    }
}

/// What an imported ticket answers.
pub(super) fn recorded(ticket: &Ticket, id: TicketId, new: bool) -> Recorded {
    Recorded {
        id,
        new,
        occurrences: ticket.occurrences,
        status: ticket.status,
        priority: ticket.priority,
    }
}

/// Whether an imported id is known here.
enum Here {
    No,
    /// The ticket itself: the same id, made at the same moment.
    Same,
    /// Another ticket has the id.
    Another,
}

fn here_already(txn: &WriteTxn<'_>, ticket: &Ticket) -> Step<Here> {
    match number(txn, &ticket.id) {
        Ok(n) => {
            let created: i64 = txn.query_row(CREATED, [n], |row| row.get(0))?;
            let same = created == ticket.created_at.micros();
            Ok(if same { Here::Same } else { Here::Another })
        }
        Err(Stop::Refused(Error::NotFound { .. })) => Ok(Here::No),
        Err(other) => Err(other),
    }
}

/// The report that would make the ticket.
pub(super) fn report_of(ticket: &Ticket) -> Report {
    Report {
        error_type: Some(ticket.error_type.clone()),
        message: ticket.message.clone(),
        source: Some(ticket.source.clone()),
        stack_trace: ticket.stack_trace.clone(),
        body: ticket.body.clone(),
        priority: Some(ticket.priority),
        fingerprint: ticket.fingerprint.clone(),
        project: Some(ticket.project.clone()),
        kind: ticket.kind,
        tags: ticket.tags.clone(),
        environment: ticket.environment.clone(),
        release: ticket.release.clone(),
        correlation_id: ticket.correlation_id.clone(),
        context: ticket.context.clone(),
        payload: ticket.payload.clone(),
        ..Report::default()
    }
}

/// The number in an id of our own form.
fn own_number(id: &TicketId) -> Option<i64> {
    let (day, number) = id.as_str().strip_prefix("ACT-")?.split_once('-')?;
    let own = day.len() == 8 && number.len() >= 8;
    own.then(|| i64::from_str_radix(number, 16).ok()).flatten()
}

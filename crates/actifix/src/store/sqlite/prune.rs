//! Removing tickets for good with their history. A command takes a bounded number of tickets and of rows, so that nobody
//! waits for it; what a look from outside found is judged again here, with the write lock held.
//!
//! A ticket goes in one transaction, and its `purged` event says how many events go with it. Those may be more than one
//! command takes: then `prev` of the `purged` event says where their removal goes on, and so it does even if the process
//! that began it is killed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlite_line::rusqlite::Result as Sql;
use sqlite_line::{ReadTxn, WriteTxn};

use super::desk::{Desk, Found, Step, Who, find_numbered};
use super::events::{self, Entry};
use super::places::{EndRow, IGNORED, Place};
use super::{end, facts};
use crate::change::Close;
use crate::event::EventKind;
use crate::evidence::CloseReason;
use crate::prune::{Fate, Prune, Pruned};
use crate::retention::RuleAction;
use crate::ticket::Tags;

/// Rows that one command removes at most, beside the few that every ticket has.
const ROWS: usize = 2_000;

/// By rowid.
const WHEN: &str = "SELECT at FROM events WHERE seq = ?1";
/// By `idx_event_log_ticket_id`. The key's own SET NULL would take all rows at once.
const UNLINK: &str = "UPDATE event_log SET ticket_id = NULL WHERE id IN (
  SELECT id FROM event_log WHERE ticket_id = ?1 LIMIT ?2)";
/// By `events_of_ticket`: all but the last, which tells that it is gone.
const ERASE: &str = "DELETE FROM events WHERE seq IN (
  SELECT seq FROM events WHERE ticket = ?1 AND kind <> 1 AND seq < ?2 ORDER BY seq LIMIT ?3)";
/// By rowid: a step along the chain of counted events.
const BEFORE: &str = "SELECT prev FROM events WHERE seq = ?1 AND ticket = ?2 AND kind = 1";
const ERASE_ONE: &str = "DELETE FROM events WHERE seq = ?1";
/// By rowid. 0: the chain is gone or there was none, and other events are left.
const GOES_ON: &str = "UPDATE events SET prev = ?2 WHERE seq = ?1";
/// By rowid.
const UNFINISHED: &str =
    "SELECT ticket, prev FROM events WHERE seq = ?1 AND kind = 15 AND prev IS NOT NULL";
/// By rowid.
const CHAIN: &str = "SELECT event FROM seen WHERE ticket = ?1";
/// By primary key, and only while nobody has taken it over.
const FREE_MARK: &str =
    "DELETE FROM fingerprints WHERE project = ?1 AND value = ?2 AND version = ?3
  AND NOT EXISTS (SELECT 1 FROM facts WHERE n = ticket)";
const FREE_ALIAS: &str =
    "DELETE FROM aliases WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM facts WHERE n = ticket)";

/// A ticket as a look from outside found it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Candidate {
    pub ticket: i64,
    /// Its newest event: nothing has happened to it while it is this one.
    pub newest: i64,
    /// How many events it has.
    pub events: i64,
}

/// Rows that lead to tickets that are gone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Loose {
    pub fingerprints: Vec<(i64, Vec<u8>, i64)>,
    pub aliases: Vec<String>,
}

impl Loose {
    pub fn is_empty(&self) -> bool {
        self.fingerprints.is_empty() && self.aliases.is_empty()
    }
}

/// A rule on its way through the tickets that a look found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Errand {
    pub rule: Prune,
    /// What the tickets are closed or removed under, when a policy said so.
    pub policy: Option<UnderPolicy>,
}

/// What a policy adds to a rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UnderPolicy {
    /// The rule's name.
    pub name: String,
    pub action: RuleAction,
    /// The turn that this belongs to: without it nothing is done.
    pub turn: i64,
}

/// What one command of a prune removes.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Pruning {
    /// Of these tickets those that the rule still means.
    Tickets {
        errand: Errand,
        candidates: Vec<Candidate>,
    },
    /// More events of a ticket that is gone, by its `purged` event.
    Events(i64),
    /// What leads to tickets that are gone.
    Loose(Loose),
}

/// What one command of a prune did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PruneStep {
    pub pruned: Pruned,
    /// So many candidates are settled; the next command goes on behind them.
    pub done: usize,
    /// The `purged` event of a ticket whose events are not all gone yet.
    pub rest: Option<i64>,
    /// The turn is another's: nothing was done.
    pub overtaken: bool,
}

/// What became of one candidate.
enum One {
    /// It is closed.
    Closed,
    /// It is gone, with so many events; the `purged` event when more are left.
    Gone(u64, Option<i64>),
    /// It is not as it was.
    Left,
    /// The command has done its share before this one.
    Full,
}

impl Desk {
    pub fn prune(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        pruning: &Pruning,
    ) -> Step<PruneStep> {
        match pruning {
            Pruning::Tickets { errand, candidates } => self.prune_all(txn, who, errand, candidates),
            Pruning::Events(purged) => Ok(more_events(txn, *purged)?),
            Pruning::Loose(loose) => {
                for mark in &loose.fingerprints {
                    txn.execute(FREE_MARK, (mark.0, &mark.1, mark.2))?;
                }
                for id in &loose.aliases {
                    txn.execute(FREE_ALIAS, [id])?;
                }
                Ok(PruneStep::default())
            }
        }
    }

    fn prune_all(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        errand: &Errand,
        candidates: &[Candidate],
    ) -> Step<PruneStep> {
        let mut step = PruneStep::default();
        if let Some(policy) = &errand.policy
            && !self.keep_turn(txn, policy.turn)?
        {
            step.overtaken = true;
            return Ok(step);
        }
        let mut room = ROWS;
        for candidate in candidates {
            match self.prune_one(txn, who, errand, candidate, &mut room)? {
                One::Full => break,
                One::Left => step.pruned.left += 1,
                One::Closed => step.pruned.tickets += 1,
                One::Gone(events, rest) => {
                    step.pruned.tickets += 1;
                    step.pruned.events += events;
                    step.rest = rest;
                }
            }
            step.done += 1;
            if room == 0 || step.rest.is_some() {
                break;
            }
        }
        Ok(step)
    }

    fn prune_one(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        errand: &Errand,
        candidate: &Candidate,
        room: &mut usize,
    ) -> Step<One> {
        let (ticket, rule) = (candidate.ticket, &errand.rule);
        let Some(found) = find_numbered(txn, ticket)? else {
            return Ok(One::Left);
        };
        let (newest, at) = events::newest(txn, ticket)?;
        let fate = fate_of(&found.place);
        let ended = ended(txn, &found.place)?.unwrap_or(at.micros());
        let priority = facts::priority(found.key.priority);
        if newest != candidate.newest
            || !rule.takes(fate, priority, ended, self.now)
            || !is_test(txn, rule, ticket)?
        {
            return Ok(One::Left);
        }
        if let Some(policy) = &errand.policy
            && policy.action == RuleAction::Close
        {
            *room -= 1;
            let note = format!(
                "nothing happened to it for long (retention: {})",
                policy.name
            );
            self.close(
                txn,
                who,
                &found.id,
                &Close::because(CloseReason::Obsolete).note(note),
            )?;
            return Ok(One::Closed);
        }
        let unlinked = txn.execute(UNLINK, (found.id.as_str(), *room as i64))?;
        *room -= unlinked.min(*room);
        if *room == 0 {
            return Ok(One::Full);
        }
        let mut was = json!({"id": found.id, "status": fate, "events": candidate.events});
        if let Some(policy) = &errand.policy {
            was["rule"] = policy.name.as_str().into();
        }
        self.remove(txn, who, &found, &was, room)
    }

    /// Takes the ticket away, and of its events as many as there is room for.
    fn remove(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        found: &Found,
        was: &Value,
        room: &mut usize,
    ) -> Step<One> {
        let ticket = found.key.ticket;
        let actor = self.names.id(txn, who.name)?;
        let chain: Option<i64> = txn.query_opt(CHAIN, [ticket], |row| row.get(0))?.flatten();
        self.leave(txn, &found.key, &found.place)?;
        self.unlearn(txn, &found.key)?;
        for statement in end::PURGE {
            *room -= txn.execute(statement, [ticket])?.min(*room);
        }
        let purged = self.append(txn, &Entry::of(ticket, EventKind::Purged, actor).was(was))?;
        let (gone, more) = erase(txn, ticket, purged, chain.unwrap_or(0), room)?;
        Ok(One::Gone(gone, more.then_some(purged)))
    }
}

/// More events of a ticket that is gone.
fn more_events(txn: &WriteTxn<'_>, purged: i64) -> Sql<PruneStep> {
    let mut step = PruneStep::default();
    let found = txn.query_opt(UNFINISHED, [purged], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if let Some((ticket, chain)) = found {
        let mut room = ROWS;
        let (gone, more) = erase(txn, ticket, purged, chain, &mut room)?;
        step.pruned.events = gone;
        step.rest = more.then_some(purged);
    }
    Ok(step)
}

/// Removes events of a ticket that is gone: the chain of counted ones from `chain` on, then the others before `purged`.
/// Answers how many went, and whether there are more.
fn erase(
    txn: &WriteTxn<'_>,
    ticket: i64,
    purged: i64,
    mut chain: i64,
    room: &mut usize,
) -> Sql<(u64, bool)> {
    let mut gone = 0;
    while *room > 0 && chain > 0 {
        let before: Option<Option<i64>> =
            txn.query_opt(BEFORE, (chain, ticket), |row| row.get(0))?;
        if before.is_some() {
            gone += txn.execute(ERASE_ONE, [chain])?;
            *room -= 1;
        }
        chain = before.flatten().unwrap_or(0);
    }
    let others = txn.execute(ERASE, (ticket, purged, *room as i64))?;
    *room -= others.min(*room);
    gone += others;
    // With no room left there may be nothing left either: the next command finds out.
    let more = *room == 0;
    txn.execute(GOES_ON, (purged, more.then_some(chain)))?;
    Ok((gone as u64, more))
}

/// By rowid.
const MARKS: &str = "SELECT source, environment, tags FROM facts WHERE n = ?1";

/// Whether a ticket has the marks of a test, where the rule asks for them.
pub(super) fn is_test(txn: &ReadTxn<'_>, rule: &Prune, ticket: i64) -> Sql<bool> {
    let Some(marks) = &rule.tests else {
        return Ok(true);
    };
    let found = txn.query_opt(MARKS, [ticket], |row| {
        let tags = facts::from_json::<Tags>(row.get(2)?).unwrap_or_default();
        let (source, environment): (String, Option<String>) = (row.get(0)?, row.get(1)?);
        Ok(marks.fit(&source, environment.as_deref(), &tags))
    })?;
    Ok(found.unwrap_or(false))
}

/// What became of a ticket.
pub(super) fn fate_of(place: &Place) -> Fate {
    match place {
        Place::Ready { .. } | Place::Scheduled { .. } => Fate::Open,
        Place::Leased(_) => Fate::InProgress,
        Place::Parked { .. } => Fate::Quarantined,
        Place::Completed(EndRow { reason: 0, .. }) => Fate::Completed,
        Place::Completed(end) if end.reason == IGNORED => Fate::Ignored,
        Place::Completed(_) => Fate::Closed,
        Place::Trash { .. } => Fate::Deleted,
    }
}

/// When it ended, where it has.
fn ended(txn: &WriteTxn<'_>, place: &Place) -> Sql<Option<i64>> {
    match place {
        Place::Completed(end) => txn.query_opt(WHEN, [end.done], |row| row.get(0)),
        Place::Trash { at, .. } => Ok(Some(*at)),
        _ => Ok(None),
    }
}

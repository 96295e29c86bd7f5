//! Handing tickets out: an index seek at the head of `ready`, however many are in flight or done.

use std::time::Duration;

use serde_json::json;
use sqlite_line::rusqlite::{Result as Sql, Row};
use sqlite_line::{ReadTxn, WriteTxn};

use super::command::Reply;
use super::desk::{Desk, Found, Step};
use super::events::Entry;
use super::facts;
use super::grant::{FactsRow, Grant};
use super::names;
use super::places::{self, Key, LeaseRow, Place};
use crate::error::Error;
use crate::event::EventKind;
use crate::lease::Claim;
use crate::limits;
use crate::ticket::{Tags, TicketId};
use crate::time::Timestamp;

/// By the primary key's first column, in its order: no sort.
pub(super) const HEAD: &str = "SELECT priority, created, ticket, kind FROM ready
  WHERE project = ?1 ORDER BY priority, created, ticket LIMIT ?2";
/// By the primary key's first two columns, in its order: no sort.
pub(super) const HEAD_OF_PRIORITY: &str = "SELECT priority, created, ticket, kind FROM ready
  WHERE project = ?1 AND priority = ?2 ORDER BY created, ticket LIMIT ?3";
/// By the primary key: the next project that has something ready.
pub(super) const NEXT_PROJECT: &str =
    "SELECT project FROM ready WHERE project > ?1 ORDER BY project LIMIT 1";
/// By rowid.
const TAGS: &str = "SELECT tags FROM facts WHERE n = ?1";

/// A filter without an index looks at no more tickets than this.
pub(super) const LOOKED_AT: usize = 1_000;

impl Desk {
    pub fn claim(&mut self, txn: &WriteTxn<'_>, claim: &Claim) -> Step<Reply> {
        let projects = self.projects_of(txn, claim)?;
        let (keys, stopped_after) = heads(txn, &projects, claim)?;
        let mut grants = Vec::with_capacity(keys.len());
        if !keys.is_empty() {
            let holder = self.names.id(txn, &claim.holder)?;
            let from = Place::Ready { last: None };
            for key in &keys {
                grants.push(self.grant(txn, key, &from, holder, &claim.holder, claim.lease)?);
            }
        }
        Ok(Reply::Granted(grants, stopped_after))
    }

    pub fn acquire(
        &mut self,
        txn: &WriteTxn<'_>,
        id: &TicketId,
        holder: &str,
        span: Duration,
    ) -> Step<Grant> {
        let found = self.find(txn, id)?;
        match &found.place {
            Place::Ready { .. } | Place::Scheduled { .. } => {
                let number = self.names.id(txn, holder)?;
                self.grant(txn, &found.key, &found.place, number, holder, span)
            }
            Place::Leased(lease) => Err(self.held(txn, &found, lease)?.into()),
            place => Err(not_ready(&found, place).into()),
        }
    }

    /// Takes a ticket that is free only to end it, in the same transaction. Answers the token.
    pub fn take_to_end(&mut self, txn: &WriteTxn<'_>, found: &Found, holder: &str) -> Step<i64> {
        let number = self.names.id(txn, holder)?;
        let span = limits::DEFAULT_LEASE;
        let grant = self.grant(txn, &found.key, &found.place, number, holder, span)?;
        Ok(grant.row.token)
    }

    /// The refusal that names a live lease's holder.
    pub fn held(&mut self, txn: &WriteTxn<'_>, found: &Found, lease: &LeaseRow) -> Sql<Error> {
        let by = self.names.text(txn, lease.holder)?.to_string();
        Ok(Error::Held {
            ticket: found.id.clone(),
            by,
            until: Timestamp::from_micros(lease.expires),
        })
    }

    /// Moves a ticket from where it stands under a new lease. The token is the number of the grant's event.
    fn grant(
        &mut self,
        txn: &WriteTxn<'_>,
        key: &Key,
        from: &Place,
        holder: i64,
        name: &str,
        span: Duration,
    ) -> Step<Grant> {
        let expires_at = self.now.after(span);
        self.leave(txn, key, from)?;
        let token = self.append(
            txn,
            &Entry::of(key.ticket, EventKind::Claimed, holder).num(expires_at.micros()),
        )?;
        let row = LeaseRow {
            token,
            holder,
            acquired: self.now.micros(),
            expires: expires_at.micros(),
        };
        self.place(txn, key, &Place::Leased(row))?;
        self.granted(txn, key.ticket, name, row)
    }

    /// A lease on its way to its holder, with the whole ticket.
    pub fn granted(
        &mut self,
        txn: &WriteTxn<'_>,
        ticket: i64,
        holder: &str,
        row: LeaseRow,
    ) -> Step<Grant> {
        let Some(facts) = FactsRow::read(txn, ticket)? else {
            return Err(Error::Corrupt {
                why: "a lease has no ticket; `actifix verify` tells more".to_owned(),
            }
            .into());
        };
        let project = self.names.text(txn, facts.project())?.to_string();
        let (holder, updated) = (holder.to_owned(), self.now);
        Ok(Grant {
            n: ticket,
            facts,
            project,
            holder,
            row,
            updated,
        })
    }

    /// The projects that a claim means, looked up once a batch.
    fn projects_of(&mut self, txn: &WriteTxn<'_>, claim: &Claim) -> Sql<Vec<i64>> {
        if let Some(name) = &claim.project {
            return Ok(self.names.find(txn, name)?.into_iter().collect());
        }
        if self.ready_projects.is_none() {
            self.ready_projects = Some(projects_with_ready(txn)?);
        }
        Ok(self.ready_projects.clone().unwrap_or_default())
    }
}

/// The next tickets for a claim, and after how many it stopped looking.
fn heads(txn: &ReadTxn<'_>, projects: &[i64], claim: &Claim) -> Sql<(Vec<Key>, Option<usize>)> {
    let filtered = claim.kind.is_some() || !claim.tags.is_empty();
    let depth = if filtered { LOOKED_AT } else { claim.count };
    let mut keys = Vec::new();
    for project in projects {
        head_of(txn, *project, claim, depth, &mut keys)?;
    }
    if projects.len() > 1 {
        keys.sort_unstable_by_key(|key| (key.priority, key.created, key.ticket));
    }
    if !filtered {
        keys.truncate(claim.count);
        return Ok((keys, None));
    }
    let mut found = Vec::new();
    let mut looked_at = 0;
    for key in keys.into_iter().take(LOOKED_AT) {
        looked_at += 1;
        if matches(txn, &key, claim)? {
            found.push(key);
            if found.len() == claim.count {
                break;
            }
        }
    }
    let stopped = (looked_at == LOOKED_AT && found.len() < claim.count).then_some(LOOKED_AT);
    Ok((found, stopped))
}

fn head_of(
    txn: &ReadTxn<'_>,
    project: i64,
    claim: &Claim,
    depth: usize,
    keys: &mut Vec<Key>,
) -> Sql<()> {
    let depth = i64::try_from(depth).unwrap_or(i64::MAX);
    let read = |row: &Row<'_>| {
        Ok(Key {
            project,
            priority: row.get(0)?,
            created: row.get(1)?,
            ticket: row.get(2)?,
            kind: row.get(3)?,
        })
    };
    if claim.priorities.is_empty() {
        keys.extend(txn.query_all(HEAD, (project, depth), read)?);
    }
    for priority in &claim.priorities {
        keys.extend(txn.query_all(HEAD_OF_PRIORITY, (project, *priority as i64, depth), read)?);
    }
    Ok(())
}

/// The projects that have something ready: a seek for each.
pub(super) fn projects_with_ready(txn: &ReadTxn<'_>) -> Sql<Vec<i64>> {
    let mut projects = Vec::new();
    let mut last = 0;
    while let Some(project) = txn.query_opt(NEXT_PROJECT, [last], |row| row.get(0))? {
        projects.push(project);
        last = project;
    }
    Ok(projects)
}

/// Whether a claim could get something now.
pub(super) fn could_get(txn: &ReadTxn<'_>, claim: &Claim) -> Sql<bool> {
    let projects = match &claim.project {
        Some(name) => txn
            .query_opt(names::FIND, [name], |row| row.get(0))?
            .into_iter()
            .collect(),
        None => projects_with_ready(txn)?,
    };
    Ok(!heads(txn, &projects, claim)?.0.is_empty())
}

/// Whether a ticket passes the filters that have no index.
fn matches(txn: &ReadTxn<'_>, key: &Key, claim: &Claim) -> Sql<bool> {
    if claim.kind.is_some_and(|kind| kind as i64 != key.kind) {
        return Ok(false);
    }
    if claim.tags.is_empty() {
        return Ok(true);
    }
    let tags: Tags =
        facts::from_json(txn.query_row(TAGS, [key.ticket], |row| row.get(0))?).unwrap_or_default();
    Ok(claim
        .tags
        .iter()
        .all(|(name, value)| tags.get(name) == Some(value)))
}

/// Why a ticket that stands at `place` cannot be worked on.
pub(super) fn not_ready(found: &Found, place: &Place) -> Error {
    let why = match place {
        Place::Ready { .. } => "open",
        Place::Scheduled { .. } => "scheduled",
        Place::Leased(_) => "in-progress",
        Place::Parked { .. } => "quarantined",
        Place::Completed(end) if end.reason == places::IGNORED => "ignored",
        Place::Completed(end) if end.reason == 0 => "completed",
        Place::Completed(_) => "closed",
        Place::Trash { .. } => "deleted",
    };
    Error::NotReady {
        ticket: found.id.clone(),
        why: why.to_owned(),
    }
}

/// What a lease's renewal writes into its event.
pub(super) fn renewal(until: Timestamp) -> serde_json::Value {
    json!({"expires_at": until})
}

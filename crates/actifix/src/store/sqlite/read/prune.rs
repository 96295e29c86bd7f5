//! What a prune would remove: a walk through the places on a snapshot, which nobody waits for.

use std::collections::BTreeMap;

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::Result as Sql;

use crate::prune::{Fate, Prunable, Prune};
use crate::store::sqlite::events::NEWEST;
use crate::store::sqlite::prune::{Candidate, Loose, is_test};
use crate::store::sqlite::{facts, names};
use crate::ticket::Priority;
use crate::time::Timestamp;

/// Every ticket that is not leased, with what became of it and since when. The end of a completed one is its last event,
/// by rowid; the newest event of the others is looked up by `events_of_ticket` and `seen`, each by a seek.
const ALL: &str = "WITH stood(ticket, project, priority, fate) AS (
    SELECT ticket, project, priority, 0 FROM ready WHERE ?1 UNION ALL
    SELECT ticket, project, priority, 0 FROM scheduled WHERE ?1 UNION ALL
    SELECT ticket, project, priority, 2 FROM parked WHERE ?2)
  SELECT c.ticket, c.project, c.priority, CASE c.reason WHEN 0 THEN 3 WHEN 6 THEN 5 ELSE 4 END, e.at
    FROM completed c JOIN events e ON e.seq = c.done WHERE ?3
  UNION ALL SELECT ticket, project, priority, 6, at FROM trash WHERE ?4
  UNION ALL SELECT s.ticket, s.project, s.priority, s.fate, e.at FROM stood s JOIN events e ON e.seq = max(
    coalesce((SELECT seq FROM events WHERE ticket = s.ticket AND kind <> 1 ORDER BY seq DESC LIMIT 1), 0),
    coalesce((SELECT event FROM seen WHERE ticket = s.ticket), 0))";

/// By `events_of_ticket`, and along the chain of counted ones.
const EVENTS: &str = "WITH RECURSIVE counted(seq) AS (
    SELECT event FROM seen WHERE ticket = ?1 AND event IS NOT NULL
    UNION ALL SELECT e.prev FROM counted c JOIN events e ON e.seq = c.seq WHERE e.prev IS NOT NULL)
  SELECT (SELECT count(*) FROM events WHERE ticket = ?1 AND kind <> 1) + (SELECT count(*) FROM counted)";
/// A walk through the history.
const UNFINISHED: &str = "SELECT seq FROM events WHERE kind = 15 AND prev IS NOT NULL";
/// Walks, each row with a seek.
const LOOSE_MARKS: &str = "SELECT project, value, version FROM fingerprints
  WHERE NOT EXISTS (SELECT 1 FROM facts WHERE n = ticket) LIMIT 500";
const LOOSE_ALIASES: &str =
    "SELECT id FROM aliases WHERE NOT EXISTS (SELECT 1 FROM facts WHERE n = ticket) LIMIT 500";

/// Calls `f` with each ticket that one of the rules means: the first that does, the ticket's number, fate, priority, and
/// when it ended.
fn each(
    txn: &ReadTxn<'_>,
    rules: &[Prune],
    now: Timestamp,
    mut f: impl FnMut(usize, i64, Fate, Priority, i64),
) -> Sql<()> {
    let projects = rules.iter().map(|rule| match &rule.project {
        None => Ok(None),
        // No ticket is of project 0.
        Some(name) => txn
            .query_opt(names::FIND, [name], |row| row.get(0))
            .map(|found| Some(found.unwrap_or(0))),
    });
    let projects: Vec<Option<i64>> = projects.collect::<Sql<_>>()?;
    let any = |fates: &[Fate]| {
        let mut named = rules.iter().flat_map(|rule| &rule.fates);
        named.any(|fate| fates.contains(fate))
    };
    let sources = (
        any(&[Fate::Open]),
        any(&[Fate::Quarantined]),
        any(&[Fate::Completed, Fate::Closed, Fate::Ignored]),
        any(&[Fate::Deleted]),
    );
    txn.for_each(ALL, sources, |row| {
        let (ticket, of, at): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(4)?);
        let priority = facts::priority(row.get(2)?);
        let Some(fate) = Fate::ALL.get(row.get::<_, usize>(3)?).copied() else {
            return Ok(());
        };
        for (number, rule) in rules.iter().enumerate() {
            if projects[number].is_none_or(|project| project == of)
                && rule.takes(fate, priority, at, now)
                && is_test(txn, rule, ticket)?
            {
                f(number, ticket, fate, priority, at);
                break;
            }
        }
        Ok(())
    })
}

/// What the rules would take, by rule, fate and priority.
pub(super) fn groups(
    txn: &ReadTxn<'_>,
    rules: &[Prune],
    now: Timestamp,
) -> Sql<Vec<(usize, Prunable)>> {
    let mut groups: BTreeMap<(usize, Fate, Priority), (u64, i64)> = BTreeMap::new();
    each(txn, rules, now, |rule, _, fate, priority, at| {
        let key = (rule, fate, priority);
        let (tickets, oldest) = groups.entry(key).or_insert((0, i64::MAX));
        *tickets += 1;
        *oldest = at.min(*oldest);
    })?;
    let groups = groups.into_iter();
    Ok(groups
        .map(|((rule, status, priority), (tickets, oldest))| {
            let oldest = Timestamp::from_micros(oldest);
            let group = Prunable {
                status,
                priority,
                tickets,
                oldest,
            };
            (rule, group)
        })
        .collect())
}

/// The tickets that each of the rules would take, in the order of their numbers.
pub(super) fn tickets(txn: &ReadTxn<'_>, rules: &[Prune], now: Timestamp) -> Sql<Vec<Vec<i64>>> {
    let mut tickets = vec![Vec::new(); rules.len()];
    each(txn, rules, now, |rule, ticket, _, _, _| {
        tickets[rule].push(ticket)
    })?;
    tickets.iter_mut().for_each(|of| of.sort_unstable());
    Ok(tickets)
}

/// These tickets as they are now, without those that are gone.
pub(super) fn candidates(txn: &ReadTxn<'_>, tickets: &[i64]) -> Sql<Vec<Candidate>> {
    let mut candidates = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let newest = txn.query_opt(NEWEST, [ticket], |row| row.get(0))?;
        if let Some(newest) = newest {
            candidates.push(Candidate {
                ticket: *ticket,
                newest,
                events: txn.query_row(EVENTS, [ticket], |row| row.get(0))?,
            });
        }
    }
    Ok(candidates)
}

/// The `purged` events of tickets whose events are not all gone.
pub(super) fn unfinished(txn: &ReadTxn<'_>) -> Sql<Vec<i64>> {
    txn.query_all(UNFINISHED, [], |row| row.get(0))
}

/// Some of what leads to tickets that are gone.
pub(super) fn loose(txn: &ReadTxn<'_>) -> Sql<Loose> {
    Ok(Loose {
        fingerprints: txn.query_all(LOOSE_MARKS, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?,
        aliases: txn.query_all(LOOSE_ALIASES, [], |row| row.get(0))?,
    })
}

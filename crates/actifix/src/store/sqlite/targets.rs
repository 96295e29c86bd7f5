//! Who is told of what: the targets' subscriptions, and the outbox's rows for them, written with what they tell.

use std::sync::Arc;

use sqlite_line::rusqlite::Result as Sql;
use sqlite_line::{ReadTxn, WriteTxn};

use super::desk::{Desk, Step};
use super::events::Entry;
use crate::outbox::{Occasion, Subscription};
use crate::ticket::Priority;

/// A walk through the targets, a few rows at most.
const ACTIVE: &str =
    "SELECT id, occasions, priorities, project, name FROM targets WHERE active ORDER BY id";
/// By rowid: a ticket as targets choose by it.
pub(super) const FILED: &str = "SELECT id, priority, project FROM facts WHERE n = ?1";
/// By the whole primary key; appends to its target's part of both trees.
pub(super) const ENTER: &str =
    "INSERT OR IGNORE INTO outbox(target, event, ticket, occasion, at, due, attempts)
  VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0)";
const REST_ALL: &str = "UPDATE targets SET active = 0 WHERE active";
/// By the unique index on name.
const SUBSCRIBE: &str = "INSERT INTO targets(name, active, occasions, priorities, project) VALUES (?1, 1, ?2, ?3, ?4)
  ON CONFLICT(name) DO UPDATE SET active = 1, occasions = excluded.occasions, priorities = excluded.priorities,
  project = excluded.project";

/// A set of small numbers as bits; all of them when none is named.
fn bits(numbers: impl Iterator<Item = usize>) -> i64 {
    match numbers.fold(0, |set, number| set | 1 << number) {
        0 => i64::from(u8::MAX),
        set => set,
    }
}

fn has(set: i64, number: i64) -> bool {
    (0..8).contains(&number) && set & 1 << number != 0
}

struct Target {
    id: i64,
    occasions: i64,
    priorities: i64,
    project: Option<String>,
}

/// The active targets, read when they have changed.
#[derive(Default)]
pub(super) struct Targets {
    version: Option<i64>,
    active: Arc<[Target]>,
}

impl Targets {
    /// The targets as they stand at `version`.
    fn at(&mut self, txn: &ReadTxn<'_>, version: i64) -> Sql<Arc<[Target]>> {
        if self.version != Some(version) {
            let read = txn.query_all(ACTIVE, [], |row| {
                Ok(Target {
                    id: row.get(0)?,
                    occasions: row.get(1)?,
                    priorities: row.get(2)?,
                    project: row.get(3)?,
                })
            })?;
            self.active = read.into();
            self.version = Some(version);
        }
        Ok(Arc::clone(&self.active))
    }
}

impl Desk {
    /// Puts event `seq` into the outbox of every target that wants to be told. Where there is no target, nothing is read
    /// or written.
    pub(super) fn announce(&mut self, txn: &WriteTxn<'_>, seq: i64, entry: &Entry<'_>) -> Sql<()> {
        let Some(occasion) = entry.occasion else {
            return Ok(());
        };
        let targets = self.targets.at(txn, self.counters.targets())?;
        if !targets
            .iter()
            .any(|target| has(target.occasions, occasion as i64))
        {
            return Ok(());
        }
        let filed = txn.query_opt(FILED, [entry.ticket], |row| {
            Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
        })?;
        let Some((ticket, priority, project)) = filed else {
            return Ok(());
        };
        let project = self.names.text(txn, project)?;
        for target in targets.iter() {
            let wanted = has(target.occasions, occasion as i64)
                && has(target.priorities, priority)
                && target
                    .project
                    .as_deref()
                    .is_none_or(|only| *only == *project);
            if wanted {
                let row = (target.id, seq, &ticket, occasion as i64, self.now.micros());
                txn.execute(ENTER, row)?;
            }
        }
        Ok(())
    }

    /// From now on these are told, and nobody else. What waits for others waits on.
    pub(super) fn subscribe(&mut self, txn: &WriteTxn<'_>, all: &[Subscription]) -> Step<()> {
        txn.execute(REST_ALL, [])?;
        for one in all {
            let occasions = bits(one.on.iter().map(|on| *on as usize));
            let priorities = bits(one.priorities.iter().map(|priority| *priority as usize));
            txn.execute(
                SUBSCRIBE,
                (&one.target, occasions, priorities, &one.project),
            )?;
        }
        Ok(self.counters.targets_changed(txn)?)
    }
}

/// The active targets' subscriptions, in the order in which they came first.
pub(super) fn subscriptions(txn: &ReadTxn<'_>) -> Sql<Vec<Subscription>> {
    txn.query_all(ACTIVE, [], |row| {
        let (occasions, priorities): (i64, i64) = (row.get(1)?, row.get(2)?);
        let on = Occasion::ALL
            .into_iter()
            .filter(|on| has(occasions, *on as i64));
        let of = Priority::ALL
            .into_iter()
            .filter(|of| has(priorities, *of as i64));
        let (on, of): (Vec<_>, Vec<_>) = (on.collect(), of.collect());
        Ok(Subscription {
            target: row.get(4)?,
            on: if on.len() == Occasion::ALL.len() {
                Vec::new()
            } else {
                on
            },
            priorities: if of.len() == Priority::ALL.len() {
                Vec::new()
            } else {
                of
            },
            project: row.get(3)?,
        })
    })
}

//! How many tickets stand where. Moves are added up in memory and written once a batch; only [`super::places`] moves
//! tickets, so none can be forgotten.

use std::collections::BTreeMap;

use sqlite_line::rusqlite::Result;
use sqlite_line::{ReadTxn, WriteTxn};

use super::places::PlaceName;

/// By primary key. Nearly always the row is there, and an upsert would look for it twice.
pub(super) const ADD: &str =
    "UPDATE counts SET k = k + ?4 WHERE place = ?1 AND project = ?2 AND priority = ?3";
const FIRST: &str = "INSERT INTO counts(place, project, priority, k) VALUES (?1, ?2, ?3, ?4)";
/// By primary key: the sum of a place.
const SUM: &str = "SELECT k FROM counts WHERE place = ?1 AND project = 0 AND priority = -1";

/// The moves of the batch so far: a handful of keys, looked through one by one.
#[derive(Default)]
pub(super) struct Counts {
    moved: Vec<((PlaceName, i64, i64), i64)>,
}

impl Counts {
    pub fn add(&mut self, place: PlaceName, project: i64, priority: i64, k: i64) {
        let key = (place, project, priority);
        match self.moved.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sum)) => *sum += k,
            None => self.moved.push((key, k)),
        }
    }

    /// How many tickets stand at `place` now, this batch's moves counted.
    pub fn sum(&self, txn: &ReadTxn<'_>, place: PlaceName) -> Result<i64> {
        let stored: Option<i64> = txn.query_opt(SUM, [place as i64], |row| row.get(0))?;
        let moved: i64 = self
            .moved
            .iter()
            .filter(|((at, ..), _)| *at == place)
            .map(|(_, k)| k)
            .sum();
        Ok(stored.unwrap_or(0) + moved)
    }

    pub fn save(&mut self, txn: &WriteTxn<'_>) -> Result<()> {
        let mut sums: BTreeMap<PlaceName, i64> = BTreeMap::new();
        for ((place, project, priority), k) in self.moved.drain(..).filter(|(_, k)| *k != 0) {
            add(txn, (place as i64, project, priority, k))?;
            *sums.entry(place).or_default() += k;
        }
        for (place, k) in sums.into_iter().filter(|(_, k)| *k != 0) {
            add(txn, (place as i64, 0, -1, k))?;
        }
        Ok(())
    }

    pub fn forget(&mut self) {
        self.moved.clear();
    }
}

/// Adds to a place's row, and makes it when it is the first.
fn add(txn: &WriteTxn<'_>, row: (i64, i64, i64, i64)) -> Result<()> {
    if txn.execute(ADD, row)? == 0 {
        txn.execute(FIRST, row)?;
    }
    Ok(())
}

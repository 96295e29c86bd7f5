//! The state of the store at a glance: the counts are kept, not counted.

use std::collections::BTreeMap;
use std::path::Path;

use sqlite_line::ReadTxn;

use crate::query::{Count, Stats};
use crate::store::sqlite::desk::Step;
use crate::store::sqlite::facts;
use crate::store::sqlite::places::PlaceName;
use crate::ticket::{Priority, Status};
use crate::time::Timestamp;

/// A walk through the counts: one row for each place, project and priority.
const COUNTS: &str =
    "SELECT c.place, n.text, c.priority, c.k FROM counts c JOIN names n ON n.id = c.project
  WHERE c.project > 0 AND c.k <> 0";
/// By `leases_due`: what has run out and was not swept yet.
const RUN_OUT: &str =
    "SELECT n.text, l.priority, count(*) FROM leases l JOIN names n ON n.id = l.project
  WHERE l.expires <= ?1 GROUP BY 1, 2";
/// By rowid.
const NEWEST: &str = "SELECT coalesce(max(seq), 0) FROM events";

/// By project, priority and place.
type Places = BTreeMap<(String, Priority), BTreeMap<i64, i64>>;

pub(super) fn stats(
    txn: &ReadTxn<'_>,
    now: Timestamp,
    path: &Path,
    contention: serde_json::Value,
) -> Step<Stats> {
    let mut places = Places::new();
    txn.for_each(COUNTS, [], |row| {
        let key = (row.get(1)?, facts::priority(row.get(2)?));
        *places
            .entry(key)
            .or_default()
            .entry(row.get(0)?)
            .or_default() += row.get::<_, i64>(3)?;
        Ok(())
    })?;
    txn.for_each(RUN_OUT, [now.micros()], |row| {
        let over: i64 = row.get(2)?;
        let at = places
            .entry((row.get(0)?, facts::priority(row.get(1)?)))
            .or_default();
        *at.entry(PlaceName::Leases as i64).or_default() -= over;
        *at.entry(PlaceName::Ready as i64).or_default() += over;
        Ok(())
    })?;
    let sum = |place: PlaceName| {
        let k: i64 = places
            .values()
            .filter_map(|at| at.get(&(place as i64)))
            .sum();
        u64::try_from(k).unwrap_or(0)
    };
    Ok(Stats {
        open: sum(PlaceName::Ready) + sum(PlaceName::Scheduled),
        scheduled: sum(PlaceName::Scheduled),
        in_progress: sum(PlaceName::Leases),
        completed: sum(PlaceName::Completed),
        quarantined: sum(PlaceName::Parked),
        ignored: sum(PlaceName::Ignored),
        deleted: sum(PlaceName::Trash),
        counts: by_status(&places),
        outbox: super::outbox::outbox(txn)?,
        newest_event: txn.query_row(NEWEST, [], |row| row.get(0))?,
        database_bytes: size(path, ""),
        wal_bytes: size(path, "-wal"),
        contention,
    })
}

fn by_status(places: &Places) -> Vec<Count> {
    const STATUSES: [(PlaceName, Status); 6] = [
        (PlaceName::Ready, Status::Open),
        (PlaceName::Scheduled, Status::Open),
        (PlaceName::Leases, Status::InProgress),
        (PlaceName::Parked, Status::Quarantined),
        (PlaceName::Completed, Status::Completed),
        (PlaceName::Ignored, Status::Ignored),
    ];
    let mut counts = Vec::new();
    for ((project, priority), at) in places {
        for status in Status::ALL {
            let of_status = STATUSES.iter().filter(|(_, s)| *s == status);
            let k: i64 = of_status
                .filter_map(|(place, _)| at.get(&(*place as i64)))
                .sum();
            if let Ok(tickets) = u64::try_from(k)
                && tickets > 0
            {
                counts.push(Count {
                    project: project.clone(),
                    priority: *priority,
                    status,
                    tickets,
                });
            }
        }
    }
    counts
}

/// Looked at from outside: opening the file here would drop the process's locks.
pub(super) fn size(path: &Path, suffix: &str) -> u64 {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    std::fs::metadata(name).map_or(0, |meta| meta.len())
}

//! Does the file say what it must say?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::Result as Sql;

/// What a check of the whole file found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Nothing was found.
    pub ok: bool,
    /// Tickets looked at.
    pub tickets: u64,
    /// What was found, a line each.
    pub problems: Vec<String>,
    /// What is odd and no fault, a line each.
    pub notes: Vec<String>,
    /// How many tickets stand where, counted.
    pub places: BTreeMap<String, u64>,
}

/// All tickets with the place they stand at. These statements walk the whole file; they run on a snapshot.
const PLACES: &str = "WITH place(ticket, project, priority, place) AS (
  SELECT ticket, project, priority, 0 FROM ready
  UNION ALL SELECT ticket, project, priority, 1 FROM scheduled
  UNION ALL SELECT ticket, project, priority, 2 FROM leases
  UNION ALL SELECT ticket, project, priority, 3 FROM parked
  UNION ALL SELECT ticket, project, priority, CASE reason WHEN 6 THEN 6 ELSE 4 END FROM completed
  UNION ALL SELECT ticket, project, priority, 5 FROM trash)";

/// The places in the order of their numbers.
const NAMES: [&str; 7] = [
    "ready",
    "scheduled",
    "leased",
    "quarantined",
    "completed",
    "deleted",
    "ignored",
];

/// Finds rows that must not be, as (what is wrong, which).
type Check = (&'static str, &'static str);

/// Of places and counts: what every claim leans on.
const STANDING: [Check; 6] = [
    (
        "a ticket stands in more than one place",
        "SELECT '#' || ticket FROM place GROUP BY ticket HAVING count(*) > 1",
    ),
    (
        "a ticket stands nowhere",
        "SELECT id FROM facts WHERE n NOT IN (SELECT ticket FROM place)",
    ),
    (
        "a place holds a ticket that is not there",
        "SELECT '#' || ticket FROM place WHERE ticket NOT IN (SELECT n FROM facts)",
    ),
    (
        "a ticket is filed under another project or priority than its own",
        "SELECT f.id FROM place p JOIN facts f ON f.n = p.ticket WHERE f.project <> p.project OR f.priority <> p.priority",
    ),
    (
        "a count is wrong",
        "SELECT place || '/' || project || '/' || priority || ' by ' || sum(k) FROM (
           SELECT place, project, priority, count(*) AS k FROM place GROUP BY 1, 2, 3
           UNION ALL SELECT place, project, priority, -k FROM counts WHERE project > 0)
         GROUP BY place, project, priority HAVING sum(k) <> 0",
    ),
    (
        "the sum of a place is wrong",
        "SELECT place || ' by ' || sum(k) FROM (
           SELECT place, count(*) AS k FROM place GROUP BY 1
           UNION ALL SELECT place, -k FROM counts WHERE project = 0)
         GROUP BY place HAVING sum(k) <> 0",
    ),
];

/// Of all that hangs on a ticket, and of the history.
const BELONGING: [Check; 12] = [
    (
        "a ready ticket is filed under another time or kind than its own",
        "SELECT f.id FROM ready r JOIN facts f ON f.n = r.ticket WHERE f.created <> r.created OR f.kind <> r.kind",
    ),
    (
        "a lease's token is not the number of its grant's event",
        "SELECT '#' || l.ticket FROM leases l LEFT JOIN events e ON e.seq = l.token
         WHERE e.ticket IS NOT l.ticket OR e.kind IS NOT 2 OR e.actor IS NOT l.holder",
    ),
    (
        "a completed ticket has no event that ended it",
        "SELECT '#' || c.ticket FROM completed c LEFT JOIN events e ON e.seq = c.done WHERE e.ticket IS NOT c.ticket",
    ),
    (
        "a ticket was ended by an event of another kind",
        "SELECT '#' || c.ticket FROM completed c JOIN events e ON e.seq = c.done
         WHERE e.kind NOT IN (19, CASE c.reason WHEN 0 THEN 9 WHEN 6 THEN 11 ELSE 10 END)",
    ),
    (
        "a ticket has no history",
        "SELECT id FROM facts f WHERE NOT EXISTS (SELECT 1 FROM events WHERE ticket = f.n AND kind <> 1)",
    ),
    (
        "a ticket's newest count is no such event of its own",
        "SELECT '#' || s.ticket FROM seen s LEFT JOIN events e ON e.seq = s.event
         WHERE s.event IS NOT NULL AND (e.ticket IS NOT s.ticket OR e.kind IS NOT 1)",
    ),
    (
        "a count's event does not lead to the one before it",
        "SELECT '#' || e.seq FROM events e LEFT JOIN events p ON p.seq = e.prev
         WHERE e.kind = 1 AND e.prev IS NOT NULL AND (e.prev >= e.seq OR p.ticket IS NOT e.ticket OR p.kind IS NOT 1)",
    ),
    (
        "something is kept of a ticket that is not there",
        "SELECT what || ' #' || ticket FROM (
           SELECT 'seen' AS what, ticket FROM seen UNION ALL SELECT 'samples', ticket FROM samples
           UNION ALL SELECT 'buckets', ticket FROM buckets UNION ALL SELECT 'attempts', ticket FROM attempts)
         WHERE ticket NOT IN (SELECT n FROM facts)",
    ),
    (
        "a fingerprint is of another project than its ticket",
        "SELECT f.id FROM fingerprints p JOIN facts f ON f.n = p.ticket WHERE f.project <> p.project",
    ),
    (
        "a number stands for no name",
        "SELECT what || ' ' || id FROM (
           SELECT DISTINCT 'project' AS what, project AS id FROM facts UNION SELECT DISTINCT 'holder', holder FROM leases
           UNION SELECT DISTINCT 'actor', actor FROM events) WHERE id NOT IN (SELECT id FROM names)",
    ),
    (
        "the counter of tickets is below the newest, and would lend a number twice",
        "SELECT name || ' ' || value FROM counters WHERE name = 'ticket' AND value < (SELECT max(n) FROM facts)",
    ),
    (
        "a delivery is for no target, or waits and was given up",
        "SELECT target || '/' || event FROM (SELECT target, event FROM outbox UNION ALL SELECT target, event FROM dead_letters)
         GROUP BY 1 HAVING count(*) > 1 OR max(target NOT IN (SELECT id FROM targets))",
    ),
];

/// What is odd and no fault: such a row is free to be taken, or was so when it came.
const ODD: [Check; 1] = [(
    "a fingerprint leads to a ticket that is gone, and is free",
    "SELECT 'of #' || ticket FROM fingerprints WHERE ticket NOT IN (SELECT n FROM facts)",
)];

/// The legacy table whose rows may outlive their tickets: old files came with orphans, and other programs write to it
/// with foreign keys off.
const MAY_BE_ORPHANED: &str = "event_log";

/// Tables that name a row of another.
const WITH_KEYS: &str = "SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_foreign_key_list(m.name))";
/// By the key's index for each row.
const ORPHANS: &str = "SELECT count(*) FROM pragma_foreign_key_check(?1)";
const COUNTED: &str = "SELECT place, count(*) FROM place GROUP BY 1";

/// The checks of places and counts, as whole statements.
pub(in crate::store::sqlite) fn standing_checks() -> impl Iterator<Item = (&'static str, String)> {
    STANDING
        .iter()
        .map(|(what, check)| (*what, format!("{PLACES} {check}")))
}

pub(super) fn verify(txn: &ReadTxn<'_>, quick: bool) -> Sql<Verdict> {
    let (mut problems, mut notes) = (Vec::new(), Vec::new());
    run(txn, &STANDING, &mut problems)?;
    if !quick {
        run(txn, &BELONGING, &mut problems)?;
        run(txn, &ODD, &mut notes)?;
        foreign_keys(txn, &mut problems, &mut notes)?;
    }
    let whole = if quick {
        "quick_check"
    } else {
        "integrity_check"
    };
    let found = txn.query_all(&format!("PRAGMA {whole}"), [], |row| {
        row.get::<_, String>(0)
    })?;
    let found = found.into_iter().filter(|line| line != "ok");
    problems.extend(found.map(|line| format!("{whole}: {line}")));
    let mut places: BTreeMap<String, u64> =
        NAMES.iter().map(|name| ((*name).to_owned(), 0)).collect();
    txn.for_each(&format!("{PLACES} {COUNTED}"), [], |row| {
        if let Some(name) = NAMES.get(row.get::<_, usize>(0)?) {
            places.insert((*name).to_owned(), row.get(1)?);
        }
        Ok(())
    })?;
    Ok(Verdict {
        ok: problems.is_empty(),
        tickets: txn.query_row("SELECT count(*) FROM facts", [], |row| row.get(0))?,
        problems,
        notes,
        places,
    })
}

/// Each check that finds something gives a line.
fn run(txn: &ReadTxn<'_>, checks: &[Check], lines: &mut Vec<String>) -> Sql<()> {
    for (what, check) in checks {
        let (mut some, mut all) = (Vec::new(), 0_u64);
        txn.for_each(&format!("{PLACES} {check}"), [], |row| {
            all += 1;
            if some.len() < 5 {
                some.push(row.get::<_, String>(0)?);
            }
            Ok(())
        })?;
        if all > 0 {
            lines.push(format!("{what}: {} ({all} in all)", some.join(", ")));
        }
    }
    Ok(())
}

fn foreign_keys(txn: &ReadTxn<'_>, problems: &mut Vec<String>, notes: &mut Vec<String>) -> Sql<()> {
    for table in txn.query_all(WITH_KEYS, [], |row| row.get::<_, String>(0))? {
        // A table that people made may name a parent that is a view by now: SQLite then cannot judge it.
        match txn.query_row(ORPHANS, [&table], |row| row.get::<_, u64>(0)) {
            Ok(0) => {}
            Ok(rows) if table == MAY_BE_ORPHANED => {
                notes.push(format!("{rows} rows of {table} name a ticket that is gone"));
            }
            Ok(rows) => problems.push(format!(
                "a foreign key leads nowhere: {rows} rows of {table}"
            )),
            Err(error) => notes.push(format!(
                "the foreign keys of {table} cannot be checked: {error}"
            )),
        }
    }
    Ok(())
}

//! Does the file say what it must say?

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
}

/// All tickets with the place they stand at. These statements walk the whole file; they run on a snapshot.
const PLACES: &str = "WITH place(ticket, project, priority, place) AS (
  SELECT ticket, project, priority, 0 FROM ready
  UNION ALL SELECT ticket, project, priority, 1 FROM scheduled
  UNION ALL SELECT ticket, project, priority, 2 FROM leases
  UNION ALL SELECT ticket, project, priority, 3 FROM parked
  UNION ALL SELECT ticket, project, priority, CASE reason WHEN 6 THEN 6 ELSE 4 END FROM completed
  UNION ALL SELECT ticket, project, priority, 5 FROM trash)";

/// Each finds rows that must not be, as (what, how many it says, which).
const CHECKS: [(&str, &str); 8] = [
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
    (
        "a lease's token is not the number of its grant's event",
        "SELECT '#' || l.ticket FROM leases l LEFT JOIN events e ON e.seq = l.token
         WHERE e.ticket IS NOT l.ticket OR e.kind IS NOT 2 OR e.actor IS NOT l.holder",
    ),
    (
        "a completed ticket has no event that ended it",
        "SELECT '#' || c.ticket FROM completed c LEFT JOIN events e ON e.seq = c.done WHERE e.ticket IS NOT c.ticket",
    ),
];

pub(super) fn verify(txn: &ReadTxn<'_>) -> Sql<Verdict> {
    let mut problems = Vec::new();
    for (what, check) in CHECKS {
        let found = txn.query_all(&format!("{PLACES} {check}"), [], |row| {
            row.get::<_, String>(0)
        })?;
        if !found.is_empty() {
            let some: Vec<_> = found.iter().take(5).map(String::as_str).collect();
            problems.push(format!(
                "{what}: {} ({} in all)",
                some.join(", "),
                found.len()
            ));
        }
    }
    let integrity = txn.query_all("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?;
    problems.extend(
        integrity
            .into_iter()
            .filter(|line| line != "ok")
            .map(|line| format!("integrity_check: {line}")),
    );
    let tickets = txn.query_row("SELECT count(*) FROM facts", [], |row| row.get(0))?;
    Ok(Verdict {
        ok: problems.is_empty(),
        tickets,
        problems,
    })
}

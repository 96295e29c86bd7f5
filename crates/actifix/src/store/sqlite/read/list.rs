//! Lists: by priority, then the newest first, a page at a time.
//!
//! Tickets that are not done are found through their places, so that a list of them costs the same with a million done
//! ones; other lists walk `facts_newest`.

use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::{Result as Sql, params};

use super::ticket;
use crate::error::{Error, Result};
use crate::query::{Filter, Page};
use crate::store::sqlite::claim::projects_with_ready;
use crate::store::sqlite::desk::Step;
use crate::store::sqlite::names;
use crate::ticket::{Priority, Status, Ticket};
use crate::time::Timestamp;

/// What the filter asks of a ticket's facts, the same for every source.
const FILTER: &str = "AND (?5 IS NULL OR f.project = ?5) AND (?6 IS NULL OR f.kind = ?6)
  AND (?7 IS NULL OR f.assignee = ?7)
  AND (?8 IS NULL OR instr(lower(f.message || char(10) || f.error_type || char(10) || f.source || char(10) || f.id), ?8) > 0
    OR instr(lower(concat_ws(char(10), f.stack_trace, f.body, f.context, f.tags, f.environment, f.release, f.user, f.notes)), ?8) > 0
    OR EXISTS (SELECT 1 FROM samples s WHERE s.ticket = f.n AND instr(lower(s.body), ?8) > 0))";

/// By `ready`'s primary key, backwards within project and priority: no sort.
const READY: &str = "SELECT f.n, f.created FROM ready p CROSS JOIN facts f ON f.n = p.ticket
  WHERE p.project = ?1 AND ?10 IS NOT NULL AND p.priority = ?2 AND (p.created, p.ticket) < (?3, ?4) {FILTER}
  ORDER BY p.created DESC, p.ticket DESC LIMIT ?9";
/// Walks a place that holds few tickets, and sorts them. (`?1` and `?10` only say that all sources take the same.)
const FEW: &str = "SELECT f.n, f.created FROM {PLACE} p CROSS JOIN facts f ON f.n = p.ticket
  WHERE ?1 IS NOT NULL AND ?10 IS NOT NULL AND p.priority = ?2 AND (f.created, f.n) < (?3, ?4) {FILTER}
  ORDER BY f.created DESC, f.n DESC LIMIT ?9";
/// By `leases_due`: leases that have run out and were not swept yet, which show as open.
const RUN_OUT: &str = "SELECT f.n, f.created FROM leases p CROSS JOIN facts f ON f.n = p.ticket
  WHERE ?1 IS NOT NULL AND p.expires <= ?10 AND p.priority = ?2 AND (f.created, f.n) < (?3, ?4) {FILTER}
  ORDER BY f.created DESC, f.n DESC LIMIT ?9";
/// By `facts_newest`, backwards within a priority.
const ALL: &str = "SELECT f.n, f.created FROM facts f
  WHERE ?1 IS NOT NULL AND ?10 IS NOT NULL AND f.priority = ?2 AND (f.created, f.n) < (?3, ?4) {FILTER}
  ORDER BY f.created DESC, f.n DESC LIMIT ?9";

/// A page when none was asked for.
const LIMIT: usize = 50;

/// Where a page ended: the list's key.
#[derive(Clone, Copy)]
struct Cursor {
    priority: usize,
    created: i64,
    n: i64,
}

impl Cursor {
    const START: Self = Self {
        priority: 0,
        created: i64::MAX,
        n: i64::MAX,
    };

    fn read(text: Option<&str>) -> Result<Self> {
        let Some(text) = text else {
            return Ok(Self::START);
        };
        let wrong = || {
            Error::invalid(
                "cursor",
                format!("`{}` is none that a list gave", text.escape_debug()),
            )
        };
        let mut parts = text.splitn(3, '.').map(str::parse::<i64>);
        let mut part = || {
            parts
                .next()
                .and_then(std::result::Result::ok)
                .ok_or_else(wrong)
        };
        let (priority, created, n) = (part()?, part()?, part()?);
        let priority = usize::try_from(priority)
            .ok()
            .filter(|p| *p < Priority::ALL.len())
            .ok_or_else(wrong)?;
        Ok(Self {
            priority,
            created,
            n,
        })
    }

    fn write(self) -> String {
        format!("{}.{}.{}", self.priority, self.created, self.n)
    }
}

/// Where the tickets of a list come from.
struct Source {
    sql: String,
    project: i64,
}

struct Lister<'t, 'c> {
    txn: &'t ReadTxn<'c>,
    filter: &'t Filter,
    statuses: Vec<Status>,
    project: Option<i64>,
    search: Option<String>,
    now: Timestamp,
    limit: usize,
}

pub(super) fn page(txn: &ReadTxn<'_>, filter: &Filter, now: Timestamp) -> Step<Page> {
    let start = Cursor::read(filter.cursor.as_deref())?;
    let nothing = Page {
        tickets: Vec::new(),
        next: None,
    };
    let project = match &filter.project {
        None => None,
        Some(name) => match txn.query_opt(names::FIND, [name], |row| row.get(0))? {
            Some(id) => Some(id),
            None => return Ok(nothing),
        },
    };
    let lister = Lister {
        txn,
        filter,
        statuses: filter.meant_statuses(),
        project,
        search: filter.search.as_ref().map(|text| text.to_ascii_lowercase()),
        now,
        limit: super::limit(filter.limit, LIMIT),
    };
    lister.page(start)
}

impl Lister<'_, '_> {
    fn page(&self, start: Cursor) -> Step<Page> {
        let sources = self.sources()?;
        let mut tickets = Vec::new();
        let mut last = start;
        for (number, priority) in Priority::ALL.into_iter().enumerate().skip(start.priority) {
            if !self.filter.priorities.is_empty() && !self.filter.priorities.contains(&priority) {
                continue;
            }
            let mut at = if number == start.priority {
                start
            } else {
                Cursor {
                    priority: number,
                    ..Cursor::START
                }
            };
            loop {
                let rows = self.rows(&sources, at)?;
                let whole = rows.len() >= self.limit;
                for (n, created) in rows {
                    at = Cursor {
                        priority: number,
                        created,
                        n,
                    };
                    if let Some(ticket) = self.fitting(n)? {
                        if tickets.len() == self.limit {
                            return Ok(Page {
                                tickets,
                                next: Some(last.write()),
                            });
                        }
                        tickets.push(ticket);
                        last = at;
                    }
                }
                if !whole {
                    break;
                }
            }
        }
        Ok(Page {
            tickets,
            next: None,
        })
    }

    /// Which tables to look through.
    fn sources(&self) -> Sql<Vec<Source>> {
        let few = |place: &str| Source {
            sql: with_filter(&FEW.replace("{PLACE}", place)),
            project: 0,
        };
        if self.filter.deleted {
            return Ok(vec![few("trash")]);
        }
        let has = |status| self.statuses.contains(&status);
        if has(Status::Completed) || has(Status::Ignored) {
            return Ok(vec![Source {
                sql: with_filter(ALL),
                project: 0,
            }]);
        }
        let mut sources = Vec::new();
        if has(Status::Open) {
            for project in self.projects()? {
                sources.push(Source {
                    sql: with_filter(READY),
                    project,
                });
            }
            sources.push(few("scheduled"));
        }
        if has(Status::InProgress) {
            sources.push(few("leases"));
        } else if has(Status::Open) {
            let sql = with_filter(RUN_OUT);
            sources.push(Source { sql, project: 0 });
        }
        if has(Status::Quarantined) {
            sources.push(few("parked"));
        }
        Ok(sources)
    }

    fn projects(&self) -> Sql<Vec<i64>> {
        if let Some(project) = self.project {
            return Ok(vec![project]);
        }
        projects_with_ready(self.txn)
    }

    /// The next rows of one priority after `at`, from all sources, in the list's order.
    fn rows(&self, sources: &[Source], at: Cursor) -> Sql<Vec<(i64, i64)>> {
        let mut rows = Vec::new();
        let most = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let kind = self.filter.kind.map(|kind| kind as i64);
        for source in sources {
            let priority = i64::try_from(at.priority).unwrap_or(0);
            let asked = params![
                source.project,
                priority,
                at.created,
                at.n,
                self.project,
                kind,
                self.filter.assignee,
                self.search,
                most,
                self.now.micros()
            ];
            rows.extend(
                self.txn
                    .query_all(&source.sql, asked, |row| Ok((row.get(0)?, row.get(1)?)))?,
            );
        }
        rows.sort_unstable_by_key(|(n, created): &(i64, i64)| std::cmp::Reverse((*created, *n)));
        rows.truncate(self.limit);
        Ok(rows)
    }

    /// The ticket, when it fits the rest of the filter.
    fn fitting(&self, n: i64) -> Sql<Option<Ticket>> {
        let Some(mut ticket) = ticket::by_number(self.txn, n, self.now)? else {
            return Ok(None);
        };
        let fits = self.filter.fits(&ticket, self.now);
        if !self.filter.full {
            ticket.stack_trace = None;
            ticket.context = None;
            ticket.body = None;
            ticket.payload = None;
        }
        Ok(fits.then_some(ticket))
    }
}

fn with_filter(sql: &str) -> String {
    sql.replace("{FILTER}", FILTER)
}

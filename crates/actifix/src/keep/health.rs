//! Whether all is well, for people and for monitors: what is told of a store against what is allowed.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::rules::HealthRules;
use crate::error::Result;
use crate::outbox::Outbox;
use crate::store::{Level, Store, size};
use crate::time::{Timestamp, format_span};
use crate::vitals::{Vitals, Waiting};

/// The worst of all checks, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// All is well.
    Ok,
    /// It works, and somebody should look.
    Warning,
    /// Something is late, full or wrong.
    Failing,
}

crate::ticket::words!(State, "state", Ok => "ok", Warning => "warning", Failing => "failing");

/// One thing that was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name: late, leases, quarantined, spool, deliveries, disk, log, integrity, clock.
    pub check: String,
    /// How much it matters.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What to do about it, when it is not good.
    pub next: Option<String>,
}

/// What waits outside of the store to come in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Files.
    pub files: u64,
    /// Reports in them.
    pub reports: u64,
    /// Lines that are none.
    pub unreadable: u64,
    /// Since when the first of them waits.
    pub since: Option<Timestamp>,
}

/// What is asked about.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// Only this project; what belongs to the whole store is judged all the same.
    pub project: Option<String>,
    /// Whether every page and ticket is looked at, which takes its time: [`Store::verify`].
    pub full: bool,
    /// What waits in the spool.
    pub spool: Outside,
}

/// How a store is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// The worst of the checks.
    pub state: State,
    /// The database.
    pub database: PathBuf,
    /// The project that was asked about.
    pub project: Option<String>,
    /// What was judged.
    pub checks: Vec<Check>,
    /// What waits outside.
    pub spool: Outside,
    /// What was found.
    #[serde(flatten)]
    pub vitals: Vitals,
}

impl Health {
    /// Looks at `store` and judges it by `rules`. Waits for the answer; without [`Examination::full`] that is some
    /// milliseconds, however many tickets there are.
    ///
    /// # Errors
    /// Those of looking at the store: [`crate::Error::Storage`], [`crate::Error::Corrupt`].
    ///
    /// ```
    /// use actifix::keep::{Examination, Health, HealthRules, State};
    /// # let dir = tempfile::tempdir()?;
    /// # let store = actifix::Store::open(dir.path().join("actifix.db"))?;
    /// let rules = HealthRules { disk_free: 0, ..HealthRules::default() };
    /// let health = Health::of(&store, &rules, Examination::default())?;
    /// assert_eq!(health.state, State::Ok);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(store: &Store, rules: &HealthRules, asked: Examination) -> Result<Self> {
        let vitals = store
            .vitals(asked.project.as_deref(), rules.sla.all())
            .wait()?;
        let mut problems = vitals.contradictions.clone();
        if asked.full {
            problems.extend(store.verify(false).wait()?.problems);
        }
        let checks = vec![
            late(&vitals),
            leases(rules, &vitals),
            quarantined(rules, &vitals),
            spool(rules, &asked.spool, vitals.at),
            deliveries(rules, &store.outbox().wait()?, vitals.at),
            disk(rules, &vitals),
            log(rules, &vitals),
            integrity(&problems, asked.full),
            clock(rules, &vitals),
        ];
        let worst = checks.iter().map(|check| check.level).max();
        Ok(Self {
            state: match worst {
                Some(Level::Bad) => State::Failing,
                Some(Level::Warn) => State::Warning,
                _ => State::Ok,
            },
            database: store.path().to_owned(),
            project: asked.project,
            checks,
            spool: asked.spool,
            vitals,
        })
    }
}

fn good(check: &str, what: impl Into<String>) -> Check {
    Check {
        check: check.to_owned(),
        level: Level::Good,
        what: what.into(),
        next: None,
    }
}

fn found(check: &str, level: Level, what: String, next: &str) -> Check {
    Check {
        check: check.to_owned(),
        level,
        what,
        next: Some(next.to_owned()),
    }
}

fn late(vitals: &Vitals) -> Check {
    let late: u64 = vitals.backlog.iter().map(|of| of.late).sum();
    let Some(worst) = vitals.worst.first() else {
        return good(
            "late",
            "no ticket is open for longer than its priority allows",
        );
    };
    let (least, are) = (
        if vitals.cut { "at least " } else { "" },
        if late == 1 {
            "ticket is"
        } else {
            "tickets are"
        },
    );
    let what = format!(
        "{least}{late} {are} open for longer than allowed; the worst: {}",
        waits(worst, vitals.at)
    );
    found(
        "late",
        Level::Bad,
        what,
        "`actifix claim` takes the most urgent one; `actifix config get health.sla` tells what is allowed",
    )
}

/// A waiting ticket in words.
fn waits(waiting: &Waiting, now: Timestamp) -> String {
    let age = format_span(now.since(waiting.since));
    let at_work = if waiting.in_progress {
        ", in progress"
    } else {
        ""
    };
    format!(
        "{} ({}, {}, open for {age}{at_work})",
        waiting.ticket, waiting.priority, waiting.project
    )
}

fn leases(rules: &HealthRules, vitals: &Vitals) -> Check {
    let Some(since) = vitals.expired_since else {
        return good("leases", "no lease has run out");
    };
    let (count, age) = (vitals.expired, vitals.at.since(since));
    let leases = if count == 1 {
        "lease has"
    } else {
        "leases have"
    };
    let what = format!(
        "{count} {leases} run out, the first {} ago",
        format_span(age)
    );
    if age < rules.expired {
        return good("leases", format!("{what}: the next claim takes them up"));
    }
    found(
        "leases",
        Level::Warn,
        what,
        "nobody works: start a worker (`actifix work`), or claim them by hand",
    )
}

fn quarantined(rules: &HealthRules, vitals: &Vitals) -> Check {
    let what = match vitals.quarantined {
        0 => return good("quarantined", "no ticket is quarantined"),
        1 => "1 ticket is quarantined".to_owned(),
        more => format!("{more} tickets are quarantined"),
    };
    if vitals.quarantined <= rules.quarantined {
        return good("quarantined", what);
    }
    found(
        "quarantined",
        Level::Warn,
        what,
        "`actifix list --status quarantined` shows them, `actifix reopen` tries again",
    )
}

fn spool(rules: &HealthRules, spool: &Outside, now: Timestamp) -> Check {
    if spool.reports + spool.unreadable == 0 {
        return good("spool", "nothing waits in the spool");
    }
    let age = spool.since.map_or(Duration::ZERO, |since| now.since(since));
    let mut what = format!(
        "{} reports wait in the spool, for {}",
        spool.reports,
        format_span(age)
    );
    if spool.unreadable > 0 {
        what.push_str(&format!(
            "; {} lines of it are no reports",
            spool.unreadable
        ));
    }
    if age < rules.spool && spool.unreadable == 0 {
        return good("spool", what);
    }
    found(
        "spool",
        Level::Warn,
        what,
        "the next `actifix record` or `claim` that gets through brings them in; `actifix doctor` tells what is in the way",
    )
}

fn deliveries(rules: &HealthRules, outbox: &Outbox, now: Timestamp) -> Check {
    let age = outbox
        .oldest
        .map_or(Duration::ZERO, |oldest| now.since(oldest));
    if outbox.dead == 0 && age < rules.deliveries {
        return good("deliveries", "hooks and webhooks were told what happened");
    }
    let (waiting, dead) = (outbox.waiting, outbox.dead);
    let what = match waiting {
        0 => format!("{dead} deliveries to hooks and webhooks were given up"),
        _ => format!(
            "{waiting} deliveries to hooks and webhooks wait, the oldest for {}; {dead} were given up",
            format_span(age)
        ),
    };
    let next = "`actifix deliver list` tells why; `actifix deliver` sends them, `deliver retry --all-dead` those given up too";
    found("deliveries", Level::Warn, what, next)
}

fn disk(rules: &HealthRules, vitals: &Vitals) -> Check {
    let Some(free) = vitals.disk_free else {
        return good(
            "disk",
            "the machine does not tell how much room its disk has",
        );
    };
    let what = format!("{} are free on its disk", size(free));
    let level = match free {
        free if free < rules.disk_free / 16 => Level::Bad,
        free if free < rules.disk_free => Level::Warn,
        _ => return good("disk", what),
    };
    found(
        "disk",
        level,
        what,
        "make room; `actifix prune` removes old tickets",
    )
}

fn log(rules: &HealthRules, vitals: &Vitals) -> Check {
    let what = format!("the write-ahead log has {}", size(vitals.wal_bytes));
    if vitals.wal_bytes <= rules.wal {
        return good("log", what);
    }
    found(
        "log",
        Level::Warn,
        what,
        "a snapshot may be kept open: `actifix doctor` names by whom",
    )
}

fn integrity(problems: &[String], full: bool) -> Check {
    match problems {
        [] if full => good("integrity", "every page and every ticket is as it must be"),
        [] => good(
            "integrity",
            "the bookkeeping adds up; --full looks at every page and ticket",
        ),
        [first, ..] => {
            let what = format!("{first} ({} in all)", problems.len());
            found(
                "integrity",
                Level::Bad,
                what,
                "`actifix verify` tells more; restore a backup, or take what can be read: actifix doctor --salvage OUT",
            )
        }
    }
}

fn clock(rules: &HealthRules, vitals: &Vitals) -> Check {
    let ahead = vitals
        .newest_event
        .map_or(Duration::ZERO, |newest| newest.since(vitals.at));
    if ahead <= rules.clock {
        return good("clock", "no event lies in the future");
    }
    let what = format!(
        "the newest event is {} ahead of this machine's clock",
        format_span(ahead)
    );
    found(
        "clock",
        Level::Warn,
        what,
        "look at the clocks of the machines that write here",
    )
}

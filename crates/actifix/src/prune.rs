//! Which tickets are removed for good, and what came of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::evidence::Completion;
use crate::limits;
use crate::ticket::{Priority, Status, Tags, Ticket, words};
use crate::time::Timestamp;

/// What became of a ticket: a status that tells apart how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Free to be claimed, now or later.
    Open,
    /// Leased. Such a ticket is never removed, whatever is asked for.
    InProgress,
    /// Given up after too many attempts.
    Quarantined,
    /// Completed with evidence.
    Completed,
    /// Closed with a reason and no work.
    Closed,
    /// Ignored, for ever or until its rule wakes it.
    Ignored,
    /// Marked as deleted.
    Deleted,
}

words!(Fate, "status", Open => "open", InProgress => "in-progress", Quarantined => "quarantined",
    Completed => "completed", Closed => "closed", Ignored => "ignored", Deleted => "deleted");

impl Fate {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::InProgress,
        Self::Quarantined,
        Self::Completed,
        Self::Closed,
        Self::Ignored,
        Self::Deleted,
    ];

    /// What became of a ticket.
    pub fn of(ticket: &Ticket) -> Self {
        let closed = |end: &Completion| end.reason.is_some();
        match ticket.status {
            _ if ticket.deleted_at.is_some() => Self::Deleted,
            Status::Open => Self::Open,
            Status::InProgress => Self::InProgress,
            Status::Quarantined => Self::Quarantined,
            Status::Ignored => Self::Ignored,
            Status::Completed if ticket.completion.as_ref().is_some_and(closed) => Self::Closed,
            Status::Completed => Self::Completed,
        }
    }
}

/// Which tickets are to be removed for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prune {
    /// Only those whose end (for others: newest event) is longer ago than this.
    pub older_than: Duration,
    /// Only of these fates.
    pub fates: Vec<Fate>,
    /// Only of these priorities; all when empty.
    pub priorities: Vec<Priority>,
    /// Only of this project.
    pub project: Option<String>,
    /// Only tickets that tests made, known by these marks.
    pub tests: Option<TestMarks>,
}

/// How a ticket that a test made is known: any one of these is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TestMarks {
    /// Its environment is one of these, in any case.
    pub environments: Vec<String>,
    /// It has one of these tags: a key, or `key=value`.
    pub tags: Vec<String>,
    /// A folder or a file of its source begins with one of these.
    pub sources: Vec<String>,
}

impl Default for TestMarks {
    fn default() -> Self {
        let of = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        Self {
            environments: of(&["test", "testing"]),
            tags: of(&["test"]),
            sources: of(&["test_"]),
        }
    }
}

impl TestMarks {
    /// Whether a ticket has one of them.
    pub(crate) fn fit(&self, source: &str, environment: Option<&str>, tags: &Tags) -> bool {
        let environment = environment.unwrap_or_default();
        let tagged = |mark: &String| match mark.split_once('=') {
            Some((key, value)) => tags.get(key).is_some_and(|tag| tag == value),
            None => tags.contains_key(mark),
        };
        let placed = |mark: &String| {
            let mut parts = source.split(['/', '\\']);
            !mark.is_empty() && parts.any(|part| part.starts_with(mark))
        };
        let ran_in =
            |mark: &String| !environment.is_empty() && mark.eq_ignore_ascii_case(environment);
        self.environments.iter().any(ran_in)
            || self.tags.iter().any(tagged)
            || self.sources.iter().any(placed)
    }
}

impl Default for Prune {
    /// Completed and deleted ones of any project, ended 90 days ago or longer.
    fn default() -> Self {
        Self {
            older_than: Duration::from_secs(90 * 86_400),
            fates: vec![Fate::Completed, Fate::Deleted],
            priorities: Vec::new(),
            project: None,
            tests: None,
        }
    }
}

impl Prune {
    pub(crate) fn check(&self) -> Result<()> {
        limits::opt_name("project", self.project.as_deref())
    }

    /// Whether a ticket of this fate, priority and age is meant, its test marks aside. A leased one never is.
    pub(crate) fn takes(&self, fate: Fate, priority: Priority, at: i64, now: Timestamp) -> bool {
        fate != Fate::InProgress
            && self.fates.contains(&fate)
            && (self.priorities.is_empty() || self.priorities.contains(&priority))
            && at <= self.before(now)
    }

    /// The newest time that is old enough.
    pub(crate) fn before(&self, now: Timestamp) -> i64 {
        let age = i64::try_from(self.older_than.as_micros()).unwrap_or(i64::MAX);
        now.micros().saturating_sub(age)
    }
}

/// Tickets that would be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prunable {
    /// What became of them.
    pub status: Fate,
    /// How much they matter.
    pub priority: Priority,
    /// How many.
    pub tickets: u64,
    /// When the oldest of them ended.
    pub oldest: Timestamp,
}

/// What was removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pruned {
    /// Tickets.
    pub tickets: u64,
    /// Their events.
    pub events: u64,
    /// Tickets that something happened to meanwhile, and that were left alone.
    pub left: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_numbers_are_positions() {
        for (number, fate) in Fate::ALL.into_iter().enumerate() {
            assert_eq!(fate as usize, number, "{fate}");
        }
    }

    #[test]
    fn one_mark_makes_a_test_ticket() {
        let marks = TestMarks {
            tags: vec!["test".into(), "run=nightly".into()],
            ..TestMarks::default()
        };
        let tags = |key: &str, value: &str| Tags::from([(key.to_owned(), value.to_owned())]);
        let none = Tags::new();
        assert!(marks.fit("lib/test_pool.py:3", None, &none));
        assert!(marks.fit("app.py", Some("TEST"), &none));
        assert!(marks.fit("app.py", None, &tags("test", "")));
        assert!(marks.fit("app.py", None, &tags("run", "nightly")));
        assert!(!marks.fit("contest_rules.py", Some("prod"), &tags("run", "x")));
        assert!(!marks.fit("", None, &none), "an unknown source is no mark");
    }

    #[test]
    fn a_leased_ticket_is_never_meant() {
        let now = Timestamp::from_micros(0);
        let all = Prune {
            older_than: Duration::ZERO,
            fates: Fate::ALL.to_vec(),
            ..Prune::default()
        };
        let meant: Vec<Fate> = Fate::ALL
            .into_iter()
            .filter(|fate| all.takes(*fate, Priority::P0, i64::MIN, now))
            .collect();
        assert_eq!(meant.len(), 6);
        assert!(!meant.contains(&Fate::InProgress));
        assert!(!all.takes(Fate::Open, Priority::P0, 1, now));
    }
}

//! Leases: who may work on a ticket, under which token, and until when.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::limits;
use crate::ticket::{Kind, Priority, Tags, Ticket};
use crate::time::Timestamp;

/// The fencing token of a grant: the sequence number of its event, so it only rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub i64);

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A grant: the ticket is yours until `expires_at`, and `token` proves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    /// The ticket, whole.
    pub ticket: Ticket,
    /// Who holds it.
    pub holder: String,
    /// Proves that the caller holds it.
    pub token: Token,
    /// Since when.
    pub acquired_at: Timestamp,
    /// Until when, unless it is renewed.
    pub expires_at: Timestamp,
}

impl Lease {
    /// The moment at which a careful holder stops: a tenth of the lease, at most 30 s, before it runs out.
    ///
    /// The store and the holder read different clocks, and an answer takes time to arrive: a holder trusts its lease
    /// for less time than the store does.
    pub fn trusted_until(&self) -> Timestamp {
        let whole = self.expires_at.since(self.acquired_at);
        let margin = (whole / 10).min(Duration::from_secs(30));
        Timestamp::from_micros(self.expires_at.micros() - crate::time::span_micros(margin))
    }
}

/// What a claim asks for.
///
/// ```
/// use std::time::Duration;
/// use actifix::{Claim, Priority};
/// let claim = Claim::by("agent-1").count(8).priorities([Priority::P0, Priority::P1]).wait(Duration::from_secs(10));
/// # let _ = claim;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub(crate) holder: String,
    pub(crate) lease: Duration,
    pub(crate) count: usize,
    pub(crate) priorities: Vec<Priority>,
    pub(crate) project: Option<String>,
    pub(crate) kind: Option<Kind>,
    pub(crate) tags: Tags,
    #[serde(skip)]
    pub(crate) wait: Option<Duration>,
}

impl Claim {
    /// A claim of one ticket for an hour, for `holder`.
    pub fn by(holder: impl Into<String>) -> Self {
        Self {
            holder: holder.into(),
            lease: limits::DEFAULT_LEASE,
            count: 1,
            priorities: Vec::new(),
            project: None,
            kind: None,
            tags: Tags::new(),
            wait: None,
        }
    }

    /// How long the lease lasts unless it is renewed.
    pub fn lease(mut self, span: Duration) -> Self {
        self.lease = span;
        self
    }

    /// At most so many tickets.
    pub fn count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// Only tickets of these priorities.
    pub fn priorities(mut self, priorities: impl IntoIterator<Item = Priority>) -> Self {
        self.priorities = priorities.into_iter().collect();
        self.priorities.sort_unstable();
        self.priorities.dedup();
        self
    }

    /// Only tickets of this project.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// Only tickets of this kind. Looks at no more than 1,000 tickets.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Only tickets with this tag. Looks at no more than 1,000 tickets.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Wait up to `span` for a ticket when there is none.
    pub fn wait(mut self, span: Duration) -> Self {
        self.wait = Some(span);
        self
    }

    /// Judges the claim at the door.
    pub(crate) fn check(&self) -> Result<()> {
        limits::name("holder", &self.holder)?;
        limits::lease(self.lease)?;
        limits::opt_name("project", self.project.as_deref())?;
        if self.count == 0 || self.count > limits::CLAIM {
            return Err(crate::error::Error::invalid(
                "count",
                format!("a claim takes from 1 to {}", limits::CLAIM),
            ));
        }
        Ok(())
    }
}

/// What a claim got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// The leases: none when nothing could be claimed.
    pub leases: Vec<Lease>,
    /// The filter has no index, and the search stopped after so many tickets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_after: Option<usize>,
}

impl Claimed {
    /// The only lease of a claim of one.
    pub fn one(self) -> Option<Lease> {
        self.leases.into_iter().next()
    }
}

impl IntoIterator for Claimed {
    type Item = Lease;
    type IntoIter = std::vec::IntoIter<Lease>;

    fn into_iter(self) -> Self::IntoIter {
        self.leases.into_iter()
    }
}

/// How a ticket is given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub(crate) failed: bool,
    pub(crate) reason: Option<String>,
    pub(crate) not_before: Option<Duration>,
}

impl Release {
    /// Free for others at once, and no attempt is counted.
    pub fn new() -> Self {
        Self::default()
    }

    /// The attempt failed: it is counted, and the ticket rests for a while that doubles.
    pub fn failed(mut self) -> Self {
        self.failed = true;
        self
    }

    /// Why.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Nobody claims it before so long from now.
    pub fn not_before(mut self, span: Duration) -> Self {
        self.not_before = Some(span);
        self
    }
}

/// When tickets are put aside, and how long a failed one rests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryRules {
    /// Attempts after which a ticket is quarantined.
    pub attempts: u32,
    /// Leases that may run out one after the other; then the ticket is quarantined.
    pub expiries: u32,
    /// The rest after the first failed attempt; it doubles with each.
    #[serde(with = "crate::time::span")]
    pub pause: Duration,
    /// The longest rest.
    #[serde(with = "crate::time::span")]
    pub longest_pause: Duration,
}

impl Default for RetryRules {
    fn default() -> Self {
        Self {
            attempts: 5,
            expiries: 3,
            pause: Duration::from_secs(10),
            longest_pause: Duration::from_secs(3_600),
        }
    }
}

impl RetryRules {
    /// The rest after failed attempt number `attempt` (from 1): `pause · 2^(attempt−1)`, held at the longest, and
    /// shortened by up to a quarter by `jitter` (0 to 255), so that tickets that failed together do not come back together.
    pub fn rest(&self, attempt: u32, jitter: u8) -> Duration {
        let doubled = self
            .pause
            .saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        let whole = doubled.min(self.longest_pause);
        whole - whole / 4 * u32::from(jitter) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_doubles_and_ends_at_an_hour() {
        let rules = RetryRules::default();
        let seconds = |n| rules.rest(n, 0).as_secs();
        assert_eq!(
            [seconds(1), seconds(2), seconds(3), seconds(4)],
            [10, 20, 40, 80]
        );
        assert_eq!(seconds(40), 3_600);
        assert_eq!(rules.rest(1, 255), Duration::from_millis(7_500));
    }

    #[test]
    fn absurd_claims_are_refused_at_the_door() {
        assert!(Claim::by("a").check().is_ok());
        assert!(Claim::by("").check().is_err());
        assert!(Claim::by("a").lease(Duration::ZERO).check().is_err());
        assert!(Claim::by("a").lease(Duration::MAX).check().is_err());
        assert!(Claim::by("a").count(0).check().is_err());
        assert!(Claim::by("a").count(usize::MAX).check().is_err());
    }
}

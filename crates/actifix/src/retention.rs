//! How long tickets are kept: a policy, and the rules that it comes to.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, Result};
use crate::prune::{Fate, Prune, TestMarks};
use crate::ticket::Priority;
use crate::time::{exact_span, parse_span};

const DAY: Duration = Duration::from_secs(86_400);
/// The shortest pause between two runs: each looks at every ticket.
pub(crate) const SHORTEST_PAUSE: Duration = Duration::from_secs(3_600);

/// How long something is kept: a span such as `90d`, or `never` removed.
///
/// ```
/// use actifix::Age;
/// let age: Age = "90d".parse()?;
/// assert_eq!(age.to_string(), "90d");
/// assert_eq!("never".parse::<Age>()?, Age::NEVER);
/// # Ok::<(), actifix::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age(Option<Duration>);

impl Age {
    /// Kept for ever.
    pub const NEVER: Self = Self(None);

    /// Kept for `days`.
    pub const fn days(days: u32) -> Self {
        Self(Some(Duration::from_secs(days as u64 * 86_400)))
    }

    /// The span; `None` for ever.
    pub const fn span(self) -> Option<Duration> {
        self.0
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(span) => f.pad(&exact_span(span)),
            None => f.pad("never"),
        }
    }
}

impl FromStr for Age {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim() {
            "never" => Ok(Self::NEVER),
            span => parse_span("age", span).map(Some).map(Self).map_err(|_| {
                let why = format!(
                    "`{}` is neither a span such as 90d nor never",
                    span.escape_debug()
                );
                Error::invalid("age", why)
            }),
        }
    }
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// An age for each priority: `{ P0 = "365d", P4 = "30d" }`. What is of a priority that is not named is kept for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<Priority, Age>", into = "BTreeMap<Priority, Age>")]
pub struct Ages([Age; 5]);

impl Ages {
    /// The same age for all priorities.
    pub const fn all(age: Age) -> Self {
        Self([age; 5])
    }

    /// The age of a priority.
    pub const fn of(&self, priority: Priority) -> Age {
        self.0[priority as usize]
    }

    /// The spans that are said, each with its priorities.
    fn spans(&self) -> BTreeMap<Duration, Vec<Priority>> {
        let mut spans: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for priority in Priority::ALL {
            if let Some(span) = self.of(priority).span() {
                spans.entry(span).or_default().push(priority);
            }
        }
        spans
    }
}

impl From<BTreeMap<Priority, Age>> for Ages {
    fn from(named: BTreeMap<Priority, Age>) -> Self {
        let of = |priority| named.get(&priority).copied().unwrap_or(Age::NEVER);
        Self(Priority::ALL.map(of))
    }
}

impl From<Ages> for BTreeMap<Priority, Age> {
    fn from(ages: Ages) -> Self {
        Priority::ALL.into_iter().zip(ages.0).collect()
    }
}

/// How long tickets are kept, by what became of them and how much they matter. The ages of the Python system are the
/// defaults, and nothing is done until `enabled` says so: [`Retention::rules`] tells what the policy means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Whether workers and the server apply it by themselves.
    pub enabled: bool,
    /// How long after one run the next begins; an hour at least.
    #[serde(with = "crate::time::span")]
    pub every: Duration,
    /// After a completion.
    pub completed: Ages,
    /// After closing with a reason.
    pub closed: Ages,
    /// Since it is ignored: its reports make a new ticket afterwards.
    pub ignored: Age,
    /// After deletion.
    pub deleted: Age,
    /// Since anything happened to a quarantined ticket.
    pub quarantined: Age,
    /// Open tickets that nothing has happened to for so long are closed as obsolete.
    pub close_open: Ages,
    /// What tests left behind.
    pub tests: TestTickets,
}

/// Tickets that tests made, and how long they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TestTickets {
    /// After their end, whatever it was.
    pub remove: Age,
    /// Open ones that nothing has happened to for so long are closed as obsolete.
    pub close_open: Age,
    /// How they are known.
    pub marks: TestMarks,
}

impl Default for TestTickets {
    fn default() -> Self {
        Self {
            remove: Age::days(7),
            close_open: Age::NEVER,
            marks: TestMarks::default(),
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        let by_priority = Ages([365, 180, 90, 60, 30].map(Age::days));
        Self {
            enabled: false,
            every: DAY,
            completed: by_priority,
            closed: by_priority,
            ignored: Age::NEVER,
            deleted: Age::days(30),
            quarantined: Age::NEVER,
            close_open: Ages::all(Age::NEVER),
            tests: TestTickets::default(),
        }
    }
}

/// What a rule does with the tickets that it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleAction {
    /// They are removed for good.
    Remove,
    /// They are closed as obsolete.
    Close,
}

/// One rule of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionRule {
    /// What it is called: `completed P0`, `tests`.
    pub name: String,
    /// What becomes of the tickets.
    pub action: RuleAction,
    /// Which tickets.
    pub tickets: Prune,
}

impl Retention {
    /// Judges what types cannot.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field.
    pub fn check(&self) -> Result<()> {
        if self.every < SHORTEST_PAUSE {
            return Err(Error::invalid("retention.every", "it is 1h at least"));
        }
        Ok(())
    }

    /// The rules that the policy comes to. A ticket falls under the first that takes it.
    ///
    /// ```
    /// let rules = actifix::Retention::default().rules();
    /// let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    /// assert_eq!(names[..3], ["tests", "completed P4", "completed P3"]);
    /// ```
    pub fn rules(&self) -> Vec<RetentionRule> {
        use Fate::{Closed, Completed, Deleted, Ignored, Open, Quarantined};
        let mut rules = Vec::new();
        for (name, action, age, fates) in [
            (
                "tests",
                RuleAction::Remove,
                self.tests.remove,
                vec![Completed, Closed, Deleted, Ignored],
            ),
            (
                "open tests",
                RuleAction::Close,
                self.tests.close_open,
                vec![Open],
            ),
        ] {
            rules.extend(age.span().map(|older_than| RetentionRule {
                name: name.to_owned(),
                action,
                tickets: Prune {
                    older_than,
                    fates,
                    tests: Some(self.tests.marks.clone()),
                    ..Prune::default()
                },
            }));
        }
        for (fate, action, ages) in [
            (Completed, RuleAction::Remove, self.completed),
            (Closed, RuleAction::Remove, self.closed),
            (Ignored, RuleAction::Remove, Ages::all(self.ignored)),
            (Deleted, RuleAction::Remove, Ages::all(self.deleted)),
            (Quarantined, RuleAction::Remove, Ages::all(self.quarantined)),
            (Open, RuleAction::Close, self.close_open),
        ] {
            let spans = ages.spans().into_iter();
            rules.extend(spans.map(|(span, priorities)| one(fate, action, span, priorities)));
        }
        rules
    }
}

/// The rule for tickets of one fate that are kept equally long.
fn one(
    fate: Fate,
    action: RuleAction,
    older_than: Duration,
    priorities: Vec<Priority>,
) -> RetentionRule {
    let all = priorities.len() == Priority::ALL.len();
    let named: Vec<&str> = priorities
        .iter()
        .map(|priority| priority.as_str())
        .collect();
    RetentionRule {
        name: match all {
            true => fate.to_string(),
            false => format!("{fate} {}", named.join(",")),
        },
        action,
        tickets: Prune {
            older_than,
            fates: vec![fate],
            priorities: if all { Vec::new() } else { priorities },
            ..Prune::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> serde_json::Result<Retention> {
        serde_json::from_str(json)
    }

    #[test]
    fn nothing_is_done_until_somebody_says_so() {
        let unsaid = Retention::default();
        assert!(!unsaid.enabled);
        assert_eq!(read("{}").unwrap(), unsaid);
        let rules = unsaid.rules();
        assert!(rules.iter().all(|rule| rule.action == RuleAction::Remove));
        let meant: Vec<Fate> = rules.iter().flat_map(|r| r.tickets.fates.clone()).collect();
        assert!(!meant.contains(&Fate::Open) && !meant.contains(&Fate::Quarantined));
    }

    #[test]
    fn a_rule_has_the_priorities_that_are_kept_equally_long() {
        let policy = read(r#"{"closed":{"P0":"never","P1":"2d","P2":"2d","P4":"1d"}}"#).unwrap();
        assert_eq!(
            policy.closed.of(Priority::P3),
            Age::NEVER,
            "it is not named"
        );
        let names: Vec<_> = policy.rules().into_iter().map(|rule| rule.name).collect();
        assert_eq!(names[6..], ["closed P4", "closed P1,P2", "deleted"]);
        let again = serde_json::to_string(&policy).unwrap();
        assert_eq!(read(&again).unwrap(), policy);
    }

    #[test]
    fn what_is_misspelt_is_an_error() {
        for wrong in [
            r#"{"complete":"1d"}"#,
            r#"{"deleted":"soon"}"#,
            r#"{"closed":{"P7":"1d"}}"#,
            r#"{"closed":"90d"}"#,
            r#"{"tests":{"remov":"1d"}}"#,
            r#"{"tests":{"marks":{"tag":["x"]}}}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let often = read(r#"{"every":"10s"}"#).unwrap();
        assert!(often.check().is_err());
    }
}

//! Which tickets: conditions in the words of `list`.

use std::str::FromStr;
use std::time::Duration;

use actifix::{Error, Filter, Kind, Priority, Result, Status};
use clap::Args;

use crate::input;

/// The keys of `--where`.
const KEYS: &str =
    "status, priority, project, kind, assignee, search, tag, older-than, ready or deleted";

/// Many tickets instead of one.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Many tickets at once")]
pub struct Pick {
    /// All tickets that are like this, with the words of `list`: status=…, priority=P3,P4, project=…, kind=…, assignee=…,
    /// search=…, tag=K=V, older-than=30d (nothing has happened for so long), ready, deleted; may be given several times,
    /// and each must fit
    #[arg(long = "where", value_name = "KEY=VALUE", allow_hyphen_values = true)]
    conditions: Vec<Condition>,
    /// All open, leased and quarantined tickets
    #[arg(long, conflicts_with = "conditions")]
    all: bool,
    /// Only tell which they are
    #[arg(long, conflicts_with = "id")]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, conflicts_with = "id")]
    pub yes: bool,
}

impl Pick {
    /// The tickets it means.
    pub fn filter(self) -> Result<Filter> {
        let mut filter = Filter::default();
        for condition in self.conditions {
            condition.narrow(&mut filter)?;
        }
        Ok(filter)
    }
}

/// One `--where`.
#[derive(Clone, Debug)]
enum Condition {
    Statuses(Vec<Status>),
    Priorities(Vec<Priority>),
    Project(String),
    Kind(Kind),
    Assignee(String),
    Search(String),
    Tag((String, String)),
    OlderThan(Duration),
    Ready,
    Deleted,
}

impl FromStr for Condition {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        let given = || match value {
            "" => Err(Error::invalid("where", format!("say {key}=VALUE"))),
            value => Ok(value.to_owned()),
        };
        Ok(match key.trim().replace('_', "-").as_str() {
            "status" if value == "all" => Self::Statuses(Status::ALL.to_vec()),
            "status" => Self::Statuses(several(&given()?, input::status)?),
            "priority" => Self::Priorities(several(&given()?, input::priority)?),
            "project" => Self::Project(given()?),
            "kind" => Self::Kind(given()?.parse()?),
            "assignee" => Self::Assignee(given()?),
            "search" => Self::Search(given()?),
            "tag" => Self::Tag(input::tag(&given()?)?),
            "older-than" => Self::OlderThan(input::older_than(&given()?)?),
            "ready" if value.is_empty() => Self::Ready,
            "deleted" if value.is_empty() => Self::Deleted,
            _ => {
                let why = format!("`{}` is no condition: {KEYS}", text.escape_debug());
                return Err(Error::invalid("where", why));
            }
        })
    }
}

/// Values with commas between.
fn several<T>(text: &str, one: fn(&str) -> Result<T>) -> Result<Vec<T>> {
    text.split(',').map(one).collect()
}

impl Condition {
    /// Takes itself into a filter. What can have one value only is an error the second time.
    fn narrow(self, filter: &mut Filter) -> Result<()> {
        let twice = match self {
            Self::Statuses(statuses) => several_into(&mut filter.statuses, statuses),
            Self::Priorities(priorities) => several_into(&mut filter.priorities, priorities),
            Self::Project(project) => filter.project.replace(project).map(|_| "project"),
            Self::Kind(kind) => filter.kind.replace(kind).map(|_| "kind"),
            Self::Assignee(name) => filter.assignee.replace(name).map(|_| "assignee"),
            Self::Search(text) => filter.search.replace(text).map(|_| "search"),
            Self::OlderThan(span) => filter.older_than.replace(span).map(|_| "older-than"),
            Self::Tag((key, value)) => filter.tags.insert(key, value).map(|_| "a tag"),
            Self::Ready => {
                filter.ready = true;
                None
            }
            Self::Deleted => {
                filter.deleted = true;
                None
            }
        };
        match twice {
            None => Ok(()),
            Some(what) => Err(Error::invalid("where", format!("{what} can be given once"))),
        }
    }
}

fn several_into<T>(all: &mut Vec<T>, more: Vec<T>) -> Option<&'static str> {
    all.extend(more);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(conditions: &[&str]) -> Result<Filter> {
        let conditions = conditions.iter().map(|text| text.parse());
        Pick {
            conditions: conditions.collect::<Result<_>>()?,
            ..Pick::default()
        }
        .filter()
    }

    #[test]
    fn conditions_are_the_words_of_list() {
        let read = filter(&[
            "status=open,quarantined",
            "priority=P3",
            "priority=P4",
            "older_than=30d",
            "tag=team=web",
            "search=a=b",
            "ready",
        ])
        .unwrap();
        assert_eq!(read.statuses, [Status::Open, Status::Quarantined]);
        assert_eq!(read.priorities, [Priority::P3, Priority::P4]);
        assert_eq!(read.older_than, Some(Duration::from_secs(30 * 86_400)));
        assert_eq!(read.tags["team"], "web");
        assert_eq!((read.search.as_deref(), read.ready), (Some("a=b"), true));
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in [
            "",
            "state=open",
            "status=",
            "status=gone",
            "tag=x",
            "older-than=soon",
        ] {
            assert!(filter(&[wrong]).is_err(), "{wrong}");
        }
        assert!(filter(&["project=a", "project=b"]).is_err());
    }
}

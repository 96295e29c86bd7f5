//! What became of a ticket, by its events.

use actifix::{Event, EventKind, Status, Story, TicketId, Token};
use serde::Serialize;

use crate::output::tickets;

/// Who held a ticket, and under which token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grant {
    pub holder: String,
    pub token: Token,
}

/// What became of a ticket, by its events.
#[derive(Debug, Serialize)]
pub struct Fate {
    pub id: TicketId,
    /// The error, on one line.
    pub what: String,
    pub occurrences: u64,
    pub status: Status,
    /// Everybody who held it, in their order.
    pub grants: Vec<Grant>,
    /// Everybody whose completion was taken.
    pub completed: Vec<Grant>,
}

impl Fate {
    /// From its history.
    pub fn of(story: Story) -> Self {
        let grants = |kind: EventKind| {
            let events = story.events.iter().filter(move |event| event.kind == kind);
            events.map(grant).collect()
        };
        Fate {
            what: tickets::headline(&story.ticket),
            occurrences: story.ticket.occurrences,
            status: story.ticket.status,
            grants: grants(EventKind::Claimed),
            completed: grants(EventKind::Completed),
            id: story.ticket.id,
        }
    }

    /// A ticket is completed once, by its last holder, and its tokens rise.
    pub fn unfair(&self) -> Option<String> {
        let Fate {
            id,
            grants,
            completed,
            ..
        } = self;
        if completed.len() != 1 || self.status != Status::Completed {
            return Some(format!(
                "{id} is {} and was completed {} times instead of once",
                self.status,
                completed.len()
            ));
        }
        if completed.last() != grants.last() {
            return Some(format!(
                "{id} was completed by another than its last holder"
            ));
        }
        let rising = grants.windows(2).all(|pair| pair[0].token < pair[1].token);
        (!rising).then(|| format!("{id} has tokens that do not rise"))
    }
}

fn grant(event: &Event) -> Grant {
    Grant {
        holder: event.actor.clone(),
        token: event.token.unwrap_or(Token(event.seq)),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A completed ticket with these holders and completions.
    pub fn fate(grants: &[(&str, i64)], completed: &[(&str, i64)]) -> Fate {
        let grant = |(holder, token): &(&str, i64)| Grant {
            holder: (*holder).to_owned(),
            token: Token(*token),
        };
        Fate {
            id: "A-1".parse().unwrap(),
            what: String::new(),
            occurrences: 1,
            status: Status::Completed,
            grants: grants.iter().map(grant).collect(),
            completed: completed.iter().map(grant).collect(),
        }
    }

    #[test]
    fn a_ticket_that_was_completed_once_by_its_last_holder_is_fair() {
        assert_eq!(fate(&[("a", 1), ("b", 4)], &[("b", 4)]).unfair(), None);
    }

    #[test]
    fn whatever_else_is_not() {
        for (grants, completed) in [
            (&[("a", 1)][..], &[][..]),
            (&[("a", 1)], &[("a", 1), ("a", 1)]),
            (&[("a", 1), ("b", 4)], &[("a", 1)]),
            (&[("b", 4), ("a", 1)], &[("a", 1)]),
        ] {
            assert!(
                fate(grants, completed).unfair().is_some(),
                "{grants:?} {completed:?}"
            );
        }
        let open = Fate {
            status: Status::Open,
            ..fate(&[("a", 1)], &[("a", 1)])
        };
        assert!(open.unfair().is_some());
    }
}

//! Promise 6: nothing happens in silence. The events alone, told from the first to the last, lead to the state that
//! the store shows, each by a step that its rules allow.

use std::collections::BTreeMap;

use actifix::{Event, EventKind, Status, Story, Ticket, TicketId, Token};
use serde_json::Value;

use super::Lie;
use crate::dump::Dump;

/// Where the events have led a ticket.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// Ready, or put off. The token whose lease ran out last may still complete.
    Open {
        last: Option<Token>,
    },
    Leased {
        token: Token,
        holder: String,
    },
    Parked {
        last: Option<Token>,
    },
    Ended {
        ignored: bool,
    },
    Trash {
        from: Box<Place>,
    },
    Gone,
}

const OPEN: Place = Place::Open { last: None };

/// What the events have told of a ticket.
struct Told {
    place: Place,
    occurrences: u64,
    /// Grants that failed or ran out since the ticket was last opened.
    attempts: u32,
}

/// Judges a dump.
pub fn check(dump: &Dump) -> Vec<Lie> {
    let mut lies = Vec::new();
    for pair in dump.events.windows(2) {
        if pair[0].seq >= pair[1].seq {
            lies.push(Lie::new(
                "events out of order",
                format!("{:?}, {:?}", pair[0], pair[1]),
            ));
        }
    }
    let mut told: BTreeMap<&TicketId, Told> = BTreeMap::new();
    for event in &dump.events {
        let before = told.remove(&event.ticket);
        match step(before, event) {
            Ok(after) => drop(told.insert(&event.ticket, after)),
            Err(lie) => lies.push(lie),
        }
    }
    let mut whole: BTreeMap<&TicketId, Vec<&Event>> = BTreeMap::new();
    for event in &dump.events {
        whole.entry(&event.ticket).or_default().push(event);
    }
    for (id, story) in &dump.stories {
        let own = whole.get(id).map_or(&[][..], Vec::as_slice);
        match told.get(id) {
            Some(told) => lies.extend(agrees(told, &story.ticket)),
            None if own.is_empty() => {
                lies.push(Lie::new("a ticket without events", id.to_string()))
            }
            None => {} // its history was judged above
        }
        lies.extend(same_events(story, own));
    }
    lies.extend(gone(&told, dump));
    lies
}

/// One event on.
fn step(before: Option<Told>, event: &Event) -> Result<Told, Lie> {
    let lie = |rule| Err(Lie::new(rule, format!("{event:?}")));
    if event.actor.trim().is_empty() {
        return lie("nobody did it");
    }
    let Some(mut told) = before else {
        return match event.kind {
            EventKind::Recorded | EventKind::Imported => Ok(Told {
                place: OPEN,
                occurrences: 1,
                attempts: 0,
            }),
            _ => lie("an event before the first"),
        };
    };
    if event.kind == EventKind::Counted {
        let now = event
            .new
            .as_ref()
            .and_then(|new| new.get("occurrences"))
            .and_then(Value::as_u64);
        match now {
            Some(now) if now > told.occurrences => told.occurrences = now,
            _ => return lie("a count that does not rise"),
        }
    }
    match (event.kind, &told.place) {
        // A late word on a grant that ran out is no further attempt.
        (EventKind::Failed, Place::Leased { .. }) | (EventKind::Expired, _) => told.attempts += 1,
        (EventKind::Reopened, _) => told.attempts = 0,
        _ => {}
    }
    match moved(&told.place, event) {
        Some(place) => Ok(Told { place, ..told }),
        None => Err(Lie::new(
            "a step that no rule allows",
            format!("from {:?} by {event:?}", told.place),
        )),
    }
}

/// Where an event leads from `place`, if it may.
fn moved(place: &Place, event: &Event) -> Option<Place> {
    use EventKind as Kind;
    let under = |token: &Token| event.token == Some(*token);
    let may_be_late = |last: &Option<Token>| last.is_some() && event.token == *last;
    match (event.kind, place) {
        (_, Place::Gone) => None,
        (Kind::Counted | Kind::Assigned | Kind::Noted | Kind::Updated, _) => Some(place.clone()),
        (Kind::Undeleted, Place::Trash { from }) => Some(match &**from {
            Place::Leased { .. } => OPEN,
            from => from.clone(),
        }),
        (Kind::Purged, Place::Trash { .. }) => Some(Place::Gone),
        (_, Place::Trash { .. }) => None,
        (Kind::Deleted, place) => Some(Place::Trash {
            from: Box::new(place.clone()),
        }),
        (Kind::Claimed, Place::Open { .. }) => granted(event),
        (Kind::Due, Place::Open { .. }) => Some(place.clone()),
        (Kind::Renewed, Place::Leased { token, .. }) if under(token) => Some(place.clone()),
        (Kind::Expired, Place::Leased { token, .. }) if under(token) => {
            Some(Place::Open { last: Some(*token) })
        }
        (Kind::Released | Kind::Failed, Place::Leased { token, .. }) if under(token) => Some(OPEN),
        (Kind::Released | Kind::Failed, Place::Open { last }) if may_be_late(last) => Some(OPEN),
        (Kind::Released | Kind::Failed, Place::Parked { last }) if may_be_late(last) => {
            Some(place.clone())
        }
        (Kind::Quarantined, Place::Open { last }) => Some(Place::Parked { last: *last }),
        (Kind::Completed, Place::Leased { token, .. }) if under(token) => {
            Some(Place::Ended { ignored: false })
        }
        (Kind::Completed, Place::Open { last } | Place::Parked { last }) if may_be_late(last) => {
            Some(Place::Ended { ignored: false })
        }
        (Kind::Closed, Place::Open { .. } | Place::Leased { .. } | Place::Parked { .. }) => {
            Some(Place::Ended { ignored: false })
        }
        (Kind::Ignored, _) => Some(Place::Ended { ignored: true }),
        (Kind::Reopened, Place::Ended { .. } | Place::Parked { .. }) => Some(OPEN),
        _ => None,
    }
}

/// A grant's token is the number of its event.
fn granted(event: &Event) -> Option<Place> {
    let token = event.token.filter(|token| token.0 == event.seq)?;
    Some(Place::Leased {
        token,
        holder: event.actor.clone(),
    })
}

/// What the ticket shows is what the events told.
fn agrees(told: &Told, ticket: &Ticket) -> Vec<Lie> {
    let mut lies = Vec::new();
    let deleted = matches!(told.place, Place::Trash { .. });
    if deleted != ticket.deleted_at.is_some() {
        lies.push(Lie::new(
            "deleted in silence",
            format!("{:?}, {ticket:?}", told.place),
        ));
    }
    if told.occurrences != ticket.occurrences {
        let seen = format!(
            "{} by the events, {} in {}",
            told.occurrences, ticket.occurrences, ticket.id
        );
        lies.push(Lie::new("counted in silence", seen));
    }
    if told.attempts != ticket.attempts {
        let seen = format!("{} by the events, {ticket:?}", told.attempts);
        lies.push(Lie::new("failed in silence", seen));
    }
    let holder = ticket.lease.as_ref().map(|lease| lease.holder.as_str());
    let same = match &told.place {
        Place::Trash { .. } | Place::Gone => holder.is_none(),
        Place::Open { .. } => ticket.status == Status::Open && holder.is_none(),
        // Run out, and not swept yet.
        Place::Leased { .. } if ticket.expired => ticket.status == Status::Open && holder.is_none(),
        Place::Leased { holder: by, .. } => {
            ticket.status == Status::InProgress && holder == Some(by)
        }
        Place::Parked { .. } => ticket.status == Status::Quarantined && holder.is_none(),
        Place::Ended { ignored: true } => ticket.status == Status::Ignored && holder.is_none(),
        Place::Ended { ignored: false } => ticket.status == Status::Completed && holder.is_none(),
    };
    if !same {
        lies.push(Lie::new(
            "moved in silence",
            format!("{:?} by the events, {ticket:?}", told.place),
        ));
    }
    lies
}

/// The ticket's own history is its part of the whole one.
fn same_events(story: &Story, whole: &[&Event]) -> Option<Lie> {
    let same = whole.iter().copied().eq(&story.events);
    (!same).then(|| Lie::new("two histories", story.ticket.id.to_string()))
}

/// A ticket that is no longer there was purged.
fn gone(told: &BTreeMap<&TicketId, Told>, dump: &Dump) -> Vec<Lie> {
    let missing = told
        .iter()
        .filter(|(id, told)| !dump.stories.contains_key(**id) && told.place != Place::Gone);
    missing
        .map(|(id, _)| Lie::new("gone in silence", id.to_string()))
        .collect()
}

//! Everything that a store holds, to be compared with what callers were told.

use std::collections::BTreeMap;

use actifix::{ArchiveLine, Error, Event, EventFilter, Store, Story, TicketId};

/// Everything that a store holds.
#[derive(Clone, Debug)]
pub struct Dump {
    /// The tickets, the deleted ones too.
    pub stories: BTreeMap<TicketId, Story>,
    /// All events, the oldest first.
    pub events: Vec<Event>,
}

impl Dump {
    /// Reads everything through the store's own door.
    pub fn of(store: &Store) -> Self {
        Self {
            stories: stories(store),
            events: events(store),
        }
    }
}

fn stories(store: &Store) -> BTreeMap<TicketId, Story> {
    let mut all = BTreeMap::new();
    let exported: Result<(), Error> = store.export(|line| {
        if let ArchiveLine::Ticket(ticket) = line {
            all.insert(ticket.story.ticket.id.clone(), ticket.story);
        }
        Ok(())
    });
    exported.expect("an export is answered");
    all
}

fn events(store: &Store) -> Vec<Event> {
    let mut all: Vec<Event> = Vec::new();
    loop {
        let after = all.last().map_or(0, |event| event.seq);
        let filter = EventFilter {
            after,
            limit: 1_000,
            ..EventFilter::default()
        };
        let page = store.events(filter).wait().expect("events are listed");
        let done = page.next.is_none();
        all.extend(page.events);
        if done {
            return all;
        }
    }
}

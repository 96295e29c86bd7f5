//! Everything that a store holds, to be compared with what callers were told.

use std::collections::BTreeMap;

use actifix::{ArchiveLine, Error, Event, EventFilter, Result, Store, Story, TicketId};

/// Everything that a store holds.
#[derive(Clone, Debug, Default)]
pub struct Dump {
    /// The tickets, the deleted ones too.
    pub stories: BTreeMap<TicketId, Story>,
    /// All events, the oldest first.
    pub events: Vec<Event>,
    /// What the store itself finds wrong with its file.
    pub problems: Vec<String>,
}

impl Dump {
    /// Reads everything through the store's own door.
    ///
    /// # Errors
    /// What the store says when it cannot read its file.
    pub fn read(store: &Store) -> Result<Self> {
        Ok(Self {
            stories: stories(store)?,
            events: events(store)?,
            problems: store.verify(false).wait()?.problems,
        })
    }
}

fn stories(store: &Store) -> Result<BTreeMap<TicketId, Story>> {
    let mut all = BTreeMap::new();
    store.export(|line| {
        if let ArchiveLine::Ticket(ticket) = line {
            all.insert(ticket.story.ticket.id.clone(), ticket.story);
        }
        Ok::<_, Error>(())
    })?;
    Ok(all)
}

fn events(store: &Store) -> Result<Vec<Event>> {
    let mut all: Vec<Event> = Vec::new();
    loop {
        let filter = EventFilter {
            after: all.last().map_or(0, |event| event.seq),
            limit: 1_000,
            ..EventFilter::default()
        };
        let page = store.events(filter).wait()?;
        let done = page.next.is_none();
        all.extend(page.events);
        if done {
            return Ok(all);
        }
    }
}

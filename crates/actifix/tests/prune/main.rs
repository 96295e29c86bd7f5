//! Old tickets go for good, with all that hangs on them; what happened to a ticket meanwhile saves it; nobody waits long.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

#[path = "../proof/mod.rs"]
mod proof;

mod beside;
mod choice;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actifix::rusqlite::Connection;
use actifix::{
    Close, CloseReason, Delete, Error, Fate, ManualClock, Prune, Store, TicketId, WakeRule,
};
use proof::stores::{Room, error, evidence};

const DAY: Duration = Duration::from_secs(86_400);

/// A ticket of each fate, by the word for it, and a clock to make them old.
struct Scene {
    room: Room,
    store: Store,
    clock: Arc<ManualClock>,
    tickets: BTreeMap<Fate, TicketId>,
}

impl Scene {
    fn new() -> Self {
        let room = Room::new();
        let (store, clock) = room.timed(|settings| settings.retry.attempts = 1);
        let mut scene = Self {
            room,
            store,
            clock,
            tickets: BTreeMap::new(),
        };
        for fate in Fate::ALL {
            let id = scene.made(fate);
            scene.tickets.insert(fate, id);
        }
        scene
    }

    fn made(&self, fate: Fate) -> TicketId {
        let store = &self.store;
        let id = store.record(error(fate.as_str())).wait().unwrap().id;
        let lease = |span| store.acquire(&id, "ann", span).wait().unwrap();
        match fate {
            Fate::Open => {}
            Fate::InProgress => drop(lease(DAY * 6)),
            Fate::Quarantined => {
                let token = lease(DAY).token;
                let failed = actifix::Release::new().failed();
                store.release(&id, token, failed).wait().unwrap();
            }
            Fate::Completed => {
                let token = lease(DAY).token;
                store.complete(&id, token, evidence("x")).wait().unwrap();
            }
            Fate::Closed => {
                let why = Close::because(CloseReason::Wontfix);
                store.close(&id, why).wait().unwrap();
            }
            Fate::Ignored => {
                store.ignore(&id, WakeRule::default(), None).wait().unwrap();
            }
            Fate::Deleted => {
                store.delete(&id, Delete::default()).wait().unwrap();
            }
        }
        id
    }

    fn is_there(&self, fate: Fate) -> bool {
        match self.store.get(&self.tickets[&fate]).wait() {
            Ok(_) => true,
            Err(Error::NotFound { .. }) => false,
            Err(other) => panic!("{other}"),
        }
    }

    fn there(&self) -> Vec<Fate> {
        let all = Fate::ALL.into_iter();
        all.filter(|fate| self.is_there(*fate)).collect()
    }
}

fn sound(store: &Store) {
    let verdict = store.verify(false).wait().unwrap();
    assert!(verdict.ok && verdict.notes.is_empty(), "{verdict:?}");
}

fn older_than(days: u32, fates: &[Fate]) -> Prune {
    Prune {
        older_than: DAY * days,
        fates: fates.to_vec(),
        ..Prune::default()
    }
}

/// Writes a chain of counted events of ticket 1 by hand: a store would take a batch for each.
fn count_by_hand(path: &std::path::Path, more: i64) {
    let conn = Connection::open(path).unwrap();
    conn.busy_timeout(Duration::from_secs(10)).unwrap();
    let from: i64 = conn
        .query_row("SELECT max(seq) FROM events", [], |row| row.get(0))
        .unwrap();
    conn.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {more})
         INSERT INTO events(seq, ticket, at, kind, actor, num, prev)
           SELECT {from} + i, 1, 0, 1, 1, 1, CASE i WHEN 1 THEN NULL ELSE {from} + i - 1 END FROM k;
         INSERT INTO seen(ticket, count, last, event) VALUES (1, {more} + 1, 0, {from} + {more});
         COMMIT;"
    ))
    .unwrap();
}

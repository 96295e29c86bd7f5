//! Floods: so many new tickets a minute from what reports by itself, for all processes; what is known is always counted.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at its first surprise"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actifix::capture::spool::Spool;
use actifix::{Clean, Error, Filter, ManualClock, Report, Settings, Store, Ticket, Timestamp};

const NOON: Timestamp = Timestamp::from_micros(1_790_000_040_000_000);

fn open(database: &Path, clock: &Arc<ManualClock>) -> Store {
    let settings = Settings {
        clock: Arc::new(Arc::clone(clock)),
        ..Settings::default()
    };
    Store::open_with(database, settings).unwrap()
}

fn report(origin: &str, n: usize) -> Report {
    Report::error("E", format!("trouble with {}", word(n))).origin(origin)
}

/// A number as letters: what is only another number would be the same error.
fn word(n: usize) -> String {
    let letters = n.to_string().into_bytes().into_iter();
    let letters: String = letters
        .map(|digit| char::from(digit - b'0' + b'k'))
        .collect();
    format!("thing{letters}")
}

fn tickets(store: &Store) -> Vec<Ticket> {
    let filter = Filter {
        limit: 10_000,
        ..Filter::default()
    };
    store.list(filter).wait().unwrap().tickets
}

fn floods(store: &Store) -> Vec<Ticket> {
    let all = tickets(store).into_iter();
    all.filter(|ticket| ticket.error_type == "Flood").collect()
}

#[test]
fn beyond_the_limit_only_new_tickets_of_that_origin_are_held_back() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(NOON));
    let store = open(&dir.path().join("a.db"), &clock);
    for n in 0..200 {
        assert!(store.record(report("run a", n)).wait().unwrap().new);
    }
    assert_eq!(floods(&store), []);
    for n in 200..220 {
        let refused = store.record(report("run a", n)).wait();
        assert!(
            matches!(refused, Err(Error::Throttled { retry_after }) if retry_after <= Duration::from_secs(60)),
            "{refused:?}"
        );
    }
    // One ticket tells of it, however many were held back.
    let told = floods(&store);
    assert_eq!((told.len(), told[0].occurrences), (1, 1));
    assert!(
        told[0].message.contains("run a") && told[0].message.contains("200"),
        "{}",
        told[0].message
    );
    // What is known is counted; another origin, and people, are not held back.
    assert_eq!(
        store.record(report("run a", 7)).wait().unwrap().occurrences,
        2
    );
    assert!(store.record(report("run b", 300)).wait().unwrap().new);
    for n in 1_000..1_300 {
        assert!(
            store
                .record(Report::error("E", format!("by hand {}", word(n))))
                .wait()
                .unwrap()
                .new
        );
    }
    clock.advance(Duration::from_secs(60));
    assert!(store.record(report("run a", 200)).wait().unwrap().new);
    assert!(store.verify(false).wait().unwrap().problems.is_empty());
}

#[test]
fn all_who_open_the_file_share_the_bound() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("a.db");
    let clock = Arc::new(ManualClock::at(NOON));
    for n in 0..200 {
        // Nothing of it is kept in a process: each opens the file anew.
        if n % 50 == 0 {
            drop(open(&database, &clock));
        }
        let store = open(&database, &clock);
        assert!(store.record(report("run a", n)).wait().unwrap().new);
    }
    let refused = open(&database, &clock).record(report("run a", 200)).wait();
    assert!(
        matches!(refused, Err(Error::Throttled { .. })),
        "{refused:?}"
    );
}

#[test]
fn what_waits_in_the_spool_comes_in_slowly_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("a.db");
    let clock = Arc::new(ManualClock::at(NOON));
    let store = open(&database, &clock);
    let spool = Spool::beside(&database);
    for n in 0..450 {
        spool.keep(&Clean::from(report("log x", n))).unwrap();
    }
    let mut came = Vec::new();
    for _ in 0..3 {
        let replayed = spool.replay(&store).unwrap();
        assert_eq!(spool.replay(&store).unwrap().recorded, 0);
        came.push((replayed.recorded, replayed.slowed));
        clock.advance(Duration::from_secs(60));
    }
    assert_eq!(came, [(200, true), (200, true), (50, false)]);
    assert_eq!(tickets(&store).len(), 451);
    assert_eq!(floods(&store)[0].occurrences, 2);
    assert!(!spool.path().exists());
}

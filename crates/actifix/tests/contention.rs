//! A call that waited long is counted, and told with its ticket, its holder and the time.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::Duration;

use actifix::{DEFAULT_LEASE, Report, Store, rusqlite};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What was told.
static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listener;

/// One event as text.
struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "actifix::contention"
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut words = Words(event.metadata().level().to_string());
        event.record(&mut words);
        TOLD.lock().unwrap().push(words.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn a_call_that_waited_long_is_counted_and_told_with_ticket_holder_and_time() {
    tracing::subscriber::set_global_default(Listener).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("a.db")).unwrap();
    let id = store.record(Report::error("E", "m")).wait().unwrap().id;
    let slow = |store: &Store| {
        store.stats().wait().unwrap().contention["slow"]
            .as_u64()
            .unwrap()
    };
    assert_eq!((slow(&store), TOLD.lock().unwrap().len()), (0, 0));

    // A program that knows no gate holds the write lock.
    let other = rusqlite::Connection::open(store.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let lease = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.acquire(&id, "ann", DEFAULT_LEASE).wait());
        // What is tested is that this much waiting is told, so it has to pass.
        std::thread::sleep(Duration::from_millis(300));
        other.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap()
    });
    lease.unwrap();
    assert_eq!(slow(&store), 1);
    let told = TOLD.lock().unwrap().join("\n");
    let expected = [
        "WARN",
        "what=\"acquire\"",
        &format!("ticket=\"{id}\""),
        "holder=\"ann\"",
        "waited_ms=",
    ];
    for word in expected {
        assert!(told.contains(word), "{word}: {told}");
    }
}

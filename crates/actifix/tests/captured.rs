//! Reports that went through capture: the store finds their ticket by any of their fingerprints.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::time::Duration;

use actifix::capture::{self, priority};
use actifix::{
    Close, CloseReason, Delete, Priority, Recorded, Regression, Report, Settings, Status, Store,
    TicketId,
};
use tempfile::TempDir;

fn opened(settings: Settings) -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_with(dir.path().join("actifix.db"), settings).unwrap();
    (dir, store)
}

fn record(store: &Store, report: Report) -> Recorded {
    store.record(capture::prepare(report, &[])).wait().unwrap()
}

fn late(n: u32) -> Report {
    Report::error(
        "TimeoutError",
        format!("no answer from shard {n} after {n} s"),
    )
    .source(format!("net.py:{n}"))
}

/// A stack through `own` frames of the program, with a library's below them.
fn stack(own: &[&str], library: u32) -> Report {
    let frames = own
        .iter()
        .map(|name| format!("  File \"/srv/app.py\", line 4, in {name}\n    x()\n"));
    let below = format!(
        "  File \"/usr/lib/python3.12/site-packages/net/v{library}.py\", line 9, in send{}\n",
        "x".repeat(library as usize)
    );
    let stack = format!(
        "Traceback (most recent call last):\n{}{below}OSError: broken\n",
        frames.collect::<String>()
    );
    Report::error("OSError", format!("broken {own:?} {library}")).stack_trace(stack)
}

fn fixed(store: &Store, id: &TicketId) {
    store
        .close(id, Close::because(CloseReason::Fixed))
        .wait()
        .unwrap();
}

#[test]
fn reports_that_differ_in_values_are_one_ticket() {
    let (_dir, store) = opened(Settings::default());
    let first = record(&store, late(1));
    for n in 2..6 {
        let again = record(&store, late(n));
        assert_eq!(
            (again.id, again.occurrences, again.new),
            (first.id.clone(), u64::from(n), false)
        );
    }
    assert_ne!(
        record(
            &store,
            Report::error("OSError", "no answer from shard 1 after 1 s")
        )
        .id,
        first.id
    );
    assert!(store.verify(false).wait().unwrap().problems.is_empty());
}

#[test]
fn the_frames_of_the_program_decide() {
    let (_dir, store) = opened(Settings::default());
    let first = record(&store, stack(&["main", "load"], 1));
    assert_eq!(record(&store, stack(&["main", "load"], 2)).id, first.id);
    assert_ne!(record(&store, stack(&["main", "save"], 1)).id, first.id);
}

#[test]
fn a_known_one_behind_an_unknown_one_joins_and_teaches() {
    let (_dir, store) = opened(Settings::default());
    // Recorded without capture: only the exact match is known.
    let old = store.record(late(1)).wait().unwrap();
    assert_eq!(record(&store, late(1)).id, old.id);
    // And from then on the others are known too.
    assert_eq!(record(&store, late(2)).id, old.id);
}

#[test]
fn a_ticket_does_not_gather_a_row_with_each_report() {
    let (dir, store) = opened(Settings::default());
    for n in 1..20 {
        record(&store, stack(&["main", "load"], n));
    }
    let conn = actifix::rusqlite::Connection::open(dir.path().join("actifix.db")).unwrap();
    let rows: i64 = conn
        .query_row("SELECT count(*) FROM fingerprints", [], |row| row.get(0))
        .unwrap();
    // The exact match, the program's frames, all frames.
    assert_eq!(rows, 3);
}

#[test]
fn projects_and_own_marks_stay_apart() {
    let (_dir, store) = opened(Settings::default());
    let here = record(&store, late(1));
    assert_ne!(record(&store, late(2).project("other")).id, here.id);
    let mine = record(&store, late(3).fingerprint("mine"));
    assert_ne!(mine.id, here.id);
    assert_eq!(
        record(&store, Report::error("E", "x").fingerprint("mine")).id,
        mine.id
    );
    assert!(
        record(&store, Report::task("tidy up")).new && record(&store, Report::task("tidy up")).new
    );
}

#[test]
fn what_was_fixed_comes_back_by_its_fingerprint() {
    let (_dir, store) = opened(Settings::default());
    let first = record(&store, late(1));
    fixed(&store, &first.id);
    let again = record(&store, late(2));
    assert_eq!((again.id, again.status), (first.id, Status::Open));

    let (_dir, store) = opened(Settings {
        regression: Regression::NewTicket,
        ..Settings::default()
    });
    let first = record(&store, late(1));
    fixed(&store, &first.id);
    let second = record(&store, late(2));
    assert_ne!(second.id, first.id);
    assert_eq!(record(&store, late(3)).id, second.id);
}

#[test]
fn an_error_that_comes_after_deletion_is_a_new_ticket() {
    let (_dir, store) = opened(Settings::default());
    let first = record(&store, late(1));
    store.delete(&first.id, Delete::default()).wait().unwrap();
    let second = record(&store, late(2));
    assert!(second.new);
    store.undelete(&first.id).wait().unwrap();
    assert_eq!(record(&store, late(3)).id, second.id);
}

#[test]
fn a_priority_is_given_where_none_is_named() {
    let (_dir, store) = opened(Settings::default());
    assert_eq!(
        record(&store, Report::error("DatabaseError", "x")).priority,
        Priority::P1
    );
    assert_eq!(
        record(
            &store,
            Report::error("DatabaseError", "y").priority(Priority::P4)
        )
        .priority,
        Priority::P4
    );
    assert_eq!(
        record(&store, Report::task("a fatal crash")).priority,
        Priority::P2
    );
    let own = [priority::Rule::new(
        priority::Field::Message,
        &["invoice"],
        Priority::P0,
    )];
    let report = capture::prepare(
        Report::error("E", "invoice lost").not_before(Duration::ZERO),
        &own,
    );
    assert_eq!(store.record(report).wait().unwrap().priority, Priority::P0);
}

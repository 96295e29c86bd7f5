//! An equal report is counted on the old ticket.

use actifix::{Report, Store};

use crate::legacy::{made, row};
use crate::upgrade;

#[test]
fn an_equal_report_is_counted_on_the_old_ticket() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    row(
        &conn,
        Some("ACT-1"),
        "duplicate_guard",
        "'ACTIFIX-no-such-column-0-1a2b3c4d'",
    );
    conn.execute_batch("UPDATE tickets SET message = 'no such column'")
        .unwrap();
    drop(conn);
    upgrade(&path).unwrap();
    let store = Store::open(&path).unwrap();
    let by_guard = Report {
        fingerprint: Some("ACTIFIX-no-such-column-0-1a2b3c4d".into()),
        ..Report::error("X", "y")
    };
    let by_text = Report::error("ValueError", "no such column").source("app.py:31");
    for (report, count) in [(by_guard, 2), (by_text, 3)] {
        let counted = store.record(report).wait().unwrap();
        assert_eq!(
            (counted.id.as_str(), counted.new, counted.occurrences),
            ("ACT-1", false, count)
        );
    }
}

/// What the Python system would have found, by its guard, is found here too.
#[test]
fn an_error_that_only_the_old_guard_knows_is_counted_on_the_old_ticket() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    let guard = actifix::capture::guard::of("Lost 10.0.0.5:5432 after 30s", "ConnectionError", "");
    row(
        &conn,
        Some("ACT-1"),
        "duplicate_guard",
        &format!("'{guard}'"),
    );
    drop(conn);
    upgrade(&path).unwrap();
    let store = Store::open(&path).unwrap();
    let report = |message: &str| {
        let report = Report::error("ConnectionError", message).source("other.py:7");
        actifix::capture::prepare(report, &[])
    };
    for count in [2, 3] {
        let counted = store
            .record(report("Lost 10.0.0.77:5433 after 4s"))
            .wait()
            .unwrap();
        assert_eq!((counted.id.as_str(), counted.occurrences), ("ACT-1", count));
    }
    assert!(store.record(report("Found it again")).wait().unwrap().new);
    assert!(store.verify(false).wait().unwrap().ok);
}

//! Where each row comes to stand: leases, rows that contradict themselves, rows without an id.

use std::time::Duration;

use actifix::{Claim, Error, EventKind, Evidence, Report, Status, Store};

use crate::legacy::{foreign, made, row, rows};
use crate::upgrade;

#[test]
fn a_lease_becomes_a_lease_with_a_token() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    let lock = "status, locked_by, locked_at, lease_expires";
    row(
        &conn,
        Some("ACT-20260110-00001"),
        lock,
        "'In Progress', 'agent-1', '2026-01-10T08:09:10+00:00', '2999-01-01T00:00:00+00:00'",
    );
    row(
        &conn,
        Some("ACT-20260110-00002"),
        lock,
        "'In Progress', 'agent-2', '2019-01-10 08:09:10', '2019-01-10 09:09:10'",
    );
    drop(conn);
    let done = upgrade(&path).unwrap();
    assert_eq!((done.leased, done.contradicted), (2, 0));
    let store = Store::open(&path).unwrap();
    let mine = store.mine("agent-1").wait().unwrap();
    assert_eq!(mine.len(), 1);
    // Nobody else gets it, and its holder can complete it under the token.
    let held = store
        .acquire(&mine[0].ticket.id, "agent-9", Duration::from_secs(60))
        .wait();
    assert!(matches!(held, Err(Error::Held { .. })));
    let evidence = Evidence {
        did: "Closed the connection in every branch".into(),
        files: vec!["src/pool.rs".into()],
        tested: "cargo test pool".into(),
        results: "14 passed, 0 failed".into(),
        ..Evidence::default()
    };
    store
        .complete(&mine[0].ticket.id, mine[0].token, evidence)
        .wait()
        .unwrap();
    // The one that ran out years ago is free.
    let next = store
        .claim(Claim::by("agent-3"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    assert_eq!(next.ticket.id.as_str(), "ACT-20260110-00002");
    let story = store.show(&next.ticket.id).wait().unwrap();
    let kinds: Vec<EventKind> = story.events.iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::Recorded,
            EventKind::Claimed,
            EventKind::Imported,
            EventKind::Expired,
            EventKind::Claimed,
        ]
    );
    let shown = rows(
        &foreign(&path),
        "SELECT status, locked_by, completion_notes FROM tickets ORDER BY id",
    );
    assert_eq!(shown[0][0], "Completed".to_owned().into());
    assert_eq!(shown[1][1], "agent-3".to_owned().into());
    assert!(
        matches!(&shown[0][2], actifix::rusqlite::types::Value::Text(notes) if notes.starts_with("Implementation: Closed"))
    );
}

#[test]
fn a_row_that_contradicts_itself_is_placed_by_the_table() {
    const LIVE: &str = "'agent-1', '2026-01-10T08:00:00+00:00', '2999-01-01T00:00:00+00:00'";
    const GONE: &str = "'agent-1', '2019-01-10T08:00:00+00:00', '2019-01-10T09:00:00+00:00'";
    const NONE: &str = "NULL, NULL, NULL";
    let cases: [(&str, u8, &str, Status, &str); 13] = [
        (
            "'Open'",
            0,
            LIVE,
            Status::InProgress,
            "open with a live lock",
        ),
        (
            "'Open'",
            0,
            GONE,
            Status::Open,
            "open with a lock that has run out",
        ),
        (
            "'In Progress'",
            0,
            NONE,
            Status::Open,
            "in progress without a lock",
        ),
        (
            "'In Progress'",
            1,
            LIVE,
            Status::InProgress,
            "completed, and locked again",
        ),
        (
            "'In Progress'",
            1,
            GONE,
            Status::Completed,
            "completed, and not closed",
        ),
        (
            "'In Progress'",
            1,
            NONE,
            Status::Completed,
            "completed, and not closed",
        ),
        (
            "'Open'",
            1,
            NONE,
            Status::Completed,
            "completed, and not closed",
        ),
        (
            "'Completed'",
            1,
            LIVE,
            Status::Completed,
            "completed with a lock",
        ),
        (
            "'Completed'",
            1,
            GONE,
            Status::Completed,
            "completed with a lock",
        ),
        ("NULL", 0, NONE, Status::Open, "no known status"),
        ("'Paused'", 0, LIVE, Status::InProgress, "no known status"),
        ("NULL", 1, NONE, Status::Completed, "no known status"),
        (
            "'In Progress'",
            0,
            "'agent-1', '2019-01-10 08:00:00', NULL",
            Status::Open,
            "a lock without an end",
        ),
    ];
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    for (nth, (status, completed, lock, ..)) in cases.iter().enumerate() {
        row(
            &conn,
            Some(&format!("ACT-{nth}")),
            "status, completed, locked_by, locked_at, lease_expires",
            &format!("{status}, {completed}, {lock}"),
        );
    }
    drop(conn);
    let done = upgrade(&path).unwrap();
    assert_eq!(done.contradicted, cases.len() as u64);
    let store = Store::open(&path).unwrap();
    for (nth, (status, completed, _, placed, why)) in cases.iter().enumerate() {
        let id = format!("ACT-{nth}").parse().unwrap();
        let story = store.show(&id).wait().unwrap();
        assert_eq!(story.ticket.status, *placed, "{status} {completed} {why}");
        let imported = story
            .events
            .iter()
            .find(|event| event.kind == EventKind::Imported)
            .unwrap();
        let old = imported.old.as_ref().unwrap();
        assert_eq!(old["contradiction"], *why, "{status} {completed}");
        assert_eq!(imported.actor, "op");
    }
    assert!(store.verify(false).wait().unwrap().ok);
    // The view says where it stands now, not what the row said.
    let shown = rows(
        &foreign(&path),
        "SELECT status, locked_by FROM tickets WHERE id IN ('ACT-0', 'ACT-6', 'ACT-8') ORDER BY id",
    );
    let text = |text: &str| actifix::rusqlite::types::Value::from(text.to_owned());
    assert_eq!(shown[0], [text("In Progress"), text("agent-1")]);
    assert_eq!(shown[1][0], text("Completed"));
    assert_eq!(
        shown[2],
        [text("Completed"), actifix::rusqlite::types::Value::Null]
    );
}

#[test]
fn rows_without_a_usable_id_get_one() {
    let dir = tempfile::tempdir().unwrap();
    let (path, conn) = made(dir.path(), 7);
    row(&conn, None, "", "");
    row(&conn, None, "", "");
    row(&conn, Some("a b"), "", "");
    drop(conn);
    let done = upgrade(&path).unwrap();
    assert_eq!((done.tickets, done.open, done.contradicted), (3, 3, 3));
    let store = Store::open(&path).unwrap();
    for contradiction in done.contradictions {
        let id = contradiction.ticket.parse().unwrap();
        assert_eq!(store.get(&id).wait().unwrap().status, Status::Open);
    }
    // The next one is none of theirs.
    let new = store.record(Report::error("E", "new")).wait().unwrap();
    assert!(
        new.new && new.id.as_str().ends_with("00000004"),
        "{}",
        new.id
    );
}

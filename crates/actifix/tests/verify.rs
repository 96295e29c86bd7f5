//! Each thing that must hold is broken by hand, and verify says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use actifix::rusqlite::Connection;
use actifix::{Store, Verdict};
use proof::stores::{Room, claim, error, evidence};

/// Two completed, one leased, one open ticket; one of them seen three times.
fn room() -> Room {
    let room = Room::in_memory();
    let store = room.store();
    for name in ["a", "b", "c", "d"] {
        store.record(error(name)).wait().unwrap();
    }
    for _ in 0..2 {
        store.record(error("a")).wait().unwrap();
    }
    for _ in 0..2 {
        let lease = claim(&store, "ann");
        store
            .complete(&lease.ticket.id, lease.token, evidence("x"))
            .wait()
            .unwrap();
    }
    claim(&store, "ann");
    room
}

fn after(sql: &str, quick: bool) -> Verdict {
    let room = room();
    let conn = Connection::open(&room.path).unwrap();
    conn.execute_batch(&format!("PRAGMA foreign_keys=OFF; {sql}"))
        .unwrap();
    drop(conn);
    Store::open(&room.path)
        .unwrap()
        .verify(quick)
        .wait()
        .unwrap()
}

#[test]
fn a_sound_file_is_sound() {
    for quick in [false, true] {
        let verdict = after("SELECT 1", quick);
        assert!(verdict.ok && verdict.notes.is_empty(), "{verdict:?}");
        assert_eq!(verdict.tickets, 4);
        let places = ["ready", "leased", "completed"].map(|place| verdict.places[place]);
        assert_eq!((places, verdict.places.values().sum()), ([1, 1, 2], 4));
    }
}

/// (what is done, what verify says, whether the quick look sees it)
const BROKEN: [(&str, &str, bool); 19] = [
    (
        "INSERT INTO parked VALUES (1, 1, 2, 0, NULL, NULL)",
        "more than one place",
        true,
    ),
    ("DELETE FROM leases", "stands nowhere", true),
    (
        "DELETE FROM facts WHERE n = 4",
        "a place holds a ticket that is not there",
        true,
    ),
    (
        "UPDATE leases SET priority = 4",
        "another project or priority",
        true,
    ),
    (
        "UPDATE counts SET k = k + 1 WHERE project > 0",
        "a count is wrong",
        true,
    ),
    (
        "UPDATE counts SET k = k + 1 WHERE project = 0",
        "the sum of a place is wrong",
        true,
    ),
    (
        "UPDATE ready SET created = created + 1",
        "another time or kind",
        false,
    ),
    (
        "UPDATE leases SET token = 1",
        "not the number of its grant's event",
        false,
    ),
    (
        "UPDATE completed SET done = 99",
        "no event that ended it",
        false,
    ),
    (
        "UPDATE completed SET reason = 3",
        "ended by an event of another kind",
        false,
    ),
    (
        "DELETE FROM events WHERE ticket = 4",
        "a ticket has no history",
        false,
    ),
    (
        "UPDATE seen SET event = 1",
        "newest count is no such event",
        false,
    ),
    (
        "UPDATE events SET prev = 2 WHERE seq = (SELECT event FROM seen)",
        "does not lead to the one before it",
        false,
    ),
    (
        "INSERT INTO seen VALUES (99, 2, 0, NULL)",
        "something is kept of a ticket",
        false,
    ),
    (
        "INSERT INTO samples VALUES (99, 1, 1, '{}')",
        "something is kept of a ticket",
        false,
    ),
    (
        "INSERT INTO attempts VALUES (99, 1, 1, NULL)",
        "something is kept of a ticket",
        false,
    ),
    (
        "UPDATE fingerprints SET project = 2",
        "a fingerprint is of another project",
        false,
    ),
    (
        "DELETE FROM names WHERE text = 'ann'",
        "a number stands for no name",
        false,
    ),
    (
        "UPDATE counters SET value = 1 WHERE name = 'ticket'",
        "would lend a number twice: ticket 1",
        false,
    ),
];

#[test]
fn what_must_hold_is_seen_to_be_broken() {
    for (sql, said, quickly) in BROKEN {
        for quick in [false, true] {
            let verdict = after(sql, quick);
            let found = verdict
                .problems
                .iter()
                .any(|problem| problem.contains(said));
            assert_eq!(
                found,
                quickly || !quick,
                "{sql}, quick {quick}: {verdict:?}"
            );
            assert_eq!(verdict.ok, verdict.problems.is_empty());
        }
    }
}

#[test]
fn foreign_keys_are_faults_but_for_the_old_event_log() {
    let orphan = "INSERT INTO event_log(event_type, message, ticket_id) VALUES ('t', 'm', 'gone')";
    let verdict = after(orphan, false);
    assert!(verdict.ok, "{verdict:?}");
    assert_eq!(
        verdict.notes,
        ["1 rows of event_log name a ticket that is gone"]
    );
    let own = "CREATE TABLE mine(id TEXT REFERENCES facts(id)); INSERT INTO mine VALUES ('gone')";
    let verdict = after(own, false);
    assert_eq!(
        verdict.problems,
        ["a foreign key leads nowhere: 1 rows of mine"]
    );
    let to_a_view =
        "CREATE TABLE mine(id TEXT REFERENCES tickets(id)); INSERT INTO mine VALUES ('gone')";
    let verdict = after(to_a_view, false);
    assert!(
        verdict
            .notes
            .iter()
            .chain(&verdict.problems)
            .any(|line| line.contains("mine")),
        "{verdict:?}"
    );
}

#[test]
fn a_free_fingerprint_is_a_note() {
    let verdict = after("INSERT INTO fingerprints VALUES (1, x'01', 0, 99)", false);
    assert!(
        verdict.ok && verdict.notes[0].contains("is free: of #99"),
        "{verdict:?}"
    );
}

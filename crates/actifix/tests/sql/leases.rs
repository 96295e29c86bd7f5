//! A lock that is set by hand is a real lease, and one that is taken away is over.

use std::time::Duration;

use actifix::{Claim, Error, Status};

use crate::Scene;

const LOCK: &str = "UPDATE tickets SET locked_by = 'a', locked_at = '2026-01-01T00:00:00+00:00',
  lease_expires = '2099-01-01T00:00:00+00:00', status = 'In Progress' WHERE id = '{0}' AND locked_by IS NULL";

#[test]
fn a_lock_is_a_lease_with_a_token() {
    let scene = Scene::new();
    assert_eq!(scene.run(LOCK).changed, Some(1));
    assert_eq!(scene.run(LOCK).changed, Some(0));
    let lease = scene.store.mine("a").wait().unwrap().remove(0);
    assert_eq!(lease.expires_at.to_string(), "2099-01-01T00:00:00Z");
    let held = scene
        .store
        .acquire(&scene.ids[0], "b", Duration::from_secs(60))
        .wait();
    assert!(matches!(held, Err(Error::Held { by, .. }) if by == "a"));
    let token = lease.token;
    scene
        .store
        .renew(&scene.ids[0], token, Duration::from_secs(60))
        .wait()
        .unwrap();
    scene.run("UPDATE tickets SET lease_expires = '2098-01-01T00:00:00+00:00' WHERE id = '{0}' AND locked_by = 'a'");
    let lease = scene.store.mine("a").wait().unwrap().remove(0);
    assert_eq!(
        (lease.token, lease.expires_at.to_string()),
        (token, "2098-01-01T00:00:00Z".into())
    );
    // Another holder's lock is another lease: the old token is worth nothing.
    scene.run("UPDATE tickets SET locked_by = 'b' WHERE id = '{0}'");
    let lost = scene
        .store
        .renew(&scene.ids[0], token, Duration::from_secs(60))
        .wait();
    assert!(matches!(lost, Err(Error::LeaseLost { .. })), "{lost:?}");
    scene.run("UPDATE tickets SET locked_by = NULL, locked_at = NULL, lease_expires = NULL, status = 'Open' WHERE id = '{0}'");
    assert_eq!(
        scene.store.get(&scene.ids[0]).wait().unwrap().status,
        Status::Open
    );
    assert_eq!(
        scene.events(0)[1..],
        [
            "claimed by a",
            "renewed by a",
            "renewed by sql",
            "released by sql",
            "claimed by b",
            "released by sql"
        ]
    );
    scene.is_sound();
}

#[test]
fn a_status_alone_makes_and_ends_leases_too() {
    let scene = Scene::new();
    scene.run("UPDATE tickets SET status = 'In Progress' WHERE id = '{0}'");
    assert_eq!(
        scene.one("SELECT status FROM tickets WHERE id = '{0}'"),
        "In Progress"
    );
    assert_eq!(scene.store.mine("sql").wait().unwrap().len(), 1);
    scene.run(
        "UPDATE tickets SET status = 'Completed', test_results = '14 passed' WHERE id = '{0}'",
    );
    let ticket = scene.store.get(&scene.ids[0]).wait().unwrap();
    assert_eq!(ticket.status, Status::Completed);
    assert_eq!(ticket.completion.unwrap().evidence.results, "14 passed");
    scene.run("UPDATE tickets SET completed = 1 WHERE id = '{0}'");
    scene.run("UPDATE tickets SET status = 'Open' WHERE id = '{0}'");
    assert_eq!(
        scene.store.get(&scene.ids[0]).wait().unwrap().status,
        Status::Open
    );
    assert_eq!(
        scene.events(0)[1..],
        [
            "claimed by sql",
            "completed by sql",
            "updated by sql",
            "reopened by sql"
        ]
    );
    scene.is_sound();
}

#[test]
fn the_stores_own_leases_can_be_taken_away_and_run_out_ones_swept() {
    let scene = Scene::new();
    let mine = scene
        .store
        .claim(Claim::by("agent"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    assert_eq!(
        scene.one("SELECT locked_by FROM tickets WHERE id = '{0}'"),
        "agent"
    );
    scene.run("UPDATE tickets SET locked_by = NULL, status = 'Open' WHERE locked_by = 'agent'");
    let lost = scene
        .store
        .renew(&mine.ticket.id, mine.token, Duration::from_secs(60))
        .wait();
    assert!(matches!(lost, Err(Error::LeaseLost { .. })));
    scene.run("UPDATE tickets SET locked_by = 'x', lease_expires = '2020-01-01T00:00:00+00:00', status = 'In Progress' WHERE id = '{1}'");
    let swept = "UPDATE tickets SET locked_by = NULL, locked_at = NULL, lease_expires = NULL, status = 'Open'
      WHERE locked_by IS NOT NULL AND lease_expires < '2021-01-01T00:00:00+00:00'";
    assert_eq!(scene.run(swept).changed, Some(1));
    assert_eq!(scene.events(1)[1..], ["claimed by x", "expired by actifix"]);
    assert_eq!(scene.run(swept).changed, Some(0));
    scene.is_sound();
}

#[test]
fn a_completed_ticket_that_is_locked_is_open_again_first() {
    let scene = Scene::new();
    scene.run("UPDATE tickets SET status = 'Completed' WHERE id = '{0}'");
    scene.run(LOCK);
    assert_eq!(
        scene.store.get(&scene.ids[0]).wait().unwrap().status,
        Status::InProgress
    );
    scene.run("DELETE FROM tickets WHERE id = '{0}'");
    let gone = scene.store.get(&scene.ids[0]).wait();
    assert!(matches!(gone, Err(Error::NotFound { .. })));
    scene.is_sound();
}

#[test]
fn a_row_that_comes_with_a_lock_or_its_end_stands_where_it_says() {
    let scene = Scene::new();
    let insert = |id: &str, columns: &str, values: &str| {
        scene.run(&format!(
            "INSERT INTO tickets (id, priority, error_type, message, source, created_at, {columns})
             VALUES ('{id}', 'P1', 'E', 'm', 's', '2026-01-01T00:00:00+00:00', {values})"
        ));
        scene.store.get(&id.parse().unwrap()).wait().unwrap()
    };
    let leased = insert(
        "A",
        "status, locked_by, lease_expires",
        "'In Progress', 'x', '2099-01-01T00:00:00+00:00'",
    );
    assert_eq!(leased.lease.unwrap().holder, "x");
    let run_out = insert(
        "B",
        "status, locked_by, lease_expires",
        "'In Progress', 'y', '2020-01-01T00:00:00+00:00'",
    );
    assert_eq!((run_out.status, run_out.expired), (Status::Open, true));
    let done = insert(
        "C",
        "status, completion_notes, completed",
        "'Completed', 'Implementation: it was mended', 1",
    );
    assert_eq!(done.completion.unwrap().evidence.did, "it was mended");
    assert!(insert("D", "deleted", "1").deleted_at.is_some());
    assert_eq!(
        scene.one(
            "SELECT group_concat(id || ' ' || status, ', ') FROM tickets WHERE length(id) = 1"
        ),
        "A In Progress, B In Progress, C Completed, D Open"
    );
    scene.is_sound();
}

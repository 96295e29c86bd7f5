//! A process that is killed inside its transaction leaves nothing of it, and nobody waits for it.

use std::path::PathBuf;

use actifix::legacy::{Mode, Patience, SqlConnection};
use actifix::{Claim, Store};

use crate::Scene;
use crate::proof::role::{self, Actor};

/// Takes locks by hand and never commits.
pub fn writer() {
    let store = Store::open(role::arguments::<PathBuf>()).unwrap();
    let sql = SqlConnection::open(&store, Patience::default()).unwrap();
    sql.run(
        "UPDATE tickets SET owner = 'kept' WHERE duplicate_guard = 'g-0'",
        &[],
    )
    .unwrap();
    sql.begin(Mode::Immediate).unwrap();
    sql.run(
        "UPDATE tickets SET locked_by = 'ghost', status = 'In Progress'",
        &[],
    )
    .unwrap();
    sql.run("DELETE FROM tickets WHERE duplicate_guard = 'g-1'", &[])
        .unwrap();
    role::tell("inside");
    role::listen();
}

#[test]
fn what_was_not_committed_is_not_there() {
    let scene = Scene::new();
    for _ in 0..5 {
        let mut actor = Actor::start("writer", &scene.store.path());
        assert_eq!(actor.told(), "inside");
        actor.kill();
        let lease = scene
            .store
            .claim(Claim::by("a"))
            .wait()
            .unwrap()
            .one()
            .unwrap();
        scene
            .store
            .release(&lease.ticket.id, lease.token, actifix::Release::default())
            .wait()
            .unwrap();
        assert_eq!(
            scene.one("SELECT count(*) FROM tickets WHERE locked_by IS NULL"),
            "Some(Integer(3))"
        );
        assert_eq!(
            scene.one("SELECT owner FROM tickets WHERE id = '{0}'"),
            "kept"
        );
        scene.is_sound();
    }
}

//! Whose turn it is to write: the gate, the deadline, the transaction that lasts too long, and the thread that would wait
//! for itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use actifix::legacy::{Mode, Patience, SqlConnection};
use actifix::rusqlite::ffi;
use actifix::{Claim, Error, Report};

use crate::Scene;

const SHORT: Duration = Duration::from_millis(150);

fn impatient(scene: &Scene) -> SqlConnection {
    let patience = Patience {
        wait: SHORT,
        ..Patience::default()
    };
    SqlConnection::open(&scene.store, patience).unwrap()
}

fn hasty(scene: &Scene) -> SqlConnection {
    let patience = Patience {
        hold: SHORT,
        ..Patience::default()
    };
    SqlConnection::open(&scene.store, patience).unwrap()
}

#[test]
fn immediate_and_exclusive_transactions_wait_in_line_with_the_calls() {
    let scene = Scene::new();
    scene.run("CREATE TABLE notes(a)");
    let barrier = Barrier::new(12);
    let barrier = &barrier;
    thread::scope(|scope| {
        for n in 0..6 {
            let scene = &scene;
            scope.spawn(move || {
                let sql = SqlConnection::open(&scene.store, Patience::default()).unwrap();
                let mode = if n % 2 == 0 { Mode::Immediate } else { Mode::Exclusive };
                barrier.wait();
                for _ in 0..20 {
                    sql.begin(mode).unwrap();
                    sql.run("SELECT count(*) FROM notes", &[]).unwrap();
                    sql.run("INSERT INTO notes VALUES (1)", &[]).unwrap();
                    sql.run("UPDATE tickets SET owner = coalesce(owner, '') || 'x' WHERE duplicate_guard = 'g-0'", &[]).unwrap();
                    sql.commit().unwrap();
                }
            });
            let store = scene.store.clone();
            scope.spawn(move || {
                barrier.wait();
                for k in 0..20 {
                    let report = Report::error("E", "x").fingerprint(format!("{n}-{k}"));
                    store.record(report).wait().unwrap();
                }
            });
        }
    });
    assert_eq!(
        scene.one("SELECT count(*) FROM notes"),
        "Some(Integer(120))"
    );
    assert_eq!(
        scene.one("SELECT length(owner) FROM tickets WHERE id = '{0}'"),
        "Some(Integer(120))"
    );
    assert_eq!(
        scene.one("SELECT count(*) FROM tickets"),
        "Some(Integer(123))"
    );
    scene.is_sound();
}

#[test]
fn who_waits_in_vain_hears_who_holds_the_lock() {
    let scene = Scene::new();
    scene.sql.begin(Mode::Immediate).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            let other = impatient(&scene);
            let busy = other.begin(Mode::Immediate).unwrap_err();
            assert_eq!(busy.code, Some(ffi::SQLITE_BUSY));
            assert!(busy.message.starts_with("database is locked"), "{busy}");
            assert!(
                busy.message
                    .contains(&format!("pid {}", std::process::id())),
                "{busy}"
            );
            let busy = other
                .run("UPDATE tickets SET owner = 'x'", &[])
                .unwrap_err();
            assert_eq!(busy.code, Some(ffi::SQLITE_BUSY));
            // Reading goes on.
            assert_eq!(
                other.run("SELECT id FROM tickets", &[]).unwrap().rows.len(),
                3
            );
        });
    });
    scene.sql.rollback().unwrap();
    scene
        .store
        .claim(Claim::by("a"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
}

#[test]
fn a_deferred_transaction_is_sqlites_own() {
    let scene = Scene::new();
    scene.run("CREATE TABLE notes(a)");
    scene.run("BEGIN DEFERRED");
    scene.run("SELECT count(*) FROM notes");
    // Nobody is kept waiting before the first write.
    scene.store.record(Report::error("E", "y")).wait().unwrap();
    let old = scene.try_run("INSERT INTO notes VALUES (1)").unwrap_err();
    assert_eq!(
        (old.code, old.message.as_str()),
        (Some(ffi::SQLITE_BUSY_SNAPSHOT), "database is locked")
    );
    let old = scene.try_run("UPDATE tickets SET owner = 'x'").unwrap_err();
    assert_eq!(old.code, Some(ffi::SQLITE_BUSY_SNAPSHOT));
    scene.run("ROLLBACK");
    scene.run("BEGIN");
    scene.run("UPDATE tickets SET owner = 'x'");
    scene.run("COMMIT");
    scene.is_sound();
}

#[test]
fn a_transaction_that_lasts_too_long_is_rolled_back_and_the_others_go_on() {
    let scene = Scene::new();
    let hasty = hasty(&scene);
    hasty.begin(Mode::Immediate).unwrap();
    hasty
        .run("UPDATE tickets SET owner = 'never'", &[])
        .unwrap();
    // Its thread never comes back; another one gets its turn all the same.
    thread::scope(|scope| {
        scope.spawn(|| {
            scene
                .store
                .claim(Claim::by("a"))
                .wait()
                .unwrap()
                .one()
                .unwrap()
        });
    });
    let late = hasty
        .run("UPDATE tickets SET owner = 'late'", &[])
        .unwrap_err();
    assert_eq!(late.code, Some(ffi::SQLITE_ABORT_ROLLBACK));
    assert!(late.message.contains("lasted longer than it may"), "{late}");
    // It was told once, and goes on.
    hasty.run("UPDATE tickets SET owner = 'mia'", &[]).unwrap();
    assert_eq!(
        scene.one("SELECT group_concat(DISTINCT owner) FROM tickets"),
        "mia"
    );
    scene.is_sound();
}

#[test]
fn neither_a_commit_nor_a_long_statement_gets_past_the_limit() {
    let scene = Scene::new();
    scene.run("CREATE TABLE notes(a)");
    let hasty = hasty(&scene);
    hasty.begin(Mode::Immediate).unwrap();
    hasty.run("INSERT INTO notes VALUES (1)", &[]).unwrap();
    let endless =
        "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT count(*) FROM n";
    let ended = hasty.run(endless, &[]).unwrap_err();
    assert_eq!(ended.code, Some(ffi::SQLITE_ABORT_ROLLBACK), "{ended}");
    hasty.begin(Mode::Immediate).unwrap();
    hasty.run("INSERT INTO notes VALUES (1)", &[]).unwrap();
    thread::sleep(SHORT * 2);
    assert!(hasty.commit().is_err());
    assert!(!hasty.in_transaction());
    hasty.begin(Mode::Immediate).unwrap();
    thread::sleep(SHORT * 2);
    hasty.rollback().unwrap(); // there is nothing left to tell
    assert_eq!(scene.one("SELECT count(*) FROM notes"), "Some(Integer(0))");
}

#[test]
fn a_call_from_inside_is_refused_at_once_and_says_why() {
    let scene = Scene::new();
    scene.sql.begin(Mode::Immediate).unwrap();
    assert!(scene.store.is_inside_sql());
    let refused = scene.store.claim(Claim::by("a")).wait().unwrap_err();
    assert!(
        matches!(&refused, Error::Invalid { why, .. } if why.contains("wait for it, that is for itself")),
        "{refused:?}"
    );
    let other = SqlConnection::open(&scene.store, Patience::default()).unwrap();
    let refused = other
        .run("UPDATE tickets SET owner = 'x'", &[])
        .unwrap_err();
    assert_eq!(refused.code, Some(ffi::SQLITE_BUSY));
    assert!(
        refused.message.contains("would wait for itself"),
        "{refused}"
    );
    scene.sql.commit().unwrap();
    assert!(!scene.store.is_inside_sql());
    scene
        .store
        .claim(Claim::by("a"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    // A deferred one only once it writes.
    scene.run("BEGIN");
    scene.run("SELECT 1");
    scene
        .store
        .claim(Claim::by("a"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    scene.run("ROLLBACK");
}

const ENDLESS: &str =
    "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT count(*) FROM n";

#[test]
fn an_interrupt_ends_a_wait_at_the_gate_and_a_statement_that_runs_long() {
    let scene = Scene::new();
    let ends = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&ends);
    let interrupt = Arc::new(move || asked.load(Ordering::Relaxed));
    let sql =
        SqlConnection::open_interruptible(&scene.store, Patience::default(), interrupt).unwrap();
    let interrupted = Some(ffi::SQLITE_INTERRUPT);

    scene.sql.begin(Mode::Immediate).unwrap();
    ends.store(true, Ordering::Relaxed);
    // Another thread's: this one would wait for itself.
    let waited = thread::scope(|scope| scope.spawn(|| sql.begin(Mode::Immediate)).join().unwrap());
    assert_eq!(waited.unwrap_err().code, interrupted);
    assert!(!sql.in_transaction());
    scene.sql.rollback().unwrap();

    ends.store(false, Ordering::Relaxed);
    sql.begin(Mode::Immediate).unwrap();
    let change = "UPDATE tickets SET owner = 'mia' WHERE duplicate_guard = 'g-0'";
    sql.run(change, &[]).unwrap();
    ends.store(true, Ordering::Relaxed);
    assert_eq!(sql.run(ENDLESS, &[]).unwrap_err().code, interrupted);
    assert!(sql.in_transaction(), "what was read changed nothing");
    sql.commit().unwrap();
    assert_eq!(
        scene.one("SELECT owner FROM tickets WHERE id = '{0}'"),
        "mia"
    );
    scene.is_sound();
}

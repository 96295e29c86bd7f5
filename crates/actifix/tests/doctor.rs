//! The doctor finds what is the matter, names the next step, and leaves everything as it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod legacy;
mod proof;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actifix::rusqlite::Connection;
use actifix::{Claim, Diagnosis, Level, ManualClock, Settings, Store};
use proof::role::{self, Actor};
use proof::stores::{NOON, Room, error};

fn look(path: &Path) -> Diagnosis {
    Store::diagnose(path, &Settings::default())
}

/// What a finding says besides, when there is one with this text.
#[track_caller]
fn finds(diagnosis: &Diagnosis, level: Level, text: &str, next: &str) {
    let found = diagnosis
        .findings
        .iter()
        .find(|finding| finding.what.contains(text));
    let found = found.unwrap_or_else(|| panic!("nothing says {text:?}: {diagnosis:#?}"));
    assert_eq!(found.level, level, "{found:?}");
    assert!(
        found.next.clone().unwrap_or_default().contains(next),
        "{found:?}"
    );
    assert_eq!(
        diagnosis.ok,
        diagnosis.findings.iter().all(|one| one.level != Level::Bad)
    );
    assert!(
        diagnosis
            .findings
            .iter()
            .all(|one| one.next.is_some() == (one.level != Level::Good)),
        "{diagnosis:#?}"
    );
}

/// A database at rest with a ticket in it.
fn room() -> Room {
    let room = Room::new();
    let store = room.store();
    store.record(error("boom")).wait().unwrap();
    drop(store);
    room
}

/// Every file of a folder with what is in it and when it was written.
fn everything(dir: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .map(|path| {
            let written = fs::metadata(&path).unwrap().modified().unwrap();
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                (fs::read(&path).unwrap(), written),
            )
        })
        .collect()
}

#[test]
fn a_sound_file_is_good_and_nothing_is_touched() {
    let room = room();
    let before = everything(room.dir.path());
    let told = look(&room.path);
    assert!(
        told.ok && told.findings.iter().all(|one| one.level <= Level::Note),
        "{told:#?}"
    );
    finds(
        &told,
        Level::Good,
        "1 tickets, and the counts are right",
        "",
    );
    finds(&told, Level::Note, "no backup", "actifix backup");
    finds(&told, Level::Good, "for its owner alone (0600)", "");
    assert!(before == everything(room.dir.path()));
}

#[test]
fn what_is_no_database_of_ours_is_told_apart_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("text.db"), "not a database at all ".repeat(100)).unwrap();
    fs::write(at("empty.db"), "").unwrap();
    Connection::open(at("foreign.db"))
        .unwrap()
        .execute_batch("CREATE TABLE songs(title)")
        .unwrap();
    legacy::real(dir.path(), 5);
    drop(Store::open(at("newer.db")).unwrap());
    Connection::open(at("newer.db"))
        .unwrap()
        .execute_batch("PRAGMA user_version=9")
        .unwrap();
    std::os::unix::fs::symlink(at("gone"), at("link.db")).unwrap();
    let before = everything(dir.path());
    for (name, text, next) in [
        ("text.db", "is not a SQLite database", "restore a backup"),
        ("empty.db", "is empty", "actifix init"),
        ("foreign.db", "another program", "--db"),
        (
            "actifix-schema-5.db",
            "Python Actifix, schema 5",
            "actifix upgrade",
        ),
        ("newer.db", "schema 9", "update actifix"),
        ("link.db", "link that leads nowhere", "remove the link"),
        ("missing.db", "there is no database", "actifix init"),
        (".", "is no file", "--db"),
    ] {
        let told = look(&at(name));
        finds(&told, Level::Bad, text, next);
        assert!(!told.ok);
    }
    assert!(before == everything(dir.path()));
}

#[test]
fn damage_is_found_and_salvage_is_named() {
    let room = room();
    let conn = Connection::open(&room.path).unwrap();
    let page: usize = conn
        .query_row(
            "SELECT rootpage FROM sqlite_master WHERE name = 'facts'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    drop(conn);
    let mut bytes = fs::read(&room.path).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(7);
    fs::write(&room.path, &bytes).unwrap();
    finds(
        &look(&room.path),
        Level::Bad,
        "the file is damaged",
        "doctor --salvage OUT",
    );
    assert_eq!(fs::read(&room.path).unwrap(), bytes);
}

#[test]
fn wrong_counts_are_found() {
    let room = room();
    Connection::open(&room.path)
        .unwrap()
        .execute_batch("UPDATE counts SET k = 7")
        .unwrap();
    finds(
        &look(&room.path),
        Level::Bad,
        "a count is wrong",
        "actifix verify",
    );
}

#[test]
fn modes_names_and_old_copies_are_found() {
    let room = room();
    fs::set_permissions(&room.path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::hard_link(&room.path, room.dir.path().join("other.db")).unwrap();
    fs::create_dir(room.dir.path().join("backups")).unwrap();
    fs::write(
        room.dir.path().join("backups/actifix-20260101T000000Z.db"),
        "x",
    )
    .unwrap();
    fs::write(room.dir.path().join("actifix.db-journal"), "x").unwrap();
    let told = look(&room.path);
    finds(&told, Level::Warn, "(0644)", "chmod 600");
    finds(&told, Level::Bad, "has 2 names", "ln -s");
    finds(&told, Level::Good, "1 backups hold", "");
    finds(
        &told,
        Level::Warn,
        "waits to be rolled back",
        "never remove",
    );
    fs::set_permissions(room.dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
    finds(
        &look(&room.path),
        Level::Warn,
        "everybody may replace",
        "chmod o-w",
    );
}

#[test]
fn a_clock_that_ran_ahead_and_leases_that_ran_out_are_found() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    store.record(error("boom")).wait().unwrap();
    let lease = Claim::by("ann").lease(Duration::from_secs(60));
    store.claim(lease).wait().unwrap().one().unwrap();
    drop(store);
    let at = |at| Settings {
        clock: Arc::new(ManualClock::at(at)),
        ..Settings::default()
    };
    clock.advance(Duration::from_secs(61));
    let later = Store::diagnose(&room.path, &at(actifix::Clock::now(&*clock)));
    finds(&later, Level::Note, "1 leases have run out", "next claim");
    let before = actifix::Timestamp::from_micros(NOON.micros() - 3_600_000_000);
    finds(
        &Store::diagnose(&room.path, &at(before)),
        Level::Warn,
        "1h ahead",
        "timedatectl",
    );
}

#[test]
fn role() {
    role::play(&[("keeper", keeper)]);
}

/// Begins a transaction as told, and keeps it until it is told to go.
fn keeper() {
    let (path, sql): (String, String) = role::arguments();
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(&sql).unwrap();
    role::ready();
}

fn kept(path: &Path, sql: &str) -> Actor {
    let mut actor = Actor::start("keeper", &(path.to_str().unwrap(), sql));
    actor.await_ready();
    actor
}

#[test]
fn who_has_it_open_and_who_stands_in_the_way_is_named() {
    let room = room();
    let mut reader = kept(&room.path, "BEGIN; SELECT count(*) FROM facts;");
    let pid = format!("pid {}", reader.pid());
    let told = look(&room.path);
    finds(
        &told,
        Level::Good,
        &format!("one other process has it open: {pid} ("),
        "",
    );
    finds(
        &told,
        Level::Note,
        &format!("a snapshot is kept open by {pid}"),
        "read transaction",
    );

    // The log grows over its size while the snapshot is kept.
    let conn = Connection::open(&room.path).unwrap();
    conn.execute_batch("PRAGMA wal_autocheckpoint=0; CREATE TABLE big(b); INSERT INTO big VALUES (zeroblob(70000000))").unwrap();
    finds(
        &look(&room.path),
        Level::Warn,
        &format!("and a snapshot is kept open by {pid}"),
        "read transaction",
    );
    reader.go();
    reader.finish();

    let mut writer = kept(&room.path, "BEGIN IMMEDIATE;");
    let told = look(&room.path);
    let pid = writer.pid();
    let who = told
        .findings
        .iter()
        .find(|one| one.what.contains("holds the write lock"))
        .unwrap();
    assert!(
        who.level == Level::Warn && who.what.contains(&format!("pid {pid} (")),
        "{who:?}"
    );
    writer.go();
    writer.finish();
}

#[test]
fn a_file_that_this_process_has_open_elsewhere_is_found() {
    let room = room();
    // A line of ours is no reason to warn.
    let store = room.store();
    store.stats().wait().unwrap();
    let warned = |told: Diagnosis| {
        told.findings
            .iter()
            .any(|one| one.what.contains("this very process"))
    };
    assert!(!warned(look(&room.path)));
    drop(store);
    let other = fs::File::open(&room.path).unwrap();
    assert!(warned(look(&room.path)));
    drop(other);
    assert!(!warned(look(&room.path)));
}

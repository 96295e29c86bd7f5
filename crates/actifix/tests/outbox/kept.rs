//! Copies, exports, older files and removed tickets: nothing is lost, and nothing is told that is no news.

use actifix::rusqlite::Connection;
use actifix::{ArchiveLine, Attempt, Delete, Settings, Store};

use crate::proof::deliveries::{all, settle, subscribe, take, to_tell};
use crate::proof::stores::{Room, record};
use crate::told::a_busy_day;

#[test]
fn a_ticket_that_is_removed_is_still_told_of() {
    let room = Room::in_memory();
    let store = room.store();
    subscribe(&store, "pager");
    let id = record(&store, "a").id;
    store.delete(&id, Delete::default()).wait().unwrap();
    store.purge(&id).wait().unwrap();
    let parcel = store.parcel(all(&store)[0].clone()).wait().unwrap();
    assert_eq!((parcel.delivery.ticket, parcel.ticket), (id, None));
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn a_restore_tells_again_under_the_same_ids_what_waited_then() {
    let room = Room::in_memory();
    let store = to_tell(&room, &["a"]);
    let before = all(&store);
    let copy = room.dir.path().join("copy.db");
    store.backup(&copy).unwrap();
    let taken = take(&store, 10);
    settle(&store, &taken, Attempt::Delivered);
    let second = record(&store, "b");
    drop(store);
    Store::restore(&copy, &room.path, &Settings::default()).unwrap();
    let store = room.store();
    assert_eq!(all(&store), before);
    let third = record(&store, "c");
    assert_ne!(second.id, third.id);
    let events: Vec<_> = all(&store).iter().map(|one| one.id.event).collect();
    assert!(
        events[1] > taken.deliveries[0].id.event + 1,
        "an id was given out twice"
    );
}

#[test]
fn an_export_takes_nothing_of_the_outbox_along_and_an_import_is_no_news() {
    let room = Room::in_memory();
    let store = a_busy_day(&room);
    let mut lines = Vec::new();
    store
        .export(|line| {
            lines.push(line);
            Ok::<_, actifix::Error>(())
        })
        .unwrap();
    for beside in [None, Some("other")] {
        let room = Room::in_memory();
        let into = room.store();
        subscribe(&into, "pager");
        beside.map(|name| record(&into, name));
        let Some(ArchiveLine::Head(head)) = lines.first() else {
            panic!("an export begins with its head")
        };
        let exactly = into.reserve(head).wait().unwrap();
        assert_eq!(exactly, beside.is_none());
        for answer in into.import(lines.clone(), exactly).wait().unwrap() {
            answer.unwrap();
        }
        assert_eq!(
            into.outbox().wait().unwrap().waiting,
            u64::from(beside.is_some())
        );
        assert!(into.verify(false).wait().unwrap().ok);
    }
}

/// As a file of version 1 was.
fn make_older(conn: &Connection) {
    conn.execute_batch(
        "DROP TABLE outbox; DROP TABLE dead_letters; DROP TABLE targets;
         DELETE FROM counters WHERE name IN ('targets', 'instance'); PRAGMA user_version = 1;",
    )
    .unwrap();
}

#[test]
fn an_older_file_gets_its_outbox_when_it_is_opened_or_restored() {
    let room = Room::in_memory();
    record(&room.store(), "a");
    make_older(&Connection::open(&room.path).unwrap());
    let old = room.dir.path().join("old.db");
    std::fs::copy(&room.path, &old).unwrap();
    let store = to_tell(&room, &["b"]);
    assert_eq!(store.outbox().wait().unwrap().waiting, 1);
    assert!(store.verify(false).wait().unwrap().ok);
    // A reader that stays open sees the older file with what it lacked.
    Store::restore(&old, &room.path, &Settings::default()).unwrap();
    assert_eq!(store.outbox().wait().unwrap().waiting, 0);
    subscribe(&store, "pager");
    record(&store, "c");
    assert_eq!(store.outbox().wait().unwrap().waiting, 1);
}

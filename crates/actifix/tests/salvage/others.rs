//! What is none of ours is left alone; a file of the Python system keeps its tables.

use std::fs;

use actifix::rusqlite::Connection;
use actifix::{Error, Settings, Store};

use crate::legacy;
use crate::scene::Sound;
use crate::{rows, sound};

#[test]
fn a_file_that_is_there_and_what_is_none_of_ours_are_left_alone() {
    let whole = Sound::new();
    let out = whole.dir.path().join("there.db");
    fs::write(&out, "mine").unwrap();
    let refused = Store::salvage(&whole.path, &out, Settings::default()).unwrap_err();
    assert!(matches!(refused, Error::Invalid { .. }), "{refused:?}");
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    let foreign = whole.dir.path().join("foreign.db");
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE songs(title)")
        .unwrap();
    let refused =
        Store::salvage(&foreign, whole.dir.path().join("o.db"), Settings::default()).unwrap_err();
    assert!(matches!(refused, Error::Unsupported { .. }), "{refused:?}");
    let text = whole.dir.path().join("text.db");
    fs::write(&text, "no database at all, but longer than a header would be, and so on and so on, one hundred bytes at least").unwrap();
    let refused =
        Store::salvage(&text, whole.dir.path().join("o.db"), Settings::default()).unwrap_err();
    assert!(matches!(refused, Error::Corrupt { .. }), "{refused:?}");
    assert!(!whole.dir.path().join("o.db").exists());
}

#[test]
fn an_upgraded_file_keeps_its_old_tables() {
    let dir = tempfile::tempdir().unwrap();
    let path = legacy::real(dir.path(), 7);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "ALTER TABLE tickets ADD COLUMN mood TEXT; UPDATE tickets SET mood = 'fine'",
    )
    .unwrap();
    drop(conn);
    Store::upgrade(&path, None, Settings::default(), |_, _| ()).unwrap();
    let out = dir.path().join("out.db");
    let done = Store::salvage(&path, &out, Settings::default()).unwrap();
    assert!(done.lost.is_empty() && done.opened == 0, "{done:?}");
    for table in [
        "tickets",
        "event_log",
        "agent_voice",
        "database_audit_log",
        "quarantine",
        "v_recent_tickets",
        "legacy",
        "events",
    ] {
        assert_eq!(rows(&path, table), rows(&out, table), "{table}");
    }
    sound(&out);
}

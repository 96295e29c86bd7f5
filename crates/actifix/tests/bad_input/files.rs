//! Files that are no database, or not ours, or taken away under the store.

use std::fs;
use std::path::Path;

use actifix::rusqlite::Connection;
use actifix::{Error, Settings, Store};

use crate::is_told;
use crate::proof::stores::{Room, error, record};

/// What stands at a path must not be touched by a refusal.
fn untouched(path: &Path, kinds: &[&str]) -> Error {
    let before = fs::read(path).unwrap();
    let refused = is_told(Store::open(path).map(drop), kinds);
    assert_eq!(fs::read(path).unwrap(), before, "the file was changed");
    refused
}

#[test]
fn a_directory() {
    let room = Room::new();
    fs::create_dir(&room.path).unwrap();
    is_told(Store::open(&room.path).map(drop), &["storage"]);
    assert_eq!(fs::read_dir(&room.path).unwrap().count(), 0);
}

#[test]
fn a_missing_folder() {
    let room = Room::new();
    let path = room.dir.path().join("no").join("where").join("actifix.db");
    let refused = is_told(Store::open(&path).map(drop), &["storage"]);
    assert!(refused.to_string().contains("folder"), "{refused}");
    assert!(!room.dir.path().join("no").exists());
}

#[test]
fn no_file_and_none_to_be_made() {
    let room = Room::new();
    let refused = Store::open_with(
        &room.path,
        Settings {
            create: false,
            ..Settings::default()
        },
    );
    is_told(refused.map(drop), &["storage"]);
    assert!(!room.path.exists());
}

#[test]
fn a_link_that_leads_nowhere() {
    let room = Room::new();
    std::os::unix::fs::symlink(room.dir.path().join("gone.db"), &room.path).unwrap();
    is_told(Store::open(&room.path).map(drop), &["storage"]);
    assert!(!room.dir.path().join("gone.db").exists());
}

#[test]
fn a_path_with_a_nul_byte_or_none_at_all() {
    is_told(Store::open("").map(drop), &["storage", "invalid"]);
    is_told(Store::open("a\0b").map(drop), &["storage", "invalid"]);
    is_told(Store::open("/").map(drop), &["storage"]);
}

#[test]
fn no_regular_file() {
    is_told(Store::open("/dev/null").map(drop), &["storage"]);
}

#[test]
fn text() {
    let room = Room::new();
    fs::write(
        &room.path,
        "this is a text that somebody put there\n".repeat(300),
    )
    .unwrap();
    untouched(&room.path, &["corrupt"]);
}

#[test]
fn random_bytes_as_of_an_encrypted_database() {
    let room = Room::new();
    let mut chance = crate::proof::chance::Chance::new(1);
    let bytes: Vec<u8> = (0..16_384)
        .map(|_| u8::try_from(chance.below(256)).unwrap())
        .collect();
    fs::write(&room.path, bytes).unwrap();
    untouched(&room.path, &["corrupt"]);
}

#[test]
fn a_header_and_nothing_behind_it() {
    let room = Room::new();
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.resize(16_384, 0xA5);
    fs::write(&room.path, bytes).unwrap();
    untouched(&room.path, &["corrupt"]);
}

#[test]
fn an_empty_file_is_made_a_database() {
    let room = Room::new();
    fs::write(&room.path, "").unwrap();
    assert!(record(&room.store(), "boom").new);
}

/// A store's whole file, closed.
fn closed(room: &Room) {
    let store = room.store();
    store
        .record_all((0..500).map(|n| error(&format!("boom {n}"))))
        .wait()
        .unwrap();
    drop(store);
    let own = Connection::open(&room.path).unwrap();
    own.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
}

#[test]
fn a_truncated_database() {
    for part in [10, 50, 90] {
        let room = Room::new();
        closed(&room);
        let bytes = fs::read(&room.path).unwrap();
        let cut = bytes.len() / 100 * part / 4_096 * 4_096;
        fs::write(&room.path, &bytes[..cut]).unwrap();
        // What is left may be enough to open it; then each call that meets the damage says so.
        let found = Store::open(&room.path).and_then(|store| {
            let verdict = store.verify(false).wait()?;
            assert!(!verdict.ok, "{part} %: {verdict:?}");
            store.export(|_| Ok::<_, actifix::Error>(()))
        });
        is_told(found.map(drop), &["corrupt"]);
        assert_eq!(
            fs::read(&room.path).unwrap(),
            &bytes[..cut],
            "{part} %: the file was changed"
        );
    }
}

#[test]
fn a_newer_version() {
    let room = Room::new();
    closed(&room);
    let own = Connection::open(&room.path).unwrap();
    own.execute_batch("PRAGMA user_version = 1000; PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    drop(own);
    let refused = untouched(&room.path, &["unsupported"]);
    assert!(refused.to_string().contains("1000"), "{refused}");
}

#[test]
fn a_newer_version_while_open() {
    let room = Room::new();
    let store = room.store();
    record(&store, "before");
    let own = Connection::open(&room.path).unwrap();
    own.execute_batch("PRAGMA user_version = 1000").unwrap();
    is_told(store.record(error("after")).wait(), &["unsupported"]);
    let there: i64 = own
        .query_row("SELECT count(*) FROM facts", [], |row| row.get(0))
        .unwrap();
    assert_eq!(there, 1);
}

fn foreign(schema: &str) -> (Room, Error) {
    let room = Room::new();
    let own = Connection::open(&room.path).unwrap();
    own.execute_batch(schema).unwrap();
    drop(own);
    let refused = untouched(&room.path, &["unsupported"]);
    (room, refused)
}

#[test]
fn a_database_of_another_program() {
    foreign(
        "CREATE TABLE notes(id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes VALUES (1, 'mine')",
    );
    foreign("PRAGMA application_id = 42; CREATE TABLE x(y)");
    // No table yet, but marked as somebody's.
    foreign("PRAGMA application_id = 42; PRAGMA user_version = 3");
}

#[test]
fn a_legacy_database() {
    let legacy = "CREATE TABLE tickets(id TEXT PRIMARY KEY, priority TEXT, error_type TEXT, message TEXT, source TEXT,
        created_at TEXT, status TEXT, owner TEXT, locked_by TEXT, locked_at TEXT, lease_expires TEXT);
      CREATE TABLE schema_version(version INTEGER); INSERT INTO schema_version VALUES (7);
      INSERT INTO tickets(id, priority, message, status) VALUES ('ACT-20260101-0AF3B', 'P1', 'boom', 'Open')";
    let (_room, refused) = foreign(legacy);
    assert!(refused.to_string().contains("Python"), "{refused}");
}

#[test]
fn deleted_while_open() {
    let room = Room::new();
    let store = room.store();
    record(&store, "before");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", room.path.display()));
    }
    is_told(store.record(error("after")).wait(), &["corrupt"]);
    is_told(store.record(error("and again")).wait(), &["corrupt"]);
    is_told(store.stats().wait(), &["corrupt"]);
    assert!(!room.path.exists(), "a file was made in its place");
}

#[test]
fn replaced_while_open() {
    let (room, other) = (Room::new(), Room::new());
    closed(&other);
    let store = room.store();
    record(&store, "before");
    let replaced = fs::read(&other.path).unwrap();
    fs::rename(&other.path, &room.path).unwrap();
    is_told(store.record(error("after")).wait(), &["corrupt"]);
    assert_eq!(
        fs::read(&room.path).unwrap(),
        replaced,
        "the new file was written"
    );
}

#[test]
fn its_log_deleted_while_open() {
    let room = Room::new();
    let store = room.store();
    record(&store, "before");
    fs::remove_file(format!("{}-wal", room.path.display())).unwrap();
    is_told(store.record(error("after")).wait(), &["corrupt"]);
}

#[test]
fn promise_3_a_full_disk() {
    let Some(disk) = crate::proof::small_disk::SmallDisk::mount() else {
        println!(
            "not root, or no tmpfs here: the same is tried in sqlite-line with a bound on the pages"
        );
        return;
    };
    let path = disk.path().join("actifix.db");
    let store = Store::open(&path).unwrap();
    let large = |n: usize| error(&format!("boom {n}")).stack_trace("x".repeat(40_000));
    let mut taken = Vec::new();
    let refused = loop {
        match store.record(large(taken.len())).wait() {
            Ok(recorded) => taken.push(recorded.id),
            Err(refused) => break refused,
        }
    };
    assert!(taken.len() > 5, "{refused}");
    is_told(Err::<(), _>(refused), &["storage"]);
    is_told(store.record_all((500..600).map(large)).wait(), &["storage"]);

    // All that was acknowledged is there, nothing else is, and with room again the store goes on.
    assert_eq!(store.stats().wait().unwrap().open, taken.len() as u64);
    let verdict = store.verify(false).wait().unwrap();
    assert!(verdict.ok, "{verdict:?}");
    disk.grow();
    assert!(record(&store, "there is room again").new);
    taken
        .iter()
        .for_each(|id| assert_eq!(store.get(id).wait().unwrap().id, *id));
}

//! Copies of the database: made while others write, checked, put back.
#![allow(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use actifix::rusqlite::Connection;
use actifix::{Claim, Error, Evidence, Lease, Report, Settings, Store, TicketId};

fn evidence() -> Evidence {
    Evidence {
        did: "Closed the connection in every branch".into(),
        files: vec!["src/pool.rs".into()],
        tested: "cargo test pool".into(),
        results: "14 passed, 0 failed".into(),
        ..Evidence::default()
    }
}

fn record(store: &Store, message: &str) -> TicketId {
    store.record(Report::error("E", message)).wait().unwrap().id
}

fn claim(store: &Store) -> Lease {
    store
        .claim(Claim::by("agent-1"))
        .wait()
        .unwrap()
        .one()
        .unwrap()
}

fn restore(from: &Path, to: &Path) -> actifix::Result<actifix::Restored> {
    Store::restore(from, to, &Settings::default())
}

fn left_over(dir: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    all.filter(|path| path.to_string_lossy().contains(".part"))
        .collect()
}

#[test]
fn a_copy_under_full_load_is_one_sound_state() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("a.db")).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for worker in 0..8 {
            let (store, over) = (&store, &over);
            scope.spawn(move || {
                let mut nth = 0;
                while !over.load(Ordering::Relaxed) {
                    nth += 1;
                    record(store, &format!("error {worker}-{nth}"));
                    let lease = claim(store);
                    store
                        .complete(&lease.ticket.id, lease.token, evidence())
                        .wait()
                        .unwrap();
                }
            });
        }
        let mut newest = 0;
        for nth in 0..6 {
            let before = record(&store, &format!("acknowledged before copy {nth}"));
            let copy = dir.path().join(format!("copy-{nth}.db"));
            let made = store.backup(&copy).unwrap();
            assert!(made.newest_event > newest);
            newest = made.newest_event;
            let copied = Store::open(&copy).unwrap();
            let verdict = copied.verify(false).wait().unwrap();
            assert!(verdict.ok && verdict.tickets == made.tickets, "{verdict:?}");
            copied.get(&before).wait().unwrap();
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(left_over(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("a.db")).unwrap();
    let there = dir.path().join("b.db");
    std::fs::write(&there, "mine").unwrap();
    let refused = store.backup(&there).unwrap_err();
    assert!(refused.to_string().contains("left alone"), "{refused}");
    assert_eq!(std::fs::read(&there).unwrap(), b"mine");
    let refused = store.backup(dir.path().join("no/b.db")).unwrap_err();
    assert!(matches!(refused, Error::Storage { .. }), "{refused:?}");
    assert_eq!(left_over(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn what_is_put_back_is_what_was_and_numbers_only_rise() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("a.db"), dir.path().join("copy.db"));
    let store = Store::open(&path).unwrap();
    record(&store, "old");
    store.backup(&copy).unwrap();
    let late = record(&store, "late");
    let lease = claim(&store);
    drop(store);
    let restored = restore(&copy, &path).unwrap();
    assert_eq!((restored.tickets, restored.python_schema), (1, None));
    let store = Store::open(&path).unwrap();
    assert!(matches!(
        store.get(&late).wait(),
        Err(Error::NotFound { .. })
    ));
    // The lease was given out after the copy: it is lost, and its token never comes again.
    let renewed = store
        .renew(&lease.ticket.id, lease.token, Duration::from_secs(60))
        .wait();
    assert!(
        matches!(renewed, Err(Error::LeaseLost { .. })),
        "{renewed:?}"
    );
    assert!(claim(&store).token > lease.token);
    assert!(record(&store, "newer").as_str() > late.as_str());
    assert!(store.verify(false).wait().unwrap().ok);
    drop(store);
    // What it replaced is kept, and can be put back in turn.
    restore(&restored.kept.unwrap(), &path).unwrap();
    let store = Store::open(&path).unwrap();
    store.get(&late).wait().unwrap();
}

#[test]
fn a_source_that_will_not_do_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = Store::open(&path).unwrap();
    record(&store, "mine");
    let (damaged, newer, text, foreign) = (
        dir.path().join("damaged.db"),
        dir.path().join("newer.db"),
        dir.path().join("text.db"),
        dir.path().join("foreign.db"),
    );
    store.backup(&damaged).unwrap();
    store.backup(&newer).unwrap();
    drop(store);
    let mut bytes = std::fs::read(&damaged).unwrap();
    let end = bytes.len();
    bytes[end - 4096 * 3..].fill(0xA5);
    std::fs::write(&damaged, bytes).unwrap();
    Connection::open(&newer)
        .unwrap()
        .execute_batch("PRAGMA user_version=99")
        .unwrap();
    std::fs::write(&text, "no database").unwrap();
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE t(a)")
        .unwrap();
    for (from, kind) in [
        (&damaged, "corrupt"),
        (&newer, "unsupported"),
        (&text, "corrupt"),
        (&foreign, "unsupported"),
        (&dir.path().join("none.db"), "storage"),
        (&path, "invalid"),
    ] {
        let refused = restore(from, &path).unwrap_err();
        assert_eq!(refused.kind(), kind, "{}: {refused}", from.display());
    }
    let store = Store::open(&path).unwrap();
    assert_eq!(store.stats().wait().unwrap().newest_event, 1);
    assert_eq!(left_over(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn it_can_be_put_where_there_is_nothing_or_a_wreck() {
    let dir = tempfile::tempdir().unwrap();
    let (path, copy) = (dir.path().join("a.db"), dir.path().join("copy.db"));
    let store = Store::open(&path).unwrap();
    let id = record(&store, "mine");
    store.backup(&copy).unwrap();
    drop(store);
    let new = dir.path().join("new.db");
    assert_eq!(restore(&copy, &new).unwrap().kept, None);
    Store::open(&new).unwrap().get(&id).wait().unwrap();
    // A wreck that SQLite cannot open at all is kept as it is, byte for byte.
    std::fs::write(&path, "not a database any more, for whatever reason").unwrap();
    let kept = restore(&copy, &path).unwrap().kept.unwrap();
    assert!(std::fs::read(kept).unwrap().starts_with(b"not a database"));
    let store = Store::open(&path).unwrap();
    store.get(&id).wait().unwrap();
    // Nobody knows what it gave out: the next token lies far beyond.
    assert!(claim(&store).token.0 > 1 << 32);
}

#[test]
fn a_damaged_database_is_not_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let store = Store::open(&path).unwrap();
    for nth in 0..2_000 {
        drop(store.record(Report::error("E", format!("{nth}"))).wait());
    }
    drop(store);
    let root: i64 = Connection::open(&path)
        .unwrap()
        .query_row(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ready'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let start = (usize::try_from(root).unwrap() - 1) * 4096;
    bytes[start..start + 4096].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    let store = Store::open(&path).unwrap();
    let found = store.claim(Claim::by("agent-1")).wait().unwrap_err();
    assert!(matches!(found, Error::Corrupt { .. }), "{found:?}");
    // Not even by a call that would not meet the damage.
    let refused = store
        .note(&"ACT-1".parse().unwrap(), "x".to_owned())
        .wait()
        .unwrap_err();
    assert!(matches!(refused, Error::Corrupt { .. }), "{refused:?}");
    assert!(store.backup(dir.path().join("copy.db")).is_err());
    drop(store);
    assert_eq!(std::fs::read(&path).unwrap()[start..], bytes[start..]);
}

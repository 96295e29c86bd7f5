//! What can be read of a damaged database comes into a new one that is sound, and the damaged one stays as it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod legacy;
mod proof;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actifix::rusqlite::Connection;
use actifix::{
    Claim, Close, CloseReason, Delete, Error, Release, Report, Salvaged, Settings, Store,
    Subscription, WakeRule,
};
use proof::chance::{Chance, seed};
use proof::stores::{Room, error, evidence};
use tempfile::TempDir;

const HOUR: Duration = Duration::from_secs(3_600);

/// A database with tickets in every place, at rest: one file.
struct Sound {
    dir: TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
    page: usize,
}

impl Sound {
    fn new() -> Self {
        let room = Room::in_memory();
        fill(&room.store_with(|settings| settings.retry.attempts = 2));
        let conn = Connection::open(&room.path).unwrap();
        conn.execute_batch(
            "INSERT INTO aliases SELECT 'OLD-' || n, n FROM facts WHERE n % 3 = 0;
             INSERT INTO positions VALUES ('spool', 77);
             WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 300)
             INSERT INTO event_log(event_type, message, ticket_id) SELECT 't', 'message ' || i, NULL FROM k;
             CREATE TABLE mine(a TEXT, b); CREATE INDEX mine_a ON mine(a);
             WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 1500)
             INSERT INTO mine SELECT 'text ' || i, i FROM k;
             PRAGMA wal_checkpoint(TRUNCATE);",
        )
        .unwrap();
        let page = conn
            .query_row("PRAGMA page_size", [], |row| row.get(0))
            .unwrap();
        drop(conn);
        let bytes = fs::read(&room.path).unwrap();
        Self {
            path: room.path.clone(),
            dir: room.dir,
            bytes,
            page,
        }
    }

    /// Writes `bytes` as a file of its own and salvages it. The file must stay as it is.
    fn salvage(&self, bytes: &[u8]) -> (actifix::Result<Salvaged>, PathBuf) {
        let (path, out) = (
            self.dir.path().join("damaged.db"),
            self.dir.path().join("out.db"),
        );
        for tail in ["", "-wal", "-shm", "-gate"] {
            let _ = fs::remove_file(format!("{}{tail}", out.display()));
        }
        fs::write(&path, bytes).unwrap();
        let done = Store::salvage(&path, &out, Settings::default());
        assert!(
            fs::read(&path).unwrap() == bytes,
            "the damaged file was written"
        );
        if done.is_err() {
            assert!(!out.exists(), "a half made file was left");
        }
        (done, out)
    }

    /// The pages of each table, without its indexes.
    fn pages(&self) -> BTreeMap<String, Vec<usize>> {
        let conn = Connection::open(&self.path).unwrap();
        let sql = "SELECT s.name, s.pageno FROM dbstat s WHERE name IN (SELECT name FROM sqlite_master WHERE type = 'table')
          OR name LIKE 'sqlite_schema' ORDER BY s.pageno";
        let mut pages: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut statement = conn.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            pages
                .entry(row.get(0).unwrap())
                .or_default()
                .push(row.get::<_, usize>(1).unwrap() - 1);
        }
        pages
    }

    fn with_page(&self, page: usize, with: impl Fn(usize) -> u8) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for (at, byte) in bytes[page * self.page..(page + 1) * self.page]
            .iter_mut()
            .enumerate()
        {
            *byte = with(at);
        }
        bytes
    }
}

fn fill(store: &Store) {
    store
        .subscribe(vec![Subscription::to("pager")])
        .wait()
        .unwrap();
    let reports = (0..400).map(|n| error(&format!("boom {n} {}", "x".repeat(n % 50))));
    let ids: Vec<_> = store
        .record_all(reports)
        .wait()
        .unwrap()
        .into_iter()
        .map(|r| r.unwrap().id)
        .collect();
    for (n, id) in ids.iter().enumerate().filter(|(n, _)| n % 2 == 0) {
        let report = Report {
            context: Some(serde_json::json!({"n": n})),
            ..error(&format!("boom {n} {}", "x".repeat(n % 50)))
        };
        for _ in 0..=n % 3 {
            let again = store.record(report.clone()).wait().unwrap();
            assert!(!again.new && again.id == *id);
        }
    }
    store
        .record(Report::task("later").not_before(HOUR))
        .wait()
        .unwrap();
    for (n, lease) in store
        .claim(Claim::by("ann").count(300))
        .wait()
        .unwrap()
        .into_iter()
        .enumerate()
    {
        let (id, token) = (lease.ticket.id, lease.token);
        match n % 10 {
            0..=2 => drop(store.complete(&id, token, evidence("x")).wait().unwrap()),
            3 => drop(
                store
                    .close(&id, Close::because(CloseReason::Wontfix).token(token))
                    .wait()
                    .unwrap(),
            ),
            4 => drop(
                store
                    .ignore(&id, WakeRule::default(), Some(token))
                    .wait()
                    .unwrap(),
            ),
            5 => drop(
                store
                    .delete(
                        &id,
                        Delete {
                            token: Some(token),
                            force: false,
                        },
                    )
                    .wait()
                    .unwrap(),
            ),
            6 => drop(
                store
                    .release(&id, token, Release::new().failed())
                    .wait()
                    .unwrap(),
            ),
            7 => {
                store
                    .release(&id, token, Release::new().failed())
                    .wait()
                    .unwrap();
                let token = store.acquire(&id, "bob", HOUR).wait().unwrap().token;
                store
                    .release(&id, token, Release::new().failed())
                    .wait()
                    .unwrap();
            }
            _ => {}
        }
        let named = store.with_request_id(&format!("note {n}")).unwrap();
        let _ = named.note(&id, "seen".to_owned()).wait();
    }
}

/// Every row of a table, as text.
fn rows(path: &Path, table: &str) -> BTreeSet<String> {
    let conn = Connection::open(path).unwrap();
    let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = statement.column_count();
    let all = statement.query_map([], |row| {
        let cells = (0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap()));
        Ok(cells.collect::<Vec<_>>().join("|"))
    });
    all.unwrap().map(Result::unwrap).collect()
}

#[track_caller]
fn sound(out: &Path) -> Store {
    let store = Store::open(out).unwrap();
    let verdict = store.verify(false).wait().unwrap();
    assert!(verdict.ok, "{verdict:?}");
    // Everything can be looked at, and worked on.
    let exported: Result<(), actifix::Error> = store.export(|_| Ok(()));
    exported.unwrap();
    store
}

/// Tables whose rows come as they are. Counts and counters are made anew.
const AS_THEY_ARE: [&str; 18] = [
    "outbox",
    "names",
    "facts",
    "events",
    "seen",
    "buckets",
    "samples",
    "attempts",
    "aliases",
    "requests",
    "positions",
    "fingerprints",
    "scheduled",
    "leases",
    "parked",
    "completed",
    "trash",
    "ready",
];
/// Of them, those that hang on another that may have lost rows.
const HANG_ON_NOTHING: [&str; 6] = [
    "outbox",
    "names",
    "facts",
    "events",
    "requests",
    "positions",
];

#[track_caller]
fn came_whole(sound: &Sound, out: &Path, damaged: &str, tables: &[&str]) {
    for table in tables.iter().filter(|table| **table != damaged) {
        let (was, is) = (rows(&sound.path, table), rows(out, table));
        let lost: Vec<_> = was.difference(&is).take(3).collect();
        assert!(
            lost.is_empty(),
            "{damaged} was damaged, and {table} lost {lost:?}"
        );
    }
}

#[test]
fn a_sound_file_comes_whole() {
    let sound_one = Sound::new();
    let (done, out) = sound_one.salvage(&sound_one.bytes);
    let done = done.unwrap();
    assert_eq!(done.opened, 0);
    assert!(
        done.lost.is_empty() && done.tables.iter().all(|table| table.whole),
        "{done:?}"
    );
    for table in AS_THEY_ARE
        .iter()
        .chain(&["event_log", "mine", "counters", "counts"])
    {
        assert_eq!(rows(&sound_one.path, table), rows(&out, table), "{table}");
    }
    let store = sound(&out);
    let newest = store.stats().wait().unwrap().newest_event;
    assert!(store.record(error("new")).wait().unwrap().new);
    assert_eq!(store.stats().wait().unwrap().newest_event, newest + 1);
    assert_eq!(
        rows(&out, "(SELECT name FROM sqlite_master)"),
        rows(&sound_one.path, "(SELECT name FROM sqlite_master)")
    );
}

#[test]
fn a_lost_page_of_any_table_takes_nothing_of_the_others() {
    let whole = Sound::new();
    let mut tried = 0;
    for (table, pages) in whole
        .pages()
        .iter()
        .filter(|(name, _)| *name != "sqlite_schema")
    {
        for page in [pages[0], pages[pages.len() / 2], pages[pages.len() - 1]] {
            let fillings: [fn(usize) -> u8; 2] = [|_| 0, |at| (at * 167 + 13) as u8];
            for with in fillings {
                let (done, out) = whole.salvage(&whole.with_page(page, with));
                let done = done.unwrap_or_else(|error| panic!("{table} {page}: {error}"));
                let store = sound(&out);
                drop(store);
                let plain = ["event_log", "mine"];
                came_whole(&whole, &out, table, &plain);
                if table == "facts" || table == "names" {
                    came_whole(&whole, &out, table, &HANG_ON_NOTHING);
                } else if table != "events" {
                    let kept: Vec<&str> = AS_THEY_ARE
                        .into_iter()
                        .filter(|name| *name != "ready")
                        .collect();
                    came_whole(&whole, &out, table, &kept);
                }
                let told = done.tables.iter().find(|told| told.table == *table);
                // What is made anew has nothing to tell.
                if let Some(told) = told
                    && pages.len() == 1
                {
                    assert!(!told.whole, "{table} {page}: {told:?}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 100, "{tried}");
}

#[test]
fn between_two_lost_pages_everything_is_found() {
    let whole = Sound::new();
    for table in ["events", "facts", "event_log", "mine"] {
        // Leaves follow each other mostly in the order of their pages; the first page is the root.
        let leaves = &whole.pages()[table][1..];
        assert!(leaves.len() > 3, "{table} {leaves:?}");
        let (first, last) = (leaves[1], leaves[leaves.len() - 2]);
        let mut bytes = whole.with_page(first, |_| 0);
        bytes[last * whole.page..(last + 1) * whole.page].fill(0);
        let (_, out) = whole.salvage(&bytes);
        sound(&out);
        let lost = rows(&whole.path, table)
            .difference(&rows(&out, table))
            .count();
        let (one, _) = (whole.salvage(&whole.with_page(first, |_| 0)), ());
        let lost_of_first = rows(&whole.path, table)
            .difference(&rows(&one.1, table))
            .count();
        let (one, _) = (whole.salvage(&whole.with_page(last, |_| 0)), ());
        let lost_of_last = rows(&whole.path, table)
            .difference(&rows(&one.1, table))
            .count();
        assert!(lost_of_first > 0 && lost_of_last > 0, "{table}");
        assert_eq!(lost, lost_of_first + lost_of_last, "{table}");
    }
}

#[test]
fn numbers_that_may_have_been_given_out_are_not_given_out_again() {
    let whole = Sound::new();
    let conn = Connection::open(&whole.path).unwrap();
    // The page of the newest events is the last in the order of the keys.
    let last: usize = conn
        .query_row(
            "SELECT pageno FROM dbstat WHERE name = 'events' ORDER BY path DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let newest: i64 = conn
        .query_row("SELECT max(seq) FROM events", [], |row| row.get(0))
        .unwrap();
    drop(conn);
    let (_, out) = whole.salvage(&whole.with_page(last - 1, |_| 0));
    let store = sound(&out);
    store.record(error("new")).wait().unwrap();
    assert!(store.stats().wait().unwrap().newest_event > newest + (1 << 32));
    let (_, out) = whole.salvage(&whole.with_page(whole.pages()["facts"][1], |_| 0));
    let store = sound(&out);
    store.record(error("new")).wait().unwrap();
    assert!(
        store.stats().wait().unwrap().newest_event < newest + 1_000,
        "those events were all seen"
    );
}

#[test]
fn a_file_that_is_cut_off_gives_what_is_left() {
    let whole = Sound::new();
    let pages = whole.bytes.len() / whole.page;
    let (mut read, mut tickets) = (0, 0);
    for left in (1..pages).step_by(pages / 25 + 1).chain([pages - 1]) {
        for odd in [0, 100] {
            let (done, out) = whole.salvage(&whole.bytes[..left * whole.page + odd]);
            if let Ok(done) = done {
                sound(&out);
                read += 1;
                tickets = done.tickets.max(tickets);
            }
        }
    }
    assert!(read > 20, "{read}");
    assert!(tickets > 350, "{tickets}");
}

#[test]
fn flipped_bytes_anywhere() {
    let whole = Sound::new();
    let mut chance = Chance::new(seed());
    let (mut read, mut refused, mut tickets) = (0, BTreeMap::new(), 0);
    for round in 0..60 {
        let mut bytes = whole.bytes.clone();
        for _ in 0..=round % 40 {
            let at = usize::try_from(chance.below(bytes.len() as u64)).unwrap();
            bytes[at] ^= 1 << chance.below(8);
        }
        match whole.salvage(&bytes) {
            (Ok(done), out) => {
                sound(&out);
                read += 1;
                tickets += done.tickets;
            }
            (Err(error), _) => {
                assert!(
                    matches!(error, Error::Corrupt { .. } | Error::Unsupported { .. }),
                    "{error:?}"
                );
                *refused.entry(error.to_string()).or_insert(0) += 1;
            }
        }
    }
    println!("{read} of 60 read, {tickets} tickets; refused: {refused:#?}");
    assert!(read >= 54, "{refused:#?}");
}

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

//! A database with tickets in every place, to be damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use actifix::rusqlite::Connection;
use actifix::{
    Claim, Close, CloseReason, Delete, Release, Report, Salvaged, Settings, Store, Subscription,
    WakeRule,
};
use tempfile::TempDir;

use crate::proof::stores::{Room, error, evidence};

const HOUR: Duration = Duration::from_secs(3_600);

/// A database with tickets in every place, at rest: one file.
pub struct Sound {
    pub dir: TempDir,
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    /// The size of a page, in bytes.
    pub page: usize,
}

impl Sound {
    pub fn new() -> Self {
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
    pub fn salvage(&self, bytes: &[u8]) -> (actifix::Result<Salvaged>, PathBuf) {
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
    pub fn pages(&self) -> BTreeMap<String, Vec<usize>> {
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

    /// The file with that page, counted from 0, filled by what `with` says for each byte of it.
    pub fn with_page(&self, page: usize, with: impl Fn(usize) -> u8) -> Vec<u8> {
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

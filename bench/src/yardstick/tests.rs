//! A yardstick that writes less than the store would flatter nobody: every table of both files must hold the same.

use std::path::Path;
use std::sync::Arc;

use actifix::rusqlite::Connection;
use actifix::rusqlite::types::Value;
use actifix::{Claim, Lease, ManualClock, Settings, Store, Timestamp};

use super::*;
use crate::tickets::{evidence, report};

const TICKETS: usize = 40;
const HELD: usize = 24;
const AT: i64 = 1_800_000_000_000_000;

fn store(path: &Path) -> Store {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(AT)));
    let settings = Settings {
        clock,
        ..Settings::default()
    };
    Store::open_with(path, settings)
        .unwrap()
        .credited_to("tester")
        .unwrap()
}

fn dump(path: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let conn = Connection::open(path).unwrap();
    let mut tables = conn
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    names
        .into_iter()
        .map(|name| (rows(&conn, &name), name))
        .map(|(rows, name)| (name, rows))
        .collect()
}

fn rows(conn: &Connection, table: &str) -> Vec<Vec<Value>> {
    let mut all = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let width = all.column_count();
    let read = all.query_map([], |row| (0..width).map(|at| row.get(at)).collect());
    read.unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_loops_write_what_the_store_writes() {
    let dir = tempfile::tempdir().unwrap();
    let (ours, plain) = (dir.path().join("ours.db"), dir.path().join("plain.db"));

    let by_store = store(&ours);
    by_store
        .record_all((0..TICKETS).map(report))
        .wait()
        .unwrap();
    let leases = by_store
        .claim(Claim::by("agent-0").count(HELD))
        .wait()
        .unwrap()
        .leases;
    let ended = leases
        .iter()
        .skip(4)
        .map(|Lease { ticket, token, .. }| (ticket.id.clone(), *token, evidence()));
    for receipt in by_store.complete_all(ended).wait().unwrap() {
        receipt.unwrap();
    }
    let day = by_store
        .get(&leases[0].ticket.id)
        .wait()
        .unwrap()
        .created_at
        .day();
    drop(by_store);

    drop(store(&plain));
    let conn = connect(&plain).unwrap();
    let reports: Vec<_> = (0..TICKETS)
        .map(|number| Prepared::of(report(number)))
        .collect();
    Records::prepare(&conn, &day, "tester")
        .unwrap()
        .at(|| AT)
        .record(&reports)
        .unwrap();
    let mut cycles = Cycles::prepare(&conn, "agent-0").unwrap().at(|| AT);
    let grants = cycles.claim(HELD).unwrap();
    cycles.complete(&grants[4..]).unwrap();
    drop(cycles);
    conn.flush_prepared_statement_cache();
    drop(conn);

    let (ours_dump, plain_dump) = (dump(&ours), dump(&plain));
    for ((name, ours), (also, plain)) in ours_dump.iter().zip(&plain_dump) {
        assert_eq!(name, also);
        let differs = ours.iter().zip(plain).find(|(ours, plain)| ours != plain);
        assert_eq!(differs, None, "table {name}, ours and plain");
        assert_eq!(ours.len(), plain.len(), "table {name}");
    }
    assert_eq!(ours_dump.len(), plain_dump.len());
    let verdict = store(&plain).verify(false).wait().unwrap();
    assert!(verdict.ok, "{:?}", verdict.problems);
    assert_eq!(verdict.tickets, TICKETS as u64);
}

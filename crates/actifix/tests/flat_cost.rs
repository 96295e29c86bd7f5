//! Cost does not grow with the backlog: each kind of call reads as many pages in a store of many tickets, most of them
//! leased or done, as in a small one (but for the depth of the trees).
//!
//! Measured without a clock: a process that has just opened the file makes one call, and the bytes that it has read
//! are taken from `/proc/self/io`. Nothing is in its cache, so a scan reads the whole table.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::{Path, PathBuf};

use actifix::rusqlite::Connection;
use actifix::{
    Claim, Close, CloseReason, Filter, Release, Report, Settings, Store, TicketId, Token,
};
use actifix_chaos::checker as checkers;
use checkers::flat_cost::{self, Pages};
use proof::role::{self, Actor};
use proof::stores::{MINUTE, Room, error, evidence};
use serde::{Deserialize, Serialize};

/// Tickets of the small and of the large store.
const FEW: usize = 100;
const MANY: usize = 60_000;
/// Calls that are measured.
const CALLS: [&str; 11] = [
    "count", "record", "add", "claim", "acquire", "renew", "release", "complete", "close", "get",
    "stats",
];

#[test]
fn role() {
    role::play(&[("caller", caller)]);
}

#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
    call: String,
    /// A leased ticket with its token, and an open one.
    leased: (TicketId, Token),
    open: TicketId,
}

/// Bytes that this process has read.
fn bytes_read() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap();
    let line = io
        .lines()
        .find_map(|line| line.strip_prefix("rchar: "))
        .unwrap();
    line.parse().unwrap()
}

/// Makes one call, and tells how many pages it read.
fn caller() {
    let lot: Lot = role::arguments();
    let mut settings = Settings::default();
    settings.limits.open_tickets = 0;
    let store = Store::open_with(&lot.path, settings).unwrap();
    let before = bytes_read();
    make(&store, &lot);
    role::tell(&((bytes_read() - before) / 4_096).to_string());
}

fn make(store: &Store, lot: &Lot) {
    let (leased, token) = (&lot.leased.0, lot.leased.1);
    match lot.call.as_str() {
        "count" => assert!(!store.record(error("boom 1")).wait().unwrap().new),
        "record" => assert!(store.record(error("never seen")).wait().unwrap().new),
        "add" => assert!(store.record(Report::task("tidy up")).wait().unwrap().new),
        "claim" => drop(
            store
                .claim(Claim::by("agent"))
                .wait()
                .unwrap()
                .one()
                .unwrap(),
        ),
        "acquire" => drop(store.acquire(&lot.open, "agent", MINUTE).wait().unwrap()),
        "renew" => drop(store.renew(leased, token, MINUTE).wait().unwrap()),
        "release" => drop(store.release(leased, token, Release::new()).wait().unwrap()),
        "complete" => drop(store.complete(leased, token, evidence("x")).wait().unwrap()),
        "close" => drop(
            store
                .close(&lot.open, Close::because(CloseReason::Wontfix))
                .wait()
                .unwrap(),
        ),
        "get" => drop(store.get(leased).wait().unwrap()),
        "stats" => drop(store.stats().wait().unwrap()),
        other => panic!("no call `{other}`"),
    }
}

/// Fills a store with `n` tickets: a third leased, a third done, a third open.
fn fill(store: &Store, n: usize) -> (TicketId, Token) {
    for start in (0..n).step_by(1_000) {
        let reports = (start..n.min(start + 1_000)).map(|n| error(&format!("boom {n}")));
        store.record_all(reports).wait().unwrap();
    }
    let mut held = Vec::new();
    while held.len() < n / 3 * 2 {
        let count = (n / 3 * 2 - held.len()).min(1_000);
        held.extend(store.claim(Claim::by("agent").count(count)).wait().unwrap());
    }
    let done: Vec<_> = held.drain(n / 3..).collect();
    for done in done.chunks(1_000) {
        let ended = done
            .iter()
            .map(|lease| (lease.ticket.id.clone(), lease.token, evidence("x")));
        store.complete_all(ended).wait().unwrap();
    }
    (
        held[held.len() / 2].ticket.id.clone(),
        held[held.len() / 2].token,
    )
}

/// Moves the log into the file, so that every call reads from there.
fn settle(path: &Path) {
    let own = Connection::open(path).unwrap();
    own.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
}

/// What each call reads in a store of `n` tickets.
fn measured(n: usize) -> Pages {
    let room = Room::new();
    let store = room.store_with(|settings| settings.limits.open_tickets = 0);
    let leased = fill(&store, n);
    let open = store
        .list(Filter {
            ready: true,
            limit: 1,
            ..Filter::default()
        })
        .wait()
        .unwrap()
        .tickets
        .remove(0)
        .id;
    drop(store);
    let mut pages = Pages::new();
    for call in CALLS {
        settle(&room.path);
        // Each call meets the same store: a copy that the call before has not changed.
        let path = room.dir.path().join(format!("{call}.db"));
        std::fs::copy(&room.path, &path).unwrap();
        let lot = Lot {
            path: path.clone(),
            call: call.to_owned(),
            leased: leased.clone(),
            open: open.clone(),
        };
        let mut actor = Actor::start("caller", &lot);
        pages.insert(call.to_owned(), actor.told().parse().unwrap());
        actor.finish();
        std::fs::remove_file(&path).unwrap();
    }
    pages
}

#[test]
fn promise_7_no_call_reads_more_when_there_is_more() {
    let (small, large) = (measured(FEW), measured(MANY));
    println!("{FEW} tickets: {small:?}\n{MANY} tickets: {large:?}");
    checkers::assert_none(
        &flat_cost::check(&small, &large),
        &format!("{small:?}, {large:?}"),
    );
}

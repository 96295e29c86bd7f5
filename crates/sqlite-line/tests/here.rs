//! Calls that are done on their caller's own thread when nobody else writes, and what a caller is never made to wait for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::thread;
use std::time::{Duration, Instant};

use sqlite_line::{Line, Options};
use stage::{
    Do, Helper, LONG, Rows, Stage, block_on, count, holders, is_busy, numbers, orders, poll_once,
};

const SOON: Duration = Duration::from_millis(100);

/// Not a test of its own: what this binary does when a test starts it again as a helper.
#[test]
fn helper() {
    let Some((role, path, _)) = orders() else {
        return;
    };
    match role.as_str() {
        "gate" => holders::stand_in_the_gate(&path),
        "lock" => holders::hold_the_lock(&path),
        other => panic!("no such role: {other}"),
    }
}

/// Writes until a call was done on this thread, and answers how many were written. The first call opens the database, and
/// now and then the writer looks whether somebody leads: those are its own.
fn write_until_it_is_here(line: &Line<Rows>, rows: &Rows, from: i64) -> i64 {
    let until = Instant::now() + LONG;
    let mut next = from;
    loop {
        assert!(Instant::now() < until, "never done here");
        line.write_here(Do::Add(next), LONG).wait().unwrap();
        next += 1;
        if rows.calls.by() == Some(thread::current().id()) {
            return next;
        }
    }
}

#[test]
fn a_caller_who_waits_does_his_call_himself_when_nobody_else_writes() {
    let stage = Stage::new();
    let rows = Rows::default();
    let line = stage.open_with(rows.clone(), Options::default());
    let next = write_until_it_is_here(&line, &rows, 0);
    assert_eq!(count(&line), next);
    // One that is awaited never keeps an executor's thread for a commit.
    block_on(line.write_here(Do::Add(next), LONG)).unwrap();
    assert_ne!(rows.calls.by(), Some(thread::current().id()));
    assert_eq!(line.figures().calls, next as u64 + 1);
}

#[test]
fn a_call_is_advanced_and_then_polled() {
    let stage = Stage::new();
    let rows = Rows::default();
    let line = stage.open_with(rows.clone(), Options::default());
    let from = write_until_it_is_here(&line, &rows, 0);
    let until = Instant::now() + LONG;
    for next in from.. {
        assert!(Instant::now() < until, "never done here");
        let mut call = line.write_here(Do::Add(next), LONG);
        call.advance();
        if poll_once(&mut call).is_ready() {
            break;
        }
        call.wait().unwrap();
    }
}

#[test]
fn a_call_that_nobody_waits_for_yet_goes_with_the_next_or_not_at_all() {
    let stage = Stage::new();
    let line = stage.open();
    line.write(Do::Add(0)).wait().unwrap();
    let first = line.write_here(Do::Add(1), LONG);
    line.write_here(Do::Add(2), LONG).wait().unwrap();
    first.wait().unwrap();
    drop(line.write_here(Do::Add(3), LONG));
    assert!(line.write_here(Do::Add(4), LONG).cancel().is_none());
    line.write(Do::Add(5)).wait().unwrap();
    assert_eq!(numbers(&line), [0, 1, 2, 5]);
}

/// A caller of an idle line keeps his deadline while `what` is held, and goes on afterwards.
fn keeps_his_deadline(what: &str) {
    let stage = Stage::new();
    let rows = Rows::default();
    // By the gate: a leader would do what is asked of the one that stands in it.
    let line = stage.open_with(rows.clone(), Options::default().shared(false));
    let next = write_until_it_is_here(&line, &rows, 0);
    let mut holder = Helper::start(what, &stage.path, 0);
    holder.expect("held");
    assert!(is_busy(&line.write_here(Do::Add(next), SOON).wait()));
    let mut call = line.write_here(Do::Add(next + 1), LONG);
    let asked = Instant::now();
    call.advance();
    assert!(asked.elapsed() < LONG / 2, "advancing waited for {what}");
    holder.end();
    call.wait().unwrap();
    assert!(!numbers(&line).contains(&next));
}

#[test]
fn a_caller_keeps_his_deadline_at_the_gate() {
    keeps_his_deadline("gate");
}

#[test]
fn a_caller_keeps_his_deadline_at_sqlites_lock() {
    keeps_his_deadline("lock");
}

#[test]
fn what_fails_on_its_callers_thread_fails_alone() {
    let stage = Stage::new();
    let rows = Rows::default();
    let line = stage.open_with(rows.clone(), Options::default());
    let mut next = write_until_it_is_here(&line, &rows, 0);
    for bad in [Do::Panic, Do::Ruin(10_000), Do::Orphan(20_000), Do::Add(0)] {
        assert!(line.write_here(bad, LONG).wait().is_err());
        next = write_until_it_is_here(&line, &rows, next);
    }
    assert_eq!(count(&line), next);
}

#[test]
fn callers_of_many_threads_are_all_served() {
    let stage = Stage::new();
    let line = stage.open();
    thread::scope(|scope| {
        for t in 0..8 {
            let line = &line;
            let adds = (t * 1000)..(t * 1000 + 100);
            scope.spawn(move || {
                for n in adds {
                    line.write_here(Do::Add(n), LONG).wait().unwrap();
                }
            });
        }
    });
    assert_eq!(count(&line), 800);
}

//! The shared line between processes: what a follower gets, whatever becomes of the leader.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use sqlite_line::{Error, Line};
use stage::leaders::{self, add, following, leader, leading};
use stage::{
    Do, Helper, LONG, Rows, Stage, count, held_by, holders, is_busy, numbers, orders, say, until,
    wait_for_go_on,
};

/// Not a test of its own: what this binary does when a test starts it again as a helper.
#[test]
fn helper() {
    let Some((role, path, number)) = orders() else {
        return;
    };
    match role.as_str() {
        "write" => write(&path, number),
        "hold" => holders::hold_the_lock(&path),
        other => leaders::play(other, &path, number),
    }
}

/// A follower that writes 300 rows from each of two threads, and tells how many were committed for it by others.
fn write(path: &Path, number: usize) {
    let line = Line::open(path, Rows::default(), following()).unwrap();
    say("ready");
    wait_for_go_on();
    let base = number as i64 * 1000;
    let write = |from: i64| (from..from + 300).for_each(|n| add(&line, n));
    thread::scope(|scope| {
        scope.spawn(|| write(base + 500));
        write(base);
    });
    say(line.figures().handed);
}

/// Four followers at work; they are done when all have said how many calls were handed over.
struct Writers(Vec<Helper>);

impl Writers {
    fn start(stage: &Stage) -> Self {
        let mut all: Vec<_> = (1..5)
            .map(|n| Helper::start("write", &stage.path, n))
            .collect();
        all.iter_mut().for_each(|helper| helper.expect("ready"));
        all.iter_mut().for_each(Helper::go_on);
        Self(all)
    }

    fn all_there(line: &Line<Rows>) -> bool {
        let there: BTreeSet<i64> = numbers(line).into_iter().filter(|n| *n >= 0).collect();
        there == (1..5).flat_map(Self::of).collect()
    }

    fn of(number: i64) -> impl Iterator<Item = i64> {
        let base = number * 1000;
        (base..base + 300).chain(base + 500..base + 800)
    }

    fn at_work(&mut self) -> bool {
        let mut ended = self.0.iter_mut().map(|helper| helper.child.try_wait());
        !ended.all(|ended| ended.unwrap().is_some())
    }

    /// How many of all calls others committed.
    fn end(self) -> u64 {
        let handed = self.0.into_iter().map(|mut helper| {
            let handed: u64 = helper.hear().expect("it wrote everything").parse().unwrap();
            helper.end();
            handed
        });
        handed.sum()
    }
}

#[test]
fn a_leader_commits_for_all() {
    let stage = Stage::new();
    let leader = leader(&stage, 0);
    let handed = Writers::start(&stage).end();
    assert_eq!(handed, 2400, "calls that the leader committed");
    let line = stage.open_with(Rows::default(), following());
    assert!(Writers::all_there(&line));
    leader.end();
}

#[test]
fn a_leader_that_is_killed_loses_nothing_and_nothing_is_done_twice() {
    let stage = Stage::new();
    let mut leading = leader(&stage, 0);
    let mut writers = Writers::start(&stage);
    let mut kills = 0;
    while writers.at_work() {
        thread::sleep(Duration::from_millis(40));
        drop(leading); // kill -9
        kills += 1;
        leading = leader(&stage, kills);
    }
    assert!(writers.end() > 0, "somebody followed");
    let line = stage.open_with(Rows::default(), following());
    assert!(Writers::all_there(&line), "after {kills} kills");
    leading.end();
}

#[test]
fn a_leader_that_is_stopped_is_stepped_around_and_does_nothing_when_it_wakes() {
    let stage = Stage::new();
    let leading = leader(&stage, 0);
    let mut writers = Writers::start(&stage);
    let mut stops = 0;
    while writers.at_work() {
        thread::sleep(Duration::from_millis(50));
        leading.signal(Signal::STOP);
        thread::sleep(Duration::from_millis(400));
        leading.signal(Signal::CONT);
        stops += 1;
    }
    writers.end();
    let line = stage.open_with(Rows::default(), following());
    assert!(Writers::all_there(&line), "after {stops} stops");
    leading.end();
}

#[test]
fn a_stopped_leader_costs_a_newcomer_nothing_once_it_is_known() {
    let stage = Stage::new();
    let leading = leader(&stage, 0);
    let line = stage.open_with(Rows::default(), following());
    add(&line, 1);
    assert_eq!(line.figures().handed, 1);
    leading.stop();
    add(&line, 2);
    assert_eq!(line.figures().step_arounds, 1);
    // Whoever comes now finds no socket, and waits for nothing.
    assert!(!stage.dir.path().join("rows.db-line").exists());
    add(&line, 3);
    assert_eq!((line.figures().step_arounds, line.figures().handed), (1, 1));
    leading.signal(Signal::CONT);
    drop(leading);
    assert_eq!(numbers(&line), [-1, 1, 2, 3]);
}

#[test]
fn a_leader_that_stops_inside_a_transaction_leaves_unknown_and_busy() {
    let stage = Stage::new();
    let mut leading = Helper::start("pause", &stage.path, 0);
    leading.expect("leads");
    let line = stage.open_with(Rows::default(), following());
    add(&line, 1);
    let short = Duration::from_millis(900);
    let paused = line.write_within(Do::Pause(2), LONG);
    leading.expect("held");
    let in_flight = line.write_within(Do::Add(3), short);
    leading.stop();
    // It was in the hands of one that may apply it yet.
    let unknown = in_flight.wait();
    assert!(matches!(unknown, Err(Error::Unknown { .. })), "{unknown:?}");
    // This one was not.
    let busy = line.write_within(Do::Add(4), short).wait();
    assert!(is_busy(&busy), "{busy:?}");
    leading.signal(Signal::CONT);
    leading.go_on();
    assert_eq!(paused.wait().unwrap(), 2);
    leading.end();
    add(&line, 5);
    let there = numbers(&line);
    assert!(
        there == [-1, 1, 2, 5] || there == [-1, 1, 2, 3, 5],
        "{there:?}"
    );
}

#[test]
fn busy_means_that_nothing_will_be_applied_also_by_a_leader() {
    let stage = Stage::new();
    let leading = leader(&stage, 0);
    let line = stage.open_with(Rows::default(), following());
    add(&line, 1);
    let mut holder = Helper::start("hold", &stage.path, 0);
    holder.expect("held");
    let busy = line
        .write_within(Do::Add(2), Duration::from_millis(300))
        .wait();
    assert_eq!(held_by(&busy), Some(holder.pid()));
    let patient = line.write_within(Do::Add(3), LONG);
    holder.end();
    patient.wait().unwrap();
    assert_eq!(numbers(&line), [-1, 1, 3]);
    leading.end();
}

#[test]
fn a_failing_call_fails_alone_and_in_its_own_words() {
    let stage = Stage::new();
    let leading = leader(&stage, 0);
    let line = stage.open_with(Rows::default(), following());
    add(&line, 1);
    let row = |n| if n % 5 == 0 { 1 } else { 100 + n };
    let calls: Vec<_> = (0..20).map(|n| (n, line.write(Do::Add(row(n))))).collect();
    for (n, call) in calls {
        match call.wait() {
            Ok(row) => assert_eq!(row, 100 + n),
            Err(Error::Failed(why)) => assert!(n % 5 == 0 && why.to_string().contains("UNIQUE")),
            Err(other) => panic!("{n}: {other}"),
        }
    }
    assert!(matches!(
        line.write(Do::Panic).wait(),
        Err(Error::Failed(_))
    ));
    // Too long for a frame: by the gate.
    let handed = line.figures().handed;
    let long = line.write(Do::Long(1000, "x".repeat(2 << 20)));
    assert_eq!(long.wait().unwrap(), 1000);
    assert_eq!(line.figures().handed, handed);
    assert_eq!(count(&line), 1 + 1 + 16 + 1);
    let mut n = 1000;
    until("calls are handed over again", || {
        n += 1;
        add(&line, n);
        line.figures().handed > handed
    });
    leading.end();
}

#[test]
fn a_program_that_speaks_another_dialect_goes_on_by_the_gate() {
    let stage = Stage::new();
    let other = leader(&stage, 0);
    let rows = Rows {
        dialect: "another".into(),
        ..Rows::default()
    };
    let line = stage.open_with(rows, leading());
    (1..50).for_each(|n| add(&line, n));
    assert_eq!((line.figures().handed, line.figures().leads), (0, false));
    assert_eq!(count(&line), 50);
    other.end();
}

#[test]
fn a_single_call_leaves_no_lead_and_no_socket() {
    let stage = Stage::new();
    let line = stage.open_with(Rows::default(), following());
    add(&line, 1);
    line.close();
    let names: BTreeSet<String> = std::fs::read_dir(stage.dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["rows.db".into(), "rows.db-gate".into()])
    );
}

//! Several processes on one file. A claim that holds among threads says nothing about processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use sqlite_line::{Error, Line};
use stage::{
    Do, Helper, LONG, Rows, Stage, block_on, count, held_by, holders, numbers, options, orders,
    say, until, wait_for_go_on,
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
        "pause" => holders::stand_in_the_gate(&path),
        "open" => open_and_write(&path, number),
        "fat" => write_fat(&path, number),
        other => panic!("no such role: {other}"),
    }
}

fn open(path: &Path) -> Line<Rows> {
    Line::open(path, Rows::default(), options()).unwrap()
}

/// Writes 50 rows from each of two threads, and reports its worst wait.
fn write(path: &Path, number: usize) {
    let line = open(path);
    say("ready");
    wait_for_go_on();
    let base = number as i64 * 1000;
    let write = |from: i64| {
        (from..from + 50).fold(Duration::ZERO, |worst, n| {
            let asked = Instant::now();
            line.write(Do::Add(n)).wait().unwrap();
            worst.max(asked.elapsed())
        })
    };
    let worst = thread::scope(|scope| {
        let other = scope.spawn(|| write(base + 500));
        write(base).max(other.join().unwrap())
    });
    say(worst.as_millis());
}

fn open_and_write(path: &Path, number: usize) {
    say("ready");
    wait_for_go_on();
    open(path).write(Do::Add(number as i64)).wait().unwrap();
}

/// Writes 1,500 rows of 20 KB.
fn write_fat(path: &Path, number: usize) {
    // By the gate: one that leads commits alone, and nobody disturbs its checkpoints.
    let line = Line::open(path, Rows::default(), options().shared(false)).unwrap();
    thread::scope(|scope| {
        for t in 0..4 {
            let line = &line;
            scope.spawn(move || {
                let base = (number * 4 + t) as i64 * 10_000;
                (base..base + 375)
                    .for_each(|n| assert!(line.write(Do::Fat(n, 20_000)).wait().is_ok()));
            });
        }
    });
}

#[test]
fn processes_write_in_turn_and_nobody_is_locked_out() {
    let stage = Stage::new();
    drop(stage.open());
    let mut helpers: Vec<_> = (0..6)
        .map(|n| Helper::start("write", &stage.path, n))
        .collect();
    helpers.iter_mut().for_each(|helper| helper.expect("ready"));
    helpers.iter_mut().for_each(Helper::go_on);
    for helper in &mut helpers {
        let worst: u64 = helper.hear().expect("it wrote everything").parse().unwrap();
        assert!(worst < 30_000, "{worst} ms");
    }
    helpers.into_iter().for_each(Helper::end);
    assert_eq!(count(&stage.open()), 600);
}

#[test]
fn a_program_without_a_gate_is_survived_and_named() {
    let stage = Stage::new();
    let line = stage.open();
    line.write(Do::Add(0)).wait().unwrap();
    let mut holder = Helper::start("hold", &stage.path, 0);
    holder.expect("held");
    let short = Duration::from_millis(200);
    for result in [
        line.write_within(Do::Add(1), short).wait(),
        block_on(line.write_within(Do::Add(2), short)),
    ] {
        let Err(Error::Busy {
            waited,
            holder: Some(process),
        }) = result
        else {
            panic!("{result:?}")
        };
        assert!(waited >= short);
        assert_eq!(process.pid, holder.pid());
        assert!(process.command.contains("helper"), "{process}");
    }
    // Reads go on meanwhile, and a patient call gets through.
    assert_eq!(count(&line), 1);
    let patient = line.write_within(Do::Add(3), LONG);
    holder.end();
    patient.wait().unwrap();
    assert_eq!(numbers(&line), [0, 3]);
    assert!(line.figures().lock_wait.max > 0);
}

#[test]
fn the_keeper_of_the_gate_is_named() {
    let stage = Stage::new();
    let line = stage.open();
    line.write(Do::Add(0)).wait().unwrap();
    let mut holder = Helper::start("pause", &stage.path, 0);
    holder.expect("held");
    // It stands inside its transaction, and the gate stays closed until that is committed.
    let gate = fs::File::open(stage.dir.path().join("rows.db-gate")).unwrap();
    assert!(gate.try_lock().is_err(), "the gate was left too early");
    let result = line
        .write_within(Do::Add(1), Duration::from_millis(200))
        .wait();
    assert_eq!(held_by(&result), Some(holder.pid()));
    holder.end();
    line.write(Do::Add(2)).wait().unwrap();
    assert_eq!(numbers(&line), [-5, 0, 2]);
}

#[test]
fn who_had_to_wait_at_the_gate_stays_for_his_caller_and_then_leaves_it() {
    let stage = Stage::new();
    let line = stage.open_with(Rows::default(), options().shared(false));
    let mut holder = Helper::start("pause", &stage.path, 0);
    holder.expect("held");
    let call = line.write(Do::Add(1));
    // Where the system does not tell who waits for a lock, it may come when the gate is open already.
    let me = format!(" {} ", std::process::id());
    let waits = |locks: String| {
        let mut lines = locks.lines();
        lines.any(|line| line.contains("->") && line.contains(&me))
    };
    until("the line stands at the gate", || {
        fs::read_to_string("/proc/locks").map_or(true, waits)
    });
    holder.end();
    call.wait().unwrap();
    line.write(Do::Add(2)).wait().unwrap();
    // Nobody comes back any more, and nothing else would have it leave.
    let gate = fs::File::open(stage.dir.path().join("rows.db-gate")).unwrap();
    until("the gate is left", || gate.try_lock().is_ok());
    gate.unlock().unwrap();
    line.write(Do::Add(3)).wait().unwrap();
    assert_eq!(numbers(&line), [-5, 1, 2, 3]);
}

#[test]
fn a_line_can_be_dropped_while_its_writer_hangs_at_the_gate() {
    let stage = Stage::new();
    let line = stage.open();
    let mut holder = Helper::start("pause", &stage.path, 0);
    holder.expect("held");
    let call = line.write(Do::Add(1));
    let asked = Instant::now();
    line.close();
    assert!(asked.elapsed() < Duration::from_secs(20));
    assert!(matches!(call.wait(), Err(Error::Closed)));
    holder.end();
}

#[test]
fn a_new_path_is_opened_by_eight_processes_at_once() {
    for _ in 0..5 {
        let stage = Stage::new();
        let mut helpers: Vec<_> = (0..8)
            .map(|n| Helper::start("open", &stage.path, n))
            .collect();
        helpers.iter_mut().for_each(|helper| helper.expect("ready"));
        helpers.iter_mut().for_each(Helper::go_on);
        helpers.into_iter().for_each(Helper::end);
        assert_eq!(numbers(&stage.open()), (0..8).collect::<Vec<_>>());
    }
}

#[test]
fn the_log_stays_small_under_several_writers_and_is_cut_after_a_reader() {
    /// Some times the frames at which a checkpoint is due, which take 4 MB.
    const SMALL: u64 = 16 << 20;
    const LIMIT: u64 = 64 << 20;
    let stage = Stage::new();
    let line = stage.open();
    let wal = stage.dir.path().join("rows.db-wal");
    let size = || fs::metadata(&wal).map_or(0, |meta| meta.len());
    let mut helpers: Vec<_> = (0..3)
        .map(|n| Helper::start("fat", &stage.path, n))
        .collect();
    let mut largest = 0;
    until("the helpers end", || {
        largest = largest.max(size());
        helpers
            .iter_mut()
            .all(|helper| helper.child.try_wait().unwrap().is_some())
    });
    assert_eq!(count(&line), 4500);
    assert!(largest > 0 && largest < SMALL, "{largest} bytes");

    let mut watch = line.watch().unwrap();
    let read = watch.read(|txn| {
        txn.query_row("SELECT count(*) FROM rows", [], |_| Ok(()))?;
        let calls: Vec<_> = (0..80)
            .map(|n| line.write(Do::Fat(1_000_000 + n, 1 << 20)))
            .collect();
        calls
            .into_iter()
            .for_each(|call| assert!(call.wait().is_ok()));
        Ok(())
    });
    read.unwrap();
    assert!(size() > LIMIT, "with a snapshot open it grows: {}", size());
    let mut n = 2_000_000;
    until("the log is cut", || {
        n += 1;
        line.write(Do::Add(n)).wait().unwrap();
        size() < LIMIT
    });
}

//! How many tiny inserts a second by how many callers? `cargo run --release --example callers -- [SECONDS] [CALLERS…]`
//!
//! Prints calls a second, the mean batch, and where the time went. `CALLERS` of 0 means: the same by one plain
//! connection without the line, as the mark to compare with. `BENCH_DIR` is the folder of the database, else this one;
//! `BENCH_FILE` a database that several processes started at once can share.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sqlite_line::{Line, Options, Program, WriteTxn, rusqlite};

struct Inserts;

impl Program for Inserts {
    type Command = i64;
    type Answer = i64;
    const APPLICATION_ID: i32 = 0x696e_7365;
    const VERSION: i32 = 1;

    fn migrate(&mut self, txn: &WriteTxn<'_>, _from: i32) -> rusqlite::Result<()> {
        txn.execute_batch("CREATE TABLE t(id INTEGER PRIMARY KEY, value INTEGER NOT NULL)")
    }

    fn apply(&mut self, txn: &WriteTxn<'_>, value: &i64) -> rusqlite::Result<i64> {
        txn.execute("INSERT INTO t(value) VALUES(?1)", [value])?;
        Ok(txn.last_insert_rowid())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<u64>());
    let seconds = numbers.next().transpose()?.unwrap_or(3);
    let mut callers = numbers.collect::<Result<Vec<_>, _>>()?;
    if callers.is_empty() {
        callers = vec![0, 1, 8, 64, 256];
    }
    println!(
        "{:>7} {:>9} {:>7} {:>9} {:>9} {:>9} {:>9}",
        "callers", "calls/s", "batch", "commit us", "hold us", "wait us", "longest"
    );
    for callers in callers {
        run(callers, Duration::from_secs(seconds))?;
    }
    Ok(())
}

fn run(callers: u64, time: Duration) -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir_in(std::env::var_os("BENCH_DIR").unwrap_or_else(|| ".".into()))?;
    let path = std::env::var_os("BENCH_FILE").map_or_else(|| dir.path().join("t.db"), Into::into);
    let line = Line::open(path, Inserts, Options::default())?;
    if callers == 0 {
        return plain(line.path(), time);
    }
    line.write(0).wait()?;
    let before = line.figures();
    let started = Instant::now();
    let calls = call(&line, callers, time);
    let rate = calls as f64 / started.elapsed().as_secs_f64();
    let figures = line.figures();
    let batches = (figures.batches - before.batches).max(1);
    println!(
        "{callers:>7} {rate:>9.0} {:>7.1} {:>9} {:>9} {:>9} {:>9}",
        (figures.calls - before.calls) as f64 / batches as f64,
        figures.commit.mean(),
        figures.hold.mean(),
        figures.queue_wait.mean(),
        figures.queue_wait.max,
    );
    Ok(())
}

/// So many threads insert in a loop for this time; gives the number of calls that were answered.
fn call(line: &Line<Inserts>, callers: u64, time: Duration) -> u64 {
    let (stop, calls) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for caller in 0..callers {
            let (stop, calls) = (&stop, &calls);
            scope.spawn(move || {
                let mut mine = 0;
                while !stop.load(Ordering::Relaxed) {
                    match line.write(i64::try_from(caller).unwrap_or(0)).wait() {
                        Ok(_) => mine += 1,
                        Err(error) => eprintln!("{error}"),
                    }
                }
                calls.fetch_add(mine, Ordering::Relaxed);
            });
        }
        thread::sleep(time);
        stop.store(true, Ordering::Relaxed);
    });
    calls.into_inner()
}

fn plain(path: &std::path::Path, time: Duration) -> Result<(), Box<dyn std::error::Error>> {
    let conn = rusqlite::Connection::open(path)?;
    conn.execute_batch("PRAGMA synchronous=FULL")?;
    let started = Instant::now();
    let mut calls = 0_u32;
    while started.elapsed() < time {
        conn.prepare_cached("INSERT INTO t(value) VALUES(?1)")?
            .execute([calls])?;
        calls += 1;
    }
    println!(
        "{:>7} {:>9.0}",
        "plain",
        f64::from(calls) / started.elapsed().as_secs_f64()
    );
    Ok(())
}

//! Claim + complete in one process: k concurrent callers, and the batch call, beside two loops of plain statements:
//! (a) one commit per call, (b) k claims in one commit, then k completions in one.

use std::path::Path;
use std::time::Instant;

use actifix::Store;

use crate::Answer;
use crate::callers::{self, Bound};
use crate::report::{Row, rate};
use crate::rounds::{self, Figures, Lane, Series, figure, quantile};
use crate::session::Session;
use crate::yardstick::{self, Cycles};

/// Claims and completions of a batch call.
const BATCH: usize = 64;

pub fn run(session: &mut Session) -> Answer<()> {
    let (few, many) = (session.size(1_000, 200), session.size(20_000, 1_024));
    let seed = session.made(callers::needed(256, many))?;
    let here: &Session = session;
    let mut lanes = vec![
        lane(here, &seed, "a: commit per call", move |path| {
            loop_of(path, 1, few, "a")
        }),
        lane(here, &seed, "1 caller", move |path| called(path, 1, few)),
        lane(here, &seed, "b: loop of 64", move |path| {
            loop_of(path, 64, many, "b64")
        }),
        lane(here, &seed, "64 callers", move |path| {
            called(path, 64, many)
        }),
        lane(here, &seed, "batch call of 64", move |path| {
            batch_call(path, many)
        }),
        lane(here, &seed, "b: loop of 256", move |path| {
            loop_of(path, 256, many, "b256")
        }),
        lane(here, &seed, "256 callers", move |path| {
            called(path, 256, many)
        }),
    ];
    let series = rounds::run(here, &mut lanes)?;
    drop(lanes);
    rows(session, &series)
}

/// A lane that works on a fresh copy each round.
fn lane<'a>(
    session: &'a Session,
    seed: &'a Path,
    name: &'static str,
    measure: impl Fn(&Path) -> Answer<Figures> + 'a,
) -> Lane<'a> {
    Lane::new(name, move |_| {
        measure(session.scratch.copy(seed, "cycle")?.path())
    })
}

/// The yardstick: `count` claims in one commit, then as many completions in one.
fn loop_of(path: &Path, count: usize, most: usize, name: &str) -> Answer<Figures> {
    Ok(figure(name, plain_rate(path, count, most)?))
}

/// Cycles a second of the plain loop.
pub fn plain_rate(path: &Path, count: usize, most: usize) -> Answer<f64> {
    let conn = yardstick::connect(path)?;
    let mut cycles = Cycles::prepare(&conn, "agent-0")?;
    let warm = cycles.claim(count)?;
    cycles.complete(&warm)?;
    let bound = Bound::of(most);
    let start = Instant::now();
    let mut done = 0;
    while done + count <= most && start.elapsed() < bound.time {
        let grants = cycles.claim(count)?;
        cycles.complete(&grants)?;
        done += count;
    }
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

/// The store by `count` callers: rate, the 99th percentile of a claim, calls per commit.
fn called(path: &Path, count: usize, most: usize) -> Answer<Figures> {
    let store = callers::warm(path, count)?;
    let before = committed(&store)?;
    let mut run = callers::cycles(&store, count, Bound::of(most))?;
    let after = committed(&store)?;
    let (calls, batches) = (after.0 - before.0, after.1 - before.1);
    Ok(vec![
        (format!("{count}"), run.rate()),
        (format!("p99ms{count}"), quantile(&mut run.waits, 0.99)),
        (format!("batch{count}"), calls / batches.max(1.0)),
    ])
}

/// The batch call of one caller.
fn batch_call(path: &Path, most: usize) -> Answer<Figures> {
    let store = callers::warm(path, 1)?;
    let run = callers::batch_cycles(&store, BATCH, Bound::of(most - BATCH))?;
    Ok(figure("call64", run.rate()))
}

/// Calls and batches that the store's line has committed.
fn committed(store: &Store) -> Answer<(f64, f64)> {
    let figures = store.stats().wait()?.contention;
    let number = |name: &str| {
        figures[name]
            .as_f64()
            .ok_or_else(|| format!("no figure `{name}`"))
    };
    Ok((number("calls")?, number("batches")?))
}

fn rows(session: &mut Session, series: &Series) -> Answer<()> {
    let beside = [
        ("1 caller", "1", "a", "a commit per call", 0.6),
        ("64 callers", "64", "b64", "loop of 64", 0.7),
        ("64 callers", "64", "a", "a commit per call", 9.0),
        ("256 callers", "256", "b256", "loop of 256", 0.7),
        ("256 callers", "256", "a", "a commit per call", 13.0),
        ("batch call of 64", "call64", "b64", "loop of 64", 0.85),
    ];
    for (what, ours, theirs, their_name, limit) in beside {
        let shown = rate(series.median(ours)?);
        let against = format!("{} {their_name}", rate(series.median(theirs)?));
        let ratio = series.ratio(ours, theirs)?;
        session.row(Row::new(what, shown, against, ratio).at_least(limit));
    }
    let p99 = series.median("p99ms64")?;
    session.row(
        Row::new("claim by 64 callers, p99", "", "", p99)
            .unit("ms")
            .at_most(10.0),
    );
    for count in [64, 256] {
        let size = series.median(&format!("batch{count}"))?;
        let what = format!("calls per commit, {count} callers");
        session.row(Row::new(what, "", "", size));
    }
    Ok(())
}

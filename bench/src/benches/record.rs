//! Recording: new reports, repeats of known ones, and an import, beside plain loops of statements and at 1,000,000
//! tickets.

use std::path::Path;
use std::time::Instant;

use actifix::{Report, Store, Timestamp};

use crate::Answer;
use crate::callers::{self, Bound};
use crate::report::{Row, rate};
use crate::rounds::{self, Figures, Lane, Series, figure};
use crate::session::Session;
use crate::tickets::{self, report};
use crate::yardstick::{self, Prepared, Records};

/// Concurrent callers.
const CALLERS: usize = 256;
/// Reports of one call of an import.
const BATCH: usize = 512;
/// Tickets in the small database.
const SMALL: usize = 1_000;
/// Known reports that are repeated.
const KNOWN: usize = 1_000;
/// Numbers from here on are new in every database.
const NEW: usize = 10_000_000;

pub fn run(session: &mut Session) -> Answer<()> {
    let (reports, import) = (session.size(20_000, 1_024), session.size(100_000, 2_048));
    let small = session.made(SMALL)?;
    let copy = session.scratch.copy(session.large()?, "large")?;
    let large = tickets::open(copy.path())?;
    let here: &Session = session;
    let numbers = move |round: usize| NEW + round * reports..NEW + (round + 1) * reports;
    let mut lanes = vec![
        on_copy(here, &small, "loop of 256", move |path, round| {
            Ok(figure(
                "loop256",
                looped(path, numbers(round).map(report), CALLERS)?,
            ))
        }),
        on_copy(here, &small, "new, 256 callers", move |path, round| {
            let store = warm(tickets::open(path)?, round)?;
            Ok(figure("new", recorded(&store, numbers(round), true)?))
        }),
        Lane::new("new, 256 callers, large", |round| {
            Ok(figure(
                "newlarge",
                recorded(&warm(large.clone(), round)?, numbers(round), true)?,
            ))
        }),
        on_copy(here, &small, "repeats, 256 callers", move |path, _| {
            Ok(figure(
                "again",
                repeated(&tickets::open(path)?, reports, SMALL)?,
            ))
        }),
        Lane::new("repeats, 256 callers, large", |_| {
            Ok(figure(
                "againlarge",
                repeated(&large, reports, here.million())?,
            ))
        }),
        on_copy(here, &small, "loop of 512", move |path, _| {
            Ok(figure(
                "loop512",
                looped(path, (NEW..NEW + import).map(report), BATCH)?,
            ))
        }),
        on_copy(here, &small, "import", move |path, _| {
            Ok(figure("import", imported(&tickets::open(path)?, import)?))
        }),
    ];
    let series = rounds::run(here, &mut lanes)?;
    drop(lanes);
    drop(large);
    rows(session, &series)
}

/// A lane that works on a fresh copy each round.
fn on_copy<'a>(
    session: &'a Session,
    seed: &'a Path,
    name: &'static str,
    measure: impl Fn(&Path, usize) -> Answer<Figures> + 'a,
) -> Lane<'a> {
    Lane::new(name, move |round| {
        measure(session.scratch.copy(seed, "record")?.path(), round)
    })
}

/// Opens the writer and makes every caller known.
fn warm(store: Store, round: usize) -> Answer<Store> {
    let first = 2 * NEW + round * CALLERS;
    let reports = (first..first + CALLERS).map(report).collect();
    callers::records(&store, CALLERS, reports, true)?;
    Ok(store)
}

/// Reports a second, one a call, by all callers.
fn recorded(store: &Store, numbers: std::ops::Range<usize>, new: bool) -> Answer<f64> {
    let run = callers::records(store, CALLERS, numbers.map(report).collect(), new)?;
    Ok(run.rate())
}

/// Repeats a second of [`KNOWN`] reports that are spread over all `tickets`.
fn repeated(store: &Store, reports: usize, tickets: usize) -> Answer<f64> {
    let step = (tickets / KNOWN).max(1);
    let known = |at: usize| report(at % KNOWN.min(tickets) * step);
    callers::records(store, CALLERS, (0..KNOWN).map(known).collect(), false)?;
    let run = callers::records(store, CALLERS, (0..reports).map(known).collect(), false)?;
    Ok(run.rate())
}

/// Reports a second of an import: one caller, many reports in a call.
fn imported(store: &Store, reports: usize) -> Answer<f64> {
    let all: Vec<Report> = (NEW..NEW + reports).map(report).collect();
    let mut all = all.into_iter();
    let start = Instant::now();
    loop {
        let batch: Vec<Report> = all.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(reports as f64 / start.elapsed().as_secs_f64());
        }
        for recorded in store.record_all(batch).wait()? {
            if !recorded?.new {
                return Err("a report that should be new was known".into());
            }
        }
    }
}

/// Reports a second of the plain loop, `count` in a commit.
fn looped(path: &Path, reports: impl Iterator<Item = Report>, count: usize) -> Answer<f64> {
    let prepared: Vec<Prepared> = reports.map(Prepared::of).collect();
    let conn = yardstick::connect(path)?;
    let day = Timestamp::from_micros(yardstick::now()).day();
    let mut records = Records::prepare(&conn, &day, "bench")?;
    let bound = Bound::of(prepared.len());
    let start = Instant::now();
    let mut done = 0;
    for batch in prepared.chunks(count) {
        if start.elapsed() > bound.time {
            break;
        }
        records.record(batch)?;
        done += batch.len();
    }
    Ok(done as f64 / start.elapsed().as_secs_f64())
}

fn rows(session: &mut Session, series: &Series) -> Answer<()> {
    let pair = |ours: &str, theirs: &str| -> Answer<(String, String)> {
        Ok((rate(series.median(ours)?), rate(series.median(theirs)?)))
    };
    let million = session.million();
    for (what, ours, theirs, name) in [
        ("new reports, 256 callers", "new", "loop256", "loop of 256"),
        ("import in calls of 512", "import", "loop512", "loop of 512"),
    ] {
        let (shown, beside) = pair(ours, theirs)?;
        let ratio = series.ratio(ours, theirs)?;
        session.row(Row::new(what, shown, format!("{beside} {name}"), ratio).at_least(0.6));
    }
    for (what, large, small, limit) in [
        ("new, times slower", "newlarge", "new", 2.0),
        ("repeats, times slower", "againlarge", "again", 1.15),
    ] {
        let (shown, beside) = pair(large, small)?;
        let ratio = series.ratio(small, large)?;
        let row = Row::new(
            what,
            format!("{shown} at {million}"),
            format!("{beside} at {SMALL}"),
            ratio,
        );
        session.row(row.at_most(limit));
    }
    Ok(())
}

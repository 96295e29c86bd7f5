//! The first 50,000 cycles of 1,000,000 open tickets beside stores of 1,000 that are drained again and again; and the
//! pages that a cycle reads, which knows no noise.

use std::path::Path;
use std::time::{Duration, Instant};

use actifix::{Store, rusqlite};

use crate::Answer;
use crate::callers::{self, Bound};
use crate::disk::{self, Reads};
use crate::report::{Row, figure as shown, rate};
use crate::rounds::{self, Lane, figure};
use crate::scratch::Copy;
use crate::session::Session;
use crate::tickets;

/// Tickets in the small stores.
const SMALL: usize = 1_000;
/// A lane of one caller lasts no longer than this in a round.
const ALONE: Duration = Duration::from_millis(1_500);
/// The trees that a cycle looks into: a claim reads `ready` and the facts and writes `ready`, `leases` with its index and
/// `events` with its index; a completion reads the ids and `leases` and writes those, `events` with its index, and
/// `completed`.
const CLAIM: [&str; 8] = [
    "ready",
    "facts",
    "seen",
    "attempts",
    "leases",
    "leases_due",
    "events",
    "events_of_ticket",
];
const COMPLETE: [&str; 6] = [
    "sqlite_autoindex_facts_1",
    "leases",
    "leases_due",
    "events",
    "events_of_ticket",
    "completed",
];

pub fn run(session: &mut Session) -> Answer<()> {
    speed(session)?;
    pages(session)
}

fn speed(session: &mut Session) -> Answer<()> {
    let each = session.size(50_000, 2_000) / session.options.rounds;
    let small = session.made(SMALL + callers::WARM_UP)?;
    let large = session.large()?;
    let (many, alone) = (
        Large::open(session, large, 64)?,
        Large::open(session, large, 1)?,
    );
    let bound = |callers| Bound {
        most: each,
        time: if callers == 1 {
            ALONE
        } else {
            Bound::of(0).time
        },
    };
    let mut lanes = Vec::new();
    for (callers, large, names) in [
        (64, &many, ["small, 64 callers", "large, 64 callers"]),
        (1, &alone, ["small, 1 caller", "large, 1 caller"]),
    ] {
        let (here, small): (&Session, _) = (session, &small);
        lanes.push(Lane::new(names[0], move |_| {
            let copy = here.scratch.copy(small, "small")?;
            Ok(figure(
                format!("small{callers}"),
                drained(copy.path(), callers, bound(callers))?,
            ))
        }));
        lanes.push(Lane::new(names[1], move |_| {
            let run = callers::cycles(&large.store, callers, bound(callers))?;
            Ok(figure(format!("large{callers}"), run.rate()))
        }));
    }
    let series = rounds::run(session, &mut lanes)?;
    drop(lanes);
    for (callers, what, limit) in [
        (64, "64 callers, times slower", 1.4),
        (1, "1 caller, times slower", 1.2),
    ] {
        let (small, large) = (format!("small{callers}"), format!("large{callers}"));
        let ours = format!("{} of {}", rate(series.median(&large)?), session.million());
        let beside = format!("{} of {SMALL}", rate(series.median(&small)?));
        session.row(Row::new(what, ours, beside, series.ratio(&small, &large)?).at_most(limit));
    }
    Ok(())
}

/// The large store, open and warm.
struct Large {
    store: Store,
    _copy: Copy,
}

impl Large {
    fn open(session: &Session, large: &Path, callers: usize) -> Answer<Self> {
        let copy = session.scratch.copy(large, "large")?;
        let store = callers::warm(copy.path(), callers)?;
        Ok(Self { store, _copy: copy })
    }
}

/// Cycles a second of a store of 1,000 that is filled again whenever it is empty; filling is not counted.
fn drained(path: &Path, callers: usize, bound: Bound) -> Answer<f64> {
    let store = callers::warm(path, callers)?;
    let (mut done, mut seconds) = (0, 0.0);
    let start = Instant::now();
    let mut next = SMALL + callers::WARM_UP;
    while done < bound.most && start.elapsed() < bound.time {
        let run = callers::cycles(
            &store,
            callers,
            Bound {
                most: SMALL,
                ..bound
            },
        )?;
        done += run.done;
        seconds += run.seconds;
        tickets::fill(&store, next..next + run.done)?;
        next += run.done;
    }
    Ok(done as f64 / seconds)
}

/// Pages read per cycle, from the reads that the kernel counted for this process.
fn pages(session: &mut Session) -> Answer<()> {
    let cycles = session.size(5_000, 500);
    let small = session.made(cycles + 1_000)?;
    let (small, _) = pages_read(session, &small, cycles)?;
    let (large, depth) = pages_read(session, session.large()?, cycles)?;
    let ours = format!("{} of {}", shown(large), session.million());
    let beside = format!("{} of {}; depth {depth}", shown(small), cycles + 1_000);
    let row = Row::new("pages read per cycle", ours, beside, large);
    session.row(row.at_most(f64::from(depth)));
    Ok(())
}

/// Pages that a cycle reads, and the depth of the trees that it looks into.
fn pages_read(session: &Session, database: &Path, cycles: usize) -> Answer<(f64, u32)> {
    let copy = session.scratch.copy(database, "pages")?;
    let store = callers::warm(copy.path(), 64)?;
    let before = Reads::now()?;
    let run = callers::batch_cycles(
        &store,
        64,
        Bound {
            most: cycles,
            time: Duration::from_secs(20),
        },
    )?;
    let read = Reads::now()?.pages_since(&before);
    drop(store);
    Ok((read / run.done as f64, depth(copy.path())?))
}

/// The depth of the trees of a cycle, added up.
fn depth(path: &Path) -> Answer<u32> {
    let conn = rusqlite::Connection::open(path)?;
    let mut sum = 0;
    for tree in CLAIM.iter().chain(&COMPLETE) {
        sum += disk::depth(&conn, tree)?;
    }
    Ok(sum)
}

//! 16 processes with one caller each: through the gate, and by SQLite's busy timeout with the same statements.

use std::path::Path;
use std::time::Duration;

use crate::Answer;
use crate::report::{Row, rate};
use crate::rounds::{self, Figures, Lane};
use crate::session::Session;
use crate::worker::{Role, Worker};

/// Processes.
const PROCESSES: usize = 16;

pub fn run(session: &mut Session) -> Answer<()> {
    let time = Duration::from_millis(session.size(2_000, 500) as u64);
    let seed = session.made(session.size(20_000, 6_000))?;
    let here: &Session = session;
    let lane = |name, role, series: &'static str| {
        let seed = seed.as_path();
        Lane::new(name, move |_| {
            let copy = here.scratch.copy(seed, "processes")?;
            crowd(role, copy.path(), time, series)
        })
    };
    let mut lanes = [
        lane("busy timeout", Role::Plain, "plain"),
        lane("gate", Role::Store, "gate"),
    ];
    let series = rounds::run(here, &mut lanes)?;
    drop(lanes);

    let ours = rate(series.median("gate")?);
    let beside = format!("{} busy timeout", rate(series.median("plain")?));
    session
        .row(Row::new("16 processes", ours, beside, series.ratio("gate", "plain")?).at_least(0.6));
    let beside = format!("{:.2} busy timeout", series.median("plain least/most")?);
    let value = series.median("gate least/most")?;
    session.row(Row::new("least / most served", "", beside, value).at_least(0.5));
    let beside = format!("{:.0} ms busy timeout", series.median("plain longest")?);
    let value = series.median("gate longest")?;
    session.row(
        Row::new("longest wait for a claim", "", beside, value)
            .unit("ms")
            .at_most(500.0),
    );
    Ok(())
}

/// Lets all work at once: cycles a second, the least served beside the most served, the longest wait.
fn crowd(role: Role, path: &Path, time: Duration, series: &str) -> Answer<Figures> {
    let start = |number| Worker::start(role, path, &format!("agent-{number}"), time);
    let mut workers = (0..PROCESSES).map(start).collect::<Answer<Vec<_>>>()?;
    for worker in &mut workers {
        worker.go()?;
    }
    let done = workers
        .into_iter()
        .map(Worker::done)
        .collect::<Answer<Vec<_>>>()?;
    let served = done.iter().map(|done| done.cycles as f64);
    let most = served.clone().fold(0.0, f64::max);
    let least = served.clone().fold(f64::INFINITY, f64::min);
    let longest = done.iter().map(|done| done.longest).fold(0.0, f64::max);
    Ok(vec![
        (series.to_owned(), served.sum::<f64>() / time.as_secs_f64()),
        (format!("{series} least/most"), least / most),
        (format!("{series} longest"), longest),
    ])
}

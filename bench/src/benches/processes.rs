//! 16 processes with one caller each: through the gate, and by SQLite's busy timeout with the same statements.

use std::time::Duration;

use crate::Answer;
use crate::crowd::Crowd;
use crate::report::{Row, rate};
use crate::rounds;
use crate::session::Session;

const CROWDS: [Crowd; 2] = [
    Crowd::plain("busy timeout", 16),
    Crowd::of_stores("gate", (16, 1), "gate"),
];

pub fn run(session: &mut Session) -> Answer<()> {
    let time = Duration::from_millis(session.size(2_000, 500) as u64);
    let seed = session.made(session.size(20_000, 6_000))?;
    let here: &Session = session;
    let mut lanes = CROWDS.each_ref().map(|crowd| crowd.lane(here, &seed, time));
    let series = rounds::run(here, &mut lanes)?;
    drop(lanes);

    let ours = rate(series.median("gate")?);
    let beside = format!("{} busy timeout", rate(series.median("busy timeout")?));
    session.row(
        Row::new(
            "16 processes",
            ours,
            beside,
            series.ratio("gate", "busy timeout")?,
        )
        .at_least(0.6),
    );
    let beside = format!(
        "{:.2} busy timeout",
        series.median("busy timeout least/most")?
    );
    let value = series.median("gate least/most")?;
    session.row(Row::new("least / most served", "", beside, value).at_least(0.5));
    let beside = format!(
        "{:.0} ms busy timeout",
        series.median("busy timeout longest")?
    );
    let value = series.median("gate longest")?;
    session.row(
        Row::new("longest wait for a claim", "", beside, value)
            .unit("ms")
            .at_most(500.0),
    );
    Ok(())
}

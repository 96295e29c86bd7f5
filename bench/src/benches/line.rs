//! Many processes on one database: the shared line beside the gate and beside SQLite's busy timeout with the same
//! statements; and what it costs those who do not need it.

use std::time::Duration;

use crate::Answer;
use crate::crowd::Crowd;
use crate::report::{Row, rate};
use crate::rounds::{self, Series};
use crate::session::Session;

const CROWDS: [Crowd; 10] = [
    Crowd::plain("busy timeout 16", 16),
    Crowd::of_stores("gate 16", (16, 1), "gate"),
    Crowd::of_stores("shared 16", (16, 1), "shared"),
    Crowd::plain("busy timeout 64", 64),
    Crowd::of_stores("gate 64", (64, 1), "gate"),
    Crowd::of_stores("shared 64", (64, 1), "shared"),
    Crowd::of_stores("shared 16 of 16", (16, 16), "shared"),
    Crowd::of_stores("one of 256", (1, 256), "gate"),
    Crowd::of_stores("alone by the gate", (1, 1), "gate"),
    Crowd::of_stores("alone, leading", (1, 1), "shared"),
];

pub fn run(session: &mut Session) -> Answer<()> {
    let time = Duration::from_millis(session.size(2_000, 400) as u64);
    let seed = session.made(session.size(120_000, 30_000))?;
    let here: &Session = session;
    let mut lanes = CROWDS.each_ref().map(|crowd| crowd.lane(here, &seed, time));
    let series = rounds::run(here, &mut lanes)?;
    drop(lanes);
    let of = |processes| (session_rows(&series, processes), processes);
    for (rows, _) in [of(16), of(64)] {
        rows?.into_iter().for_each(|row| session.row(row));
    }
    let ratio = |what: &str, ours, beside, least| -> Answer<Row> {
        let shown = rate(series.median(ours)?);
        let other = format!("{} {beside}", rate(series.median(beside)?));
        Ok(Row::new(what.to_owned(), shown, other, series.ratio(ours, beside)?).at_least(least))
    };
    session.row(ratio(
        "16 processes of 16",
        "shared 16 of 16",
        "one of 256",
        0.6,
    )?);
    session.row(ratio(
        "one process alone",
        "alone, leading",
        "alone by the gate",
        0.95,
    )?);
    let memory = series.median("shared 64 memory")?;
    session.row(
        Row::new("memory of 64", "", "the largest", memory)
            .unit("MiB")
            .at_most(64.0),
    );
    Ok(())
}

fn session_rows(series: &Series, processes: usize) -> Answer<Vec<Row>> {
    let (times_plain, times_gate, fair, longest) = match processes {
        16 => (2.5, 3.0, 0.8, 100.0),
        _ => (4.0, 4.0, 0.6, 200.0),
    };
    let shared = format!("shared {processes}");
    let mut rows = Vec::new();
    for (other, least) in [("busy timeout", times_plain), ("gate", times_gate)] {
        let name = format!("{other} {processes}");
        let beside = format!("{} {other}", rate(series.median(&name)?));
        let shown = rate(series.median(&shared)?);
        let what = format!("{processes} processes");
        rows.push(Row::new(what, shown, beside, series.ratio(&shared, &name)?).at_least(least));
    }
    let least_most = series.median(&format!("{shared} least/most"))?;
    rows.push(Row::new("least / most served", "", "", least_most).at_least(fair));
    let wait = series.median(&format!("{shared} longest"))?;
    let what = "longest wait for a claim";
    rows.push(Row::new(what, "", "", wait).unit("ms").at_most(longest));
    Ok(rows)
}

//! A traced scene as a chart of bars in a terminal: a line for each statement, on one scale of time.

use super::scene::{analysis, head, verdict};
use super::{Ink, time};
use crate::reproduce::{Reproduction, Round};
use crate::trace::{Step, WorkerTrace};

/// Cells of the time line.
const CELLS: usize = 40;
/// The most workers that are drawn.
const DRAWN: usize = 16;
/// The most statements of one worker.
const STEPS: usize = 24;

/// The whole. It always ends, and says so.
pub fn chart(it: &Reproduction, ink: Ink) -> String {
    let mut text = head(it, ink);
    if let Some(round) = it.shown() {
        let end = end_us(round);
        text.push_str(&format!(
            "\n{}\n",
            ink.dim(&format!(
                "time line from 0 to {}, from the moment the workers were let go",
                time(end)
            ))
        ));
        for worker in round.workers.iter().take(DRAWN) {
            text.push_str(&lane(worker, end, ink));
        }
        if round.workers.len() > DRAWN {
            text.push_str(&format!(
                "\n… and {} workers more\n",
                round.workers.len() - DRAWN
            ));
        }
        text.push_str(&format!("\n{}\n", analysis(it, round)));
    }
    text.push_str(&format!("{}\n", verdict(it, ink)));
    text.push_str(&format!("{}\n", ink.dim(&it.machine.told())));
    text.push_str(&ink.dim(&format!(
        "DONE; again: {}",
        it.command.replacen("reproduce", "diagnose", 1)
    )));
    text
}

/// When the last attempt of the round ended. What comes after, giving back, is not part of the picture.
pub(super) fn end_us(round: &Round) -> u64 {
    let ends = round
        .workers
        .iter()
        .flat_map(WorkerTrace::attempt)
        .map(|step| step.ended_us);
    u64::try_from(ends.max().unwrap_or(0)).unwrap_or(0).max(1)
}

fn lane(worker: &WorkerTrace, end: u64, ink: Ink) -> String {
    let title = format!(
        "worker {}, ticket {}, pid {}, {} after {}",
        worker.worker,
        worker.ticket,
        worker.pid,
        if worker.acquired { "locked" } else { "refused" },
        time(worker.waited_us)
    );
    let mut text = format!("\n{}\n", ink.bold(&title));
    for step in worker.attempt().iter().take(STEPS) {
        text.push_str(&format!("  {}\n", line(step, end, ink)));
    }
    text.push_str(&format!("  {}\n", worker.story));
    text
}

fn line(step: &Step, end: u64, ink: Ink) -> String {
    let bar = bar(step, end);
    let bar = if step.refusal.is_some() {
        ink.bad(&bar)
    } else {
        bar
    };
    let rows = step.rows.map_or_else(String::new, |rows| {
        format!(", {rows} rows").replace("1 rows", "1 row")
    });
    let wait = match step.looks {
        0 => String::new(),
        looks => format!(
            ", busy handler {looks} times, slept {}",
            time(step.slept_us)
        ),
    };
    let answer = match &step.refusal {
        Some(refusal) => format!(": {}", ink.bad(&refusal.told())),
        None => String::new(),
    };
    let took = time(u64::try_from(step.took_us()).unwrap_or(0));
    let began = time(u64::try_from(step.began_us).unwrap_or(0));
    format!(
        "{began:>8} ▕{bar}▏ {:<4} {:<8} {took:>8}  {} → {}{rows}{wait}{answer}",
        step.connection, step.act, step.before, step.after
    )
}

/// The statement's place on the time line.
fn bar(step: &Step, end: u64) -> String {
    let cell = |us: i64| {
        let us = u64::try_from(us).unwrap_or(0).min(end);
        usize::try_from(us * CELLS as u64 / end).unwrap_or(0)
    };
    let from = cell(step.began_us).min(CELLS - 1);
    let to = cell(step.ended_us).clamp(from + 1, CELLS);
    let mark = if step.act == "pause" { "·" } else { "█" };
    [
        " ".repeat(from),
        mark.repeat(to - from),
        " ".repeat(CELLS - to),
    ]
    .concat()
}

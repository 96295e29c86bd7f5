//! A reproduction in a terminal: what was asked for, what each worker reached, the tickets, the verdict.

use std::collections::BTreeMap;

use super::{Ink, columns, time};
use crate::reproduce::{Reproduction, Round};
use crate::setup::Scene;
use crate::trace::{Point, WorkerTrace};

/// The most workers that are shown one by one.
const SHOWN: usize = 32;

/// The whole.
pub fn reproduction(it: &Reproduction, ink: Ink) -> String {
    let mut text = head(it, ink);
    if let Some(round) = it.shown() {
        if it.rounds.len() > 1 {
            text.push_str(&format!(
                "\n{}\n",
                ink.bold(&format!("Round {}", round.round))
            ));
        }
        text.push_str(&format!("\n{}\n", workers(it, round, ink)));
        if it.scene == Scene::Upgrade {
            text.push_str(&format!("\n{}\n", tickets(round, ink)));
        }
        text.push_str(&stories(round));
        text.push_str(&format!("\n{}\n", analysis(it, round)));
    }
    if it.rounds.len() > 1 {
        text.push_str(&rounds(it));
    }
    text.push_str(&format!("{}\n", verdict(it, ink)));
    text.push_str(&ink.dim(&format!("again: {}", it.command)));
    text
}

/// Threads or processes, in the words of the investigation.
pub(super) fn kind(it: &Reproduction) -> &'static str {
    if it.processes == 0 {
        "threads"
    } else {
        "workers"
    }
}

/// What was asked for and the control.
pub(super) fn head(it: &Reproduction, ink: Ink) -> String {
    let spread = match it.processes {
        0 => format!("{} threads of one process", it.workers),
        n => format!("{} workers in {n} processes", it.workers),
    };
    let task = match it.scene {
        Scene::Upgrade => "each locks a ticket of its own: nobody competes for a ticket".to_owned(),
        Scene::Record => format!(
            "each makes {} tickets: it counts the open ones, then inserts",
            it.each
        ),
    };
    let line = |name: &str, what: &str| format!("{}  {what}\n", ink.dim(&format!("{name:<9}")));
    let mut text = line("SCENE", &format!("{}: {spread}; {task}", it.scene.name()));
    text.push_str(&line("MODE", &format!("{}: {}", it.mode, it.mode.what())));
    text.push_str(&line(
        "SETTINGS",
        &format!(
            "SQLite {}, journal {}, busy timeout {}, one connection for each, on {}, seed {}",
            it.machine.sqlite,
            it.journal,
            time(it.timeout_ms * 1000),
            it.file_system.kind,
            it.seed
        ),
    ));
    if it.hold_ms > 0 {
        text.push_str(&line(
            "HOLD",
            &format!("{} ms of work between read and write", it.hold_ms),
        ));
    }
    if it.forced {
        text.push_str(&line(
            "FORCED",
            "all wait for each other between read and write; as it stands nobody does",
        ));
    }
    if it.file_system.in_memory {
        let why = "this folder is in memory, where commits are so quick that the defect often does not show; --dir names \
                   one on a disk";
        text.push_str(&line("NOTE", why));
    }
    let control = &it.control;
    text.push_str(&line(
        "CONTROL",
        &format!(
            "{}/{} threads passed a bare barrier within {}",
            control.passed,
            it.workers,
            time(control.spread_us)
        ),
    ));
    text
}

fn workers(it: &Reproduction, round: &Round, ink: Ink) -> String {
    // A ticket that is made is not given back.
    let lock = |point: &&Point| {
        it.scene == Scene::Upgrade || !matches!(point, Point::Acquired | Point::Released)
    };
    let mut headings = vec!["WORKER", "TICKET"];
    headings.truncate(if it.scene == Scene::Upgrade { 2 } else { 1 });
    headings.extend(Point::ALL.iter().filter(lock).map(|point| point.name()));
    headings.extend(["TRIED FOR", "ANSWER"]);
    let row = |worker: &WorkerTrace| {
        let came = |point: &Point| {
            let reached = worker.reached.iter().any(|reached| reached.point == *point);
            if reached { "yes" } else { "-" }.to_owned()
        };
        let mut row = vec![worker.worker.to_string(), worker.ticket.to_string()];
        row.truncate(if it.scene == Scene::Upgrade { 2 } else { 1 });
        row.extend(Point::ALL.iter().filter(lock).map(came));
        row.push(time(worker.waited_us));
        row.push(match (&worker.refusal, &worker.tally) {
            (_, Some(tally)) => format!("{} of {} made", tally.done, it.each),
            (None, None) => "locked".to_owned(),
            (Some(refusal), None) => refusal.told(),
        });
        row
    };
    let rows: Vec<_> = round.workers.iter().take(SHOWN).map(row).collect();
    let mut text = columns(ink, &headings, &rows);
    if round.workers.len() > SHOWN {
        text.push_str(&format!("\n… and {} more", round.workers.len() - SHOWN));
    }
    text
}

fn tickets(round: &Round, ink: Ink) -> String {
    let rows: Vec<_> = round
        .tickets
        .iter()
        .take(SHOWN)
        .map(|state| {
            let holder = state.holder.as_ref();
            let told =
                holder.map_or_else(|| "free".to_owned(), |holder| format!("locked by {holder}"));
            vec![state.ticket.to_string(), told]
        })
        .collect();
    columns(ink, &["TICKET", "WHEN ALL HAD TRIED"], &rows)
}

/// What happened and why: one story for each way in which workers were refused.
fn stories(round: &Round) -> String {
    let mut told: BTreeMap<&str, (&WorkerTrace, usize)> = BTreeMap::new();
    for worker in &round.workers {
        if let Some(refusal) = &worker.refusal {
            told.entry(&refusal.name).or_insert((worker, 0)).1 += 1;
        }
    }
    told.values()
        .map(|(worker, count)| {
            let more = match count - 1 {
                0 => String::new(),
                others => format!(" (and {others} more alike)"),
            };
            format!("\nworker {}{more}: {}\n", worker.worker, worker.story)
        })
        .collect()
}

/// The line that people of the investigation look for.
pub(super) fn analysis(it: &Reproduction, round: &Round) -> String {
    let (kind, all) = (kind(it), round.workers.len());
    let completed = round
        .workers
        .iter()
        .filter(|worker| {
            worker
                .reached
                .iter()
                .any(|reached| reached.point == Point::Completed)
        })
        .count();
    match it.scene {
        Scene::Upgrade => format!(
            "ANALYSIS: {completed}/{all} {kind} completed, {}/{all} locks acquired",
            round.acquired()
        ),
        Scene::Record => {
            let (made, whole) = made(it, round);
            format!("ANALYSIS: {completed}/{all} {kind} completed, {made}/{whole} tickets made")
        }
    }
}

fn made(it: &Reproduction, round: &Round) -> (u64, u64) {
    let made = round
        .workers
        .iter()
        .filter_map(|worker| worker.tally.as_ref())
        .map(|tally| tally.done);
    (made.sum(), u64::from(it.workers) * u64::from(it.each))
}

fn rounds(it: &Reproduction) -> String {
    let mut spread: BTreeMap<usize, usize> = BTreeMap::new();
    for round in &it.rounds {
        *spread.entry(round.acquired()).or_default() += 1;
    }
    let spread: Vec<_> = spread
        .iter()
        .map(|(got, times)| format!("{got}/{} {times} times", it.workers))
        .collect();
    format!(
        "ROUNDS: {} of {} failed; locks acquired: {}\n",
        it.failed_rounds(),
        it.rounds.len(),
        spread.join(", ")
    )
}

/// The refusals of all rounds, by name.
pub(super) fn refusals(it: &Reproduction) -> BTreeMap<String, u64> {
    let mut all = BTreeMap::new();
    for worker in it.rounds.iter().flat_map(|round| &round.workers) {
        match &worker.tally {
            Some(tally) => {
                for (name, count) in &tally.refused {
                    *all.entry(name.clone()).or_default() += count;
                }
            }
            None => {
                if let Some(refusal) = &worker.refusal {
                    let name = match refusal.extended {
                        0 => refusal.name.clone(),
                        code => format!("{} ({code})", refusal.name),
                    };
                    *all.entry(name).or_default() += 1;
                }
            }
        }
    }
    all
}

/// The verdict in a line.
pub(super) fn verdict(it: &Reproduction, ink: Ink) -> String {
    let what = match it.scene {
        Scene::Upgrade => "every worker got its lock",
        Scene::Record => "every ticket was made",
    };
    if it.is_success() {
        return ink.good(&format!("SUCCESS: {what}"));
    }
    let refused: Vec<_> = refusals(it)
        .iter()
        .map(|(name, count)| format!("{count} × {name}"))
        .collect();
    let what = what.replace("every", "not every");
    ink.bad(&format!("FAILURE: {what}; refused: {}", refused.join(", ")))
}

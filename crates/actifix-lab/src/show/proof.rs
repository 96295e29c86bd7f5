//! A proof in a terminal: the scenes, the table, the recommendation.

use super::{Ink, columns, time};
use crate::prove::{Cell, Proof};
use crate::setup::Scene;

/// The whole.
pub fn proof(it: &Proof, ink: Ink) -> String {
    let mut text = format!(
        "{}\n",
        ink.bold("The scene under each remedy: 3 threads, 3 tickets")
    );
    for one in it.scenes.iter().filter(|one| one.scene == Scene::Upgrade) {
        let line = format!("[RESULT] {}/{} threads succeeded", one.got, one.of);
        let line = if one.got == one.of {
            ink.good(&line)
        } else {
            ink.bad(&line)
        };
        text.push_str(&format!("{:<17} {line}\n", one.mode.name()));
    }
    text.push_str(&format!(
        "\n{}\n",
        ink.bold("And when creating: 8 threads, 25 tickets each, counted before they are made")
    ));
    for one in it.scenes.iter().filter(|one| one.scene == Scene::Record) {
        let line = format!("{} of {} made", one.got, one.of);
        let line = if one.got == one.of {
            ink.good(&line)
        } else {
            ink.bad(&line)
        };
        text.push_str(&format!("{:<17} {line}\n", one.mode.name()));
    }
    let mut place = None;
    let mut rows = Vec::new();
    let mut tables = String::new();
    for cell in &it.cells {
        if place.is_some_and(|place| place != (cell.processes, cell.workers)) {
            tables.push_str(&table(ink, place, &rows));
            rows.clear();
        }
        place = Some((cell.processes, cell.workers));
        rows.push(row(cell));
    }
    tables.push_str(&table(ink, place, &rows));
    text.push_str(&tables);
    text.push_str(&format!(
        "\n{}\n",
        ink.dim(&format!(
            "each row: {} runs of {} ms, interleaved; timeout {}; in brackets what the figure may really be (95 %); on {}\n{}",
            it.rounds,
            it.time_ms,
            time(it.timeout_ms * 1000),
            it.file_system.kind,
            it.machine.told()
        ))
    ));
    text.push_str(&recommendation(it, ink));
    text.push_str(&ink.dim(&format!("again: {}", it.command)));
    text
}

/// The headings of the table.
pub(super) const HEADINGS: [&str; 9] = [
    "REMEDY",
    "GOT IT",
    "REFUSED",
    "WAIT P50",
    "P95",
    "P99",
    "LONGEST",
    "LOCKS A SECOND",
    "WASTED · LEAST SERVED",
];

fn table(ink: Ink, place: Option<(bool, u32)>, rows: &[Vec<String>]) -> String {
    let Some((processes, workers)) = place else {
        return String::new();
    };
    let kind = if processes { "processes" } else { "threads" };
    let title = ink.bold(&format!("{workers} {kind}"));
    format!("\n{title}\n{}\n", columns(ink, &HEADINGS, rows))
}

/// One cell as a row.
pub(super) fn row(cell: &Cell) -> Vec<String> {
    let us = |us: u32| time(u64::from(us));
    let refused: Vec<_> = cell
        .refused
        .iter()
        .map(|(name, count)| format!("{count} {}", name.trim_start_matches("SQLITE_")))
        .collect();
    let success = cell.success;
    vec![
        cell.mode.name().to_owned(),
        format!(
            "{} % ({} to {})",
            percent(success.value),
            percent(success.low),
            percent(success.high)
        ),
        if refused.is_empty() {
            "none".to_owned()
        } else {
            refused.join(", ")
        },
        us(cell.wait.p50_us),
        us(cell.wait.p95_us),
        us(cell.wait.p99_us),
        us(cell.wait.max_us),
        format!(
            "{:.0} ({:.0} to {:.0})",
            cell.per_second.value, cell.per_second.low, cell.per_second.high
        ),
        format!(
            "{:.0} % · {:.0} %",
            cell.wasted_share * 100.0,
            cell.least_served * 100.0
        ),
    ]
}

/// A share in percent; only all is 100, only none is 0.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if share >= 1.0 {
        "100".to_owned()
    } else {
        format!("{:.1}", percent.min(99.9))
    }
}

fn recommendation(it: &Proof, ink: Ink) -> String {
    let mut text = format!("\n{}\n", ink.bold("What follows from these numbers"));
    for reason in &it.recommendation.reasons {
        text.push_str(&format!("{reason}\n"));
    }
    text.push_str(
        "A transaction that only reads stays deferred: nothing here speaks against BEGIN for it.\n",
    );
    if let Some(take) = it.recommendation.take {
        text.push_str(&format!(
            "{}\n",
            ink.good(&format!("RECOMMENDATION: {take} ({})", take.what()))
        ));
    }
    text
}

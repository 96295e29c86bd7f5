//! A traced scene as a page: the time line as a picture, each worker's story, each statement in a table.

use super::chart::end_us;
use super::page::{page, table};
use super::scene::{analysis, verdict};
use super::{Ink, escaped, time};
use crate::code::meaning;
use crate::reproduce::{Reproduction, Round};
use crate::trace::{Step, WorkerTrace};

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 110.0;
const LANE: f64 = 34.0;
const TOP: f64 = 28.0;
/// The most lanes: more cannot be read.
const LANES: usize = 64;
/// The most statements in the table.
const ROWS: usize = 500;
const ACTS: [&str; 7] = [
    "begin", "read", "write", "commit", "rollback", "pause", "call",
];

/// The page.
pub fn diagnosis_page(it: &Reproduction) -> String {
    let mut body = String::new();
    let class = if it.is_success() { "good" } else { "bad" };
    body.push_str(&format!(
        "<p class=\"{class}\"><strong>{}</strong></p>\n",
        escaped(&verdict(it, Ink(false)))
    ));
    body.push_str(&format!(
        "<p>{} workers, {}, mode <code>{}</code> ({}), journal <code>{}</code>, busy timeout {}, on {}.</p>\n",
        it.workers,
        if it.processes == 0 { "threads of one process".to_owned() } else { format!("{} processes", it.processes) },
        it.mode,
        escaped(it.mode.what()),
        it.journal,
        time(it.timeout_ms * 1000),
        escaped(&it.file_system.kind),
    ));
    if let Some(round) = it.shown() {
        body.push_str(&format!(
            "<p><code>{}</code></p>\n",
            escaped(&analysis(it, round))
        ));
        body.push_str("<h2>Time line</h2>\n");
        body.push_str(&legend());
        body.push_str(&picture(round));
        body.push_str("<h2>What happened, and why</h2>\n");
        body.push_str(&stories(round));
        body.push_str("<h2>Each statement</h2>\n");
        body.push_str(&statements(round));
    }
    let title = format!(
        "{} workers, a ticket for each: mode {}",
        it.workers, it.mode
    );
    let command = it.command.replacen("reproduce", "diagnose", 1);
    page(&title, &body, &it.machine, it.seed, &command)
}

fn legend() -> String {
    let mut text = String::from("<p class=\"dim\">");
    for act in ACTS {
        text.push_str(&format!(
            "<span class=\"key\" style=\"background:var(--{act})\"></span>{act}"
        ));
    }
    text.push_str("<span class=\"key\" style=\"background:var(--bad)\"></span>refused. Tab goes from bar to bar.</p>\n");
    text
}

fn picture(round: &Round) -> String {
    let end = end_us(round);
    let lanes = round.workers.len().min(LANES);
    #[allow(clippy::cast_precision_loss, reason = "a picture")]
    let height = TOP + LANE * lanes as f64 + 8.0;
    let mut svg = format!(
        "<div class=\"wide\"><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"group\" aria-label=\"Time line of {lanes} \
         workers over {}\">\n",
        time(end)
    );
    for part in 0..=4_u64 {
        #[allow(clippy::cast_precision_loss, reason = "a picture")]
        let x = LEFT + (WIDTH - LEFT - 40.0) * part as f64 / 4.0;
        svg.push_str(&format!(
            "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{height}\"/>\
             <text class=\"dim\" x=\"{x:.1}\" y=\"18\" text-anchor=\"middle\">{}</text>\n",
            time(end * part / 4)
        ));
    }
    for (number, worker) in round.workers.iter().take(LANES).enumerate() {
        #[allow(clippy::cast_precision_loss, reason = "a picture")]
        let y = TOP + LANE * number as f64;
        svg.push_str(&lane(worker, y, end));
    }
    svg.push_str("</svg></div>\n");
    svg
}

fn lane(worker: &WorkerTrace, y: f64, end: u64) -> String {
    let mut svg = format!(
        "<rect class=\"lane\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\
         <text x=\"0\" y=\"{:.1}\">worker {} {}</text>\n",
        y + 3.0,
        WIDTH - LEFT - 40.0,
        LANE - 6.0,
        y + 21.0,
        worker.worker,
        if worker.acquired { "✔" } else { "✘" },
    );
    for step in worker.attempt() {
        svg.push_str(&bar(step, worker.worker, y, end));
    }
    svg.push_str(&refused(worker, y, end));
    svg
}

/// The refusal in words behind the bars of a worker that was refused, where there is room.
fn refused(worker: &WorkerTrace, y: f64, end: u64) -> String {
    let (Some(refusal), Some(last)) = (&worker.refusal, worker.attempt().last()) else {
        return String::new();
    };
    let x = LEFT + at(last.ended_us, end) + 8.0;
    if x > WIDTH - 300.0 {
        return String::new();
    }
    let code = if refusal.extended == 0 {
        String::new()
    } else {
        format!(" ({})", refusal.extended)
    };
    format!(
        "<text class=\"code\" x=\"{x:.1}\" y=\"{:.1}\">{}{code} after {}</text>\n",
        y + 21.0,
        escaped(&refusal.name),
        time(worker.waited_us)
    )
}

/// A moment's place on the time line.
fn at(us: i64, end: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a picture")]
    let part = (us.max(0) as f64 / end as f64).min(1.0);
    part * (WIDTH - LEFT - 40.0)
}

fn bar(step: &Step, worker: u32, y: f64, end: u64) -> String {
    let (from, to) = (LEFT + at(step.began_us, end), LEFT + at(step.ended_us, end));
    let class = if step.refusal.is_some() {
        "refused"
    } else {
        step.act.as_str()
    };
    let label = escaped(&format!("worker {worker}: {}", told(step)));
    format!(
        "<g class=\"step\" tabindex=\"0\" role=\"img\" aria-label=\"{label}\"><title>{label}</title>\
         <rect class=\"{class}\" x=\"{from:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{:.1}\" rx=\"1.5\"/></g>\n",
        y + 6.0,
        (to - from).max(2.0),
        LANE - 12.0,
    )
}

fn told(step: &Step) -> String {
    let mut text = format!(
        "{} at {}, took {}, transaction {} → {}",
        step.act,
        time(u64::try_from(step.began_us).unwrap_or(0)),
        time(u64::try_from(step.took_us()).unwrap_or(0)),
        step.before,
        step.after
    );
    if step.looks > 0 {
        text.push_str(&format!(
            ", busy handler {} times, slept {}",
            step.looks,
            time(step.slept_us)
        ));
    }
    if let Some(refusal) = &step.refusal {
        text.push_str(&format!(
            ", {}: {}",
            refusal.told(),
            meaning(refusal.extended)
        ));
    }
    text
}

fn stories(round: &Round) -> String {
    let item = |worker: &WorkerTrace| {
        let class = if worker.acquired { "good" } else { "bad" };
        let word = if worker.acquired { "locked" } else { "refused" };
        format!(
            "<li><span class=\"{class}\">worker {}, ticket {}: {word}.</span> {}</li>\n",
            worker.worker,
            worker.ticket,
            escaped(&worker.story)
        )
    };
    let items: String = round.workers.iter().take(LANES).map(item).collect();
    format!("<ul>\n{items}</ul>\n")
}

fn statements(round: &Round) -> String {
    let all = round
        .workers
        .iter()
        .flat_map(|worker| worker.attempt().iter().map(move |step| (worker, step)));
    let row = |(worker, step): (&WorkerTrace, &Step)| {
        vec![
            worker.worker.to_string(),
            step.connection.clone(),
            time(u64::try_from(step.began_us).unwrap_or(0)),
            time(u64::try_from(step.took_us()).unwrap_or(0)),
            step.sql.clone(),
            format!("{} → {}", step.before, step.after),
            step.rows.map(|rows| rows.to_string()).unwrap_or_default(),
            if step.looks == 0 {
                String::new()
            } else {
                time(step.slept_us)
            },
            step.refusal
                .as_ref()
                .map(|refusal| refusal.told())
                .unwrap_or_default(),
        ]
    };
    let rows: Vec<_> = all.take(ROWS).map(row).collect();
    table(
        &[
            "worker",
            "connection",
            "began",
            "took",
            "statement",
            "transaction",
            "rows",
            "slept",
            "refused",
        ],
        &rows,
    )
}

//! A proof as a page: the waits as a picture on a scale of powers of ten, and the table.

use super::page::{page, table};
use super::proof::{HEADINGS, row};
use super::{escaped, time};
use crate::prove::{Cell, Proof};
use crate::setup::Scene;

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 150.0;
const LANE: f64 = 24.0;
/// The scale's ends, in powers of ten of a microsecond: 10 µs to 100 s.
const SCALE: (f64, f64) = (1.0, 8.0);

/// The page.
pub fn proof_page(it: &Proof) -> String {
    let mut body = String::new();
    if let Some(take) = it.recommendation.take {
        body.push_str(&format!(
            "<p class=\"good\"><strong>Recommendation: {take}</strong> ({})</p>\n",
            escaped(take.what())
        ));
    }
    let reasons: String = it
        .recommendation
        .reasons
        .iter()
        .map(|reason| format!("<li>{}</li>\n", escaped(reason)))
        .collect();
    body.push_str(&format!("<ul>\n{reasons}</ul>\n"));
    body.push_str("<h2>The two scenes</h2>\n");
    body.push_str(&scenes(it));
    for cells in places(&it.cells) {
        let kind = if cells[0].processes {
            "processes"
        } else {
            "threads"
        };
        body.push_str(&format!("<h2>{} {kind}</h2>\n", cells[0].workers));
        body.push_str(&picture(cells));
        let rows: Vec<_> = cells.iter().map(row).collect();
        body.push_str(&table(&HEADINGS, &rows));
    }
    page(
        "All remedies side by side",
        &body,
        &it.machine,
        it.seed,
        &it.command,
    )
}

/// A row for each remedy, with what it got in both scenes.
fn scenes(it: &Proof) -> String {
    let got = |mode, scene| {
        let found = it
            .scenes
            .iter()
            .find(|one| one.mode == mode && one.scene == scene);
        found.map_or_else(String::new, |one| format!("{} of {}", one.got, one.of))
    };
    let upgrade = it.scenes.iter().filter(|one| one.scene == Scene::Upgrade);
    let rows: Vec<Vec<String>> = upgrade
        .map(|one| {
            vec![
                one.mode.name().to_owned(),
                one.mode.what().to_owned(),
                got(one.mode, Scene::Upgrade),
                got(one.mode, Scene::Record),
            ]
        })
        .collect();
    let headings = [
        "remedy",
        "what it is",
        "3 threads lock a ticket each",
        "8 threads make 25 each",
    ];
    table(&headings, &rows)
}

/// The cells of each place, in their order.
fn places(cells: &[Cell]) -> impl Iterator<Item = &[Cell]> {
    cells.chunk_by(|a, b| (a.processes, a.workers) == (b.processes, b.workers))
}

fn picture(cells: &[Cell]) -> String {
    #[allow(clippy::cast_precision_loss, reason = "a picture")]
    let height = 26.0 + LANE * cells.len() as f64;
    let mut svg = format!(
        "<div class=\"wide\"><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"group\" aria-label=\"How long calls waited: \
         half, 99 of 100, the longest\">\n"
    );
    for power in 1..=8_i32 {
        let x = x_of(10_f64.powi(power));
        let us = 10_u64.pow(power.unsigned_abs());
        svg.push_str(&format!(
            "<line class=\"axis\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"20\" y2=\"{height}\"/>\
             <text class=\"dim\" x=\"{x:.1}\" y=\"14\" text-anchor=\"middle\">{}</text>\n",
            round(us)
        ));
    }
    for (number, cell) in cells.iter().enumerate() {
        #[allow(clippy::cast_precision_loss, reason = "a picture")]
        let y = 26.0 + LANE * number as f64;
        svg.push_str(&lane(cell, y));
    }
    svg.push_str("</svg></div>\n<p class=\"dim\">Bar: half of the calls to 99 of 100; dot: the longest wait; red where \
                  calls were refused.</p>\n");
    svg
}

fn lane(cell: &Cell, y: f64) -> String {
    let x = |us: u32| x_of(f64::from(us.max(1)));
    let (from, to, end) = (
        x(cell.wait.p50_us),
        x(cell.wait.p99_us),
        x(cell.wait.max_us),
    );
    let class = if cell.done < cell.calls {
        "refused"
    } else {
        "commit"
    };
    let us = |us: u32| time(u64::from(us));
    let label = escaped(&format!(
        "{}: half of the calls waited up to {}, 99 of 100 up to {}, the longest {}; {} of {} got their lock",
        cell.mode,
        us(cell.wait.p50_us),
        us(cell.wait.p99_us),
        us(cell.wait.max_us),
        cell.done,
        cell.calls
    ));
    format!(
        "<text x=\"0\" y=\"{:.1}\">{}</text><g class=\"step\" tabindex=\"0\" role=\"img\" aria-label=\"{label}\">\
         <title>{label}</title><rect class=\"{class}\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"8\"/>\
         <circle class=\"{class}\" cx=\"{end:.1}\" cy=\"{:.1}\" r=\"5\"/></g>\n",
        y + 12.0,
        cell.mode,
        y + 4.0,
        (to - from).max(2.0),
        y + 8.0
    )
}

fn x_of(us: f64) -> f64 {
    let part = (us.max(1.0).log10() - SCALE.0) / (SCALE.1 - SCALE.0);
    LEFT + part.clamp(0.0, 1.0) * (WIDTH - LEFT - 40.0)
}

fn round(us: u64) -> String {
    match us {
        0..=999 => format!("{us} µs"),
        1_000..=999_999 => format!("{} ms", us / 1_000),
        _ => format!("{} s", us / 1_000_000),
    }
}

//! What follows from the numbers. No remedy is named here: whichever refuses nobody, keeps nobody waiting and gets most
//! done is recommended, and the reasons are its figures.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cells::Cell;
use crate::mode::Mode;
use crate::show::time;

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// The best of all.
    pub take: Option<Mode>,
    /// The best of those that need nothing but other words in your SQL.
    pub or_else: Option<Mode>,
    /// Those that refused calls.
    pub never: Vec<Mode>,
    /// Why, a sentence each, with figures.
    pub reasons: Vec<String>,
}

/// One remedy over all its cells.
struct Record {
    mode: Mode,
    refused: u64,
    calls: u64,
    longest_us: u32,
    least_served: f64,
    /// The smallest number of workers with which calls were refused, and the smallest of all.
    refused_from: Option<u32>,
    fewest: u32,
    /// Of the best in each cell: throughput, then longest wait; the geometric mean over the cells.
    speed: f64,
    patience: f64,
}

impl Record {
    /// Twice as fast and half the longest wait count alike.
    fn score(&self) -> f64 {
        self.speed * self.patience
    }
}

/// Judges the cells.
pub fn recommend(cells: &[Cell]) -> Recommendation {
    let mut records = records(cells);
    records.sort_by(|a, b| b.score().total_cmp(&a.score()));
    let safe = |record: &&Record| record.refused == 0 && record.calls > 0;
    // When everybody refuses somebody, the one that refuses least.
    let fewest = records
        .iter()
        .filter(|record| record.calls > 0)
        .min_by(|a, b| rate(a).total_cmp(&rate(b)));
    let take = records.iter().find(safe).or(fewest);
    let or_else = records
        .iter()
        .filter(safe)
        .find(|record| record.mode.is_plain());
    let or_else = or_else.filter(|record| take.is_none_or(|best| best.mode != record.mode));
    let never: Vec<&Record> = records.iter().filter(|record| record.refused > 0).collect();
    let mut reasons = Vec::new();
    reasons.extend(take.map(|record| format!("Take {}: {}.", record.mode, figures(record))));
    reasons.extend(or_else.map(|record| {
        format!(
            "With nothing but SQL, {}: {}; {}.",
            record.mode,
            figures(record),
            beside(take, record)
        )
    }));
    for record in &never {
        let below = match record.refused_from {
            Some(least) if least > record.fewest => {
                format!(" (none with fewer than {least} workers)")
            }
            _ => String::new(),
        };
        reasons.push(format!(
            "Not {}: {} of {} calls were refused{below}.",
            record.mode, record.refused, record.calls
        ));
    }
    Recommendation {
        take: take.map(|record| record.mode),
        or_else: or_else.map(|record| record.mode),
        never: never.iter().map(|record| record.mode).collect(),
        reasons,
    }
}

fn rate(record: &Record) -> f64 {
    super::numbers::share(record.refused, record.calls)
}

fn figures(record: &Record) -> String {
    let refused = match record.refused {
        0 => format!("none of {} calls refused", record.calls),
        some => format!("{some} of {} calls refused, the fewest here", record.calls),
    };
    format!(
        "{refused}, longest wait {}, least served worker {:.0} % of its share",
        time(u64::from(record.longest_us)),
        record.least_served * 100.0
    )
}

fn beside(best: Option<&Record>, record: &Record) -> String {
    let Some(best) = best else {
        return String::new();
    };
    format!(
        "{} has {:.1} times its throughput, and {} waits {:.1} times as long at worst",
        best.mode,
        best.speed / record.speed.max(1e-9),
        record.mode,
        best.patience / record.patience.max(1e-9)
    )
}

fn records(cells: &[Cell]) -> Vec<Record> {
    let mut by_place: BTreeMap<(bool, u32), Vec<&Cell>> = BTreeMap::new();
    for cell in cells {
        by_place
            .entry((cell.processes, cell.workers))
            .or_default()
            .push(cell);
    }
    let mut shares: BTreeMap<Mode, Vec<(f64, f64)>> = BTreeMap::new();
    for cells in by_place.values() {
        let fastest = cells
            .iter()
            .map(|cell| cell.per_second.value)
            .fold(0.0, f64::max);
        let shortest = cells
            .iter()
            .map(|cell| cell.wait.max_us.max(1))
            .min()
            .unwrap_or(1);
        for cell in cells {
            let speed = (cell.per_second.value / fastest.max(1e-9)).max(1e-9);
            let patience = f64::from(shortest) / f64::from(cell.wait.max_us.max(1));
            shares.entry(cell.mode).or_default().push((speed, patience));
        }
    }
    let record = |(mode, shares): (Mode, Vec<(f64, f64)>)| {
        let mine: Vec<&Cell> = cells.iter().filter(|cell| cell.mode == mode).collect();
        Record {
            mode,
            refused: mine.iter().map(|cell| cell.calls - cell.done).sum(),
            calls: mine.iter().map(|cell| cell.calls).sum(),
            longest_us: mine.iter().map(|cell| cell.wait.max_us).max().unwrap_or(0),
            least_served: mine
                .iter()
                .map(|cell| cell.least_served)
                .fold(f64::MAX, f64::min),
            refused_from: mine
                .iter()
                .filter(|cell| cell.done < cell.calls)
                .map(|cell| cell.workers)
                .min(),
            fewest: mine.iter().map(|cell| cell.workers).min().unwrap_or(0),
            speed: geometric(shares.iter().map(|share| share.0)),
            patience: geometric(shares.iter().map(|share| share.1)),
        }
    };
    shares.into_iter().map(record).collect()
}

fn geometric(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| {
        (sum + value.ln(), count + 1.0)
    });
    if count > 0.0 {
        f64::exp(sum / count)
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::numbers::{Interval, Numbers};
    use super::*;

    fn cell(mode: Mode, done: u64, per_second: f64, max_us: u32) -> Cell {
        let one = |value| Interval {
            value,
            low: value,
            high: value,
        };
        Cell {
            mode,
            workers: 3,
            processes: false,
            calls: 100,
            done,
            success: one(1.0),
            refused: BTreeMap::new(),
            wait: Numbers {
                p50_us: 1,
                p95_us: 1,
                p99_us: 1,
                max_us,
            },
            per_second: one(per_second),
            wasted_tries: 0,
            wasted_share: 0.0,
            least_served: 0.5,
        }
    }

    #[test]
    fn the_recommendation_turns_when_the_numbers_turn() {
        let first = recommend(&[
            cell(Mode::Deferred, 40, 9_000.0, 10),
            cell(Mode::Immediate, 100, 1_000.0, 9_000),
            cell(Mode::Line, 100, 2_000.0, 1_000),
        ]);
        assert_eq!(
            (first.take, first.or_else),
            (Some(Mode::Line), Some(Mode::Immediate))
        );
        assert_eq!(first.never, [Mode::Deferred]);
        assert!(
            first.reasons[2].contains("60 of 100 calls were refused"),
            "{first:?}"
        );

        let other = recommend(&[
            cell(Mode::Deferred, 100, 9_000.0, 10),
            cell(Mode::Immediate, 99, 1_000.0, 9_000),
            cell(Mode::Line, 100, 2_000.0, 1_000),
        ]);
        assert_eq!((other.take, other.or_else), (Some(Mode::Deferred), None));
        assert_eq!(other.never, [Mode::Immediate]);

        let all_refuse = recommend(&[
            cell(Mode::Deferred, 40, 9_000.0, 10),
            cell(Mode::Line, 90, 10.0, 1_000),
        ]);
        assert_eq!(
            (all_refuse.take, all_refuse.or_else),
            (Some(Mode::Line), None)
        );
        assert_eq!(recommend(&[]).take, None);
    }
}

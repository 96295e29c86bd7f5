//! The table: a cell is one remedy with one number of workers, as threads or as processes, run several times.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::Comparison;
use super::numbers::{Chance, Interval, Numbers, median, percentile, share, wilson};
use crate::crew;
use crate::desk;
use crate::error::Result;
use crate::fleet;
use crate::folder::Scratch;
use crate::job::{Job, Part, Task};
use crate::mode::{Journal, Mode};
use crate::trace::{WorkerTrace, unix_us};

/// What was measured in one cell.
#[derive(Clone, Debug, Serialize)]
pub struct Cell {
    /// The remedy.
    pub mode: Mode,
    /// How many workers.
    pub workers: u32,
    /// Each in a process of its own; else threads of one.
    pub processes: bool,
    /// Calls.
    pub calls: u64,
    /// Calls that got their lock.
    pub done: u64,
    /// The share of these, with what it may really be (95 %).
    pub success: Interval,
    /// Refusals by name.
    pub refused: BTreeMap<String, u64>,
    /// The calls' waits.
    pub wait: Numbers,
    /// Locks a second: the median of the rounds, with what it may really be (95 %).
    pub per_second: Interval,
    /// Tries that came to nothing.
    pub wasted_tries: u64,
    /// Their share of all workers' time.
    pub wasted_share: f64,
    /// The least served worker's locks, as a share of what each would have had; the median of the rounds.
    pub least_served: f64,
}

/// One cell as it fills.
struct Filling {
    mode: Mode,
    workers: u32,
    processes: bool,
    waits_us: Vec<u32>,
    rates: Vec<f64>,
    least: Vec<f64>,
    done: u64,
    refused: BTreeMap<String, u64>,
    wasted_tries: u64,
    wasted_us: u64,
    worked_us: u64,
}

/// All cells.
pub struct Table(Vec<Filling>);

impl Table {
    pub fn new(it: &Comparison) -> Self {
        let mut all = Vec::new();
        let kinds: &[bool] = if it.processes {
            &[false, true]
        } else {
            &[false]
        };
        for processes in kinds {
            for workers in &it.workers {
                all.extend(it.modes.iter().map(|mode| Filling {
                    mode: *mode,
                    workers: *workers,
                    processes: *processes,
                    waits_us: Vec::new(),
                    rates: Vec::new(),
                    least: Vec::new(),
                    done: 0,
                    refused: BTreeMap::new(),
                    wasted_tries: 0,
                    wasted_us: 0,
                    worked_us: 0,
                }));
            }
        }
        Self(all)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn name(&self, index: usize) -> String {
        self.0.get(index).map_or_else(String::new, |cell| {
            let kind = if cell.processes {
                "processes"
            } else {
                "threads"
            };
            format!("{}, {} {kind}", cell.mode, cell.workers)
        })
    }

    /// Runs a cell once, in a database of its own.
    pub fn run(
        &mut self,
        it: &Comparison,
        scratch: &Scratch,
        index: usize,
        round: u32,
    ) -> Result<()> {
        let Some(cell) = self.0.get_mut(index) else {
            return Ok(());
        };
        let path = scratch.path(&format!("cell-{index}-{round}.db"));
        let ids = desk::prepare(&path, cell.mode, Journal::Wal, cell.workers)?;
        let part = |worker: u32| Part {
            worker,
            ticket: worker,
            id: ids.get(worker as usize - 1).cloned(),
        };
        let job = Job {
            path: path.clone(),
            mode: cell.mode,
            task: Task::LockAgain(it.time),
            hold: Duration::ZERO,
            force: false,
            timeout: it.timeout,
            parts: (1..=cell.workers).map(part).collect(),
        };
        let mut conduct = |_| Ok(unix_us());
        let traces = match (&it.launcher, cell.processes) {
            (Some(launcher), true) => {
                fleet::muster(&job, cell.workers as usize, launcher, &mut conduct)?
            }
            _ => crew::play(&job, &mut conduct)?,
        };
        cell.add(&traces, it.time);
        crate::reproduce::remove(&path);
        Ok(())
    }

    /// The finished cells.
    pub fn cells(self, chance: &mut Chance) -> Vec<Cell> {
        self.0
            .into_iter()
            .map(|cell| cell.finished(chance))
            .collect()
    }
}

impl Filling {
    fn add(&mut self, traces: &[WorkerTrace], time: Duration) {
        let tallies: Vec<_> = traces
            .iter()
            .filter_map(|trace| trace.tally.as_ref())
            .collect();
        let done: u64 = tallies.iter().map(|tally| tally.done).sum();
        let in_time: u64 = tallies.iter().map(|tally| tally.done_in_time).sum();
        #[allow(clippy::cast_precision_loss, reason = "statistics")]
        {
            self.rates.push(in_time as f64 / time.as_secs_f64());
            let least = tallies.iter().map(|tally| tally.done).min().unwrap_or(0);
            let fair = done as f64 / traces.len().max(1) as f64;
            self.least
                .push(if fair > 0.0 { least as f64 / fair } else { 0.0 });
        }
        self.done += done;
        self.worked_us += traces.iter().map(|trace| trace.waited_us).sum::<u64>();
        for tally in tallies {
            self.waits_us.extend(&tally.waits_us);
            self.wasted_tries += tally.wasted_tries;
            self.wasted_us += tally.wasted_us;
            for (name, count) in &tally.refused {
                *self.refused.entry(name.clone()).or_default() += count;
            }
        }
    }

    fn finished(mut self, chance: &mut Chance) -> Cell {
        self.waits_us.sort_unstable();
        let calls = self.waits_us.len() as u64;
        let at = |percent| percentile(&self.waits_us, percent);
        Cell {
            mode: self.mode,
            workers: self.workers,
            processes: self.processes,
            calls,
            done: self.done,
            success: wilson(self.done, calls),
            wait: Numbers {
                p50_us: at(50.0),
                p95_us: at(95.0),
                p99_us: at(99.0),
                max_us: at(100.0),
            },
            per_second: chance.interval_of_median(&self.rates),
            wasted_tries: self.wasted_tries,
            wasted_share: share(self.wasted_us, self.worked_us),
            least_served: median(&self.least),
            refused: self.refused,
        }
    }
}

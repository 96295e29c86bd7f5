//! One run of the benches: what was asked for, where its databases lie, and the rows it has so far.

use std::cell::{Cell, OnceCell};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::Answer;
use crate::args::Options;
use crate::report::Row;
use crate::scratch::Scratch;
use crate::{machine, tickets};

/// See the module.
pub struct Session {
    /// What was asked for.
    pub options: Options,
    /// Where the databases lie.
    pub scratch: Scratch,
    /// The figures so far.
    pub rows: Vec<Row>,
    /// The bench that runs.
    bench: &'static str,
    /// The large database, once it has been made.
    large: OnceCell<PathBuf>,
    /// The fastest that the disk has been, in microseconds a sync.
    fastest: Cell<f64>,
}

/// Looks at the disk between two measurements, how many of them must be fast, and how long they may take in all.
const LOOK: Duration = Duration::from_millis(700);
const FAST: usize = 3;
const PATIENCE: Duration = Duration::from_secs(15);

impl Session {
    /// A run without rows.
    pub fn new(options: Options) -> Answer<Self> {
        let scratch = Scratch::make()?;
        Ok(Self {
            options,
            scratch,
            rows: Vec::new(),
            bench: "",
            large: OnceCell::new(),
            fastest: Cell::new(f64::INFINITY),
        })
    }

    /// `usual`, or `quick` when only working is checked.
    pub fn size(&self, usual: usize, quick: usize) -> usize {
        if self.options.quick { quick } else { usual }
    }

    /// Tickets in the large database.
    pub fn million(&self) -> usize {
        self.size(1_000_000, 20_000)
    }

    /// A closed database of [`Session::million`] open tickets, made once a run. Only copies of it are worked on.
    pub fn large(&self) -> Answer<&Path> {
        if self.large.get().is_none() {
            let path = self.scratch.path("large");
            tickets::make(self, &path, self.million())?;
            self.large.get_or_init(|| path);
        }
        let made = self.large.get().map(PathBuf::as_path);
        made.ok_or_else(|| "the large database was not made".into())
    }

    /// A closed database of `tickets` open tickets.
    pub fn made(&self, tickets: usize) -> Answer<PathBuf> {
        let path = self.scratch.path("made");
        tickets::make(self, &path, tickets)?;
        Ok(path)
    }

    /// Waits until the disk is as fast as it was: rented ones let a few thousand syncs pass at once, then slow down to
    /// what was paid for, and whoever is measured next would pay. Tells whether it is.
    pub fn rest(&self) -> Answer<bool> {
        let start = Instant::now();
        let mut fast = 0;
        while !self.options.quick && fast < FAST {
            if start.elapsed() > PATIENCE {
                return Ok(false);
            }
            thread::sleep(LOOK);
            let now = machine::sync_micros(self.scratch.folder(), 10)?;
            self.fastest.set(self.fastest.get().min(now));
            fast = if now < 2.5 * self.fastest.get() {
                fast + 1
            } else {
                0
            };
        }
        Ok(true)
    }

    /// A line about what goes on, beside the results.
    pub fn say(&self, line: impl Display) {
        eprintln!("{line}");
    }

    /// The following rows are of this bench.
    pub fn begin(&mut self, bench: &'static str) {
        self.bench = bench;
        self.say(format!("\n{bench} (load {:.1})", machine::load()));
    }

    /// Adds a figure.
    pub fn row(&mut self, row: Row) {
        let row = Row {
            bench: self.bench,
            ..row
        };
        self.say(format!("  {}", row.line()));
        self.rows.push(row);
    }
}

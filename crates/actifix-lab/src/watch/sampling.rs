//! Short holders, caught by looking often: who held a lock that keeps writers out, how often, how long.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use sqlite_line::locks::{Files, Lock, command_of};

use super::{files, held_in};
use crate::error::Result;
use crate::trace::micros;

/// Between two looks.
const BETWEEN: Duration = Duration::from_micros(500);
/// How often the companions' names are looked up again: a log may come and go.
const FRESH: Duration = Duration::from_millis(100);

/// A process and a lock that it held.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holder {
    /// Who.
    pub pid: Option<u32>,
    /// Its command line, as it was when it was first seen.
    pub command: String,
    /// Which lock.
    pub lock: Lock,
    /// How often it was seen to hold it.
    pub times: u64,
    /// How long in all, in microseconds, as far as it was seen.
    pub total_us: u64,
    /// The longest that it held it.
    pub longest_us: u64,
}

/// What was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Sampled {
    /// How long it was looked, in microseconds.
    pub watched_us: u64,
    /// How often. What was held between two looks is not seen.
    pub looks: u64,
    /// The holders, longest first.
    pub holders: Vec<Holder>,
}

/// Looks often.
#[derive(Debug)]
pub struct Sampler {
    files: Files,
    path: std::path::PathBuf,
    fresh: Instant,
    began: Instant,
    looks: u64,
    open: BTreeMap<(Option<u32>, Lock), Instant>,
    holders: BTreeMap<(Option<u32>, Lock), Holder>,
}

impl Sampler {
    /// At this file.
    ///
    /// # Errors
    /// When the file is not there, or this system does not tell.
    pub fn new(path: &Path) -> Result<Self> {
        Ok(Self {
            files: files(path)?,
            path: path.to_owned(),
            fresh: Instant::now(),
            began: Instant::now(),
            looks: 0,
            open: BTreeMap::new(),
            holders: BTreeMap::new(),
        })
    }

    /// Looks for this long.
    ///
    /// # Errors
    /// As [`Sampler::new`].
    pub fn look_for(&mut self, time: Duration) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < time {
            self.look()?;
            thread::sleep(BETWEEN);
        }
        Ok(())
    }

    fn look(&mut self) -> Result<()> {
        if self.fresh.elapsed() > FRESH {
            self.files = files(&self.path)?;
            self.fresh = Instant::now();
        }
        let now = Instant::now();
        let mut seen = Vec::new();
        for holding in held_in(&self.files)? {
            let key = (holding.pid, holding.lock);
            let counts = holding.exclusive && !holding.waits && holding.lock.keeps_writers_out();
            if counts && !seen.contains(&key) {
                seen.push(key);
            }
        }
        self.looks += 1;
        for key in &seen {
            if !self.open.contains_key(key) {
                self.open.insert(*key, now);
                let holder = self.holders.entry(*key).or_insert_with(|| Holder {
                    pid: key.0,
                    command: key.0.map(command_of).unwrap_or_default(),
                    lock: key.1,
                    times: 0,
                    total_us: 0,
                    longest_us: 0,
                });
                holder.times += 1;
            }
        }
        let gone: Vec<_> = self
            .open
            .keys()
            .filter(|key| !seen.contains(key))
            .copied()
            .collect();
        for key in gone {
            self.close(key, now);
        }
        Ok(())
    }

    fn close(&mut self, key: (Option<u32>, Lock), now: Instant) {
        let Some(since) = self.open.remove(&key) else {
            return;
        };
        if let Some(holder) = self.holders.get_mut(&key) {
            let held = micros(now.duration_since(since));
            holder.total_us += held;
            holder.longest_us = holder.longest_us.max(held);
        }
    }

    /// Ends it: those who held a lock for at least `over` at once.
    pub fn end(mut self, over: Duration) -> Sampled {
        let now = Instant::now();
        for key in self.open.keys().copied().collect::<Vec<_>>() {
            self.close(key, now);
        }
        let mut holders: Vec<Holder> = self.holders.into_values().collect();
        holders.retain(|holder| holder.longest_us >= micros(over));
        holders.sort_by_key(|holder| std::cmp::Reverse(holder.longest_us));
        Sampled {
            watched_us: micros(self.began.elapsed()),
            looks: self.looks,
            holders,
        }
    }
}

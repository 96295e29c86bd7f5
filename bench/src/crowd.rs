//! Many processes at work on one database at once.

use std::path::Path;
use std::time::Duration;

use crate::Answer;
use crate::rounds::{Figures, Lane};
use crate::session::Session;
use crate::worker::{Done, Role, Worker};

/// Who works: how many processes, of how many callers each, how.
#[derive(Clone, Copy)]
pub struct Crowd {
    /// What its figures are called.
    name: &'static str,
    processes: usize,
    callers: usize,
    form: &'static str,
    role: Role,
}

impl Crowd {
    /// Callers of the store, on a line of this form: `gate`, `shared`, `auto`.
    pub const fn of_stores(
        name: &'static str,
        (processes, callers): (usize, usize),
        form: &'static str,
    ) -> Self {
        Self {
            name,
            processes,
            callers,
            form,
            role: Role::Store,
        }
    }

    /// The plain statements with SQLite's busy timeout.
    pub const fn plain(name: &'static str, processes: usize) -> Self {
        Self {
            role: Role::Plain,
            ..Self::of_stores(name, (processes, 1), "gate")
        }
    }

    /// A lane in which it works on a copy of the closed database at `seed` each round.
    pub fn lane<'a>(&'a self, session: &'a Session, seed: &'a Path, time: Duration) -> Lane<'a> {
        Lane::new(self.name, move |_| {
            let copy = session.scratch.copy(seed, "crowd")?;
            self.work(copy.path(), time)
        })
    }

    /// Lets all work at once for `time`, or as long as something is left to claim: cycles a second, the least served
    /// beside the most served, the longest wait in milliseconds, the most memory of a process in MiB.
    fn work(&self, path: &Path, time: Duration) -> Answer<Figures> {
        let start = |number| {
            let name = format!("agent-{number}");
            Worker::start(self.form, self.role, path, (&name, self.callers), time)
        };
        let mut workers = (0..self.processes).map(start).collect::<Answer<Vec<_>>>()?;
        for worker in &mut workers {
            worker.go()?;
        }
        let done: Vec<Done> = workers
            .into_iter()
            .map(Worker::done)
            .collect::<Answer<_>>()?;
        let greatest = |of: fn(&Done) -> f64| done.iter().map(of).fold(0.0, f64::max);
        let cycles: u64 = done.iter().map(|done| done.cycles).sum();
        let least = done.iter().map(|done| done.cycles).min().unwrap_or(0) as f64;
        let name = self.name;
        Ok(vec![
            (name.to_owned(), cycles as f64 / greatest(|done| done.took)),
            (
                format!("{name} least/most"),
                least / greatest(|done| done.cycles as f64),
            ),
            (format!("{name} longest"), greatest(|done| done.longest)),
            (format!("{name} memory"), greatest(|done| done.resident)),
        ])
    }
}

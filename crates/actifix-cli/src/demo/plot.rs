//! What happens to the workers, chapter by chapter: all get a ticket, one is killed, one is stopped past its lease and
//! comes too late.

use std::time::{Duration, Instant};

use actifix::Store;
use serde_json::{Value, json};

use super::cast::{At, Cast, Phase};
use super::crew::Ears;
use super::halt::{Halt, storage};
use super::programs::{FOLDER, Program};
use super::reported;
use super::seen::{Grip, Seen};
use super::story::{Teller, Tone, Voice};
use super::talk::Order;
use super::words::brief;

/// The worker that is killed, and the one that is stopped.
const KILLED: usize = 1;
const STOPPED: usize = 2;
/// How often the first programs fail; the others fail once.
const FAILURES: [usize; 2] = [3, 2];
/// A lease lasts so many times the longest run of a program, within these bounds: long enough for an honest worker.
const RUNS_A_LEASE: u32 = 10;
const SHORTEST: Duration = Duration::from_millis(1_500);
const LONGEST: Duration = Duration::from_secs(6);

/// The workers' part of the demo.
pub struct Plot<'a> {
    cast: Cast<'a>,
    teller: &'a Teller<'a>,
    tickets: usize,
    lease: Duration,
}

impl<'a> Plot<'a> {
    /// Workers are started and wait.
    pub fn open(
        teller: &'a Teller<'a>,
        store: &'a Store,
        ears: &'a Ears,
        until: Instant,
    ) -> Result<Self, Halt> {
        teller.chapter(
            "Four workers wait",
            "Each is a process of its own. They share one SQLite file and nothing else, and there is nothing to do yet.",
        )?;
        let mut cast = Cast::start(teller, store, ears, until)?;
        cast.listen("the workers wait", |cast| cast.all_at(At::Waiting))?;
        Ok(Self {
            cast,
            teller,
            tickets: 0,
            lease: SHORTEST,
        })
    }

    /// Each worker's name and process id.
    pub fn workers(&self) -> Vec<Value> {
        let players = self.cast.players.iter();
        players
            .map(|player| json!({ "name": player.name, "pid": player.hand.pid() }))
            .collect()
    }

    /// Programs fail, and each worker gets a ticket.
    pub fn programs_fail(&mut self, programs: &[&Program]) -> Result<(), Halt> {
        self.teller.chapter(
            "Programs fail",
            "Their errors are read from what they really leave on stderr. Each becomes a ticket, and an equal one counts \
             up on it. A waiting worker is woken by the file itself; each gets another ticket.",
        )?;
        let mut slowest = Duration::ZERO;
        for (number, program) in programs.iter().enumerate() {
            for _ in 0..FAILURES.get(number).copied().unwrap_or(1) {
                slowest = slowest.max(self.fail(program)?);
                self.cast.catch_up()?;
            }
        }
        self.lease = (slowest * RUNS_A_LEASE).clamp(SHORTEST, LONGEST);
        self.cast
            .listen("every worker has a ticket", |cast| cast.all_at(At::Claimed))?;
        self.cast.seen.first = self
            .cast
            .players
            .iter()
            .filter_map(|player| player.grip.clone())
            .collect();
        Ok(())
    }

    /// Runs a program, and records its error. Answers how long it ran.
    fn fail(&mut self, program: &Program) -> Result<Duration, Halt> {
        let store = self.cast.store;
        let folder = store.path().parent().unwrap_or_else(|| store.path());
        let path = format!("{FOLDER}/{}", program.file);
        let run = reported::run(folder, store.path(), &path, program.file)
            .map_err(storage(format!("{path} cannot be run")))?;
        // An interrupt reaches the program too; then its end is no error of its own.
        self.cast.catch_up()?;
        let Some(recorded) = run.recorded else {
            return Err(Halt::Broken(format!(
                "{path} was to fail and become a ticket, and printed: {} {}",
                run.stdout, run.stderr
            )));
        };
        let ticket = store.get(&recorded.id).wait()?;
        let error = format!("{}: {}", ticket.error_type, ticket.message);
        let verb = if recorded.new {
            "new".to_owned()
        } else {
            format!("seen {}×", recorded.occurrences)
        };
        self.tickets += usize::from(recorded.new);
        self.teller.line(
            Voice::Program(program.file),
            Tone::Plain,
            &verb,
            recorded.id.as_str(),
            &error,
        )?;
        Ok(run.took)
    }

    /// One is killed and one is stopped in the middle of their work, and the others go on until the stopped one's ticket
    /// is taken over.
    pub fn two_fall_out(&mut self) -> Result<(), Halt> {
        self.teller.chapter(
            "One is killed, one is stopped",
            &format!(
                "All four look at their errors; then two fall out with their leases open. The others mend their programs, \
                 complete with evidence and claim again. Once a lease has run out ({}), its ticket is free.",
                brief(self.lease)
            ),
        )?;
        let cast = &mut self.cast;
        cast.advance(Phase::Begin, self.lease);
        cast.listen("every worker works", |cast| cast.all_at(At::Working))?;
        cast.seen.killed = cast.lose(KILLED);
        cast.players[KILLED].hand.kill()?;
        cast.signalled(KILLED, Tone::Bad, "killed", "KILL")?;
        cast.seen.stopped = cast.lose(STOPPED);
        cast.players[STOPPED].hand.stop(cast.store)?;
        cast.signalled(STOPPED, Tone::Bad, "stopped", "STOP")?;
        cast.advance(Phase::Finish, self.lease);
        cast.listen("the stopped worker's ticket is taken over", |cast| {
            let late = cast.seen.stopped.as_ref().map(|grip| &grip.ticket);
            let has_it = |grip: &Grip| Some(&grip.ticket) == late;
            cast.players
                .iter()
                .any(|player| player.at == At::Working && player.grip.as_ref().is_some_and(has_it))
        })
    }

    /// The stopped one goes on, and is refused; every ticket is completed.
    pub fn one_comes_too_late(&mut self) -> Result<(), Halt> {
        self.teller.chapter(
            "One comes too late",
            "The stopped worker goes on as if nothing had happened, mends its copy of the program and completes under its \
             old token. A token only rises: the older one is refused, and changes nothing.",
        )?;
        let cast = &mut self.cast;
        cast.signalled(STOPPED, Tone::Plain, "wakes", "CONT")?;
        cast.players[STOPPED].hand.order(Order::GoOn);
        cast.players[STOPPED].hand.wake()?;
        cast.listen("the stopped worker is answered", |cast| {
            cast.players[STOPPED].at != At::Away
        })?;
        cast.advance(Phase::Finish, self.lease);
        let tickets = self.tickets;
        cast.listen("every ticket is completed", |cast| {
            cast.seen.completions >= tickets
        })
    }

    /// The workers are told that there is nothing more to do.
    pub fn close(mut self) -> Result<Seen, Halt> {
        self.cast.advance(Phase::Close, self.lease);
        self.cast
            .players
            .iter_mut()
            .for_each(|player| player.hand.dismiss());
        self.cast
            .listen("the workers leave", |cast| cast.all_at(At::Gone))?;
        Ok(self.cast.seen)
    }
}

//! What happens to the workers, chapter by chapter: all get a ticket, one is killed, one is stopped past its lease and
//! comes too late.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use actifix::Store;
use serde_json::{Value, json};

use super::cast::{At, Cast};
use super::crew::Ears;
use super::halt::{Halt, storage};
use super::programs::{FOLDER, Program};
use super::reported;
use super::seen::{Grip, Seen};
use super::story::{Teller, Tone, Voice};
use super::words::brief;

/// The worker that is killed, and the one that is stopped.
const KILLED: usize = 1;
const STOPPED: usize = 2;
/// How often the first programs fail; the others fail once.
const FAILURES: [usize; 2] = [3, 2];
/// The folder of the files that scripts wait for to go, in the demo's own: `all`, or a ticket's id.
const HOLD: &str = "hold";
const EVERYBODY: &str = "all";

/// The workers' part of the demo.
pub struct Plot<'a> {
    cast: Cast<'a>,
    teller: &'a Teller<'a>,
    tickets: usize,
    lease: Duration,
    hold: PathBuf,
}

impl<'a> Plot<'a> {
    /// Workers are started and wait.
    pub fn open(
        teller: &'a Teller<'a>,
        store: &'a Store,
        ears: &'a Ears,
        lease: Duration,
        until: Instant,
    ) -> Result<Self, Halt> {
        teller.chapter(
            "Four workers wait",
            "Each is `actifix work -- sh mend.sh`, a process of its own. They share one SQLite file and nothing else, and \
             there is nothing to do yet.",
        )?;
        let folder = store.path().parent().unwrap_or_else(|| store.path());
        let hold = folder.join(HOLD);
        fs::create_dir(&hold).map_err(storage("the workers cannot be held back"))?;
        let cast = Cast::start(teller, store, ears, lease, until)?;
        for (number, player) in cast.players.iter().enumerate() {
            let pid = player.hand.pid();
            cast.tell(number, Tone::Plain, "waits", &format!("process {pid}"))?;
        }
        let plot = Self {
            cast,
            teller,
            tickets: 0,
            lease,
            hold,
        };
        plot.hold_back(EVERYBODY)?;
        Ok(plot)
    }

    /// The scripts on `what` wait before they mend anything.
    fn hold_back(&self, what: &str) -> Result<(), Halt> {
        let held = fs::write(self.hold.join(what), "");
        Ok(held.map_err(storage("the workers cannot be held back"))?)
    }

    /// They go on.
    fn let_go(&self, what: &str) -> Result<(), Halt> {
        let gone = fs::remove_file(self.hold.join(what));
        Ok(gone.map_err(storage("the workers cannot be let go"))?)
    }

    /// Each worker's name and process id.
    pub fn workers(&self) -> Vec<Value> {
        let players = self.cast.players.iter();
        players
            .map(|player| json!({ "name": player.name, "pid": player.hand.pid() }))
            .collect()
    }

    /// Programs fail, and each worker gets a ticket and sees the error for itself.
    pub fn programs_fail(&mut self, programs: &[&Program]) -> Result<(), Halt> {
        self.teller.chapter(
            "Programs fail",
            "Each runs under `actifix run`, which reads the error from what it really leaves on stderr. Each error becomes \
             a ticket, and an equal one counts up on it. A waiting worker is woken by the file itself; each gets another \
             ticket.",
        )?;
        for (number, program) in programs.iter().enumerate() {
            for _ in 0..FAILURES.get(number).copied().unwrap_or(1) {
                self.fail(program)?;
                self.cast.catch_up()?;
            }
        }
        self.cast
            .listen("every worker has seen its error", |cast| {
                cast.all_at(At::Working)
            })?;
        self.cast.seen.first = self
            .cast
            .players
            .iter()
            .filter_map(|player| player.grip.clone())
            .collect();
        Ok(())
    }

    /// Runs a program, and records its error.
    fn fail(&mut self, program: &Program) -> Result<(), Halt> {
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
        Ok(self.teller.line(
            Voice::Program(program.file),
            Tone::Plain,
            &verb,
            recorded.id.as_str(),
            &error,
        )?)
    }

    /// One is killed and one is stopped in the middle of their work, and the others go on until the stopped one's ticket
    /// is taken over.
    pub fn two_fall_out(&mut self) -> Result<(), Halt> {
        self.teller.chapter(
            "One is killed, one is stopped",
            &format!(
                "Two fall out with their leases open. The scripts of the others edit the programs and run their tests; the \
                 evidence completes the tickets, and the workers claim again. Nobody renews for a worker that is dead or \
                 stopped: within {} its ticket is free.",
                brief(self.lease)
            ),
        )?;
        let cast = &mut self.cast;
        cast.seen.killed = cast.lose(KILLED);
        cast.players[KILLED].hand.kill()?;
        cast.signalled(KILLED, Tone::Bad, "killed", "KILL")?;
        cast.seen.stopped = cast.lose(STOPPED);
        cast.players[STOPPED].hand.stop(cast.store)?;
        cast.signalled(STOPPED, Tone::Bad, "stopped", "STOP")?;
        let late = self.late_ticket()?;
        self.hold_back(&late)?;
        self.let_go(EVERYBODY)?;
        self.cast
            .listen("the stopped worker's ticket is taken over", |cast| {
                let has_it = |grip: &Grip| grip.ticket.as_str() == late;
                cast.players.iter().any(|player| {
                    player.at == At::Working && player.grip.as_ref().is_some_and(has_it)
                })
            })
    }

    fn late_ticket(&self) -> Result<String, Halt> {
        let late = self.cast.seen.stopped.as_ref();
        late.map(|grip| grip.ticket.to_string())
            .ok_or_else(|| Halt::Broken("the worker that was stopped had no ticket".to_owned()))
    }

    /// The stopped one goes on, and is refused; every ticket is completed.
    pub fn one_comes_too_late(&mut self) -> Result<(), Halt> {
        self.teller.chapter(
            "One comes too late",
            "The stopped worker and its script go on as if nothing had happened, under their old token. A token only rises: \
             the older one is refused, and changes nothing.",
        )?;
        self.cast.signalled(STOPPED, Tone::Plain, "wakes", "CONT")?;
        self.cast.players[STOPPED].hand.wake()?;
        self.cast.listen("the stopped worker is answered", |cast| {
            cast.seen.refusal.is_some()
        })?;
        self.let_go(&self.late_ticket()?)?;
        let tickets = self.tickets;
        self.cast.listen("every ticket is completed", |cast| {
            cast.seen.completions >= tickets
        })
    }

    /// The workers are told that there is nothing more to do.
    pub fn close(mut self) -> Result<Seen, Halt> {
        for player in &mut self.cast.players {
            if player.at != At::Gone {
                player.at = At::Leaving;
                player.hand.dismiss()?;
            }
        }
        self.cast
            .listen("the workers leave", |cast| cast.all_at(At::Gone))?;
        Ok(self.cast.seen)
    }
}

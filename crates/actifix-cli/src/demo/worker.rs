//! The part of a worker: a process that claims, works, and completes with evidence. It says on stdout what it did, and
//! pauses twice for each ticket until the demo tells it to go on, so that the demo can kill it or stop it in the middle.
//! The end of its stdin is the end of its work.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use actifix::{Claim, Error, Evidence, Lease, Result, Settings, Store};

use super::halt::storage;
use super::programs::{FOLDER, Program};
use super::run::{self, Run};
use super::talk::{Claimed, Order, Said, orders, say};

/// The folder of the workers' copies, in the demo's own.
const BENCH: &str = "work";
/// How long a claim waits before it looks whether there is anything more to do at all.
const WAIT: Duration = Duration::from_millis(300);
/// The lease of a claim. It is shortened when the work begins.
const LINE_UP: Duration = Duration::from_secs(60);

/// Plays the worker `name` in the demo's folder `dir`, until the demo has no more to do.
pub fn play(name: &str, dir: &Path) -> Result<()> {
    end_with_the_demo();
    let worker = Worker::new(name, dir);
    let ended = worker.and_then(|worker| worker.work());
    if let Err(error) = &ended {
        say(&Said::Failed {
            error: error.clone(),
        });
    }
    ended
}

/// When the demo is killed, so is this process, even while it is stopped.
fn end_with_the_demo() {
    #[cfg(target_os = "linux")]
    // Elsewhere, and if this fails, the end of stdin ends it.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

struct Worker {
    name: String,
    dir: PathBuf,
    store: Store,
    orders: Receiver<Order>,
}

impl Worker {
    fn new(name: &str, dir: &Path) -> Result<Self> {
        let settings = Settings {
            create: false,
            ..Settings::default()
        };
        // Without a check of the name: the token alone decides.
        let store = Store::open_with(dir.join(super::DATABASE), settings)?.credited_to(name)?;
        fs::create_dir_all(dir.join(BENCH).join(name))
            .map_err(storage("the worker's folder cannot be made"))?;
        Ok(Self {
            name: name.to_owned(),
            dir: dir.to_owned(),
            store,
            orders: orders(),
        })
    }

    fn work(&self) -> Result<()> {
        while let Some(lease) = self.next_ticket()? {
            let (ticket, made_at) = (lease.ticket.id.clone(), lease.ticket.created_at);
            say(&Said::Claimed(Claimed {
                ticket,
                token: lease.token,
                made_at,
                at: lease.acquired_at,
            }));
            match self.mend(&lease) {
                Some(Err(Refusal(call, error @ Error::LeaseLost { .. }))) => say(&Said::Refused {
                    call: call.to_owned(),
                    error,
                }),
                Some(Err(Refusal(_, error))) => return Err(error),
                Some(Ok(said)) => say(&said),
                None => break,
            }
        }
        say(&Said::Leaves {
            contention: self.store.stats().wait()?.contention,
        });
        Ok(())
    }

    /// The next ticket; none when the demo has no more to do.
    fn next_ticket(&self) -> Result<Option<Lease>> {
        let claim = Claim::by(&self.name).lease(LINE_UP);
        if let Some(lease) = self.store.claim(claim.clone()).wait()?.one() {
            return Ok(Some(lease));
        }
        say(&Said::Waits);
        while !matches!(self.orders.try_recv(), Err(TryRecvError::Disconnected)) {
            if let Some(lease) = self.store.claim(claim.clone().wait(WAIT)).wait()?.one() {
                return Ok(Some(lease));
            }
        }
        Ok(None)
    }

    /// Works on a ticket; nothing when the demo ends in between.
    fn mend(&self, lease: &Lease) -> Option<Result<Said, Refusal>> {
        let Ok(Order::Begin(span)) = self.orders.recv() else {
            return None;
        };
        let (program, path) = match self.begin(lease, span) {
            Ok(begun) => begun,
            Err(refusal) => return Some(Err(refusal)),
        };
        let Ok(Order::GoOn) = self.orders.recv() else {
            return None;
        };
        Some(self.finish(lease, program, &path))
    }

    /// Says how long it will need, and looks at the error in a copy of the program.
    fn begin(&self, lease: &Lease, span: Duration) -> Result<(&'static Program, String), Refusal> {
        let held = self
            .store
            .renew(&lease.ticket.id, lease.token, span)
            .wait()
            .map_err(refused("renew"))?;
        let program = Program::of_source(&lease.ticket.source).ok_or_else(|| {
            Refusal(
                "work",
                Error::invalid(
                    "source",
                    format!("`{}` names no program of the demo", lease.ticket.source),
                ),
            )
        })?;
        let path = format!("{BENCH}/{}/{}", self.name, program.file);
        let original = self.dir.join(FOLDER).join(program.file);
        fs::copy(original, self.dir.join(&path))
            .map_err(|error| Refusal("work", storage("no copy can be made")(error)))?;
        let run = self.run(&path)?;
        say(&Said::Works {
            expires_at: held.expires_at,
            saw: run.status,
        });
        Ok((program, path))
    }

    /// Mends the copy, tests it, completes, and puts the copy in the program's place once the completion was taken.
    fn finish(&self, lease: &Lease, program: &Program, path: &str) -> Result<Said, Refusal> {
        let work = |error| Refusal("work", storage("the program cannot be mended")(error));
        program.mend(&self.dir.join(path)).map_err(work)?;
        let run = self.run(path)?;
        if !run.well {
            return Err(Refusal(
                "work",
                Error::invalid("results", format!("{path} still fails: {}", run.stderr)),
            ));
        }
        let evidence = Evidence {
            did: format!("Replaced `{}` by `{}`", program.wrong, program.right),
            files: vec![format!("{FOLDER}/{}", program.file)],
            tested: run::command_line(path),
            results: format!("{}, printed: {}", run.status, run.stdout),
            ..Evidence::default()
        };
        self.store
            .complete(&lease.ticket.id, lease.token, evidence)
            .wait()
            .map_err(refused("complete"))?;
        fs::copy(
            self.dir.join(path),
            self.dir.join(FOLDER).join(program.file),
        )
        .map_err(work)?;
        Ok(Said::Completed {
            printed: run.stdout,
        })
    }

    fn run(&self, path: &str) -> Result<Run, Refusal> {
        run::run(&self.dir, path)
            .map_err(|error| Refusal("work", storage(format!("{path} cannot be run"))(error)))
    }
}

/// A step that was not taken, and why.
struct Refusal(&'static str, Error);

fn refused(call: &'static str) -> impl FnOnce(Error) -> Refusal {
    move |error| Refusal(call, error)
}

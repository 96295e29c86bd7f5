//! Hooks and webhooks are told while a worker works.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use actifix::notify::{Deliverer, Halt, Notice, Until};
use actifix::{Attempt, Error, Store};

use super::log::Log;
use crate::context::Context;
use crate::failure::Failure;

/// How long the end of a worker waits for what is being told. What is not told by then, another deliverer tells.
const PATIENCE: Duration = Duration::from_secs(10);

/// A deliverer on a thread of its own, until this is dropped.
pub struct Telling {
    halt: Halt,
    ended: Receiver<()>,
}

impl Telling {
    /// Starts it, when there is anybody to tell.
    pub fn start(
        context: &Context,
        store: &Store,
        log: &Arc<Log>,
    ) -> Result<Option<Self>, Failure> {
        let targets = context.targets()?;
        if targets.is_empty() {
            return Ok(None);
        }
        let deliverer = Deliverer::new(store, targets)?;
        let (halt, told) = (Halt::new(), Arc::clone(log));
        let (done, ended) = mpsc::channel();
        let until = halt.clone();
        let run = move || {
            let ended = deliverer.run(Until::Stopped, &until, &|notice| say(&told, notice));
            if let Err(error) = ended {
                told.say(&format!(
                    "hooks and webhooks are told nothing more: {error}"
                ));
            }
            // Nobody waits for it any more when the worker ended before.
            let _ = done.send(());
        };
        thread::Builder::new()
            .name("actifix-deliver".to_owned())
            .spawn(run)
            .map_err(|error| Error::Storage {
                why: format!("no thread to tell hooks and webhooks in: {error}"),
            })?;
        Ok(Some(Self { halt, ended }))
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.halt.finish();
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}

/// Only what went wrong: a worker's log is about its tickets.
fn say(log: &Log, notice: Notice<'_>) {
    match notice {
        Notice::Tried {
            delivery,
            attempt: Attempt::Failed { error, again, .. },
        } => {
            let became = if again.is_some() {
                "not delivered yet"
            } else {
                "given up"
            };
            log.say(&format!("{} {became}: {}", delivery.id, error.get()));
        }
        Notice::Tried { .. } => {}
        Notice::Trouble { target, error } => log.say(&format!("{target}: {error}")),
    }
}

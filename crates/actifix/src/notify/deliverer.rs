//! The loop that delivers: a thread for each target.

use std::sync::{Mutex, PoisonError};
use std::thread;

use serde::{Deserialize, Serialize};

use super::halt::Halt;
use super::lane::{Lane, send};
use super::message::Message;
use super::target::{Target, subscriptions};
use crate::error::{Error, Result};
use crate::outbox::{Attempt, Delivery};
use crate::store::Store;

/// When a deliverer ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When what is due, or will be within seconds, was tried.
    Sent,
    /// When nothing waits any more; it waits through pauses.
    Drained,
    /// Only when it is told to.
    Stopped,
}

/// What happens while it delivers.
#[derive(Clone, Copy, Debug)]
pub enum Notice<'a> {
    /// An attempt has ended.
    Tried {
        /// Of what.
        delivery: &'a Delivery,
        /// How.
        attempt: &'a Attempt,
    },
    /// The store could not be asked; it is asked again.
    Trouble {
        /// For which target.
        target: &'a str,
        /// Why.
        error: &'a Error,
    },
}

/// What it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Arrived.
    pub delivered: u64,
    /// Attempts that failed; what they were of waits for the next.
    pub failed: u64,
    /// Given up.
    pub dead: u64,
}

impl Tally {
    pub(super) fn count(&mut self, attempt: &Attempt) {
        match attempt {
            Attempt::Delivered => self.delivered += 1,
            Attempt::Failed { again: Some(_), .. } => self.failed += 1,
            Attempt::Failed { again: None, .. } => self.dead += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.delivered += other.delivered;
        self.failed += other.failed;
        self.dead += other.dead;
    }
}

/// Takes what the outbox holds for these targets, and sends it.
///
/// ```no_run
/// use actifix::Store;
/// use actifix::notify::{Deliverer, Halt, Hook, Notice, Target, Until};
///
/// let store = Store::open("actifix.db")?;
/// let hook: Hook = serde_json::from_str(r#"{"name": "bell", "command": ["notify-send", "Actifix"]}"#)?;
/// let deliverer = Deliverer::new(&store, vec![Target::from(hook)])?;
/// let tally = deliverer.run(Until::Sent, &Halt::new(), &|notice: Notice<'_>| println!("{notice:?}"))?;
/// println!("{} arrived", tally.delivered);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Deliverer {
    store: Store,
    targets: Vec<Target>,
}

impl Deliverer {
    /// For these targets, whether or not they are subscribed yet ([`subscribe`]).
    ///
    /// # Errors
    /// [`Error::Invalid`] for a target that makes no sense.
    pub fn new(store: &Store, targets: Vec<Target>) -> Result<Self> {
        subscriptions(&targets)?;
        Ok(Self {
            store: store.clone(),
            targets,
        })
    }

    /// Delivers on a thread for each target, and tells `watch`. Several deliverers may run, in one process or in many.
    ///
    /// # Errors
    /// What the store says; [`Until::Stopped`] goes on unless the file cannot be used. What was sent is settled.
    pub fn run(
        &self,
        until: Until,
        halt: &Halt,
        watch: &(dyn Fn(Notice<'_>) + Sync),
    ) -> Result<Tally> {
        let all = Mutex::new(Ok(Tally::default()));
        thread::scope(|scope| {
            for target in &self.targets {
                let lane = Lane {
                    store: &self.store,
                    target,
                    until,
                    halt,
                    watch,
                };
                let all = &all;
                scope.spawn(move || {
                    let done = lane.run();
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    match (all.as_mut(), done) {
                        (Ok(tally), Ok(done)) => tally.add(&done),
                        (Ok(_), Err(error)) => *all = Err(error),
                        (Err(_), _) => {}
                    }
                });
            }
        });
        all.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a sample to the target of this name, past the outbox.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that no target has; [`Error::Storage`] says why it did not arrive.
    pub fn test(&self, name: &str) -> Result<()> {
        let Some(target) = self.targets.iter().find(|target| target.name() == name) else {
            let names: Vec<_> = self.targets.iter().map(Target::name).collect();
            let why = match names.is_empty() {
                true => "the configuration has no hook or webhook".to_owned(),
                false => format!(
                    "there is no target `{}`; there are {}",
                    name.escape_debug(),
                    names.join(", ")
                ),
            };
            return Err(Error::invalid("name", why));
        };
        let sample = Message::sample(name, self.store.settings().clock.now())?;
        send(target, &sample, &self.store).map_err(|refusal| Error::Storage {
            why: format!("{name} was not told: {}", refusal.why.get()),
        })
    }
}

/// Has these targets told from now on, and no others. Writes only when that is new.
///
/// # Errors
/// [`Error::Invalid`] for a target that makes no sense; what a call answers that waits for the write lock.
pub fn subscribe(store: &Store, targets: &[Target]) -> Result<()> {
    let wanted = subscriptions(targets)?;
    let mut known = store.subscriptions().wait()?;
    let same = wanted.len() == known.len()
        && wanted.iter().all(|one| {
            let found = known.iter().position(|other| other.is_same(one));
            found.map(|at| known.swap_remove(at)).is_some()
        });
    match same {
        true => Ok(()),
        false => store.subscribe(wanted).wait(),
    }
}

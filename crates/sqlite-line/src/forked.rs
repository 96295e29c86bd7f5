//! What keeps a forked child apart from its parent.
//!
//! A child inherits three things that it must not have. *Descriptors*: a lock on a file belongs to whoever still has it
//! open, so a child that lives on would keep the gate of a parent that is dead; they are listed, and the child closes them
//! at once. *SQLite's memory*: SQLite takes no lock that its process seems to have already, but POSIX locks are not
//! inherited, so a child that opened the same file again would use it without any. So connections are closed before a
//! fork, and opened again when they are next needed, on both sides. *Locks of threads* that the child does not have: those
//! of the whole process are held by the forking thread while it forks, and the lines of the parent are forgotten.
//!
//! The standard library does not say when a program forks; whoever does calls [`before`], and then [`parent`] or [`child`].

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::error::Error;
use crate::identity::Place;
use crate::{open, registry, strangers, timekeeper};

/// How long a fork waits for those who read or write just now. A child that was forked in spite of them is refused the
/// databases.
const PATIENCE: Duration = Duration::from_secs(2);

/// Rises with each fork on the child's side.
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// Connections close when they are given back.
static RESTING: AtomicBool = AtomicBool::new(false);
/// Descriptors that no child may keep; −1 is a free place. No lock: a child looks here before anything else.
static DESCRIPTORS: [AtomicI32; 1024] = [const { AtomicI32::new(-1) }; 1024];
static BARRIER: Mutex<Barrier> = Mutex::new(Barrier::new());
static CHANGED: Condvar = Condvar::new();

struct Barrier {
    /// Connections of this process.
    open: usize,
    forking: bool,
    /// This process was forked while its parent's connections were open.
    tainted: bool,
    lines: Vec<Weak<dyn Rest + Send + Sync>>,
}

impl Barrier {
    const fn new() -> Self {
        Self {
            open: 0,
            forking: false,
            tainted: false,
            lines: Vec::new(),
        }
    }
}

fn barrier() -> MutexGuard<'static, Barrier> {
    BARRIER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The barrier when no fork is under way.
fn at_peace() -> MutexGuard<'static, Barrier> {
    let waited = CHANGED.wait_while(barrier(), |barrier| barrier.forking);
    waited.unwrap_or_else(PoisonError::into_inner)
}

/// Something that holds connections which nobody uses just now.
pub(crate) trait Rest {
    /// Closes them.
    fn rest(&self);
}

/// Has `line` close its idle connections before each fork.
pub(crate) fn register(line: Weak<dyn Rest + Send + Sync>) {
    let mut barrier = barrier();
    barrier.lines.retain(|line| line.strong_count() > 0);
    barrier.lines.push(line);
}

/// Whether connections are to be closed instead of kept.
pub(crate) fn is_resting() -> bool {
    RESTING.load(Ordering::SeqCst)
}

/// Which of the processes this is, counted from the one that was not forked. What another generation opened is dead.
#[must_use]
pub fn generation() -> u32 {
    GENERATION.load(Ordering::SeqCst)
}

/// Leave to have a connection, which is held as long as it is open.
#[derive(Debug)]
pub(crate) struct Leave(u32);

impl Leave {
    /// Waits while a fork is under way.
    pub(crate) fn take(place: &Place) -> Result<Self, Error> {
        let mut barrier = at_peace();
        if barrier.tainted {
            let why = "cannot be used in this process, for it was forked while its parent read or wrote; start such a process anew (spawn), or fork it when nothing is under way";
            return Err(Error::path(&place.path, why));
        }
        barrier.open += 1;
        Ok(Self(generation()))
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if self.0 == generation() {
            barrier().open -= 1;
            CHANGED.notify_all();
        }
    }
}

/// A file or socket that no child may keep: the gate, the lead and its socket, and whatever else others wait for.
#[derive(Debug)]
pub(crate) struct Own<F = File> {
    /// Goes first: a number that is listed is open.
    _listed: Listed,
    file: F,
}

/// A place in the list.
#[derive(Debug)]
struct Listed(Option<&'static AtomicI32>, u32);

impl<F: AsRawFd> Own<F> {
    /// Opens it; no fork comes between opening and listing.
    pub(crate) fn open(open: impl FnOnce() -> io::Result<F>) -> io::Result<Self> {
        let _at_peace = at_peace();
        let file = open()?;
        let own = file.as_raw_fd();
        let take = |place: &&AtomicI32| {
            let taken = place.compare_exchange(-1, own, Ordering::SeqCst, Ordering::SeqCst);
            taken.is_ok()
        };
        let _listed = Listed(DESCRIPTORS.iter().find(take), generation());
        Ok(Self { _listed, file })
    }
}

impl<F> Deref for Own<F> {
    type Target = F;

    fn deref(&self) -> &F {
        &self.file
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        // A child has cleared the list.
        if let (Some(place), true) = (self.0, self.1 == generation()) {
            place.store(-1, Ordering::SeqCst);
        }
    }
}

/// What the forking thread holds.
struct Held {
    barrier: MutexGuard<'static, Barrier>,
    registry: registry::Held,
    _making: MutexGuard<'static, ()>,
    alarms: timekeeper::Held,
    strangers: strangers::Held,
}

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

/// Before a fork: all connections of this process are closed, and nobody is inside of anything that the child needs. Waits
/// for those who read or write just now, two seconds at most.
pub fn before() {
    let lines = {
        let mut barrier = at_peace();
        barrier.forking = true;
        barrier.lines.clone()
    };
    RESTING.store(true, Ordering::SeqCst);
    lines
        .iter()
        .filter_map(Weak::upgrade)
        .for_each(|line| line.rest());
    let waited = CHANGED.wait_timeout_while(barrier(), PATIENCE, |barrier| barrier.open > 0);
    let held = Held {
        barrier: waited.unwrap_or_else(PoisonError::into_inner).0,
        registry: registry::hold(),
        _making: open::hold(),
        alarms: timekeeper::hold(),
        strangers: strangers::hold(),
    };
    HELD.with(|place| *place.borrow_mut() = Some(held));
}

/// After a fork, in the parent: all goes on.
pub fn parent() {
    over(|_| ());
}

/// After a fork, in the child: everything that was opened before is dead. Answers the descriptors that the child has to
/// close at once.
#[must_use = "a child that keeps them holds up everybody when its parent dies"]
pub fn child() -> Vec<i32> {
    let all = DESCRIPTORS.iter();
    let descriptors = all.map(|place| place.swap(-1, Ordering::SeqCst));
    let descriptors = descriptors.filter(|own| *own >= 0).collect();
    GENERATION.fetch_add(1, Ordering::SeqCst);
    over(|held| {
        held.barrier.tainted |= held.barrier.open > 0;
        held.barrier.open = 0;
        held.barrier.lines.clear();
        held.registry.clear();
        held.alarms.clear();
        held.strangers.clear();
    });
    descriptors
}

fn over(change: impl FnOnce(&mut Held)) {
    let Some(mut held) = HELD.with(|place| place.borrow_mut().take()) else {
        return;
    };
    change(&mut held);
    held.barrier.forking = false;
    RESTING.store(false, Ordering::SeqCst);
    drop(held);
    CHANGED.notify_all();
}

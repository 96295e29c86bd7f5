//! The settings of a line, each with its default.

use std::sync::Arc;
use std::sync::atomic::AtomicI32;
use std::time::Duration;

/// How hard a commit is pressed onto the disk. Only for showing in tests that the difference is noticed.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// An acknowledged commit survives a power cut. The only setting for use.
    #[default]
    Full,
    /// Loses acknowledged commits at a power cut.
    Normal,
    /// Loses and can corrupt.
    Off,
}

/// When a process may lead, and commit for the other processes of its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lead {
    /// It never does: it lives for a call or two.
    Never,
    /// Once it has been writing for a second.
    #[default]
    WhenBusy,
    /// From its first write on: a worker, a server.
    AtOnce,
}

/// Settings of a line. `Options::default()` fits nearly everybody; each field may be set by name or by its method.
///
/// When a file is already open in this process, the settings of its first opener hold.
#[derive(Debug, Clone)]
pub struct Options {
    /// Make the file when it is missing or empty. Default true.
    pub create: bool,
    /// Deadline of a call that names none, and of opening. Default 30 s.
    pub deadline: Duration,
    /// Calls the queue holds; further callers wait for room. Default 4096.
    pub queue_calls: usize,
    /// Bytes the queue holds, as weighed by `Program::weight`. Default 64 MiB.
    pub queue_bytes: usize,
    /// Calls one commit takes at most. Default 512.
    pub batch_calls: usize,
    /// Time one batch gathers and applies before it commits. Default 5 ms.
    pub batch_time: Duration,
    /// Bytes one commit takes at most. Default 8 MiB.
    pub batch_bytes: usize,
    /// Frames in the log from which a checkpoint follows a batch. Default 1000.
    pub checkpoint_frames: u32,
    /// Page cache of the writer's connection in KiB. Default 16384.
    pub cache_kib: u32,
    /// Idle read connections kept, and threads that run awaited reads. Default 4.
    pub readers: usize,
    /// Let the process that leads commit for this one, or lead. Default true; without it every commit is this process's own,
    /// by the gate.
    pub shared: bool,
    /// When this process may commit for the others. Default [`Lead::WhenBusy`].
    pub lead: Lead,
    #[doc(hidden)]
    pub synchronous: Synchronous,
    /// A limit of pages on the writer's connection: a full disk for tests.
    #[doc(hidden)]
    pub max_pages: Option<u32>,
    /// While it is not 0, COMMIT is reported as failed with this code, though it was done: an unknown outcome for tests.
    #[doc(hidden)]
    pub commit_fault: Option<Arc<AtomicI32>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            create: true,
            deadline: Duration::from_secs(30),
            queue_calls: 4096,
            queue_bytes: 64 << 20,
            batch_calls: 512,
            batch_time: Duration::from_millis(5),
            batch_bytes: 8 << 20,
            checkpoint_frames: 1000,
            cache_kib: 16384,
            readers: 4,
            shared: true,
            lead: Lead::default(),
            synchronous: Synchronous::Full,
            max_pages: None,
            commit_fault: None,
        }
    }
}

macro_rules! setters {
    ($($name:ident: $kind:ty),* $(,)?) => {
        impl Options {
            $(
                #[doc = concat!("Sets [`", stringify!($name), "`](Self#structfield.", stringify!($name), ").")]
                #[must_use]
                pub fn $name(mut self, value: $kind) -> Self {
                    self.$name = value;
                    self
                }
            )*
        }
    };
}

setters! {
    create: bool, deadline: Duration, queue_calls: usize, queue_bytes: usize, batch_calls: usize,
    batch_time: Duration, batch_bytes: usize, checkpoint_frames: u32, cache_kib: u32, readers: usize,
    shared: bool, lead: Lead,
}

//! One line for all writers of a SQLite file: write transactions as a type, one writer with group commit, a gate
//! between processes, and an honest answer for every commit.
//!
//! SQLite takes one writer at a time. What goes wrong around that, "database is locked", comes from transactions that
//! begin as readers and want to become writers, from busy handlers that poll and starve, from writers that hold the lock
//! and cannot be named. Here a write transaction can only be made by `BEGIN IMMEDIATE`, calls of all threads are
//! committed together, processes queue at a gate kept by the kernel, and a call that waited too long gets
//! [`Error::Busy`] with the holder's name and the promise that nothing was applied.
//!
//! The crate knows nothing of your tables. You bring a [`Program`]: a command type, an answer type, and a function that
//! applies one command.
//!
//! ```
//! use sqlite_line::{Line, Options, Program, WriteTxn, rusqlite};
//!
//! struct Counter;
//!
//! impl Program for Counter {
//!     type Command = String; // the counter's name
//!     type Answer = i64; // its new value
//!     const APPLICATION_ID: i32 = 0x636f_756e;
//!     const VERSION: i32 = 1;
//!
//!     fn migrate(&mut self, txn: &WriteTxn<'_>, _from: i32) -> rusqlite::Result<()> {
//!         txn.execute_batch("CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID")
//!     }
//!
//!     fn apply(&mut self, txn: &WriteTxn<'_>, name: &String) -> rusqlite::Result<i64> {
//!         let sql = "INSERT INTO counters VALUES(?1, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value";
//!         txn.query_row(sql, [name], |row| row.get(0))
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("counters.db");
//! let line = Line::open(path, Counter, Options::default())?;
//! assert_eq!(line.write("visits".into()).wait()?, 1); // or .await, in any executor
//! assert_eq!(line.write("visits".into()).wait()?, 2); // acknowledged means on disk
//! let total = line.read(|txn| txn.query_row("SELECT sum(value) FROM counters", [], |row| row.get::<_, i64>(0)));
//! assert_eq!(total.wait()?, 2);
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//! - **Acknowledged means on disk**: WAL with `synchronous=FULL`. One fsync serves many calls.
//! - **A commit has three answers**: done, not done ([`Error::Failed`], [`Error::Full`], …: nothing was applied), and
//!   [`Error::Unknown`], after which the file is opened and looked at again before anything else is served.
//! - **A call that fails fails alone**, also on a full disk and when it panics.
//! - **A deadline belongs to its caller.** A call is waiting, then either taken or withdrawn, in one atomic step.
//! - **SQL that comes through a transaction cannot** begin, commit, roll back, attach, or change settings.
//!
//! Two things to keep: never `open()` the database's files by other means in the same process (closing such a file drops
//! SQLite's locks), and in a forked child that does not `exec` do not use a line opened by its parent.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
// Without the shared line a part of what it needs of the others has no use.
#![cfg_attr(any(gate_only, not(target_os = "linux")), allow(dead_code))]

#[cfg(not(unix))]
compile_error!(
    "sqlite-line knows files by device and inode and locks them with flock: Unix only, so far"
);

pub use rusqlite;

mod batch;
mod beside;
mod call;
mod checkpoint;
mod connection;
mod copy;
mod core;
mod door;
mod error;
mod figures;
pub mod forked;
mod gate;
mod guard;
pub mod guest;
mod holder;
mod identity;
mod line;
pub mod locks;
mod open;
mod openers;
mod options;
mod panics;
mod program;
mod queue;
mod readers;
mod registry;
mod rest;
mod rhythm;
mod schema;
mod send;
#[cfg_attr(any(gate_only, not(target_os = "linux")), path = "shared/absent.rs")]
mod shared;
mod slot;
mod statements;
mod strangers;
mod timekeeper;
mod txn;
mod upkeep;
mod wake;
mod watch;
mod writer;

pub use call::{Call, Promise};
pub use copy::copy;
pub use error::{Error, Process};
pub use figures::{BUCKETS, Figures, Spread};
pub use line::Line;
pub use openers::{Openers, openers};
#[doc(hidden)]
pub use options::Synchronous;
pub use options::{Lead, Options};
pub use program::{Identity, Program};
pub use rest::Rest;
pub use shared::{Leading, Standing};
pub use txn::{ReadTxn, WriteTxn};
pub use upkeep::{Stamp, Upkeep};
pub use watch::Watch;

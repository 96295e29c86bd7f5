//! The contention lab: "database is locked" made to happen, explained and cured, on real files, and a look at who holds
//! SQLite's locks on any file.
//!
//! - [`reproduce`]: the scene. Workers meet at a barrier and each locks its *own* ticket. [`Reproduction`] tells what each
//!   reached; its traces are data, shown as text, as a page, as JSON ([`show`]).
//! - [`scenes`]: the four others, each a way to "database is locked", or worse, that no busy timeout covers.
//! - [`observe_modes`]: which lock bytes are held after BEGIN, after a read, after a write, and what others then get.
//! - [`prove()`]: all remedies side by side in one interleaved run, and what follows from the numbers.
//! - [`watch`]: who holds the locks of a file right now.
//!
//! Workers in processes of their own are started through a [`Launcher`], which a program with this library in it gives:
//! the program again, with arguments that lead to [`work`].
//!
//! This crate speaks plain SQL, deferred transactions among it: it is where the defect can be written.

#![forbid(unsafe_code)]

mod code;
mod crew;
mod desk;
mod error;
mod explain;
mod fleet;
mod folder;
mod job;
mod keeper;
mod machine;
mod mode;
mod modes;
pub mod prove;
mod reproduce;
pub mod scenes;
mod setup;
pub mod show;
mod statements;
mod tables;
mod trace;
mod tracer;
pub mod watch;

pub use code::{Refusal, meaning, name_of};
pub use error::{LabError, Result};
pub use fleet::{Launcher, work};
pub use folder::{FileSystem, Scratch};
pub use machine::Machine;
pub use mode::{Journal, Mode};
pub use modes::{Observation, Observed, observe_modes};
pub use prove::prove;
pub use reproduce::{Reproduction, Round, TicketState, reproduce};
pub use setup::{Scene, Setup};
pub use trace::{Point, Reached, Step, Tally, WorkerTrace};

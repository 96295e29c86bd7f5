//! Faults on purpose, the log of what every caller saw, and the one checker that judges it.
//!
//! A [`caller`] writes down each call before it is made and each answer before it is believed ([`log`]). Whatever then
//! happens to it, to its process, to the disk, to the clock or to the file, the [`checker`] holds the [`history`] of all
//! callers against a [`dump`] of what is there: what was acknowledged is there, what was refused is not, what was cut off
//! is there wholly or not at all; tokens rise, no two leases overlap, each change has its event, the counts add up.

#![forbid(unsafe_code)]

pub mod caller;
pub mod chance;
pub mod checker;
pub mod command;
pub mod disk;
pub mod dump;
pub mod foreign;
pub mod hand;
pub mod history;
pub mod limits;
pub mod load;
pub mod log;
pub mod order;
pub mod parts;
pub mod script;
pub mod tally;
pub mod tools;
pub mod worker;
pub mod yard;

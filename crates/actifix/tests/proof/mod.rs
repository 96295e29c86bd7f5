//! What the proofs share: stores to try, other processes to play a role, the log of what each caller saw.

#![allow(dead_code, reason = "each binary uses its part")]

pub mod block_on;
pub mod caller;
pub mod chance;
pub mod dump;
pub mod history;
pub mod log;
pub mod role;
pub mod small_disk;
pub mod stores;
pub mod wait_until;

//! What the proofs share: stores to try, other processes to play a role, the log of what each caller saw.

#![allow(dead_code, unused_imports, reason = "each binary uses its part")]

pub use actifix_chaos::{caller, chance, dump, history, log};

pub mod block_on;
pub mod deliveries;
pub mod role;
pub mod small_disk;
pub mod stores;
pub mod wait_until;

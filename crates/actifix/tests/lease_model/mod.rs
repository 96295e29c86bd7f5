//! The lease rules, twice: the store, and a plain model of the table. Random steps are done by both, and must be
//! answered the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

pub mod changes;
pub mod compare;
pub mod drive;
mod keep;
pub mod model;
pub mod steps;

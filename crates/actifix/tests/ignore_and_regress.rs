//! What an equal report does, wherever its ticket stands; ignoring, regressions, quarantine, samples and counts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

#[path = "ignore_and_regress/case.rs"]
mod case;
#[path = "ignore_and_regress/ended.rs"]
mod ended;
#[path = "ignore_and_regress/equal.rs"]
mod equal;
#[path = "ignore_and_regress/kept.rs"]
mod kept;

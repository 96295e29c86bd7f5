//! The lease rules under random steps, beside a plain model of them, with the clock in the test's hand.
//!
//! `PROPTEST_CASES=4096 cargo test -p actifix --test model` looks further.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod lease_model;
mod proof;

use actifix_chaos::checker as checkers;
use lease_model::drive::Run;
use lease_model::steps::{set, step};
use proptest::prelude::*;

/// More steps than any run has.
const STEPS: usize = 90;
/// All is compared after so many.
const ROUND: usize = 15;

fn settings() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn promise_1_every_call_is_answered_as_the_table_says(
        set in set(),
        steps in prop::collection::vec(step(), 1..STEPS),
    ) {
        let mut run = Run::new(set);
        for (at, step) in steps.iter().enumerate() {
            run.step(step);
            if at % ROUND == ROUND - 1 {
                run.look_at_all();
            }
        }
        run.finish();
    }
}

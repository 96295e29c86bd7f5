//! kill -9 of one of three working processes: nothing that was acknowledged is missing, nothing is half there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod parts;

use parts::{busy, short};

#[test]
fn promise_3_nothing_acknowledged_is_lost_by_kill_9() {
    busy(&short("kill", 300), 300, 3_000);
}

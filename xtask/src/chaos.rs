//! `cargo xtask chaos [PART…] [ARGS…]`: hands over to the crate of that name.

use crate::Answer;
use crate::run::cargo;

/// Runs the parts and passes their output through.
pub fn main(args: &[String]) -> Answer {
    let words = [
        "run",
        "--quiet",
        "--package",
        "actifix-chaos",
        "--bin",
        "chaos",
        "--",
    ];
    let status = cargo().args(words).args(args).status();
    status
        .map(|s| s.success())
        .map_err(|e| format!("cannot run cargo: {e}"))
}

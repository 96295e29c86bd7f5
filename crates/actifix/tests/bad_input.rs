//! Bad input: each gets a typed error with the next step in it, and changes nothing. Never a panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

#[path = "bad_input/files.rs"]
mod files;
#[path = "bad_input/values.rs"]
mod values;

use actifix::Error;

/// An error that a person can act on: of one of these kinds, with a message and a hint.
fn is_told<T: std::fmt::Debug>(answer: Result<T, Error>, kinds: &[&str]) -> Error {
    let error = answer.expect_err("bad input was taken");
    assert!(
        kinds.contains(&error.kind()),
        "{}, not {kinds:?}: {error}",
        error.kind()
    );
    assert!(
        error.to_string().len() > 10 && !error.hint().is_empty(),
        "it tells too little: {error}"
    );
    error
}

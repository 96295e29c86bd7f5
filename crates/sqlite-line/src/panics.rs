//! A panic in a user's code, put into words as an error: it must neither hang callers nor end the writer.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::ffi;

use crate::error::Error;

/// Runs a user's code; its panic becomes its error.
pub(crate) fn caught<T>(f: impl FnOnce() -> T) -> rusqlite::Result<T> {
    // Whoever calls rolls back and tells the program to forget, so nothing half-done is seen afterwards.
    catch_unwind(AssertUnwindSafe(f)).map_err(|panic| panicked(&*panic))
}

fn panicked(panic: &(dyn Any + Send)) -> rusqlite::Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".into());
    Error::own(ffi::SQLITE_INTERNAL, format!("panicked: {text}"))
}

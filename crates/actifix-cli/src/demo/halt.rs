//! Why the demo ends before its end.

use std::io;

use actifix::Error;

use crate::failure::Failure;

/// Why the demo ends before its end.
#[derive(Debug)]
pub enum Halt {
    /// Something around it fails: the store, a folder, the reader.
    Failed(Failure),
    /// Something came otherwise than promised, and nothing more can be shown.
    Broken(String),
    /// This signal came.
    Signal(i32),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

/// For what cannot be read, written or started.
pub fn storage(what: impl Into<String>) -> impl FnOnce(io::Error) -> Error {
    let what = what.into();
    move |error| Error::Storage {
        why: format!("{what}: {error}"),
    }
}

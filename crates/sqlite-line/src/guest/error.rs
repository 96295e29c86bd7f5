//! What a guest hears: SQLite's own words and codes, so that programs written for SQLite understand them.

use std::time::Duration;

use rusqlite::{Error, ffi};

use crate::error::Error as LineError;
use crate::holder;
use crate::identity::Place;

/// Why a guest's statement failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SqlError {
    /// SQLite's extended result code; `None` when the call itself was wrong (the number of parameters, a closed
    /// connection).
    pub code: Option<i32>,
    /// What happened, in SQLite's words where it is SQLite that says it.
    pub message: String,
}

impl SqlError {
    /// An error in SQLite's clothes.
    #[must_use]
    pub fn coded(code: i32, message: impl Into<String>) -> Self {
        Self {
            code: Some(code),
            message: message.into(),
        }
    }

    /// The call itself was wrong.
    #[must_use]
    pub fn misuse(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
        }
    }

    /// The primary code: the extended one's last byte.
    #[must_use]
    pub fn primary(&self) -> Option<i32> {
        self.code.map(|code| code & 0xff)
    }

    pub(crate) fn closed() -> Self {
        Self::misuse("Cannot operate on a closed database.")
    }

    pub(crate) fn interrupted() -> Self {
        Self::coded(ffi::SQLITE_INTERRUPT, "interrupted")
    }

    /// "database is locked", with whoever holds it.
    pub(crate) fn busy(place: &Place, waited: Duration) -> Self {
        let who = holder::find(place).map(|process| format!("; {process} holds the lock"));
        let waited = waited.as_secs_f64();
        let who = who.unwrap_or_default();
        let text = format!("database is locked (waited {waited:.3} s{who}; nothing was applied)");
        Self::coded(ffi::SQLITE_BUSY, text)
    }
}

impl From<Error> for SqlError {
    fn from(error: Error) -> Self {
        match error {
            Error::SqliteFailure(code, text) => Self {
                code: Some(code.extended_code),
                message: text.unwrap_or_else(|| ffi::code_to_str(code.extended_code).to_owned()),
            },
            Error::SqlInputError { error, msg, .. } => Self::coded(error.extended_code, msg),
            Error::MultipleStatement => {
                Self::misuse("You can only execute one statement at a time.")
            }
            Error::NulError(_) => Self::misuse("the query contains a null character"),
            Error::Utf8Error(at, _) => Self::coded(
                ffi::SQLITE_ERROR,
                format!("Could not decode to UTF-8 column {at}"),
            ),
            other => Self::coded(ffi::SQLITE_ERROR, other.to_string()),
        }
    }
}

/// What is wrong with the file is an error of the disk to a guest.
impl From<LineError> for SqlError {
    fn from(error: LineError) -> Self {
        let code = match &error {
            LineError::Full => ffi::SQLITE_FULL,
            LineError::Corrupt { .. } => ffi::SQLITE_CORRUPT,
            LineError::NotADatabase { .. } => ffi::SQLITE_NOTADB,
            LineError::Busy { .. } => ffi::SQLITE_BUSY,
            LineError::Path { .. } | LineError::Replaced { .. } => ffi::SQLITE_CANTOPEN,
            LineError::Closed => return Self::closed(),
            _ => ffi::SQLITE_IOERR,
        };
        Self::coded(code, error.to_string())
    }
}

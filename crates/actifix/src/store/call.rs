//! A call on its way to its answer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::{Error, Process, Result};

/// A call on its way: [`Call::wait`] blocks this thread until its answer is there, `.await` works in any executor.
/// Dropping it before the writer took it withdraws it, and nothing is applied.
#[must_use = "a call does nothing certain until it is waited for"]
pub struct Call<T>(sqlite_line::Call<Result<T>>);

impl<T: Send + 'static> Call<T> {
    /// A call that was refused at the door.
    pub(crate) fn failed(error: Error) -> Self {
        Self(sqlite_line::Call::ready(Ok(Err(error))))
    }

    /// A call on the line whose answer is a result of its own.
    pub(crate) fn on(line: sqlite_line::Call<Result<T>>) -> Self {
        Self(line)
    }

    /// The same call with its answer changed by `f`, which runs where the call is waited for or polled.
    pub(crate) fn map<U: Send + 'static>(self, f: impl FnOnce(T) -> U + Send + 'static) -> Call<U> {
        Call(self.0.map(move |answer| answer.map(|answer| answer.map(f))))
    }

    /// Blocks this thread until the answer is there, or the deadline has passed.
    ///
    /// # Errors
    /// The call's own, and [`Error::Busy`] past the deadline (nothing was applied), [`Error::Unknown`] when the outcome
    /// of its commit is not known.
    pub fn wait(self) -> Result<T> {
        flat(self.0.wait())
    }

    /// Does for the call what this thread can do without waiting for anybody: when nobody else writes, the whole call, its
    /// commit included. For a thread that is about to block in polls; [`wait`](Self::wait) does it by itself.
    pub fn advance(&mut self) {
        self.0.advance();
    }

    /// Withdraws the call. `None`: nothing was applied, and nothing will be. When it is too late for that, its answer.
    pub fn cancel(self) -> Option<Result<T>> {
        self.0.cancel().map(flat)
    }
}

impl<T: Send + 'static> Future for Call<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        Pin::new(&mut self.0).poll(context).map(flat)
    }
}

fn flat<T>(answer: Result<Result<T>, sqlite_line::Error>) -> Result<T> {
    answer.unwrap_or_else(|error| Err(error.into()))
}

impl From<sqlite_line::Error> for Error {
    fn from(error: sqlite_line::Error) -> Self {
        use sqlite_line::Error as Line;
        match error {
            Line::Busy { waited, holder } => Self::Busy {
                waited,
                holder: holder.map(Process::from),
            },
            Line::Unknown { why } => Self::Unknown { why },
            Line::Replaced { .. } | Line::Corrupt { .. } | Line::NotADatabase { .. } => {
                Self::Corrupt {
                    why: error.to_string(),
                }
            }
            Line::Foreign { path, what } => Self::Unsupported {
                version: format!("{} was left untouched: {what}", path.display()),
            },
            Line::Newer { .. } | Line::OldLibrary { .. } => Self::Unsupported {
                version: error.to_string(),
            },
            Line::TooLarge { limit, got } => Self::TooLong {
                field: "call".to_owned(),
                limit,
                got,
            },
            Line::Inside { .. } => Self::invalid("call", error.to_string()),
            other => Self::Storage {
                why: other.to_string(),
            },
        }
    }
}

impl From<sqlite_line::Process> for Process {
    fn from(process: sqlite_line::Process) -> Self {
        Self {
            pid: process.pid,
            command: process.command,
        }
    }
}

//! A report on its way to a ticket: what makes two reports equal, and how much one matters. Pure functions: no file, no
//! clock, no state, so every process gives the same answer.
//!
//! [`fingerprint`] says what is equal, from the frames that [`trace`](self) reads out of a stack as text or from the
//! normalised message; [`guard`] is the old system's answer to the same question, kept bit for bit; [`priority`] judges a
//! report that names none. Redaction stands in the domain, with [`crate::Clean`]: the store's door needs it, and the
//! store may not name this room.

mod complaint;
pub mod context;
mod failed;
pub mod fingerprint;
pub mod guard;
mod log;
mod message;
pub mod priority;
mod screen;
mod tail;
mod trace;

pub use complaint::Complaint;
pub use failed::{Ending, Failed};
pub use log::{Block, Cutter, Told, told};
pub use screen::terminal_text;
pub use tail::Tail;

/// A message as the fingerprint sees it: what changes from one occurrence to the next is a `*`.
///
/// ```
/// let normalised = actifix::capture::normalised;
/// assert_eq!(normalised("user 17 not found after 30 ms"), normalised("user 4 not found after 2.5 s"));
/// assert_ne!(normalised("HTTP 404"), normalised("HTTP 500"));
/// ```
pub fn normalised(message: &str) -> String {
    message::normalised(message)
}

//! For programs that were written for the Python system: their own SQL, over this copy of SQLite, and what the calls under
//! its rules carry.
//!
//! Two copies of SQLite in one process drop each other's locks on a file, and committed rows get lost. So people's own SQL
//! goes through [`SqlConnection`].

pub use sqlite_line::rusqlite::types::Value as SqlValue;

pub use crate::dropin::{OldAudit, OldColumns, OldCompletion, OldTicket};
pub use crate::store::legacy_schema as schema;
pub use crate::store::{Interrupt, Mode, Outcome, Patience, SqlConnection, SqlError};

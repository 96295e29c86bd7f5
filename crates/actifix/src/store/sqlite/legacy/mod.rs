//! Files of the Python system: recognising them, upgrading them, and the way back.
//!
//! A file is never changed by looking at it. The upgrade takes the rows as they are and keeps every value: the old tables
//! live on, `tickets` becomes a view that shows the same columns ([`columns`]), and where a row contradicts itself a table
//! decides where it stands ([`standing`]).

mod columns;
mod recognise;
mod rows;
mod standing;
mod times;
mod upgrade;

pub(super) use recognise::{Seen, look};
pub use upgrade::{Contradiction, Upgrade, Upgraded};

/// The tables that live on, made where they are missing.
pub(super) const TABLES: &str = include_str!("tables.sql");

/// Where the view of the tickets takes columns that people added to theirs.
const EXTRA: &str = "/*EXTRA*/";

/// The views under the old names. `extra` are columns that people added to their `tickets`.
pub(super) fn views(extra: &[String]) -> String {
    let more: String = extra
        .iter()
        .enumerate()
        .map(|(at, name)| format!(",\n  g.x{at} AS {}", columns::quoted(name)))
        .collect();
    include_str!("views.sql").replace(EXTRA, &more)
}

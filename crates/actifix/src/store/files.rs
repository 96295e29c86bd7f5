//! What is done with a database as a whole.

use std::path::Path;

use super::sqlite::{Upgrade, Upgraded};
use super::{Settings, Store, default_actor};
use crate::error::Result;
use crate::limits;

impl Store {
    /// Takes over the database of the Python Actifix at `path`, of schema 1 to 7: copies it beside itself, and rewrites it
    /// in one transaction in which every value survives. `progress` is told how many tickets of how many are done; the
    /// history says that `actor` did it (`user@host` when nobody is named).
    ///
    /// # Errors
    /// [`crate::Error::Unsupported`] for a file that is none of the Python system's, or newer; [`crate::Error::Busy`] when
    /// another program has it open; [`crate::Error::Corrupt`] for a damaged one. The file is then as it was.
    pub fn upgrade(
        path: impl AsRef<Path>,
        actor: Option<&str>,
        settings: Settings,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Upgraded> {
        limits::opt_name("actor", actor)?;
        Upgrade {
            actor: actor.unwrap_or_else(|| default_actor()),
            patience: settings.deadline,
            progress: &mut progress,
            settings,
        }
        .run(path.as_ref())
    }
}

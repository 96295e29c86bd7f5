//! What can be said of a database file, whole or not: findings with the next step for each.

use std::path::Path;

pub use super::sqlite::salvage::{Salvaged, SalvagedTable};
use super::{Settings, Store};
use crate::error::Result;

impl Store {
    /// Copies what can be read of the damaged database at `path` into the new file `out`. The damaged one is only looked
    /// at, and never written.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when `out` exists, [`crate::Error::Corrupt`] when nothing can be read,
    /// [`crate::Error::Unsupported`] for what is no Actifix database.
    pub fn salvage(
        path: impl AsRef<Path>,
        out: impl AsRef<Path>,
        settings: Settings,
    ) -> Result<Salvaged> {
        super::sqlite::salvage::salvage(path.as_ref(), out.as_ref(), settings)
    }
}

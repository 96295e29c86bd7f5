//! Watching for changes by others without keeping a snapshot open.

use std::sync::Arc;
use std::time::Instant;

use crate::connection::{Reader, read_failed};
use crate::error::Error;
use crate::forked;
use crate::identity::Place;
use crate::options::Options;
use crate::readers::run_on;
use crate::txn::ReadTxn;

/// A query-only connection of its own, kept by one caller, that tells whether anybody has committed since it last
/// looked. It costs a few microseconds to ask and holds no snapshot between questions.
pub struct Watch {
    place: Arc<Place>,
    options: Options,
    /// `None` while this process forks.
    reader: Option<Reader>,
    seen: i64,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("path", &self.place.path)
            .field("seen", &self.seen)
            .finish()
    }
}

impl Watch {
    pub(crate) fn new(place: Arc<Place>, options: Options) -> Result<Self, Error> {
        let mut watch = Self {
            place,
            options,
            reader: None,
            seen: 0,
        };
        watch.seen = watch.version()?;
        Ok(watch)
    }

    /// The connection. A new one counts differently, so a look through it tells of a change, whether there was one or not.
    fn reader(&mut self) -> Result<&Reader, Error> {
        self.place.check_file()?;
        if forked::is_resting() {
            self.reader = None;
        }
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => {
                self.seen = i64::MIN;
                Reader::open(&self.place, &self.options)?
            }
        };
        Ok(self.reader.insert(reader))
    }

    fn version(&mut self) -> Result<i64, Error> {
        let since = Instant::now();
        let asked = self
            .reader()?
            .conn
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)));
        asked.map_err(|error| read_failed(&self.place, since, error))
    }

    /// Has anybody, in this process or another, committed since the last question (or since the watch began)?
    ///
    /// # Errors
    /// [`Error::Replaced`] and what SQLite says.
    pub fn changed(&mut self) -> Result<bool, Error> {
        let version = self.version()?;
        Ok(std::mem::replace(&mut self.seen, version) != version)
    }

    /// Reads on this thread, on the watch's own connection.
    ///
    /// # Errors
    /// [`Error::Replaced`] and what SQLite or `f` says.
    pub fn read<T>(
        &mut self,
        f: impl FnOnce(&ReadTxn<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, Error> {
        let since = Instant::now();
        let place = Arc::clone(&self.place);
        run_on(self.reader()?, &place, |txn| {
            f(txn).map_err(|error| read_failed(&place, since, error))
        })
    }
}

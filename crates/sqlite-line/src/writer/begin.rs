//! The way to a transaction: a connection on the file that was opened first and no other, SQLite's write lock, our schema.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;

use super::Writer;
use crate::batch::forget;
use crate::connection::{NAP, Station};
use crate::error::{Error, is_busy};
use crate::holder;
use crate::panics::caught;
use crate::program::Program;
use crate::schema;
use crate::txn::WriteTxn;

/// After this time the line looks who holds the lock: when it is no other process, a failed unlock has left it behind.
const STUCK: Duration = Duration::from_millis(200);

impl<P: Program> Writer<P> {
    /// The connection, opened if need be, on the file that was opened first and no other.
    /// `None`: it could not be opened while `patient`.
    pub(super) fn take_station(
        &mut self,
        patient: impl Fn() -> bool,
    ) -> Result<Option<Station>, Error> {
        let core = Arc::clone(&self.core);
        let Some(mut station) = self.unpark_or_open(patient)? else {
            return Ok(None);
        };
        if let Err(error) = core.place.check_file() {
            core.park(station); // it may come back
            return Err(error);
        }
        match core.place.check_log(station.wal) {
            Ok(bytes) => self.wal_bytes = bytes,
            Err(error) => {
                // Closing would checkpoint and remove a log by its name, which may be another's by now.
                let _ = station
                    .conn
                    .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
                // Looked at twice, for a look can fail as well.
                self.log_gone = core.place.check_log(station.wal).err();
                return Err(error);
            }
        }
        if let Err(error) = station.guard.check(&core.place) {
            core.note(|figures| figures.locks_dropped += 1);
            self.distrust(station);
            return Err(error);
        }
        Ok(Some(station))
    }

    fn unpark_or_open(&mut self, patient: impl Fn() -> bool) -> Result<Option<Station>, Error> {
        let core = Arc::clone(&self.core);
        if let Some(station) = core.unpark() {
            return Ok(Some(station));
        }
        core.place.check_file()?;
        if let Some(error) = &self.log_gone {
            return Err(error.clone());
        }
        let Some(station) = Station::open(&core.place, &core.options, patient)? else {
            return Ok(None);
        };
        if self.unsure {
            let program = &mut self.program;
            core.readers
                .read(|txn| caught(|| program.recheck(txn)).flatten())?;
            self.unsure = false;
        }
        Ok(Some(station))
    }

    /// Takes SQLite's write lock and looks that the schema is ours. Behind the gate only programs that know no gate can
    /// hold it, so the line looks again each millisecond while somebody waits. `None`: nobody does any more, or no
    /// other process holds it.
    pub(super) fn begin<'s>(
        &mut self,
        station: &'s Station,
        patient: impl Fn() -> bool,
    ) -> Result<Option<WriteTxn<'s>>, Error> {
        let core = Arc::clone(&self.core);
        let asked = Instant::now();
        let mut look = STUCK;
        let txn = loop {
            match WriteTxn::begin(&station.conn, &station.door) {
                Ok(txn) => break txn,
                Err(error) if !is_busy(&error) => {
                    return Err(Error::from_sqlite(&core.place.path, error));
                }
                Err(_) if !patient() => return Ok(None),
                Err(_) if asked.elapsed() < look => thread::sleep(NAP),
                Err(_) if holder::is_no_other(&core.place) => return Ok(None),
                Err(_) => look += STUCK,
            }
        };
        core.note(|figures| figures.lock_wait.add_time(asked.elapsed()));
        match schema::prepare(&mut self.program, &txn, &core.place) {
            Ok(false) => {}
            Ok(true) => forget(&mut self.program),
            Err(error) => {
                if matches!(error, Error::Newer { .. }) {
                    core.queue.close(error.clone()); // for good: we would misunderstand the file
                }
                return Err(error);
            }
        }
        Ok(Some(txn))
    }
}

//! Opening a line: find or make the file, see whose it is, make or upgrade its schema under the gate.
//!
//! Cheap when the file is as it should be: one read connection, which stays in the pool. Any number of processes and
//! threads may open a new path at once.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::connection::{NAP, Station};
use crate::core::Core;
use crate::error::{Error, is_busy};
use crate::gate::Gate;
use crate::holder;
use crate::identity::{FileId, Place};
use crate::options::Options;
use crate::program::Program;
use crate::readers::Readers;
use crate::schema::{self, Standing};
use crate::txn::WriteTxn;

/// A thread must not open in SQLite the file that another thread has just made and is about to close: that close would
/// drop SQLite's locks. So finding and making happens one at a time.
static MAKING: Mutex<()> = Mutex::new(());

/// Keeps others from making files while this process forks.
pub(crate) fn hold() -> MutexGuard<'static, ()> {
    MAKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Finds the file, or makes an empty one.
pub(crate) fn locate(path: &Path, create: bool) -> Result<Place, Error> {
    let _one_at_a_time = hold();
    let path = match fs::canonicalize(path) {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_file(path, create, error)?,
        Err(error) => {
            return Err(Error::io(
                path,
                "cannot be looked at; check the path",
                error,
            ));
        }
    };
    let meta =
        fs::metadata(&path).map_err(|error| Error::io(&path, "cannot be looked at", error))?;
    if meta.is_dir() {
        return Err(Error::path(
            &path,
            "is a directory; give the path of a file",
        ));
    }
    if !meta.is_file() {
        return Err(Error::path(
            &path,
            "is not a regular file; give another path",
        ));
    }
    Ok(Place::new(path, FileId::of(&meta)))
}

/// Where the missing file is to be made, and the making of it.
fn make_file(path: &Path, create: bool, missing: io::Error) -> Result<PathBuf, Error> {
    let fail = |why, error| Err(Error::io(path, why, error));
    // By now another process may have made the file, so something at the path need not be a link.
    if fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) {
        let why = "is a link to a file that does not exist; make its target or remove the link";
        return fail(why, missing);
    }
    if !create {
        return fail("does not exist; create it or give another path", missing);
    }
    let Some(name) = path.file_name() else {
        return fail("names no file; give the path of a file", missing);
    };
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    match fs::canonicalize(folder.unwrap_or(Path::new("."))) {
        Ok(folder) => make_empty(&folder, folder.join(name)),
        Err(error) => fail("has no folder to be made in; make the folder first", error),
    }
}

/// Makes an empty, private file. Another process may be faster; then its file is as good.
fn make_empty(folder: &Path, path: PathBuf) -> Result<PathBuf, Error> {
    let mut options = OpenOptions::new();
    match options.write(true).create_new(true).mode(0o600).open(&path) {
        Ok(file) => drop(file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::StorageFull => return Err(Error::Full),
        Err(error) => {
            let why = "cannot be made; look at the permissions of its folder";
            return Err(Error::io(&path, why, error));
        }
    }
    // So that the name survives a power cut. Not every file system can; SQLite syncs the folder with its log as well.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(path)
}

/// Looks at the file, brings its schema up to date, and makes the line's core.
pub(crate) fn open<P: Program>(
    place: Place,
    mut program: P,
    options: Options,
) -> Result<Core<P>, Error> {
    let place = Arc::new(place);
    let readers = Arc::new(Readers::new(Arc::clone(&place), options.clone()));
    match readers.run(|txn| schema::standing(&program, txn, &place))? {
        Standing::Current => {}
        Standing::Behind { empty: true, .. } if !options.create => {
            still_empty(&program, &place, &options, &readers)?
        }
        Standing::Behind { .. } => bring_up_to_date(&mut program, &place, &options)?,
    }
    Ok(Core::new(place, options, readers, program))
}

/// Within this time a process that makes a database has made its gate.
const MADE_TOGETHER: Duration = Duration::from_millis(50);

/// An empty file that shall not be made into a database may be one that another process is making: that process holds
/// the gate until the schema is there.
fn still_empty<P: Program>(
    program: &P,
    place: &Arc<Place>,
    options: &Options,
    readers: &Readers,
) -> Result<(), Error> {
    let asked = Instant::now();
    // The file is made a moment before its gate.
    while !place.gate.exists() && asked.elapsed() < MADE_TOGETHER {
        thread::sleep(NAP);
    }
    if place.gate.exists() {
        let Some(_held) = Gate::open(place)?.enter_within(place, options.deadline)? else {
            return Err(Error::Busy {
                waited: asked.elapsed(),
                holder: holder::find(place),
            });
        };
        if let Standing::Current = readers.run(|txn| schema::standing(program, txn, place))? {
            return Ok(());
        }
    }
    Err(Error::path(
        &place.path,
        "is empty; create the database or give another path",
    ))
}

fn bring_up_to_date<P: Program>(
    program: &mut P,
    place: &Place,
    options: &Options,
) -> Result<(), Error> {
    let asked = Instant::now();
    let left = || options.deadline.saturating_sub(asked.elapsed());
    let busy = || Error::Busy {
        waited: asked.elapsed(),
        holder: holder::find(place),
    };
    let Some(_held) = Gate::open(place)?.enter_within(place, left())? else {
        return Err(busy());
    };
    place.check_file()?;
    let patient = || left() > Duration::ZERO;
    let Some(station) = Station::open(place, options, patient)? else {
        return Err(busy());
    };
    let txn = loop {
        match WriteTxn::begin(&station.conn, &station.door) {
            Ok(txn) => break txn,
            Err(error) if is_busy(&error) && patient() => thread::sleep(NAP),
            Err(error) if is_busy(&error) => return Err(busy()),
            Err(error) => return Err(Error::from_sqlite(&place.path, error)),
        }
    };
    // Another process may have done it while we waited.
    if schema::prepare(program, &txn, place)? {
        txn.commit()
            .map_err(|error| Error::from_sqlite(&place.path, error))?;
    }
    Ok(())
}

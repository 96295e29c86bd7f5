//! [`Line`]: the handle that users hold.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::call::Call;
use crate::connection::{Reader, check_library};
use crate::copy;
use crate::core::Core;
use crate::error::{Error, Process};
use crate::figures::Figures;
use crate::forked;
use crate::guest::{self, Guest, Host, Patience, Seat, SqlError};
use crate::holder;
use crate::open;
use crate::options::Options;
use crate::program::Program;
use crate::readers::Reading;
use crate::registry;
use crate::rest::Rest;
use crate::send::{Begin, send};
use crate::shared::{self, Leading};
use crate::strangers;
use crate::txn::ReadTxn;
use crate::watch::Watch;

/// The line of all writers to one SQLite file. Cloning gives another handle to the same line.
///
/// Opening the same file twice in a process, under whatever name, gives the same line; the second program and options
/// are dropped. The writer's thread and connection come into being with the first write, so a process that only reads
/// never pays for them.
///
/// When the last handle is dropped the line closes: calls still in line get [`Error::Closed`], those the writer took are
/// finished and answered.
pub struct Line<P: Program>(Arc<Handle<P>>);

/// Closes the line when the last [`Line`] is gone. Calls on their way and the writer hold only the core.
struct Handle<P: Program>(Arc<Core<P>>);

impl<P: Program> Drop for Handle<P> {
    fn drop(&mut self) {
        if self.0.is_of_this_process() {
            self.0.close();
        } else {
            // Its connections are the parent's, and its locks may be held by threads that are not here.
            std::mem::forget(Arc::clone(&self.0));
        }
    }
}

impl<P: Program> Clone for Line<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Program> std::fmt::Debug for Line<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

impl<P: Program> Line<P> {
    /// Opens a database; makes it when it is missing or empty, upgrades it when its schema is older than
    /// [`Program::VERSION`]. Cheap when there is nothing to do.
    ///
    /// # Errors
    /// [`Error::Path`], [`Error::NotADatabase`], [`Error::Foreign`], [`Error::Newer`], [`Error::Corrupt`] about the
    /// file; [`Error::Busy`] when it must be made or upgraded and the lock was not to be had within
    /// [`Options::deadline`]; [`Error::NoLocks`], [`Error::OldLibrary`] about the system; what `migrate` says.
    pub fn open(path: impl AsRef<Path>, program: P, options: Options) -> Result<Self, Error> {
        check_library()?;
        let place = open::locate(path.as_ref(), options.create)?;
        let (file, path) = (place.file, place.path.clone());
        let open = || {
            let core = Arc::new(open::open(place, program, options)?);
            forked::register(Arc::downgrade(&core) as Weak<dyn forked::Rest + Send + Sync>);
            Ok(Handle(core))
        };
        registry::share(file, &path, open).map(Self)
    }

    /// Who holds the write lock now, where the system tells (Linux). A look from outside: it may be over already.
    #[must_use]
    pub fn lock_holder(&self) -> Option<Process> {
        holder::find(&self.core().place)
    }

    /// Which process commits for the others now, and how it stands with it. Waits for its answer for up to 250 ms.
    #[must_use]
    pub fn leader(&self) -> Option<Leading> {
        shared::look(&self.core().place)
    }

    /// Leaves the gate and gives the lead up, for a process that is about to be stopped (Ctrl-Z): while the answer lives,
    /// calls wait and nobody waits for this process. It takes up to `within`, when a batch is under way or another program
    /// has the write lock.
    pub fn rest(&self, within: Duration) -> Rest<'_> {
        self.core().lie_down(within);
        Rest(&self.core().bed)
    }

    /// Sends a command, with the deadline of the options.
    pub fn write(&self, command: P::Command) -> Call<P::Answer> {
        self.write_within(command, self.core().options.deadline)
    }

    /// Sends a command with a deadline, which counts from now: when it has not been taken by the writer then, it is
    /// withdrawn and the answer is [`Error::Busy`]. Once taken it is waited for. A thread that is inside a guest's write
    /// transaction gets [`Error::Inside`] at once.
    ///
    /// Never blocks: when the queue is full the command waits in the returned call.
    pub fn write_within(&self, command: P::Command, deadline: Duration) -> Call<P::Answer> {
        self.send(command, deadline, Begin::AtOnce)
    }

    /// The same for a caller who waits for it next: it may begin only then. A thread that [`wait`](Call::wait)s for it while
    /// nobody else writes does it itself, which saves two wake-ups of threads; that is as much as a commit on a good disk.
    pub fn write_here(&self, command: P::Command, deadline: Duration) -> Call<P::Answer> {
        self.send(command, deadline, Begin::WhenWaited)
    }

    fn send(&self, command: P::Command, deadline: Duration, begin: Begin) -> Call<P::Answer> {
        if self.is_inside() {
            let path = self.path().to_path_buf();
            return Call::ready(Err(Error::Inside { path }));
        }
        match self.core().start_writer() {
            Ok(()) => send(self.core(), command, deadline, begin),
            Err(error) => Call::ready(Err(error)),
        }
    }

    /// Reads in a transaction that sees one state of the database. `f` runs when the call is waited for, on that
    /// thread; when it is awaited, on a reader thread. No snapshot stays open afterwards.
    pub fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&ReadTxn<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Call<T> {
        Call::new(Reading::new(Arc::clone(&self.core().readers), f))
    }

    /// The same, here and now: for a long look that hands on what it sees.
    ///
    /// # Errors
    /// What SQLite or `f` says.
    pub fn look<T>(&self, f: impl FnOnce(&ReadTxn<'_>) -> rusqlite::Result<T>) -> Result<T, Error> {
        self.core().readers.read(f)
    }

    /// Opens a [`Watch`] for changes by anybody.
    ///
    /// # Errors
    /// What opening a connection says.
    pub fn watch(&self) -> Result<Watch, Error> {
        let core = self.core();
        core.place.check_file()?;
        Watch::new(Arc::clone(&core.place), core.options.clone())
    }

    /// Copies one state of the database into the new file `to`, private and on disk, while others go on writing. Blocks
    /// this thread until it is done.
    ///
    /// # Errors
    /// [`Error::Path`] when `to` exists or cannot be made, [`Error::Full`], what SQLite says.
    pub fn copy_to(&self, to: impl AsRef<Path>) -> Result<(), Error> {
        let core = self.core();
        core.place.check_file()?;
        let reader = Reader::open(&core.place, &core.options)?;
        copy::into_new_file(&reader.conn, to.as_ref())
    }

    /// Opens a connection for SQL that is not the program's own; `host` says what such SQL may do.
    ///
    /// # Errors
    /// What opening a connection says; "database is locked" when the file could not be opened in time.
    pub fn guest<H: Host>(&self, host: H, patience: Patience) -> Result<Guest<H>, SqlError> {
        let core = self.core();
        Seat::open(Arc::clone(&core.place), &core.options, host, patience).map(Guest::new)
    }

    /// Whether this thread has a guest's write transaction open on this database. A write along the line would wait for
    /// that transaction, and so for itself.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        guest::is_inside(self.core().place.file)
    }

    /// Whether this process has the database open by other means than this copy of SQLite: a second copy, or a plain
    /// `open()`. When it closes the file, SQLite's locks go. Answers true once for each file; never where the system does
    /// not tell (it does on Linux). A connection of the same copy that was opened beside the line counts too, and is
    /// harmless.
    #[must_use]
    pub fn has_news_of_strangers(&self) -> bool {
        strangers::are_news(self.core().place.file)
    }

    /// Counts and times since the line was opened in this process.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.core().figures()
    }

    /// The database's canonical path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.core().place.path
    }

    /// Gives this handle up; the same as dropping it. The last one closes the line and waits for the writer, up to two
    /// seconds.
    pub fn close(self) {}

    fn core(&self) -> &Arc<Core<P>> {
        &self.0.0
    }
}

//! The one door to the database.
//!
//! A [`Store`] is a handle: cheap to clone, shared by any number of threads. Each method judges its input at the door,
//! sends one command along the line of writers (or reads a snapshot), and answers a [`Call`].

mod call;
mod doctor;
mod dropin;
mod edit;
mod files;
pub mod forked;
mod look;
mod outbox;
mod prune;
mod settings;
mod sqlite;
mod strangers;
mod wait;
mod work;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use call::Call;
pub(crate) use doctor::size;
pub use doctor::{Diagnosis, Finding, Level, Salvaged, SalvagedTable};
pub use settings::{Lead, LineForm, Regression, Settings};
pub use sqlite_line::{Rest, Standing};

pub(crate) use sqlite::{AlikeRow, Chosen, Errand, Look, Turn, TurnAnswer, UnderPolicy};
pub use sqlite::{
    Backup, Contradiction, Interrupt, Mode, Outcome, Patience, ReadSoFar, Restored, SqlConnection,
    SqlError, Upgraded, Verdict, WayBack, legacy_schema,
};

use crate::clean::Clean;
use crate::error::{Process, Result};
use crate::limits;
use crate::once::Once;
use crate::prune::Fate;
use crate::report::{Recorded, Report};
use sqlite::{Backend, Body, Command, FromReply, Stretch};

/// The process that commits for the others of its machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// The process; `None` when it lives in another container (pid namespace), where a number of ours says nothing.
    pub process: Option<Process>,
    /// What it tells of itself; `None` when it did not answer at once: it is stopped, or another version.
    pub standing: Option<Standing>,
}

/// The one door to the database. See the crate's root for an example.
#[derive(Clone)]
pub struct Store {
    backend: Arc<Backend>,
    waiting: Arc<wait::Waiting>,
    actor: Option<Arc<str>>,
    strict: bool,
    request: Option<Arc<str>>,
    only: Arc<[Fate]>,
    deadline: Option<Duration>,
}

impl Store {
    /// Opens the database at `path` with the default settings; makes it when it is not there.
    ///
    /// # Errors
    /// [`crate::Error::Storage`] for a folder that is missing or may not be written, [`crate::Error::Corrupt`] for what is no
    /// database, [`crate::Error::Unsupported`] for a file of another program or a newer version, [`crate::Error::Busy`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, Settings::default())
    }

    /// Opens the database at `path`.
    ///
    /// # Errors
    /// As [`Store::open`]; with [`Settings::create`] off, [`crate::Error::Storage`] when there is no file.
    pub fn open_with(path: impl AsRef<Path>, settings: Settings) -> Result<Self> {
        let backend = Arc::new(Backend::open(path.as_ref(), settings)?);
        let waiting = Arc::new(wait::Waiting::new(Arc::downgrade(&backend)));
        Ok(Self {
            backend,
            waiting,
            actor: None,
            strict: false,
            request: None,
            only: Arc::default(),
            deadline: None,
        })
    }

    /// A handle whose changes are `actor`'s. Its renewals, releases and completions are taken only when `actor` is the
    /// lease's holder.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an empty or over-long name.
    pub fn acting_as(&self, actor: &str) -> Result<Self> {
        limits::name("actor", actor)?;
        Ok(Self {
            strict: true,
            ..self.credited_to(actor)?
        })
    }

    /// A handle whose changes are `actor`'s in the history, whoever holds the leases.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an empty or over-long name.
    pub fn credited_to(&self, actor: &str) -> Result<Self> {
        limits::name("actor", actor)?;
        Ok(Self {
            actor: Some(actor.into()),
            ..self.clone()
        })
    }

    /// In whose name this handle's changes are made: `user@host` when nobody was named.
    pub fn actor(&self) -> &str {
        self.actor.as_deref().unwrap_or_else(|| default_actor())
    }

    /// A handle that names its next call: a caller that does not know whether the call arrived makes it again under the
    /// same id, and gets the same answer. Ids are kept for a day.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an empty or over-long id.
    pub fn with_request_id(&self, id: &str) -> Result<Self> {
        limits::name("request id", id)?;
        Ok(Self {
            request: Some(id.into()),
            ..self.clone()
        })
    }

    /// A handle whose changes of a named ticket are made only while it is one of these; else they are refused with
    /// [`crate::Error::NotReady`], which says what it is. So a ticket that was looked at before is not changed when it has
    /// become something else since.
    ///
    /// ```
    /// # use actifix::{Delete, Error, Fate, Report, Store};
    /// # let dir = tempfile::tempdir()?;
    /// # let store = Store::open(dir.path().join("actifix.db"))?;
    /// let id = store.record(Report::error("E", "m")).wait()?.id;
    /// let quarantined = store.only_while(&[Fate::Quarantined]);
    /// let refused = quarantined.delete(&id, Delete::default()).wait();
    /// assert!(matches!(refused, Err(Error::NotReady { why, .. }) if why == "open"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn only_while(&self, fates: &[Fate]) -> Self {
        Self {
            only: fates.into(),
            ..self.clone()
        }
    }

    /// A handle whose calls wait so long for the write lock, instead of [`Settings::deadline`].
    pub fn waiting_at_most(&self, deadline: Duration) -> Self {
        Self {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// The database's canonical path.
    pub fn path(&self) -> &Path {
        self.backend.path()
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        self.backend.settings()
    }

    /// Which process commits for the others of this machine now, and how it stands with it. Waits for its answer for up to
    /// 250 ms.
    pub fn leader(&self) -> Option<Leader> {
        self.backend.leader().map(|leading| Leader {
            process: leading.process.map(Into::into),
            standing: leading.standing,
        })
    }

    /// For a process that is about to be stopped (Ctrl-Z): gives up what others would wait for, and takes nothing of it as
    /// long as the answer lives. Takes up to `within` when a batch is under way.
    pub fn rest(&self, within: Duration) -> Rest<'_> {
        self.backend.rest(within)
    }

    /// Who holds the database's write lock now, where the machine tells (Linux).
    pub fn lock_holder(&self) -> Option<Process> {
        self.backend.lock_holder()
    }

    /// A connection for people's own SQL; [`crate::legacy::SqlConnection`] tells more.
    pub(crate) fn sql(
        &self,
        patience: Patience,
        interrupt: Interrupt,
    ) -> Result<SqlConnection, SqlError> {
        self.backend.sql(patience, interrupt)
    }

    /// Whether this thread has a write transaction of its own SQL open on this database. A call that writes is refused then,
    /// since it would wait for itself; a read shows what was committed, and nothing of that transaction.
    pub fn is_inside_sql(&self) -> bool {
        self.backend.is_inside()
    }

    /// What to tell people when somebody else in this process has the database open, by a second copy of SQLite as a rule:
    /// once, after it was noticed (it goes to the log of `tracing` as well). It is looked for when the store is opened, and
    /// at calls that write.
    pub fn take_warning(&self) -> Option<&'static str> {
        self.backend.take_warning()
    }

    /// Records a report: makes a ticket, or counts one more occurrence of an equal report.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`], [`crate::Error::TooLong`], [`crate::Error::TooManyOpen`].
    pub fn record(&self, report: impl Into<Clean<Report>>) -> Call<Recorded> {
        let report = report.into();
        match report.get().check(&self.settings().limits) {
            Ok(()) => self.send(Body::Record(Box::new(sqlite::Whole(report)))),
            Err(error) => Call::failed(error),
        }
    }

    /// Records many reports in one commit. Each has its own answer, in the same order.
    pub fn record_all<R: Into<Clean<Report>>>(
        &self,
        reports: impl IntoIterator<Item = R>,
    ) -> Call<Vec<Result<Recorded>>> {
        let limits = &self.settings().limits;
        let judged = reports
            .into_iter()
            .map(Into::into)
            .map(|report: Clean<Report>| match report.get().check(limits) {
                Ok(()) => Ok(sqlite::Whole(report)),
                Err(error) => Err(error),
            });
        self.send(Body::RecordAll(judged.collect()))
    }

    /// Records what lies between two positions of a source, a spool or a log file, and that it was read so far, in one
    /// transaction: so each report counts exactly once, whoever reads the source and wherever he is killed. Each report
    /// comes with the position after it; one that could not be read comes as its error, which is its answer. Nothing is done when the source was not read just up to `from`; where the limit of
    /// open tickets is reached, the position stays before the report that was refused.
    pub fn record_all_at(
        &self,
        source: &str,
        from: i64,
        to: i64,
        reports: Vec<(i64, Result<Clean<Report>>)>,
    ) -> Call<ReadSoFar> {
        let limits = &self.settings().limits;
        let judge =
            |report: Clean<Report>| report.get().check(limits).map(|()| sqlite::Whole(report));
        self.send(Body::RecordStretch(Stretch {
            source: source.to_owned(),
            from,
            to,
            reports: reports
                .into_iter()
                .map(|(end, report)| (end, report.and_then(judge)))
                .collect(),
        }))
    }

    /// Forgets how far a source was read: it is gone, and its name will not come again.
    pub fn forget_source(&self, source: &str) -> Call<()> {
        self.send(Body::ForgetSource(source.to_owned()))
    }

    /// Sends a command along the line of writers.
    fn send<T: FromReply>(&self, body: Body) -> Call<T> {
        let command = Command {
            actor: self.actor().to_owned(),
            strict: self.strict,
            request: self.request.as_deref().map(str::to_owned),
            only: self.only.to_vec(),
            body,
        };
        self.backend.send(command, self.deadline)
    }
}

/// `user@host`, for changes in nobody's name.
fn default_actor() -> &'static str {
    static ACTOR: Once<String> = Once::new();
    ACTOR.get(|| {
        let user = std::env::var("USER")
            .or_else(|_| std::env::var("LOGNAME"))
            .unwrap_or_else(|_| "unknown".to_owned());
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let actor = format!(
            "{user}@{}",
            if host.trim().is_empty() {
                "localhost"
            } else {
                host.trim()
            }
        );
        actor
            .chars()
            .filter(|c| !c.is_control())
            .take(limits::NAME)
            .collect()
    })
}

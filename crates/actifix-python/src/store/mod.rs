//! `_core.Store`: the library's store, opened when it is first needed and once more in a forked child.

mod edit;
mod legacy;
mod look;
mod record;
mod work;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actifix::config::{Loaded, Places};
use actifix::{Regression, Settings};
use pyo3::prelude::*;

use crate::errors::{closed, invalid};
use crate::forks::Ours;
use crate::take::{Span, fine, word};

/// A store as Python holds it.
#[pyclass(frozen, module = "actifix._core")]
pub struct Store {
    path: PathBuf,
    settings: Settings,
    /// Whose changes these are, and whether renewals and endings are only the holder's.
    actor: Option<(String, bool)>,
    /// What is wrong with the configuration.
    problems: Vec<String>,
    /// `None` once it is closed.
    open: Mutex<Option<Ours<actifix::Store>>>,
}

#[pymethods]
impl Store {
    /// Opens the database at `path`; without one, the database that the command would find.
    /// `strict`: renewals and endings are only the holder's.
    #[new]
    #[pyo3(signature = (path, *, create, deadline, evidence, regression, late_completions, open_tickets, actor, strict=true))]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are the keywords of actifix.open"
    )]
    fn open(
        py: Python<'_>,
        path: Option<PathBuf>,
        create: bool,
        deadline: Option<Span>,
        evidence: Option<&str>,
        regression: Option<&str>,
        late_completions: Option<bool>,
        open_tickets: Option<u64>,
        actor: Option<String>,
        strict: bool,
    ) -> PyResult<Self> {
        let found = py.detach(|| place(path, create).map(|path| (configuration(&path), path)));
        let (loaded, path) = fine(py, found)?;
        let mut settings = loaded.config.settings(create);
        if let Some(Span(deadline)) = deadline {
            settings.deadline = deadline;
        }
        if let Some(policy) = evidence {
            settings.evidence = word(py, policy)?;
        }
        if let Some(what) = regression {
            settings.regression = regression_of(py, what)?;
        }
        if let Some(late) = late_completions {
            settings.late_completions = late;
        }
        if let Some(most) = open_tickets {
            settings.limits.open_tickets = most;
        }
        let configured = loaded.config.actor.map(|name| (name, false));
        let mut made = Self {
            path,
            settings,
            actor: actor.map(|name| (name, strict)).or(configured),
            problems: loaded.problems.iter().map(ToString::to_string).collect(),
            open: Mutex::new(None),
        };
        let store = made.opened(py)?;
        store.path().clone_into(&mut made.path);
        *made.lock() = Some(Ours::new(store));
        made.handle(py)?; // opening looks for a second copy of SQLite
        Ok(made)
    }

    /// The same store in somebody's name.
    fn acting_as(&self, py: Python<'_>, actor: String) -> PyResult<Self> {
        let open = self.handle(py)?;
        let actor = Some((actor, true));
        Ok(Self {
            path: self.path.clone(),
            settings: self.settings.clone(),
            problems: Vec::new(),
            open: Mutex::new(Some(Ours::new(fine(py, named(open, actor.as_ref()))?))),
            actor,
        })
    }

    /// The database's path.
    #[getter]
    fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// In whose name changes are made.
    #[getter]
    fn actor(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.handle(py)?.actor().to_owned())
    }

    /// What is wrong with the configuration, and was left out.
    #[getter]
    fn problems(&self) -> Vec<String> {
        self.problems.clone()
    }

    /// Whether it was closed.
    #[getter]
    fn closed(&self) -> bool {
        self.lock().is_none()
    }

    /// Closes it: every later call says so.
    fn close_store(&self, py: Python<'_>) {
        let store = self.lock().take();
        py.detach(|| drop(store));
    }
}

impl Store {
    fn opened(&self, py: Python<'_>) -> PyResult<actifix::Store> {
        let open = || actifix::Store::open_with(&self.path, self.settings.clone());
        let store = py.detach(|| open().and_then(|store| named(store, self.actor.as_ref())));
        fine(py, store)
    }

    /// Nobody lets go of the interpreter's lock while he has this one, so no fork finds it held.
    fn lock(&self) -> MutexGuard<'_, Option<Ours<actifix::Store>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The library's store; opened afresh in a forked child.
    pub fn handle(&self, py: Python<'_>) -> PyResult<actifix::Store> {
        let known = match self.lock().as_ref() {
            None => return Err(closed(py)),
            Some(ours) => ours.get().cloned(),
        };
        let store = match known {
            Some(store) => store,
            None => {
                let store = self.opened(py)?;
                *self.lock() = Some(Ours::new(store.clone()));
                store
            }
        };
        if let Some(warning) = store.take_warning() {
            warn(py, warning)?;
        }
        Ok(store)
    }

    /// The same in the name of a ticket's holder, when he is named.
    fn held_by(&self, py: Python<'_>, holder: Option<&str>) -> PyResult<actifix::Store> {
        let store = self.handle(py)?;
        match holder {
            Some(holder) => fine(py, store.acting_as(holder)),
            None => Ok(store),
        }
    }

    /// The same under the name of a call that may be repeated.
    fn called(&self, py: Python<'_>, request_id: Option<&str>) -> PyResult<actifix::Store> {
        let store = self.handle(py)?;
        match request_id {
            Some(id) => fine(py, store.with_request_id(id)),
            None => Ok(store),
        }
    }
}

/// Warns of a second copy of SQLite.
fn warn(py: Python<'_>, text: &str) -> PyResult<()> {
    let class = PyModule::import(py, "actifix._errors")?.getattr("TwoCopiesWarning")?;
    let warnings = PyModule::import(py, "warnings")?;
    warnings.call_method1("warn", (text, class, 2)).map(|_| ())
}

/// Where the database is that was named, or the one that the command would find.
fn place(named: Option<PathBuf>, create: bool) -> actifix::Result<PathBuf> {
    use actifix::locate::{self, Found};
    match locate::database(named.as_deref().map(AsRef::as_ref))? {
        Found::There(path) => Ok(path),
        Found::Missing(place) => {
            if create {
                place.make_folder()?;
            }
            Ok(place.path())
        }
    }
}

/// What is set for the database, its rules in force for the whole process from now on.
fn configuration(database: &Path) -> Loaded {
    let variable = |name: &str| std::env::var_os(name);
    let loaded = Loaded::read(Places::of(Some(database), &variable), &variable);
    actifix::capture::configure(&loaded.config);
    loaded
}

fn named(store: actifix::Store, actor: Option<&(String, bool)>) -> actifix::Result<actifix::Store> {
    match actor {
        Some((name, true)) => store.acting_as(name),
        Some((name, false)) => store.credited_to(name),
        None => Ok(store),
    }
}

fn regression_of(py: Python<'_>, what: &str) -> PyResult<Regression> {
    match what {
        "reopen" => Ok(Regression::Reopen),
        "new-ticket" => Ok(Regression::NewTicket),
        "count-only" => Ok(Regression::CountOnly),
        other => {
            let why = format!(
                "`{}` is none of reopen, new-ticket, count-only",
                other.escape_debug()
            );
            Err(invalid(py, "regression", why))
        }
    }
}

/// The span, or what stands for none.
fn span_or(span: Option<Span>, default: Duration) -> Duration {
    span.map_or(default, |Span(span)| span)
}

//! What a verb works with: the globals, the way to the database, and the way to the reader.

use std::cell::{Cell, OnceCell};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use actifix::config::{Config, Loaded, Places, Problem, Source};
use actifix::notify::Target;
use actifix::{Call, Error, Lead, Retention, Settings, Store, capture};

use crate::cli::Globals;
use crate::failure::{Exit, Failure};
use crate::locate::{self, Found, Place};
use crate::output::{Output, colour, text};
use crate::{targets, waiting};

/// What a verb works with.
pub struct Context {
    /// The way to the reader.
    pub out: Output,
    globals: Globals,
    /// Most commands make one call, and do not commit for others.
    lead: Cell<Lead>,
    trouble: Trouble,
    loaded: OnceCell<Loaded>,
}

/// What a verb does when something is wrong with the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It does nothing else than refuse.
    Refuse,
    /// It says so once and goes on with what is right: a report must not be lost for a misspelt key.
    Warn,
    /// It goes on; its answer tells.
    Tell,
}

impl Context {
    /// From what every verb takes.
    pub fn new(globals: Globals, trouble: Trouble) -> Self {
        Self {
            out: Output::new(globals.json),
            globals,
            lead: Cell::new(Lead::Never),
            trouble,
            loaded: OnceCell::new(),
        }
    }

    /// The configuration, its rules in force for the whole process from now on.
    pub fn config(&self) -> Result<&Config, Failure> {
        let first = self.loaded.get().is_none();
        let loaded = self.loaded();
        match (self.trouble, loaded.problems.as_slice()) {
            (_, []) | (Trouble::Tell, _) => {}
            (Trouble::Refuse, [problem, others @ ..]) => {
                return Err(refused(problem, others.len()));
            }
            (Trouble::Warn, problems) if first => {
                for problem in problems {
                    self.out
                        .aside(&format!("configuration: {problem}; that is left out"));
                }
            }
            (Trouble::Warn, _) => {}
        }
        Ok(&loaded.config)
    }

    /// The configuration with where it came from and what is wrong with it.
    pub fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| {
            // Where the database cannot even be named, the verb itself says so.
            let database = match self.find() {
                Ok(Found::There(path)) => Some(path),
                Ok(Found::Missing(place)) => Some(place.path()),
                Err(_) => None,
            };
            let variable = |name: &str| std::env::var_os(name);
            let loaded = Loaded::read(Places::of(database.as_deref(), &variable), &variable);
            capture::configure(&loaded.config);
            loaded
        })
    }

    /// Who is told what happens: those that the project's file names.
    pub fn targets(&self) -> Result<Vec<Target>, Failure> {
        self.config()?;
        Ok(targets::of(self.loaded())?)
    }

    /// Whether answers are JSON.
    pub fn json(&self) -> bool {
        self.globals.json
    }

    /// Opens the database that is there.
    pub fn store(&self) -> Result<Store, Failure> {
        match self.find()? {
            Found::There(path) => self.open(path, false),
            Found::Missing(place) => Err(missing(&place)),
        }
    }

    /// This command lives long: it commits for the others of this machine as well, when nobody does.
    pub fn lives_long(&self) {
        self.lead.set(Lead::AtOnce);
    }

    /// Opens the database, and makes it when there is none. Says so.
    pub fn store_or_make(&self) -> Result<Store, Failure> {
        self.open_or_make(self.find()?)
    }

    /// Opens or makes what was found.
    pub fn open_or_make(&self, found: Found) -> Result<Store, Failure> {
        let place = match found {
            // Another process may have begun to make it just now: then it is ours to make too.
            Found::There(path) => return self.open(path, true),
            Found::Missing(place) => place,
        };
        place.make_folder()?;
        let store = self.open(place.path(), true)?;
        self.out.aside(&format!("made {}", store.path().display()));
        Ok(store)
    }

    /// Opens or makes what was found, for a report that must not hold its program up: it waits so long, unless the caller
    /// said how long, and says nothing.
    pub fn open_quietly(&self, found: Found, patience: Duration) -> Result<Store, Failure> {
        let path = match found {
            Found::There(path) => path,
            Found::Missing(place) => {
                place.make_folder()?;
                place.path()
            }
        };
        let mut settings = self.settings(true)?;
        settings.deadline = self.globals.deadline.unwrap_or(patience);
        self.named(Store::open_with(path, settings)?)
    }

    /// Where the database is, or would be.
    pub fn find(&self) -> Result<Found, Failure> {
        Ok(locate::database(self.globals.db.as_deref())?)
    }

    /// How this database was named on the command line, for a command that is told to people.
    pub fn database_words(&self) -> Option<String> {
        let named = self.globals.db.as_ref()?;
        Some(format!(
            "--db {}",
            text::shell_word(&named.to_string_lossy())
        ))
    }

    /// The store's settings, as the configuration and the flags say.
    pub fn settings(&self, create: bool) -> Result<Settings, Failure> {
        let mut settings = self.config()?.settings(create);
        settings.lead = self.lead.get();
        if let Some(deadline) = self.globals.deadline {
            settings.deadline = deadline;
        }
        Ok(settings)
    }

    /// How long tickets are kept, as the configuration says.
    pub fn retention(&self) -> Result<Retention, Failure> {
        Ok(self.config()?.retention.clone())
    }

    /// In whose name changes are made, when one was given.
    pub fn name(&self) -> Result<Option<String>, Failure> {
        let configured = &self.config()?.actor;
        Ok(self.globals.name.clone().or_else(|| configured.clone()))
    }

    fn open(&self, path: PathBuf, create: bool) -> Result<Store, Failure> {
        self.named(Store::open_with(path, self.settings(create)?)?)
    }

    /// The handle under the names that were given.
    fn named(&self, mut store: Store) -> Result<Store, Failure> {
        if let Some(name) = &self.globals.name {
            store = store.acting_as(name).map_err(|error| called("as", error))?;
        } else if let Some(name) = &self.config()?.actor {
            // It says whose change it is; only `--as` asks for the holder's name.
            store = store
                .credited_to(name)
                .map_err(|error| called("actor", error))?;
        }
        if let Some(id) = &self.globals.request_id {
            store = store
                .with_request_id(id)
                .map_err(|error| called("request_id", error))?;
        }
        targets::subscribe(&store, self.loaded());
        Ok(store)
    }

    /// The request id that was given.
    pub fn request_id(&self) -> Option<&str> {
        self.globals.request_id.as_deref()
    }

    /// Waits for an answer. People are told who holds the write lock when that takes over a second.
    pub fn wait<T: Send + 'static>(&self, store: &Store, call: Call<T>) -> Result<T, Failure> {
        self.wait_with(call, || tell_lock_holder(store))
    }

    /// Does something that may take its time, and says so to people after a second.
    pub fn during<T: Send>(&self, word: &str, work: impl FnOnce() -> T + Send) -> T {
        waiting::with_spinner(work, word, self.json())
    }

    /// Waits for an answer, and calls `tell` about once a second until it says that it has told; not in JSON mode.
    pub fn wait_with<T: Send + 'static>(
        &self,
        call: Call<T>,
        tell: impl FnMut() -> bool,
    ) -> Result<T, Failure> {
        Ok(if self.json() {
            call.wait()
        } else {
            waiting::with_notice(call, tell)
        }?)
    }
}

/// The refusal of a name, under the name that the caller knows.
fn called(field: &str, error: Error) -> Error {
    match error {
        Error::Invalid { why, .. } => Error::invalid(field, why),
        Error::TooLong { limit, got, .. } => Error::TooLong {
            field: field.to_owned(),
            limit,
            got,
        },
        other => other,
    }
}

/// The refusal of a configuration. A variable belongs to this call and is a usage error; a file does not.
fn refused(first: &Problem, more: usize) -> Failure {
    let failure = Failure::from(Error::from(first));
    let next = match more {
        0 => "mend that line; `actifix config` shows every setting".to_owned(),
        more => format!("mend that line; `actifix config` tells what else is wrong ({more} more)"),
    };
    match &first.source {
        Source::Variable { .. } => failure,
        Source::User { file, line } | Source::Project { file, line } => failure
            .exits(Exit::Error)
            .field("file", file.to_string_lossy())
            .field("line", *line)
            .hint(next),
        Source::Default => failure.exits(Exit::Error),
    }
}

/// Names the process that holds the write lock, if one does.
fn tell_lock_holder(store: &Store) -> bool {
    let Some(holder) = store.lock_holder() else {
        return false;
    };
    let dim = colour::of_stderr().dim();
    let told = format!(
        "{dim}waiting for the write lock, held by pid {} ({}){dim:#}",
        holder.pid, holder.command
    );
    // Only a word on the side: whoever closed stderr does not want it.
    let _ = writeln!(std::io::stderr().lock(), "{told}");
    true
}

/// The refusal where there is no database.
pub fn missing(place: &Place) -> Failure {
    let (why, next) = match place {
        Place::Named(path) => (
            format!("there is no database at {}", path.display()),
            format!(
                "`actifix --db {} init` makes one there",
                text::shell_word(&path.to_string_lossy())
            ),
        ),
        Place::Default(_) => (
            "there is no database here or in a folder above".to_owned(),
            "`actifix init` makes one; `--db PATH` names another".to_owned(),
        ),
    };
    Failure::from(Error::Storage { why }).hint(next)
}

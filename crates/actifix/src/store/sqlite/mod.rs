//! The store on SQLite: the only room of the library that speaks SQL.
//!
//! A call becomes a [`Command`], which the line carries to the writer's [`desk`]; the desk applies it with the
//! statements that stand beside each verb. Reads take a snapshot of their own ([`read`]).

mod archive;
mod claim;
mod command;
mod copies;
mod counters;
mod counts;
mod crossed;
mod deliver;
mod desk;
mod doctor;
mod due;
mod edit;
mod end;
mod events;
mod facts;
mod floods;
mod grant;
mod hold;
mod known;
mod legacy;
mod merge;
mod names;
pub(super) mod onlooker;
mod places;
mod positions;
mod prune;
mod read;
mod record;
mod repeats;
mod requests;
pub(super) mod salvage;
mod schema;
mod targets;
mod travel;
mod turn;
mod whole;

#[cfg(test)]
mod plans;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlite_line::{Lead, Leading, Line, Options, Rest};

pub(super) use archive::known;
pub(super) use command::{Body, Command, Completing, FromReply};
pub(super) use copies::restore;
pub use copies::{Backup, Restored};
pub(super) use deliver::Delivering;
pub(super) use doctor::examine;
pub use legacy::python_schema as legacy_schema;
pub use legacy::{
    Contradiction, Interrupt, Mode, Outcome, Patience, SqlConnection, SqlError, Upgrade, Upgraded,
    WayBack,
};
pub(super) use legacy::{OldCall, OldVerb};
pub use positions::ReadSoFar;
pub(super) use positions::Stretch;
pub(crate) use prune::{Errand, UnderPolicy};
pub(super) use prune::{PruneStep, Pruning};
pub use read::Verdict;
pub(super) use read::vitals::Asked;
pub(crate) use read::{AlikeRow, Chosen, Look};
pub(crate) use turn::{Turn, TurnAnswer};
pub(super) use whole::Whole;

use crate::error::{Process, Result};
use crate::lease::Claim;
use crate::store::strangers::{Strangers, WARNING};
use crate::store::{Call, LineForm, Settings};
use crate::time::Timestamp;
use desk::Desk;

/// A database, and the way to it.
pub(super) struct Backend {
    line: Line<Desk>,
    settings: Arc<Settings>,
    strangers: Strangers,
}

impl Backend {
    pub fn open(path: &Path, settings: Settings) -> Result<Self> {
        let settings = Arc::new(settings);
        let form = settings.line.in_force()?;
        let options = Options {
            create: settings.create,
            deadline: settings.deadline,
            shared: form != LineForm::Gate,
            lead: match (form, settings.lead) {
                (LineForm::Shared, Lead::WhenBusy) => Lead::AtOnce,
                (_, lead) => lead,
            },
            ..Options::default()
        };
        let line = Line::open(path, Desk::new(Arc::clone(&settings)), options)?;
        let backend = Self {
            line,
            settings,
            strangers: Strangers::default(),
        };
        backend.look_out(true);
        Ok(backend)
    }

    /// Looks whether somebody else in this process has the file open.
    fn look_out(&self, at_once: bool) {
        let look = || self.line.has_news_of_strangers();
        self.strangers.look_out(self.path(), at_once, look);
    }

    /// What people are to be told, once.
    pub fn take_warning(&self) -> Option<&'static str> {
        self.strangers.take().then_some(WARNING)
    }

    pub fn path(&self) -> &Path {
        self.line.path()
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Sends a command along the line.
    pub fn send<T: FromReply>(&self, command: Command, deadline: Option<Duration>) -> Call<T> {
        self.look_out(false);
        Call::on(
            self.line
                .write_here(command, deadline.unwrap_or(self.settings.deadline))
                .map(|answer| answer.map(|reply| reply.and_then(T::from_reply))),
        )
    }

    /// A watch over changes of the file by anybody.
    pub fn watch(&self) -> Result<Watch> {
        Ok(Watch(self.line.watch()?))
    }

    /// Who commits for the others now.
    pub fn leader(&self) -> Option<Leading> {
        self.line.leader()
    }

    /// Leaves gate and lead for as long as the answer lives.
    pub fn rest(&self, within: Duration) -> Rest<'_> {
        self.line.rest(within)
    }

    /// Who holds the write lock now, when the machine tells.
    pub fn lock_holder(&self) -> Option<Process> {
        self.line.lock_holder().map(Process::from)
    }
}

/// Sees when the file changes, and what a claim could get.
pub(super) struct Watch(sqlite_line::Watch);

/// By the index on the time that is asked for.
const NEXT_DUE: &str = "SELECT min(
  coalesce((SELECT min(expires) FROM leases), 9223372036854775807),
  coalesce((SELECT min(not_before) FROM scheduled), 9223372036854775807))";
impl Watch {
    /// Whether the file has changed since the last look.
    pub fn changed(&mut self) -> Result<bool> {
        Ok(self.0.changed()?)
    }

    /// When the next lease runs out or ticket is due, and which of the waiting claims could get something now.
    pub fn glance(&mut self, claims: Vec<Claim>) -> Result<Glance> {
        Ok(self.0.read(|txn| {
            let next_due = txn.query_row(NEXT_DUE, [], |row| row.get(0))?;
            let servable = claims
                .iter()
                .map(|claim| claim::could_get(txn, claim))
                .collect::<Result<_, _>>()?;
            Ok(Glance {
                next_due: Timestamp::from_micros(next_due),
                servable,
            })
        })?)
    }
}

/// What a look at the file showed.
pub(super) struct Glance {
    /// The moment at which time itself changes something.
    pub next_due: Timestamp,
    /// For each claim: whether it could get something.
    pub servable: Vec<bool>,
}

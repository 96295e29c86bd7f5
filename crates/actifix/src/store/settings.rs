//! What can be set about a store, with its defaults.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
pub use sqlite_line::Lead;

use crate::error::{Error, Result};
use crate::evidence::EvidencePolicy;
use crate::lease::RetryRules;
use crate::limits::Limits;
use crate::time::{Clock, SystemClock};

/// What becomes of an error that comes again after its ticket was completed, or closed as fixed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Regression {
    /// The ticket is opened again.
    #[default]
    Reopen,
    /// A new ticket is made.
    NewTicket,
    /// It is counted, and the ticket stays as it is.
    CountOnly,
}

/// How the processes of a machine take turns at one database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineForm {
    /// As `ACTIFIX_LINE` says: `gate`, `shared` or `auto`. Auto, which is meant when it says nothing: a process that lives
    /// long commits for all, and whoever cannot reach it commits for itself.
    #[default]
    Auto,
    /// Each process commits for itself.
    Gate,
    /// As auto, but a process commits for all from its first write on.
    Shared,
}

impl LineForm {
    /// The form in force: what was set, else what the environment says.
    pub(crate) fn in_force(self) -> Result<Self> {
        let (Self::Auto, Ok(word)) = (self, std::env::var("ACTIFIX_LINE")) else {
            return Ok(self);
        };
        match word.as_str() {
            "" | "auto" => Ok(Self::Auto),
            "gate" => Ok(Self::Gate),
            "shared" => Ok(Self::Shared),
            other => {
                let why = format!("`{other}` is none of gate, shared, auto");
                Err(Error::invalid("ACTIFIX_LINE", why))
            }
        }
    }
}

/// The settings of a store.
#[derive(Clone)]
pub struct Settings {
    /// Make the database when it is not there.
    pub create: bool,
    /// What is taken at the door.
    pub limits: Limits,
    /// How much evidence a completion needs.
    pub evidence: EvidencePolicy,
    /// Whether a completion under the last token counts although the lease has run out, until somebody takes the ticket.
    pub late_completions: bool,
    /// What becomes of an error that comes again.
    pub regression: Regression,
    /// When tickets are quarantined, and how long failed ones rest.
    pub retry: RetryRules,
    /// How long a call waits for the write lock before it answers busy.
    pub deadline: Duration,
    /// How this process takes turns with others.
    pub line: LineForm,
    /// When this process may commit for others.
    pub lead: Lead,
    /// Where the store reads the time.
    pub clock: Arc<dyn Clock>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            create: true,
            limits: Limits::default(),
            evidence: EvidencePolicy::default(),
            late_completions: true,
            regression: Regression::default(),
            retry: RetryRules::default(),
            deadline: Duration::from_secs(30),
            line: LineForm::default(),
            lead: Lead::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Settings {
    /// What changes the meaning of a command: only processes that agree in it commit for each other. `None`: this one
    /// agrees with nobody.
    pub(crate) fn dialect(&self) -> Option<String> {
        // Every field is named, so that a new one is thought of here.
        let Self {
            create: _,
            limits,
            evidence,
            late_completions,
            regression,
            retry,
            deadline: _,
            line: _,
            lead: _,
            clock,
        } = self;
        let version = env!("CARGO_PKG_VERSION");
        clock.is_the_machines().then(|| {
            format!("{version} {limits:?} {evidence:?} {late_completions} {regression:?} {retry:?}")
        })
    }
}

//! What can be set about a store, with its defaults.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

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
            clock: Arc::new(SystemClock),
        }
    }
}

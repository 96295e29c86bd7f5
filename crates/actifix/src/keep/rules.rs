//! From where on something is not well: the `[health]` of the configuration.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a ticket of each priority may be open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(non_snake_case, reason = "the keys are the priorities' names")]
pub struct Sla {
    /// The system is down.
    #[serde(with = "crate::time::span")]
    pub P0: Duration,
    /// The core is broken.
    #[serde(with = "crate::time::span")]
    pub P1: Duration,
    /// Important, with a workaround.
    #[serde(with = "crate::time::span")]
    pub P2: Duration,
    /// Minor.
    #[serde(with = "crate::time::span")]
    pub P3: Duration,
    /// Trivial.
    #[serde(with = "crate::time::span")]
    pub P4: Duration,
}

impl Default for Sla {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        Self {
            P0: hours(1),
            P1: hours(4),
            P2: hours(24),
            P3: hours(72),
            P4: hours(168),
        }
    }
}

impl Sla {
    /// How long tickets may be open, from P0 to P4.
    pub fn all(&self) -> [Duration; 5] {
        [self.P0, self.P1, self.P2, self.P3, self.P4]
    }
}

/// From where on something is no longer well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HealthRules {
    /// How long tickets may be open. One that is open for longer is failing.
    pub sla: Sla,
    /// A lease that ran out so long ago and was taken up by nobody is a warning.
    #[serde(with = "crate::time::span")]
    pub expired: Duration,
    /// More quarantined tickets than these are a warning.
    pub quarantined: u64,
    /// A report that waits in the spool for so long is a warning.
    #[serde(with = "crate::time::span")]
    pub spool: Duration,
    /// Something that a hook or webhook was not told for so long is a warning.
    #[serde(with = "crate::time::span")]
    pub deliveries: Duration,
    /// Less room than this on the database's disk, in bytes, is a warning; a sixteenth of it is failing.
    pub disk_free: u64,
    /// A write-ahead log of more bytes than these is a warning.
    pub wal: u64,
    /// A newest event so far in the future is a warning.
    #[serde(with = "crate::time::span")]
    pub clock: Duration,
}

impl Default for HealthRules {
    fn default() -> Self {
        Self {
            sla: Sla::default(),
            expired: Duration::from_secs(600),
            quarantined: 0,
            spool: Duration::from_secs(3_600),
            deliveries: Duration::from_secs(3_600),
            disk_free: 1 << 30,
            wal: 64 << 20,
            clock: Duration::from_secs(60),
        }
    }
}

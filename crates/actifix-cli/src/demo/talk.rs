//! What the workers say: the lines of `actifix work --json`, and what their script says on stderr.

use actifix::{Error, TicketId, Timestamp, Token};
use serde::Deserialize;
use serde_json::Value;

/// A line of a worker's log.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    pub at: Timestamp,
    pub ticket: Option<TicketId>,
    pub token: Option<Token>,
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    Claimed {
        until: Timestamp,
    },
    Renewed {
        until: Timestamp,
    },
    Completed,
    Failed {
        reason: String,
    },
    /// The result was refused.
    Lost {
        error: Error,
    },
    /// It has ended, with the figures of its process.
    EndedWork {
        contention: Value,
    },
    #[serde(other)]
    Other,
}

/// What a worker says.
#[derive(Clone, Debug)]
pub enum Said {
    /// In its log.
    Line(Line),
    /// Its script, or it itself when something is wrong with it.
    Words(String),
}

impl Said {
    /// A line of its stdout.
    pub fn logged(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok().map(Self::Line)
    }

    /// A line of its stderr: `ACT-… | what the script says`.
    pub fn told(line: &str) -> Self {
        let words = line.split_once(" | ").map_or(line, |(_, words)| words);
        Self::Words(words.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_also_where_it_says_something_new() {
        for (line, known) in [
            (
                r#"{"at":"2026-01-01T00:00:00Z","slot":0,"ticket":"A-1","token":2,"what":"completed"}"#,
                true,
            ),
            (
                r#"{"at":"2026-01-01T00:00:00Z","slot":0,"ticket":null,"token":null,"what":"reached"}"#,
                false,
            ),
        ] {
            let Some(Said::Line(read)) = Said::logged(line) else {
                panic!("{line}");
            };
            assert_eq!(matches!(read.what, What::Completed), known, "{line}");
        }
        assert!(Said::logged("no line").is_none());
    }
}

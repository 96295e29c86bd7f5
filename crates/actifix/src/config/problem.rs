//! What is wrong with a configuration, and where.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use crate::error::Error;

/// Where a value stands that is not the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Source {
    /// Nobody has set it.
    Default,
    /// The user's file.
    User {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The project's file.
    Project {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Variable {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::User { file, line } | Self::Project { file, line } => {
                write!(f, "{}:{line}", file.display())
            }
            Self::Variable { name } => f.write_str(name),
        }
    }
}

/// A value that cannot be taken, an unknown key, or a file that cannot be read. What is wrong is left out, and the rest
/// holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The key; empty when it is about a file as a whole.
    pub key: String,
    /// Where it stands. A file that cannot be read as a whole has line 1.
    pub source: Source,
    /// What is wrong, and what is allowed.
    pub why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.source)?;
        match (&self.source, self.key.as_str()) {
            (Source::Variable { .. }, _) | (_, "") => f.write_str(&self.why),
            (_, key) => write!(f, "{key}: {}", self.why),
        }
    }
}

impl From<&Problem> for Error {
    /// An [`Error::Invalid`] of the variable, or of the key with its file and line.
    fn from(problem: &Problem) -> Self {
        match &problem.source {
            Source::Variable { name } => Self::invalid(name, &problem.why),
            source if problem.key.is_empty() => {
                Self::invalid("config", format!("{source}: {}", problem.why))
            }
            source => Self::invalid(&problem.key, format!("{source}: {}", problem.why)),
        }
    }
}

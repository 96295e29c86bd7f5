//! The configuration: one file of a project and one of its user, the environment above both.
//!
//! [`SETTINGS`] is the one table of all settings: files, variables, `actifix config`, the page in the book and every error
//! come from it. [`Loaded::read`] puts the layers on each other and tells where each value came from; [`Config`] is what
//! the rest of the program reads; [`edit`] changes a file and keeps its comments.
//!
//! ```
//! use actifix::config::{Loaded, Places, Source};
//!
//! # let dir = tempfile::tempdir()?;
//! let file = dir.path().join("config.toml");
//! std::fs::write(&file, "[work]\nlease = '10m'\nlaese = 1\n")?;
//! let loaded = Loaded::read(Places { project: Some(file.clone()), user: None }, &|_| None);
//! assert_eq!(loaded.config.work.lease.as_secs(), 600);
//! assert_eq!(loaded.problems[0].source, Source::Project { file, line: 3 });
//! assert_eq!(loaded.problems[0].why, "there is no such key; did you mean work.lease?");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod edit;
mod file;
mod kind;
mod load;
mod places;
mod problem;
mod sections;
mod table;

pub use kind::Kind;
pub use load::{InForce, Loaded, Variables, unknown};
pub use places::Places;
pub use problem::{Problem, Source};
pub use sections::{Capturing, Claims, Config, Policy, Priorities, RedactRule, Redacting, Work};
pub use table::{SETTINGS, Setting, find};

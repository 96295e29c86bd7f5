//! A rule of the user's own: what an error of a kind means.

use serde::{Deserialize, Deserializer, Serialize};

use crate::ticket::Priority;

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The error's type, cut into its words: `HTTPServerError` is http, server, error.
    ErrorType,
    /// The message.
    Message,
    /// The source, cut at folders, dots and the like.
    Source,
}

/// One row: these words in this field mean this priority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Where to look.
    pub field: Field,
    /// Any of these; a text of several words means them one after the other.
    #[serde(deserialize_with = "small_letters")]
    pub words: Vec<String>,
    /// What it means.
    pub priority: Priority,
}

impl Rule {
    /// A rule of the user's own.
    pub fn new(field: Field, words: &[&str], priority: Priority) -> Self {
        Self {
            field,
            words: words.iter().map(|word| word.to_lowercase()).collect(),
            priority,
        }
    }
}

fn small_letters<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let words = Vec::<String>::deserialize(from)?;
    Ok(words.iter().map(|word| word.to_lowercase()).collect())
}

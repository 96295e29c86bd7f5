//! A text that is never shown, such as a key or the address of a webhook.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::error::{Error, Result};

/// A secret of the configuration: the text itself, or the variable of the environment that has it. It shows itself to
/// nobody: neither `{:?}` nor serde write it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Secret {
    /// The text itself.
    Plain(String),
    /// `{ env = "NAME" }`.
    #[serde(rename_all = "snake_case")]
    Variable {
        /// The variable's name.
        env: String,
    },
}

impl Secret {
    /// The text.
    ///
    /// # Errors
    /// [`Error::Invalid`] names `field` when the variable is not set, empty, or no text.
    ///
    /// ```
    /// let secret: actifix::Secret = serde_json::from_str(r#""hunter22""#)?;
    /// assert_eq!(secret.reveal("webhook.secret")?, "hunter22");
    /// assert_eq!(format!("{secret:?}"), "[redacted]");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reveal(&self, field: &str) -> Result<String> {
        match self {
            Self::Plain(text) => Ok(text.clone()),
            Self::Variable { env } => match std::env::var(env) {
                Ok(text) if !text.is_empty() => Ok(text),
                _ => Err(Error::invalid(
                    field,
                    format!("the variable {env} is not set; set it where this runs"),
                )),
            },
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::clean::MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_str(crate::clean::MASK)
    }
}

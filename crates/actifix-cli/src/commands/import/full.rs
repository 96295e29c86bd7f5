//! A full export: its first line, and the tickets after it.

use actifix::{Error, Result, Story};
use serde::Deserialize;

use crate::input;
use crate::lines::Line;

/// The first line of an export.
pub const HEAD: &str = r#"{"actifix":"export","version":1}"#;

#[derive(Deserialize)]
struct Head {
    actifix: String,
    #[serde(default)]
    version: u64,
}

/// Whether the first line of a file says that a full export follows.
///
/// # Errors
/// [`Error::Unsupported`] for an export of another version.
pub fn is_head(line: &Line) -> Result<bool> {
    let head: Option<Head> = line
        .text()
        .ok()
        .and_then(|text| serde_json::from_str(text).ok());
    match head {
        Some(head) if head.actifix == "export" && head.version == 1 => Ok(true),
        Some(head) if head.actifix == "export" => Err(Error::Unsupported {
            version: format!(
                "this is an export of version {}, and 1 is known",
                head.version
            ),
        }),
        _ => Ok(false),
    }
}

/// The ticket on a line.
pub fn story(line: &Line) -> Result<Story> {
    input::json("ticket", line.text()?)
}

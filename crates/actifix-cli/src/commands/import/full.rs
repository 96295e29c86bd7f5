//! A full export: its first line, and the lines after it.

use actifix::{ArchiveHead, ArchiveLine, Result};

use crate::input;
use crate::lines::Line;

/// The head with which a full export begins; `None`: reports follow.
pub fn head(line: &Line) -> Option<ArchiveHead> {
    let read = serde_json::from_str(line.text().ok()?);
    match read {
        Ok(ArchiveLine::Head(head)) if head.actifix == "export" => Some(head),
        _ => None,
    }
}

/// What stands on a line.
pub fn line(line: &Line) -> Result<ArchiveLine> {
    input::json("ticket", line.text()?)
}

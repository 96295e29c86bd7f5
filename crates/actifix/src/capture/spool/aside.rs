//! Lines that cannot be replayed are set aside with their reason, in a file of their own; a person may mend them there.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::clean::Clean;

/// Where the lines of the spool at `spool` that cannot be replayed are kept.
pub(super) fn beside(spool: &Path) -> PathBuf {
    let mut path = spool.as_os_str().to_owned();
    path.push(".rejected");
    path.into()
}

/// Keeps lines with their reasons. A line that is told twice, because its replayer was killed, has the same place.
pub(super) fn keep(spool: &Path, name: &str, lines: &[(i64, Vec<u8>, String)]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut file: File = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(beside(spool))?;
    file.lock()?;
    let mut text = String::new();
    for (at, line, why) in lines {
        // It did not come through the door as it is now: secrets are taken out here.
        let shown = Clean::from(String::from_utf8_lossy(line).into_owned()).into_inner();
        let told = json!({ "spool": name, "at": at, "why": why, "line": shown });
        text.push_str(&format!("{told}\n"));
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

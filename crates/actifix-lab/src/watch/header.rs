//! What the file and its log say about themselves. Read by plain `open`, which is harmless in a process that does not
//! have the database open in SQLite, and forbidden in one that does: see [`sqlite_line::locks::open_here`].

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Serialize;
use sqlite_line::locks::Files;

use crate::error::{LabError, Result};

/// How every SQLite database begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// A page's header in the log.
const FRAME_HEADER: u64 = 24;

/// The database's header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Header {
    /// `wal` or `rollback`; a file that is still empty is `new`.
    pub journal_mode: &'static str,
    /// Bytes of a page.
    pub page_size: u32,
    /// `PRAGMA application_id`.
    pub application_id: u32,
}

/// The write-ahead log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogState {
    /// The file's size.
    pub bytes: u64,
    /// Pages that have been written since the log began anew.
    pub frames: Option<u32>,
    /// Of these, how many have been copied into the database.
    pub copied: Option<u32>,
}

impl LogState {
    /// Pages that a checkpoint has still to copy.
    pub fn backlog(&self) -> Option<u32> {
        Some(self.frames?.saturating_sub(self.copied?))
    }
}

/// Reads the database's header.
pub fn read(path: &Path) -> Result<Header> {
    let wrong = |why: String| LabError::File {
        path: path.display().to_string(),
        why,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    file.take(100)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(format!("cannot be read: {error}")))?;
    if bytes.is_empty() {
        return Ok(Header {
            journal_mode: "new",
            page_size: 0,
            application_id: 0,
        });
    }
    if bytes.len() < 100 || !bytes.starts_with(MAGIC) {
        return Err(wrong(
            "is not a SQLite database; give another path".to_owned(),
        ));
    }
    let size = u16::from_be_bytes([bytes[16], bytes[17]]);
    Ok(Header {
        journal_mode: if bytes[18] == 2 { "wal" } else { "rollback" },
        // 1 stands for 65,536, which has no room in two bytes.
        page_size: if size == 1 { 65_536 } else { u32::from(size) },
        application_id: u32::from_be_bytes([bytes[68], bytes[69], bytes[70], bytes[71]]),
    })
}

/// Reads the log's size, and from the shared index how much of it has been copied.
pub fn log(files: &Files, page_size: u32, readable: bool) -> Option<LogState> {
    let bytes = std::fs::metadata(files.log()).ok()?.len();
    let index = if readable { index(&files.shm()) } else { None };
    // Without the index the size tells how many pages the log has room for.
    let room = bytes.saturating_sub(32) / (FRAME_HEADER + u64::from(page_size.max(512)));
    Some(LogState {
        bytes,
        frames: index.map(|(frames, _)| frames).or_else(|| {
            if bytes == 0 {
                Some(0)
            } else {
                u32::try_from(room).ok()
            }
        }),
        copied: index
            .map(|(_, copied)| copied)
            .or(if bytes == 0 { Some(0) } else { None }),
    })
}

/// The number of pages in the log, and of those copied: both stand in the index's header, in the machine's own order.
fn index(path: &Path) -> Option<(u32, u32)> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(136)
        .read_to_end(&mut bytes)
        .ok()?;
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?;
        Some(u32::from_ne_bytes(four.try_into().ok()?))
    };
    Some((number(16)?, number(96)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_and_the_backlog_are_those_that_sqlite_tells() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA application_id=77; CREATE TABLE t(a)")
            .unwrap();
        drop(conn);
        assert_eq!(read(&path).unwrap().journal_mode, "rollback");
        let conn = rusqlite::Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0")
            .unwrap();
        for _ in 0..5 {
            conn.execute_batch("INSERT INTO t VALUES(1)").unwrap();
        }
        let sql = "PRAGMA wal_checkpoint(NOOP)";
        let told: (i64, u32, u32) = conn
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap();
        let files = Files::of(&path).unwrap();
        let header = read(&path).unwrap();
        assert_eq!(
            (header.journal_mode, header.page_size, header.application_id),
            ("wal", 4096, 77)
        );
        let log = log(&files, header.page_size, true).unwrap();
        assert_eq!((log.frames, log.copied), (Some(told.1), Some(told.2)));
        assert!(
            log.backlog() == Some(told.1 - told.2) && told.1 >= 5,
            "{told:?}"
        );
    }

    #[test]
    fn what_is_no_database_is_refused_and_an_empty_file_is_new() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        std::fs::write(&path, "x".repeat(200)).unwrap();
        assert!(
            read(&path)
                .unwrap_err()
                .to_string()
                .contains("not a SQLite database")
        );
        std::fs::write(&path, "").unwrap();
        assert_eq!(read(&path).unwrap().journal_mode, "new");
    }
}

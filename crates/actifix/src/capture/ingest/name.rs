//! What a log is called in the store: by device, inode and its first line. A path is no name: rotation gives it another
//! file; nor is an inode alone: it is given out again, and a truncated file keeps it.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use sha2::{Digest, Sha256};

/// So much of the first line counts.
const HEAD: usize = 1 << 10;

/// Which file it is.
pub fn identity(facts: &Metadata) -> (u64, u64) {
    (facts.dev(), facts.ino())
}

/// The log's name. `None` while its first line is being written; with `last` it is taken as it is.
pub fn of(file: &File, last: bool) -> io::Result<Option<String>> {
    let mut head = [0; HEAD];
    let mut got = 0;
    while got < HEAD {
        match file.read_at(&mut head[got..], got as u64) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let line = head[..got].iter().position(|byte| *byte == b'\n');
    let Some(line) = line.or((got == HEAD || (last && got > 0)).then_some(got)) else {
        return Ok(None);
    };
    let hash: String = Sha256::digest(&head[..line])[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let (device, inode) = identity(&file.metadata()?);
    Ok(Some(format!("log:{device:x}:{inode:x}:{hash}")))
}

//! The kernel's table of file locks, line by line.

use crate::identity::FileId;

/// What kind of lock a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `fcntl`: SQLite's.
    Posix,
    /// `flock`: the gate's.
    Flock,
}

/// One line of `/proc/locks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    pub(crate) write: bool,
    pub(crate) waits: bool,
    /// None for a process of another pid namespace.
    pub(crate) pid: Option<u32>,
    /// Device and inode, as the kernel writes them.
    pub(crate) file: String,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

impl Row {
    /// The row's range has something of this one.
    pub(crate) fn covers(&self, first: u64, last: u64) -> bool {
        self.first <= last && first <= self.last
    }
}

/// The rows that can be about SQLite. Lines with `->` are those who wait.
pub(crate) fn rows(text: &str) -> impl Iterator<Item = Row> + '_ {
    text.lines().filter_map(row)
}

fn row(line: &str) -> Option<Row> {
    let mut words = line.split_ascii_whitespace().skip(1).peekable();
    let waits = words.next_if_eq(&"->").is_some();
    let kind = match words.next()? {
        "POSIX" => Kind::Posix,
        "FLOCK" => Kind::Flock,
        _ => return None,
    };
    let (_advisory, access) = (words.next()?, words.next()?);
    let pid: i64 = words.next()?.parse().ok()?;
    let file = words.next()?.to_owned();
    let first = words.next()?.parse().ok()?;
    let last = words.next()?.parse().unwrap_or(u64::MAX); // "EOF"
    Some(Row {
        kind,
        write: access == "WRITE",
        waits,
        pid: u32::try_from(pid).ok().filter(|pid| *pid != 0),
        file,
        first,
        last,
    })
}

/// As `/proc/locks` writes it: device in hexadecimal, inode in decimal.
pub(crate) fn device_and_inode(file: FileId) -> String {
    let major = ((file.device >> 8) & 0xfff) | ((file.device >> 32) & !0xfff);
    let minor = (file.device & 0xff) | ((file.device >> 12) & !0xff);
    format!("{major:02x}:{minor:02x}:{}", file.inode)
}

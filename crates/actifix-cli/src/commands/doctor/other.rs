//! Any other SQLite file: what about it leads to lock errors, and what to do.

use actifix::{Finding, Level};
use actifix_lab::watch::{LogState, Sight, Watcher};
use std::path::Path;

/// From this size on a log has not been emptied for long.
const GROWN: u64 = 64 << 20;
/// Pages that no checkpoint has brought in yet, and that nobody should wait for.
const BEHIND: u32 = 10_000;

/// What is found about the file at `path`, beside what holds for every file.
pub fn findings(path: &Path) -> Vec<Finding> {
    let looked = Watcher::new(path).and_then(|mut watcher| watcher.look());
    match looked {
        Ok(sight) => of(&sight),
        Err(error) => vec![finding(
            Level::Note,
            format!("its locks cannot be looked at: {error}"),
            Some("`actifix locks FILE` tells more where the system allows it"),
        )],
    }
}

fn of(sight: &Sight) -> Vec<Finding> {
    let mut found = Vec::new();
    match sight.header.as_ref().map(|header| header.journal_mode) {
        Some("wal") => found.push(finding(Level::Good, "journal mode wal: readers and the writer do not wait for each other", None)),
        Some("rollback") => found.push(finding(
            Level::Warn,
            "a rollback journal: a writer keeps all readers out at its commit, and each reader keeps every writer out",
            Some("`PRAGMA journal_mode=WAL` once; it stays in the file"),
        )),
        _ => {}
    }
    if let Some(log) = &sight.log {
        found.extend(grown(log));
    }
    found.push(finding(
        Level::Note,
        "the busy timeout and the kind of each transaction belong to the programs and cannot be seen from here",
        Some("a timeout of some seconds in every program, and BEGIN IMMEDIATE where a transaction reads and then writes: no timeout covers that"),
    ));
    let level = if sight.free { Level::Good } else { Level::Note };
    found.push(finding(level, sight.sentence.clone(), None));
    found
}

fn grown(log: &LogState) -> Option<Finding> {
    let behind = log.backlog().unwrap_or(0);
    if log.bytes < GROWN && behind < BEHIND {
        return None;
    }
    Some(finding(
        Level::Warn,
        format!(
            "its log has grown to {} MiB, {behind} pages of it in no checkpoint",
            log.bytes >> 20
        ),
        Some(
            "a reader that stays open, or writers without a pause, keep it so: `actifix locks FILE`; then `PRAGMA wal_checkpoint(TRUNCATE)`",
        ),
    ))
}

fn finding(level: Level, what: impl Into<String>, next: Option<&str>) -> Finding {
    Finding {
        level,
        what: what.into(),
        next: next.map(str::to_owned),
    }
}

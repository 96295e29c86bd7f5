//! Who has the file open, and who stands in whose way: from `/proc`, twice, so that who only passes by is not accused.

use std::path::Path;
use std::time::Duration;

use sqlite_line::{Openers, Process, openers};

use super::place::LOG;
use super::{Findings, Level, size};

/// Between two looks: no call of ours keeps a snapshot or the write lock for so long.
const LATER: Duration = Duration::from_millis(300);
/// So many processes are named.
const NAMED: usize = 8;

/// `log` is the size of the file's log.
pub(super) fn look(path: &Path, log: u64, findings: &mut Findings) {
    let Ok(first) = openers(path) else { return };
    if first.this_process && !first.through_a_line {
        findings.add(
            Level::Warn,
            "this very process has the file open by other means than this store, and closing it there drops the locks",
            "open it through one copy of SQLite only (`actifix::rusqlite` is the one in use)",
        );
    }
    let named = names(first.others.iter().take(NAMED));
    findings.good(match first.others.len() {
        0 => "no other process that can be seen has it open".to_owned(),
        1 => format!("one other process has it open: {named}"),
        more => format!("{more} other processes have it open: {named}"),
    });
    let second = if first.writer.is_some() || !first.snapshots.is_empty() {
        std::thread::sleep(LATER);
        openers(path).unwrap_or_default()
    } else {
        Openers::default()
    };
    if let Some(holder) = first
        .writer
        .as_ref()
        .filter(|_| first.writer == second.writer)
    {
        let what = format!(
            "{} holds the write lock, and held it {LATER:?} ago",
            name(holder)
        );
        findings.add(
            Level::Warn,
            what,
            "look what it does; ending that process gives the lock back",
        );
    }
    let kept = first
        .snapshots
        .iter()
        .filter(|reader| second.snapshots.contains(reader));
    snapshots(log, &names(kept), &named, findings);
}

/// The log, and those who keep a snapshot so that it cannot be emptied.
fn snapshots(log: u64, kept: &str, open: &str, findings: &mut Findings) {
    if log <= LOG && !kept.is_empty() {
        let what = format!("a snapshot is kept open by {kept}: the log grows meanwhile");
        findings.add(Level::Note, what, "let it end its read transaction");
    }
    if log <= LOG {
        return;
    }
    let (what, next) = if !kept.is_empty() {
        (
            format!(
                "the log has {}, and a snapshot is kept open by {kept}",
                size(log)
            ),
            "end that read transaction; the log is emptied then".to_owned(),
        )
    } else {
        (
            format!(
                "the log has {}, and should stay below {}",
                size(log),
                size(LOG)
            ),
            match open {
                "" => "any change empties it".to_owned(),
                open => format!("one of these may keep a snapshot at times: {open}"),
            },
        )
    };
    findings.add(Level::Warn, what, next);
}

fn name(process: &Process) -> String {
    format!("pid {} ({})", process.pid, process.command)
}

fn names<'a>(processes: impl Iterator<Item = &'a Process>) -> String {
    processes.map(name).collect::<Vec<_>>().join(", ")
}

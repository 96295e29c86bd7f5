//! The file and where it stands: by `stat` alone, nothing is opened.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::statfs;

use super::{Findings, Level, size};
use crate::store::sqlite::onlooker::beside as tail;
use crate::time::format_span;

/// A log below this size is as it should be.
pub(super) const LOG: u64 = 64 << 20;
/// Room that a disk should have besides that for a copy of the file.
const ROOM: u64 = 64 << 20;
/// A backup older than this is told.
const OLD: Duration = Duration::from_secs(7 * 86_400);

/// The database's real path, when there is a file.
pub(super) fn file(path: &Path, findings: &mut Findings) -> Option<PathBuf> {
    let shown = path.display();
    let link = fs::symlink_metadata(path);
    let (real, meta) =
        match fs::canonicalize(path).and_then(|real| Ok((fs::metadata(&real)?, real))) {
            Ok((meta, real)) => (real, meta),
            Err(_) if link.is_ok_and(|meta| meta.is_symlink()) => {
                findings.add(
                    Level::Bad,
                    format!("{shown} is a link that leads nowhere"),
                    "make its target, or remove the link",
                );
                return None;
            }
            Err(error) => {
                let what = format!("there is no database at {shown}: {error}");
                findings.add(
                    Level::Bad,
                    what,
                    "`actifix init` makes one; `--db PATH` names another",
                );
                return None;
            }
        };
    if !meta.is_file() {
        findings.add(
            Level::Bad,
            format!("{shown} is no file"),
            "`--db PATH` names another",
        );
        return None;
    }
    if meta.len() == 0 {
        findings.add(
            Level::Bad,
            format!("{} is empty", real.display()),
            "`actifix init` makes a database of it",
        );
        return None;
    }
    findings.good(format!("{} has {}", real.display(), size(meta.len())));
    if meta.nlink() > 1 {
        let what = format!(
            "the file has {} names, and each has a log and a gate of its own",
            meta.nlink()
        );
        findings.add(
            Level::Bad,
            what,
            "keep one name (`find / -samefile FILE`), and link to it with `ln -s`",
        );
    }
    permissions(&real, &meta, findings);
    if real.starts_with(std::env::temp_dir()) {
        let what = "it stands below the temporary folder, which others may clean";
        findings.add(Level::Note, what, "keep it elsewhere when it is to last");
    }
    Some(real)
}

fn permissions(path: &Path, meta: &Metadata, findings: &mut Findings) {
    let mode = meta.mode() & 0o777;
    let shown = path.display();
    if mode & 0o077 == 0 {
        findings.good(format!("it is for its owner alone ({mode:04o})"));
    } else {
        let what = format!(
            "others may read or write it ({mode:04o}), and tickets can hold what is nobody's business"
        );
        findings.add(Level::Warn, what, format!("chmod 600 '{shown}'"));
    }
    let me = rustix::process::geteuid().as_raw();
    if me != 0 && me != meta.uid() {
        let what = format!("it belongs to user {}, and you are {me}", meta.uid());
        findings.add(
            Level::Warn,
            what,
            format!("work as its owner, or: chown {me} '{shown}'*"),
        );
    }
    let Some(folder) = path.parent() else { return };
    let Ok(around) = fs::metadata(folder) else {
        return;
    };
    // A sticky folder lets nobody remove what is another's.
    if around.mode() & 0o002 != 0 && around.mode() & 0o1000 == 0 {
        let what = format!("everybody may replace files in {}", folder.display());
        findings.add(
            Level::Warn,
            what,
            format!("chmod o-w '{}'", folder.display()),
        );
    }
    if rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_err() {
        let what = format!(
            "no files can be made in {}, and the log and the gate stand there",
            folder.display()
        );
        findings.add(
            Level::Bad,
            what,
            format!("chmod u+w '{}'", folder.display()),
        );
    }
}

/// What stands beside it. Answers the size of its log.
pub(super) fn beside(path: &Path, findings: &mut Findings) -> u64 {
    let length = |ending: &str| fs::metadata(tail(path, ending)).ok().map(|meta| meta.len());
    let there: Vec<String> = ["-wal", "-shm", "-gate"]
        .iter()
        .filter_map(|ending| Some(format!("{ending} {}", size(length(ending)?))))
        .collect();
    if !there.is_empty() {
        findings.good(format!("beside it: {}", there.join(", ")));
    }
    if length("-journal").is_some_and(|length| length > 0) {
        let what = "a change was cut off and waits to be rolled back (-journal)";
        findings.add(
            Level::Warn,
            what,
            "open it once for writing, and never remove the -journal",
        );
    }
    let log = length("-wal").unwrap_or(0);
    if log > 0 && length("-shm").is_none() {
        let what = "the last process was cut off, or the log came with a copy: its content counts";
        findings.add(
            Level::Note,
            what,
            "keep the -wal with the file; the next opening takes it in",
        );
    }
    log
}

/// The disk under it.
pub(super) fn disk(path: &Path, findings: &mut Findings) {
    let Ok(disk) = statfs(path) else { return };
    let local = "move it to a local disk";
    match kind(disk.f_type as u64) {
        Some((kind @ ("nfs" | "cifs"), _)) => {
            let what = format!(
                "it is on a network file system ({kind}), where machines do not see each other's locks"
            );
            findings.add(Level::Bad, what, local);
        }
        Some((kind @ ("fuse" | "9p"), _)) => {
            let what =
                format!("it is on {kind}, where locks and syncs are what its server makes of them");
            findings.add(Level::Warn, what, local);
        }
        Some((kind, Some(why))) => {
            findings.add(Level::Note, format!("it is on {kind}: {why}"), local)
        }
        Some((kind, None)) => findings.good(format!("it is on {kind}")),
        None => findings.good(format!("it is on a file system of type {:#x}", disk.f_type)),
    }
    let free = disk.f_bavail.saturating_mul(disk.f_bsize as u64);
    let needed = fs::metadata(path)
        .map_or(0, |meta| meta.len())
        .saturating_add(ROOM);
    if free < needed {
        let what = format!(
            "{} are free on its disk, and a copy needs {}",
            size(free),
            size(needed)
        );
        let level = if free < ROOM / 4 {
            Level::Bad
        } else {
            Level::Warn
        };
        findings.add(
            level,
            what,
            "make room; `actifix prune` removes old tickets",
        );
    } else {
        findings.good(format!("{} are free on its disk", size(free)));
    }
}

/// A file system's name by its number, and what is odd about it.
fn kind(number: u64) -> Option<(&'static str, Option<&'static str>)> {
    Some(match number & 0xffff_ffff {
        0xef53 => ("ext4", None),
        0x5846_5342 => ("xfs", None),
        0x9123_683e => ("btrfs", None),
        0x2fc1_2fc1 => ("zfs", None),
        0xf2f5_2010 => ("f2fs", None),
        0x6969 => ("nfs", None),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => ("cifs", None),
        0x6573_5546 => ("fuse", None),
        0x0102_1997 => ("9p", None),
        0x794c_7630 => (
            "overlay",
            Some("a container's own layer, which goes with the container"),
        ),
        0x0102_1994 | 0x8584_58f6 => (
            "tmpfs",
            Some("in memory, and gone when the machine restarts"),
        ),
        0x4d44 => ("vfat", Some("it knows no permissions")),
        _ => return None,
    })
}

/// The newest copy: beside it, or in the folder `backups`.
pub(super) fn backups(path: &Path, findings: &mut Findings) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return;
    };
    let name = name.to_string_lossy().into_owned();
    let stem = name.strip_suffix(".db").unwrap_or(&name).to_owned();
    let is_copy = |found: &str, apart: bool| {
        found.starts_with(&format!("{name}.backup"))
            || (apart && found.starts_with(&format!("{stem}-")))
            || (apart && found.starts_with(&format!("{name}-")))
    };
    let copies = [(folder.to_owned(), false), (folder.join("backups"), true)]
        .into_iter()
        .flat_map(|(folder, apart)| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let own =
                entries.filter(move |entry| is_copy(&entry.file_name().to_string_lossy(), apart));
            own.filter_map(|entry| entry.metadata().ok())
                .collect::<Vec<_>>()
        });
    let copies: Vec<Metadata> = copies.filter(Metadata::is_file).collect();
    let newest = copies.iter().filter_map(|meta| meta.modified().ok()).max();
    let Some(newest) = newest else {
        findings.add(
            Level::Note,
            "there is no backup beside it or in `backups`",
            "actifix backup",
        );
        return;
    };
    let age = SystemTime::now().duration_since(newest).unwrap_or_default();
    let held: u64 = copies.iter().map(Metadata::len).sum();
    let what = format!(
        "{} backups hold {}; the newest is {} old",
        copies.len(),
        size(held),
        format_span(age)
    );
    if age > OLD {
        findings.add(Level::Note, what, "actifix backup");
    } else {
        findings.good(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_are_told_apart() {
        assert_eq!(kind(0xef53), Some(("ext4", None)));
        // Some systems give the number with its sign spread.
        assert_eq!(kind(0xffff_ffff_ff53_4d42).map(|kind| kind.0), Some("cifs"));
        assert!(kind(0x0102_1994).is_some_and(|kind| kind.1.is_some()) && kind(7).is_none());
    }
}

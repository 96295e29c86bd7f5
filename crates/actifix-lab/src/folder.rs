//! Where a scene plays: a folder on a real disk. In memory a commit is so quick that the defect often does not show.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{LabError, Result};

/// What a folder stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// Its kind, as the system's manuals name it.
    pub kind: String,
    /// It keeps its files in memory.
    pub in_memory: bool,
    /// Its files are on another machine.
    pub network: bool,
}

/// Kinds by the number that `statfs` gives.
#[cfg(target_os = "linux")]
const KINDS: &[(i64, &str)] = &[
    (0x0102_1994, "tmpfs"),
    (0x8584_58f6, "ramfs"),
    (0xef53, "ext4"),
    (0x5846_5342, "xfs"),
    (0x9123_683e, "btrfs"),
    (0x2fc1_2fc1, "zfs"),
    (0x794c_7630, "overlay"),
    (0xf2f5_2010, "f2fs"),
    (0x6969, "nfs"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "fuse"),
    (0x00c3_6400, "ceph"),
];

impl FileSystem {
    /// Asks the system.
    ///
    /// # Errors
    /// When the path cannot be looked at.
    pub fn of(path: &Path) -> Result<Self> {
        let kind = kind_of(path)?;
        Ok(Self {
            in_memory: matches!(kind.as_str(), "tmpfs" | "ramfs"),
            network: matches!(kind.as_str(), "nfs" | "cifs" | "smb" | "9p" | "ceph"),
            kind,
        })
    }
}

#[cfg(target_os = "linux")]
fn kind_of(path: &Path) -> Result<String> {
    let stat = rustix::fs::statfs(path).map_err(|error| LabError::File {
        path: path.display().to_string(),
        why: format!("cannot be looked at: {error}; give another folder"),
    })?;
    #[allow(
        clippy::cast_possible_wrap,
        clippy::unnecessary_cast,
        reason = "differs by machine"
    )]
    let number = stat.f_type as i64;
    let known = KINDS.iter().find(|(magic, _)| *magic == number);
    Ok(known.map_or_else(|| format!("{number:#x}"), |(_, name)| (*name).to_owned()))
}

#[cfg(not(target_os = "linux"))]
fn kind_of(_path: &Path) -> Result<String> {
    Ok("unknown".to_owned())
}

/// A folder for one run, removed when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    dir: tempfile::TempDir,
    /// What it stands on.
    pub system: FileSystem,
}

impl Scratch {
    /// In `given`, else in the first place that is on a disk: the folder for temporary files, /var/tmp, this folder.
    ///
    /// # Errors
    /// When none can be made.
    pub fn make(given: Option<&Path>) -> Result<Self> {
        let places = [
            std::env::temp_dir(),
            PathBuf::from("/var/tmp"),
            PathBuf::from("."),
        ];
        let on_disk = |place: &&PathBuf| FileSystem::of(place).is_ok_and(|fs| !fs.in_memory);
        let chosen = match given {
            Some(folder) => folder,
            None => places.iter().find(on_disk).unwrap_or(&places[0]),
        };
        let dir = tempfile::Builder::new()
            .prefix("actifix-lab-")
            .tempdir_in(chosen)
            .map_err(|error| LabError::File {
                path: chosen.display().to_string(),
                why: format!("cannot hold the scene's folder: {error}; give another by --dir"),
            })?;
        let system = FileSystem::of(dir.path())?;
        Ok(Self { dir, system })
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_from_disk_and_not_chosen() {
        let scratch = Scratch::make(None).unwrap();
        assert!(!scratch.system.in_memory, "{:?}", scratch.system);
        let shm = Path::new("/dev/shm");
        if shm.exists() {
            let in_memory = Scratch::make(Some(shm)).unwrap();
            assert!(in_memory.system.in_memory, "{:?}", in_memory.system);
            let path = in_memory.folder().to_owned();
            drop(in_memory);
            assert!(!path.exists());
        }
        assert!(Scratch::make(Some(Path::new("/nowhere/at/all"))).is_err());
    }
}

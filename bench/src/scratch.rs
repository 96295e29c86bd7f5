//! Where the databases lie: a folder on a disk, removed when the run ends.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Answer;

/// The folder; everything in it goes when this is dropped.
pub struct Scratch {
    folder: PathBuf,
    next: Cell<usize>,
}

impl Scratch {
    /// Makes the folder: `bench-PID` in cargo's target folder of the product, which is on a disk.
    pub fn make() -> Answer<Self> {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(default_target, PathBuf::from);
        let bench = target.join("bench");
        clear_dead(&bench);
        let folder = bench.join(std::process::id().to_string());
        fs::create_dir_all(&folder)
            .map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
        let folder = folder.canonicalize()?;
        let next = Cell::new(0);
        Ok(Self { folder, next })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path that nothing lies at yet.
    pub fn path(&self, name: &str) -> PathBuf {
        let number = self.next.get();
        self.next.set(number + 1);
        self.folder.join(format!("{name}-{number}.db"))
    }

    /// A copy of a closed database, on disk when this returns: what is written back later would fall on whoever is
    /// measured next.
    pub fn copy(&self, from: &Path, name: &str) -> Answer<Copy> {
        let path = self.path(name);
        fs::copy(from, &path).map_err(|e| format!("cannot copy {}: {e}", from.display()))?;
        fs::File::open(&path)?.sync_all()?;
        Ok(Copy(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(why) = fs::remove_dir_all(&self.folder) {
            eprintln!("bench: cannot remove {}: {why}", self.folder.display());
        }
    }
}

/// Removes the folders of runs that were killed.
fn clear_dead(bench: &Path) {
    for entry in fs::read_dir(bench).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_pid = name
            .to_str()
            .is_some_and(|name| name.parse::<u32>().is_ok());
        if is_pid && !Path::new("/proc").join(&name).exists() {
            let _gone = fs::remove_dir_all(entry.path());
        }
    }
}

fn default_target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// A database that is removed with its side files when this is dropped.
pub struct Copy(PathBuf);

impl Copy {
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", "-gate"] {
            let mut name = self.0.clone().into_os_string();
            name.push(suffix);
            // What is left goes with the folder.
            let _gone = fs::remove_file(name);
        }
    }
}

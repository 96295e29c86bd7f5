//! The demo's folder: new, on a disk where there is one, and gone at the end.

use std::fs;
use std::path::{Path, PathBuf};

use actifix::Error;

use super::halt::{Halt, storage};

/// A folder of the demo's own.
pub struct Folder {
    path: PathBuf,
    /// It stays at the end.
    pub kept: bool,
}

impl Folder {
    /// Makes it: `named`, else in this folder's `target`, in this folder, or among the temporary ones.
    pub fn make(named: Option<PathBuf>, keep: bool) -> Result<Self, Halt> {
        match named {
            Some(path) => Ok(Self {
                path: made(path)?,
                kept: true,
            }),
            None => Ok(Self {
                path: somewhere(keep)?,
                kept: keep,
            }),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed stays; there is nobody to be told.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// The folder that the caller named.
fn made(path: PathBuf) -> Result<PathBuf, Halt> {
    let unusable = || storage(format!("the folder {} cannot be used", path.display()));
    fs::create_dir_all(&path).map_err(unusable())?;
    if fs::read_dir(&path).map_err(unusable())?.next().is_some() {
        let why = format!(
            "{} is not empty; name a folder that is new or empty",
            path.display()
        );
        return Err(Error::invalid("dir", why).into());
    }
    Ok(path.canonicalize().map_err(unusable())?)
}

/// A new folder: the first place on a disk that takes it, else the first place that takes it.
fn somewhere(keep: bool) -> Result<PathBuf, Halt> {
    let here = PathBuf::from(".");
    let target = here.join("target");
    let mut places = if target.is_dir() && !keep {
        vec![target]
    } else {
        Vec::new()
    };
    places.extend([here, std::env::temp_dir()]);
    // Stable: those on a disk come first and keep their order.
    places.sort_by_key(|place| !is_on_disk(place));
    let name = format!(
        "{}actifix-demo-{}",
        if keep { "" } else { "." },
        std::process::id()
    );
    let mut refused = None;
    for place in places {
        match new_in(&place, &name) {
            Ok(path) => return Ok(path),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    let error = refused.unwrap_or_else(|| std::io::ErrorKind::NotFound.into());
    Err(storage(
        "no folder can be made here or among the temporary ones; `--dir PATH` names one".to_owned(),
    )(error)
    .into())
}

/// A new folder with this name, or with one more letter: an earlier demo may have been killed under the same process id.
fn new_in(place: &Path, name: &str) -> std::io::Result<PathBuf> {
    let mut last = std::io::ErrorKind::AlreadyExists.into();
    for end in ["", "b", "c", "d"] {
        let path = place.join(format!("{name}{end}"));
        match fs::create_dir(&path) {
            Ok(()) => return path.canonicalize(),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Whether a commit in this folder goes to a disk. Where that cannot be seen, it is taken to be one.
#[cfg(target_os = "linux")]
pub fn is_on_disk(path: &Path) -> bool {
    // The number of tmpfs.
    rustix::fs::statfs(path).is_ok_and(|found| found.f_type != 0x0102_1994)
}

/// Whether a commit in this folder goes to a disk. Where that cannot be seen, it is taken to be one.
#[cfg(not(target_os = "linux"))]
pub fn is_on_disk(path: &Path) -> bool {
    path.is_dir()
}

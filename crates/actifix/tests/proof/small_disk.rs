//! A disk that is soon full: a small tmpfs. Only root can mount one; without it the test says so.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A mounted disk of one MiB; unmounted when this is dropped.
pub struct SmallDisk {
    dir: TempDir,
}

impl SmallDisk {
    /// Mounts one, if this process may.
    pub fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().ok()?;
        mount(&["-t", "tmpfs", "-o", "size=1m", "tmpfs"], dir.path()).then_some(Self { dir })
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Makes room.
    ///
    /// # Panics
    /// When it cannot be made larger.
    pub fn grow(&self) {
        assert!(
            mount(&["-o", "remount,size=64m"], self.path()),
            "the disk does not grow"
        );
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a store may still have it open.
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.dir.path())
            .status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    Command::new("mount")
        .args(arguments)
        .arg(at)
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

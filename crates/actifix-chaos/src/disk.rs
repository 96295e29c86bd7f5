//! A disk that can lose its power: ext4 on a loop device, shut down without writing its journal out.
//!
//! `xfs_io`'s shutdown is the same ioctl on ext4. It throws away what was not on the device, as a power cut does.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing takes as long on a sound machine.
const BOUND: Duration = Duration::from_secs(30);

/// A file system of its own, mounted. It goes when this is dropped.
pub struct Disk {
    image: PathBuf,
    place: PathBuf,
    mounted: bool,
}

impl Disk {
    /// Makes one of `mib` MiB in the folder `home`.
    ///
    /// # Errors
    /// When it cannot be made or mounted.
    pub fn new(home: &Path, mib: u64) -> io::Result<Self> {
        let (image, place) = (home.join("disk.img"), home.join("disk"));
        File::create(&image)?.set_len(mib << 20)?;
        fs::create_dir_all(&place)?;
        run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
        let mut disk = Self {
            image,
            place,
            mounted: false,
        };
        disk.mount()?;
        Ok(disk)
    }

    /// Where it is mounted.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Cuts the power.
    ///
    /// # Errors
    /// When it cannot be cut.
    pub fn cut(&self) -> io::Result<()> {
        run(Command::new("xfs_io")
            .args(["-x", "-c", "shutdown"])
            .arg(&self.place))
    }

    /// Power is back: unmounted, and mounted again with its journal replayed. Nobody may have a file open there.
    ///
    /// # Errors
    /// When it cannot be mounted again.
    pub fn back(&mut self) -> io::Result<()> {
        self.unmount()?;
        self.mount()
    }

    fn mount(&mut self) -> io::Result<()> {
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(&self.image)
            .arg(&self.place))?;
        self.mounted = true;
        Ok(())
    }

    /// A process that was just killed may still be on its way out.
    fn unmount(&mut self) -> io::Result<()> {
        let since = Instant::now();
        loop {
            match run(Command::new("umount").arg(&self.place)) {
                Ok(()) => break,
                Err(error) if since.elapsed() > BOUND => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
        self.mounted = false;
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            let _ = run(Command::new("umount").arg("-l").arg(&self.place));
        }
    }
}

/// Runs a command to its end.
fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {}", why.trim())))
}

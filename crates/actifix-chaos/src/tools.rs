//! What a machine must have or allow for a part to run. Each answer is a line that says what is missing.

use std::path::Path;
use std::process::{Command, Stdio};

/// strace is there and may trace.
///
/// # Errors
/// What is missing.
pub fn strace() -> Result<(), String> {
    works(&["strace", "-f", "-qq", "-o", "/dev/null", "true"])
        .then_some(())
        .ok_or_else(|| "strace is missing or may not trace: apt-get install strace".to_owned())
}

/// A file system of one's own can be mounted from a file, and shut down.
///
/// # Errors
/// What is missing.
pub fn loop_device() -> Result<(), String> {
    if !rustix::process::geteuid().is_root() {
        return Err("only root can mount".to_owned());
    }
    if !works(&["mkfs.ext4", "-V"]) {
        return Err("mkfs.ext4 is missing: apt-get install e2fsprogs".to_owned());
    }
    if !works(&["xfs_io", "-V"]) {
        return Err(
            "xfs_io, which shuts a file system down, is missing: apt-get install xfsprogs"
                .to_owned(),
        );
    }
    works(&["losetup", "--find"])
        .then_some(())
        .ok_or_else(|| "there is no loop device".to_owned())
}

/// The library that moves a process's clock.
///
/// # Errors
/// What is missing.
pub fn faketime() -> Result<&'static Path, String> {
    const PLACES: [&str; 3] = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/faketime/libfaketime.so.1",
    ];
    let found = PLACES.iter().map(Path::new).find(|place| place.exists());
    found.ok_or_else(|| "libfaketime is missing: apt-get install libfaketime".to_owned())
}

/// Runs a command without its output and says whether it succeeded.
pub fn works(words: &[&str]) -> bool {
    let Some((program, args)) = words.split_first() else {
        return false;
    };
    let mut command = Command::new(program);
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

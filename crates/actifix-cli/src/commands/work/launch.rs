//! The launcher: this program, started in the command's place, asks the kernel to end it with the worker and becomes the
//! command.
//!
//! What is asked for between fork and exec would be unsafe code in the worker; in a program of its own it is a plain call
//! that holds beyond exec.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use actifix::Error;

/// Becomes the command. Comes back only when that fails.
pub fn become_command(worker: u32, command: &[OsString]) -> Error {
    #[cfg(target_os = "linux")]
    if let Err(error) = end_with(worker) {
        return error;
    }
    #[cfg(not(target_os = "linux"))]
    let _ = worker;
    let Some((program, arguments)) = command.split_first() else {
        return Error::invalid("command", "there is none");
    };
    let error = Command::new(program).args(arguments).exec();
    Error::Storage {
        why: format!("{} cannot be run: {error}", program.display()),
    }
}

/// SIGKILL when the thread that started this ends.
#[cfg(target_os = "linux")]
fn end_with(worker: u32) -> Result<(), Error> {
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};
    let failed = |why: String| Error::Storage { why };
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| failed(format!("the command cannot be tied to the worker: {error}")))?;
    // It may have ended before this was asked for.
    let parent = getppid().map(|parent| parent.as_raw_nonzero().get().unsigned_abs());
    if parent != Some(worker) {
        return Err(failed("the worker has ended".to_owned()));
    }
    Ok(())
}

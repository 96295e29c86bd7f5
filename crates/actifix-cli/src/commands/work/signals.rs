//! The signals that end a worker: the first lets what runs finish, the second ends it, the third ends the worker.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use actifix::{Error, Result, Stopper, format_span};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::log::Log;

/// Listens from now on.
pub fn listen(stopper: Stopper, grace: Duration, log: Arc<Log>) -> Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|error| Error::Storage {
        why: format!("signals cannot be listened to: {error}"),
    })?;
    thread::spawn(move || {
        for (count, signal) in signals.forever().enumerate() {
            match count {
                0 => {
                    let left = format_span(grace);
                    log.say(&format!(
                        "stopping: no more claims, what runs may go on for {left}; a second signal ends it at once"
                    ));
                    stopper.finish(grace);
                }
                1 => {
                    log.say("stopping at once: what runs is ended and given back");
                    stopper.now();
                }
                // Its commands end with it, and their leases run out.
                _ => std::process::exit(128 + signal),
            }
        }
    });
    Ok(())
}

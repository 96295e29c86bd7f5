//! The signals that end a worker: the first lets what runs finish, the second ends it, the third ends the worker. And the
//! one that stops it (Ctrl-Z), which it obeys only when nobody waits for it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use actifix::{Error, Result, Stopper, Store, format_span};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::log::Log;

/// How long Ctrl-Z waits for a commit that is under way.
const COMMIT: Duration = Duration::from_secs(1);

/// Listens from now on.
pub fn listen(store: &Store, stopper: Stopper, grace: Duration, log: Arc<Log>) -> Result<()> {
    let all = [SIGINT, SIGTERM, SIGHUP, SIGTSTP];
    let mut signals = Signals::new(all).map_err(|error| Error::Storage {
        why: format!("signals cannot be listened to: {error}"),
    })?;
    let store = store.clone();
    thread::spawn(move || {
        let obeyed = signals.forever().filter(|signal| match *signal {
            SIGTSTP => {
                stand_still(&store);
                false
            }
            _ => true,
        });
        for (count, signal) in obeyed.enumerate() {
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

/// Stops, until somebody lets it go on. Whoever is stopped with the gate or the lead in its hand keeps all others waiting.
fn stand_still(store: &Store) {
    let _rest = store.rest(COMMIT);
    // It fails only for a signal that has no default.
    let _ = emulate_default_handler(SIGTSTP);
}

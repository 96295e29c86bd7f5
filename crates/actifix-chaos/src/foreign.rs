//! Programs that know nothing of the line and use the same file through plain SQLite: the only place of this crate that
//! speaks SQL, because that is what such programs do.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use actifix::rusqlite::{Connection, Result};

use crate::worker::say;

/// What such a program does, over and over, until its stdin is closed.
pub const ROLES: [&str; 4] = ["writer", "holder", "reader", "checkpointer"];
/// It takes the write lock, and keeps it until its stdin is closed.
pub const KEEPER: &str = "keeper";

/// How long a holder keeps the write lock, and a reader its snapshot.
const HOLD: Duration = Duration::from_millis(120);
const READ: Duration = Duration::from_millis(400);

/// Plays a role.
///
/// # Errors
/// What SQLite says.
pub fn main(role: &str, path: &Path) -> Result<()> {
    let own = Connection::open(path)?;
    own.busy_timeout(Duration::from_secs(60))?;
    let ending = watch();
    if role == KEEPER {
        own.execute_batch("BEGIN IMMEDIATE")?;
    }
    say("open");
    while !ending.load(Ordering::Relaxed) {
        once(role, &own)?;
    }
    say("done");
    Ok(())
}

fn once(role: &str, own: &Connection) -> Result<()> {
    match role {
        "writer" => {
            own.execute_batch("BEGIN IMMEDIATE; UPDATE counters SET value = value; COMMIT")?;
            thread::sleep(Duration::from_millis(2));
        }
        "holder" => {
            own.execute_batch("BEGIN IMMEDIATE")?;
            thread::sleep(HOLD);
            own.execute_batch("COMMIT")?;
            thread::sleep(HOLD / 2);
        }
        "reader" => {
            own.execute_batch("BEGIN; SELECT count(*) FROM events")?;
            thread::sleep(READ);
            own.execute_batch("COMMIT")?;
        }
        KEEPER => thread::sleep(Duration::from_millis(5)),
        _ => {
            for mode in ["PASSIVE", "FULL", "RESTART", "TRUNCATE"] {
                own.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))?;
                thread::sleep(Duration::from_millis(2));
            }
        }
    }
    Ok(())
}

/// True once stdin is closed.
fn watch() -> Arc<AtomicBool> {
    let ending = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ending);
    thread::spawn(move || {
        let mut line = String::new();
        while std::io::stdin()
            .lock()
            .read_line(&mut line)
            .is_ok_and(|read| read > 0)
        {}
        told.store(true, Ordering::Relaxed);
    });
    ending
}

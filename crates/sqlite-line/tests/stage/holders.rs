//! What helper processes hold while others want it.

use std::path::Path;

use sqlite_line::{Line, rusqlite};

use super::{Do, LONG, Rows, options, say, wait_for_go_on};

/// A program that knows no gate holds SQLite's write lock.
pub fn hold_the_lock(path: &Path) {
    let conn = rusqlite::Connection::open(path).unwrap();
    conn.busy_timeout(LONG).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    say("held");
    wait_for_go_on();
    conn.execute_batch("COMMIT").unwrap();
}

/// A line's writer stands inside a transaction.
pub fn stand_in_the_gate(path: &Path) {
    // By the gate: a leader would stand in its own pause.
    let (rows, options) = (Rows::default(), options().shared(false));
    let line = Line::open(path, rows.clone(), options).unwrap();
    let call = line.write(Do::Pause(-5));
    rows.pause.wait_entered();
    say("held");
    wait_for_go_on();
    rows.pause.let_go();
    call.wait().unwrap();
}

//! Three threads, three tickets, rusqlite: `cargo run --example cure_rusqlite -- before` fails, `… -- after` does not.

#![allow(
    clippy::disallowed_methods,
    reason = "this workspace forbids what is shown here, and begins its own transactions elsewhere"
)]

use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// How often the scene is played.
pub const ROUNDS: usize = 20;

// ANCHOR: before
fn before(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction() // BEGIN DEFERRED: a reader, until it writes
}
// ANCHOR_END: before

// ANCHOR: after
fn after(connection: &mut Connection) -> rusqlite::Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate) // the write lock first
}
// ANCHOR_END: after

fn lock(connection: &mut Connection, ticket: i64, cured: bool) -> rusqlite::Result<()> {
    let transaction = if cured {
        after(connection)?
    } else {
        before(connection)?
    };
    let sql = "SELECT holder IS NULL FROM tickets WHERE id = ?1";
    let free: bool = transaction.query_row(sql, [ticket], |row| row.get(0))?;
    if free {
        transaction.execute("UPDATE tickets SET holder = 'me' WHERE id = ?1", [ticket])?;
    }
    transaction.commit()
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(30))?;
    Ok(connection)
}

fn play(path: &Path, cured: bool) -> rusqlite::Result<(usize, Vec<String>)> {
    let keeper = connect(path)?;
    keeper.execute_batch(
        "PRAGMA journal_mode = WAL; CREATE TABLE tickets(id INTEGER PRIMARY KEY, holder TEXT);
         INSERT INTO tickets(id) VALUES (1), (2), (3)",
    )?;
    let barrier = &Barrier::new(3);
    let mut connections = [connect(path)?, connect(path)?, connect(path)?];
    let errors = thread::scope(|scope| {
        let start = |(ticket, connection): (i64, _)| {
            scope.spawn(move || {
                barrier.wait();
                lock(connection, ticket, cured)
            })
        };
        let threads: Vec<_> = (1..).zip(&mut connections).map(start).collect();
        let ended = threads
            .into_iter()
            .filter_map(|thread| thread.join().ok()?.err());
        ended.map(|error| error.to_string()).collect()
    });
    let locked = keeper.query_row("SELECT count(holder) FROM tickets", [], |row| row.get(0))?;
    Ok((locked, errors))
}

/// Plays all rounds; gives how many locks there were, and what was said instead.
pub fn rounds(folder: &Path, cured: bool) -> rusqlite::Result<(usize, Vec<String>)> {
    let (mut locked, mut errors) = (0, Vec::new());
    for round in 0..ROUNDS {
        let (some, more) = play(&folder.join(format!("{cured}-{round}.db")), cured)?;
        locked += some;
        errors.extend(more);
    }
    errors.sort();
    errors.dedup();
    Ok((locked, errors))
}

/// `before` or `after`. (The test that plays both has a `main` of its own.)
#[allow(dead_code, reason = "the test that plays both has a `main` of its own")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let which = std::env::args().nth(1).unwrap_or_default();
    let folder = tempfile::tempdir()?;
    let (locked, errors) = rounds(folder.path(), which == "after")?;
    println!(
        "{which}: {locked}/{} locks; {}",
        3 * ROUNDS,
        errors.join("; ")
    );
    std::process::exit(i32::from(locked != 3 * ROUNDS));
}

//! The scene: three threads meet at a barrier, then each locks its *own* ticket. Once by plain deferred transactions, the
//! way SQLite begins them when nothing else is said, and once by the store.
//!
//! The statements here belong to the comparison; nothing of the store is made of them.

use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use actifix::rusqlite::{self, Connection, ffi};
use actifix::{Report, Settings, Store, TicketId};

use super::halt::{Halt, storage};
use super::played::{Played, THREADS, Try};

/// How often each scene is played.
pub const ROUNDS: usize = 5;
/// What SQLite is told to wait for a lock.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

const SCHEMA: &str = "PRAGMA journal_mode = WAL;
  CREATE TABLE tickets (id INTEGER PRIMARY KEY, holder TEXT, expires REAL);
  INSERT INTO tickets (id) VALUES (0), (1), (2);";
const FREE_ALL: &str = "UPDATE tickets SET holder = NULL";
/// Deferred: a reader until it writes.
const BEGIN: &str = "BEGIN";
const IS_FREE: &str = "SELECT holder IS NULL FROM tickets WHERE id = ?1";
const LOCK: &str = "UPDATE tickets SET holder = ?2 WHERE id = ?1";
const COMMIT: &str = "COMMIT";
const ROLLBACK: &str = "ROLLBACK";

impl From<rusqlite::Error> for Halt {
    fn from(error: rusqlite::Error) -> Self {
        actifix::Error::Storage {
            why: format!("the scene's own database: {error}"),
        }
        .into()
    }
}

/// Plays it by deferred transactions, in a database of its own in `folder`.
pub fn deferred(folder: &Path) -> Result<Played, Halt> {
    let path = folder.join("deferred.db");
    let keeper = Connection::open(&path)?;
    keeper.execute_batch(SCHEMA)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        keeper.execute_batch(FREE_ALL)?;
        let connections = (0..THREADS)
            .map(|_| connection(&path))
            .collect::<Result<Vec<_>, _>>()?;
        rounds.push(meet(connections, |ticket, connection| {
            lock_deferred(connection, ticket)
        })?);
    }
    Ok(Played(rounds))
}

fn connection(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// Reads whether the ticket is free, then locks it.
fn lock_deferred(connection: &Connection, ticket: usize) -> Try {
    let began = Instant::now();
    let mut asked = began;
    let locked = connection
        .execute_batch(BEGIN)
        .and_then(|()| connection.query_row(IS_FREE, [ticket], |row| row.get::<_, bool>(0)))
        .and_then(|_free| {
            asked = Instant::now();
            connection.execute(LOCK, (ticket, format!("thread {ticket}")))
        })
        .and_then(|_rows| connection.execute_batch(COMMIT));
    match locked {
        Ok(()) => Try {
            locked: true,
            error: None,
            took: began.elapsed(),
        },
        Err(error) => {
            let took = asked.elapsed();
            // It holds nothing but its snapshot, which ends with its connection at the latest.
            let _ = connection.execute_batch(ROLLBACK);
            Try {
                locked: false,
                error: Some(told(&error)),
                took,
            }
        }
    }
}

/// SQLite's own words, with its number and the number's name.
fn told(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(failure, words) => {
            let name = match failure.extended_code {
                ffi::SQLITE_BUSY => "SQLITE_BUSY",
                ffi::SQLITE_BUSY_SNAPSHOT => "SQLITE_BUSY_SNAPSHOT",
                _ => "SQLite",
            };
            format!(
                "{} ({name}, {})",
                words.as_deref().unwrap_or("refused"),
                failure.extended_code
            )
        }
        other => other.to_string(),
    }
}

/// Plays it by the store, in a database of its own in `folder`.
pub fn ours(folder: &Path) -> Result<Played, Halt> {
    let settings = Settings {
        deadline: BUSY_TIMEOUT,
        ..Settings::default()
    };
    let store = Store::open_with(folder.join("ours.db"), settings)?;
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let tickets = (0..THREADS).map(|n| {
            let report = Report::error("Scene", format!("round {round}, ticket {n}"));
            Ok((store.clone(), store.record(report).wait()?.id))
        });
        let tickets = tickets.collect::<Result<Vec<_>, actifix::Error>>()?;
        rounds.push(meet(tickets, |thread, (store, ticket)| {
            lock_ours(store, ticket, thread)
        })?);
    }
    Ok(Played(rounds))
}

fn lock_ours(store: &Store, ticket: &TicketId, thread: usize) -> Try {
    let began = Instant::now();
    let lease = store
        .acquire(ticket, &format!("thread {thread}"), actifix::DEFAULT_LEASE)
        .wait();
    Try {
        locked: lease.is_ok(),
        error: lease.err().map(|error| error.to_string()),
        took: began.elapsed(),
    }
}

/// All meet at a barrier, then each does its own.
fn meet<L: Send>(lots: Vec<L>, lock: impl Fn(usize, &L) -> Try + Sync) -> Result<Vec<Try>, Halt> {
    let (barrier, lock) = (&Barrier::new(lots.len()), &lock);
    thread::scope(|scope| {
        let start = |(number, lot): (usize, L)| {
            thread::Builder::new().spawn_scoped(scope, move || {
                barrier.wait();
                lock(number, &lot)
            })
        };
        let threads: Vec<_> = lots
            .into_iter()
            .enumerate()
            .map(start)
            .collect::<Result<_, _>>()
            .map_err(storage("no thread"))?;
        let lost = || Halt::Broken("a thread of the scene died".to_owned());
        threads
            .into_iter()
            .map(|thread| thread.join().map_err(|_| lost()))
            .collect()
    })
}

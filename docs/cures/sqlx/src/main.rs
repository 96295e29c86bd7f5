//! Three tasks, three tickets, sqlx: `cargo run -- before` fails, `cargo run -- after` does not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{Sqlite, SqlitePool, Transaction};
use tokio::sync::Barrier;

const ROUNDS: usize = 20;

// ANCHOR: before
async fn before(pool: &SqlitePool) -> sqlx::Result<Transaction<'_, Sqlite>> {
    pool.begin().await // BEGIN: a reader, until it writes
}
// ANCHOR_END: before

// ANCHOR: after
async fn after(pool: &SqlitePool) -> sqlx::Result<Transaction<'_, Sqlite>> {
    pool.begin_with("BEGIN IMMEDIATE").await // the write lock first
}
// ANCHOR_END: after

async fn lock(pool: &SqlitePool, ticket: i64, cured: bool) -> sqlx::Result<()> {
    let mut transaction = if cured { after(pool).await? } else { before(pool).await? };
    let free: bool = sqlx::query_scalar("SELECT holder IS NULL FROM tickets WHERE id = ?")
        .bind(ticket)
        .fetch_one(&mut *transaction)
        .await?;
    if free {
        sqlx::query("UPDATE tickets SET holder = 'me' WHERE id = ?")
            .bind(ticket)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await
}

async fn play(path: &Path, cured: bool) -> sqlx::Result<(i64, Vec<String>)> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_secs(30));
    let pool = SqlitePoolOptions::new().min_connections(3).max_connections(3).connect_with(options).await?;
    sqlx::query("CREATE TABLE tickets(id INTEGER PRIMARY KEY, holder TEXT)").execute(&pool).await?;
    sqlx::query("INSERT INTO tickets(id) VALUES (1), (2), (3)").execute(&pool).await?;
    let barrier = Arc::new(Barrier::new(3));
    let start = |ticket| {
        let (pool, barrier) = (pool.clone(), Arc::clone(&barrier));
        tokio::spawn(async move {
            barrier.wait().await;
            lock(&pool, ticket, cured).await
        })
    };
    let tasks: Vec<_> = (1..=3).map(start).collect();
    let mut errors = Vec::new();
    for task in tasks {
        match task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => errors.push(error.to_string()),
            Err(error) => errors.push(error.to_string()),
        }
    }
    let locked = sqlx::query_scalar("SELECT count(holder) FROM tickets").fetch_one(&pool).await?;
    pool.close().await;
    Ok((locked, errors))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let which = std::env::args().nth(1).unwrap_or_default();
    let folder = tempfile::tempdir()?;
    let (mut locked, mut errors) = (0, Vec::new());
    for round in 0..ROUNDS {
        let path = folder.path().join(format!("{round}.db"));
        let (some, more) = play(&path, which == "after").await?;
        locked += some;
        errors.extend(more);
    }
    errors.sort();
    errors.dedup();
    let all = 3 * ROUNDS as i64;
    println!("{which}: {locked}/{all} locks; {}", errors.join("; "));
    std::process::exit(i32::from(locked != all));
}

//! A table of its own in thirty lines: `cargo run --example counter -- FILE NAME`

use sqlite_line::{Line, Options, Program, WriteTxn, rusqlite};

struct Counter;

impl Program for Counter {
    type Command = String; // the counter's name
    type Answer = i64; // its new value
    const APPLICATION_ID: i32 = 0x636f_756e;
    const VERSION: i32 = 1;

    fn migrate(&mut self, txn: &WriteTxn<'_>, _from: i32) -> rusqlite::Result<()> {
        txn.execute_batch(
            "CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        )
    }

    fn apply(&mut self, txn: &WriteTxn<'_>, name: &String) -> rusqlite::Result<i64> {
        let sql = "INSERT INTO counters VALUES(?1, 1) ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value";
        txn.query_row(sql, [name], |row| row.get(0))
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let path = words.next().unwrap_or_else(|| "counters.db".into());
    let name = words.next().unwrap_or_else(|| "visits".into());
    let line = Line::open(path, Counter, Options::default())?;
    println!("{name}: {}", line.write(name.clone()).wait()?);
    Ok(())
}

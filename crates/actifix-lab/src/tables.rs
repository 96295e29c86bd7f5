//! The lab's own ticket table on `sqlite-line`: what a program with tables of its own brings to the line of writers.

use serde::{Deserialize, Serialize};
use sqlite_line::{Program, WriteTxn};

use crate::statements::{COUNT, CREATE, FREE, IS_FREE, LOCK, TABLE, TICKET};

/// The program.
pub struct Tickets;

/// What it can do.
#[derive(Debug, Serialize, Deserialize)]
pub enum Command {
    /// Makes tickets 1 to this number.
    Prepare(u32),
    /// Locks a ticket.
    Lock {
        ticket: u32,
        holder: String,
        now: i64,
        expires: i64,
    },
    /// Gives it back.
    Free { ticket: u32, holder: String },
    /// Makes one more.
    Create,
}

impl Program for Tickets {
    type Command = Command;
    /// Whether it was done.
    type Answer = bool;
    const APPLICATION_ID: i32 = 0x6c61_6274;
    const VERSION: i32 = 1;

    fn migrate(&mut self, txn: &WriteTxn<'_>, _from: i32) -> rusqlite::Result<()> {
        txn.execute_batch(TABLE)
    }

    fn apply(&mut self, txn: &WriteTxn<'_>, command: &Command) -> rusqlite::Result<bool> {
        match command {
            Command::Prepare(number) => {
                for ticket in 1..=*number {
                    txn.execute(TICKET, [ticket])?;
                }
                Ok(true)
            }
            Command::Lock {
                ticket,
                holder,
                now,
                expires,
            } => {
                let free: bool = txn.query_row(IS_FREE, (ticket, now), |row| row.get(0))?;
                Ok(free && txn.execute(LOCK, (ticket, holder, expires))? == 1)
            }
            Command::Free { ticket, holder } => Ok(txn.execute(FREE, (ticket, holder))? == 1),
            Command::Create => {
                let _open: i64 = txn.query_row(COUNT, [], |row| row.get(0))?;
                Ok(txn.execute(CREATE, [])? == 1)
            }
        }
    }
}

//! What the demo and its workers tell each other, a line of JSON each: orders on a worker's stdin, what it did on its
//! stdout.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use actifix::{Error, TicketId, Timestamp, Token};
use serde::{Deserialize, Serialize};

/// What the demo tells a worker.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Order {
    /// Begin with the ticket you hold, under a lease of so long.
    Begin(Duration),
    /// Go on.
    GoOn,
}

/// What a worker tells the demo.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Said {
    /// There is no ticket for it, and it waits for one.
    Waits,
    /// It has one.
    Claimed(Claimed),
    /// It has seen the error with its own eyes, and is about to mend it.
    Works { expires_at: Timestamp, saw: String },
    /// It has mended it, and its completion was taken.
    Completed { printed: String },
    /// A call under its token was refused.
    Refused { call: String, error: Error },
    /// It found no way to go on.
    Failed { error: Error },
    /// It goes, with the figures of its process.
    Leaves { contention: serde_json::Value },
}

/// A ticket that a worker got.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claimed {
    pub ticket: TicketId,
    pub token: Token,
    /// When the ticket was made.
    pub made_at: Timestamp,
    pub at: Timestamp,
}

/// Says something to the demo. One that has gone hears nothing, and its end ends this process too.
pub fn say(said: &Said) {
    if let Ok(line) = serde_json::to_string(said) {
        let mut stdout = io::stdout().lock();
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }
}

/// The orders as they come; their end when stdin ends.
pub fn orders() -> Receiver<Order> {
    let (give, take) = mpsc::channel();
    std::thread::spawn(move || {
        let lines = io::stdin().lock().lines().map_while(io::Result::ok);
        let orders = lines.map_while(|line| serde_json::from_str(&line).ok());
        // Whoever does not listen any longer has ended.
        let _ = orders
            .into_iter()
            .try_for_each(|order: Order| give.send(order));
    });
    take
}

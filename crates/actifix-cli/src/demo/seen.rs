//! What was seen of the workers, for the verdict.

use actifix::{Error, TicketId, Timestamp, Token};
use serde::Serialize;
use serde_json::Value;

/// A ticket in somebody's hands.
#[derive(Clone, Debug, Serialize)]
pub struct Grip {
    pub worker: &'static str,
    pub pid: u32,
    pub ticket: TicketId,
    pub token: Token,
    #[serde(skip)]
    pub expires_at: Timestamp,
}

impl Grip {
    /// A ticket that was just claimed.
    pub fn new(
        worker: &'static str,
        pid: u32,
        ticket: TicketId,
        token: Token,
        expires_at: Timestamp,
    ) -> Self {
        Self {
            worker,
            pid,
            ticket,
            token,
            expires_at,
        }
    }
}

/// What was seen, for the verdict.
#[derive(Default)]
pub struct Seen {
    /// The ticket that each worker had first.
    pub first: Vec<Grip>,
    pub killed: Option<Grip>,
    pub stopped: Option<Grip>,
    /// What the stopped worker was answered.
    pub refusal: Option<Error>,
    /// How many completions were taken.
    pub completions: usize,
    /// The figures of each process that lived to tell.
    pub figures: Vec<Value>,
}

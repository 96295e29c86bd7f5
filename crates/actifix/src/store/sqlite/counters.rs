//! The numbers that only rise: of events (and so of tokens), and of tickets.
//!
//! The last event's number stands in its row, which is never removed: a purge leaves its own event behind. So its counter
//! is a floor, written only where numbers were given out elsewhere, and most commits are spared a page.

use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result;

/// By primary key and by rowid. What is greater counts: a counter that was set back by hand must not lend a token twice.
pub(super) const LOAD: &str = "SELECT
  max((SELECT value FROM counters WHERE name = 'event'), coalesce((SELECT max(seq) FROM events), 0)),
  max((SELECT value FROM counters WHERE name = 'ticket'), coalesce((SELECT max(n) FROM facts), 0)),
  coalesce((SELECT value FROM counters WHERE name = 'epoch'), 0),
  coalesce((SELECT value FROM counters WHERE name = 'targets'), 0)";
/// By primary key.
const SAVE: &str = "UPDATE counters SET value = ?2 WHERE name = ?1";

/// The last numbers given out, read once a batch and written back once a batch.
#[derive(Default)]
pub(super) struct Counters {
    event: i64,
    ticket: i64,
    /// What the last event's number has to stay above, as far as its row does not say so.
    floor: Option<i64>,
    /// The last ticket's number, as it stands in the file.
    saved: i64,
    epoch: Option<i64>,
    targets: i64,
}

impl Counters {
    /// False when another database was put in the file's place since the last time: what was remembered of it is over.
    pub fn load(&mut self, txn: &WriteTxn<'_>) -> Result<bool> {
        let (event, ticket, epoch, targets) = txn.query_row(LOAD, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        self.targets = targets;
        (self.event, self.ticket) = (event, ticket);
        (self.floor, self.saved) = (None, ticket);
        Ok(self.epoch.replace(epoch).is_none_or(|known| known == epoch))
    }

    pub fn save(&mut self, txn: &WriteTxn<'_>) -> Result<()> {
        if let Some(floor) = self.floor.take() {
            txn.execute(SAVE, ("event", floor))?;
        }
        if self.ticket != std::mem::replace(&mut self.saved, self.ticket) {
            txn.execute(SAVE, ("ticket", self.ticket))?;
        }
        Ok(())
    }

    /// Changes with the targets of hooks and webhooks.
    pub fn targets(&self) -> i64 {
        self.targets
    }

    /// The targets have changed, in this transaction.
    pub fn targets_changed(&mut self, txn: &WriteTxn<'_>) -> Result<()> {
        self.targets += 1;
        txn.execute(SAVE, ("targets", self.targets)).map(|_| ())
    }

    /// The next event's number.
    pub fn event(&mut self) -> i64 {
        self.event += 1;
        self.event
    }

    /// The last event's number.
    pub fn event_now(&self) -> i64 {
        self.event
    }

    /// The next ticket's number.
    pub fn ticket(&mut self) -> i64 {
        self.ticket += 1;
        self.ticket
    }

    /// Whether these are the last numbers given out.
    pub fn stand_at(&self, event: i64, ticket: i64) -> bool {
        (self.event, self.ticket) == (event, ticket)
    }

    /// Numbers up to these are taken elsewhere (an import).
    pub fn raise(&mut self, event: i64, ticket: i64) {
        if event > self.event {
            self.event = event;
            self.floor = Some(event);
        }
        self.ticket = self.ticket.max(ticket);
    }
}

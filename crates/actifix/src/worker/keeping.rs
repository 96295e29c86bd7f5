//! A lease that is kept for work that is no worker's job: renewed in the background until it is let go.

use std::sync::Arc;
use std::time::Duration;

use super::boot;
use super::door::Door;
use super::keeper::{Keeper, Kept};
use super::notice::Log;
use super::wire::{Told, Wire};
use crate::error::Error;
use crate::lease::{Lease, Token};
use crate::store::Store;
use crate::ticket::TicketId;
use crate::time::Timestamp;

/// A lease that is renewed at a third of its time, in a thread of its own, for as long as this lives. Dropping it only
/// ends the renewing.
///
/// ```
/// use std::time::Duration;
/// use actifix::{Claim, Keeping, Report, Store};
/// # let dir = tempfile::tempdir()?;
/// let store = Store::open(dir.path().join("actifix.db"))?;
/// store.record(Report::error("ValueError", "no such column: age")).wait()?;
/// let span = Duration::from_secs(600);
/// let lease = store.claim(Claim::by("agent-1").lease(span)).wait()?.one().ok_or("nothing to do")?;
/// let keeping = Keeping::of(&store, &lease, span);
/// // Work for hours here, and ask now and then:
/// assert_eq!(keeping.lost(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Keeping {
    wire: Arc<Wire>,
    _keeper: Keeper,
}

impl Keeping {
    /// Keeps `lease`, which was claimed or renewed for `span`, through `store`.
    pub fn of(store: &Store, lease: &Lease, span: Duration) -> Self {
        Self::under(store, &lease.ticket.id, lease.token, lease.expires_at, span)
    }

    /// [`Keeping::of`] where only the lease's names are at hand.
    pub fn under(
        store: &Store,
        ticket: &TicketId,
        token: Token,
        expires_at: Timestamp,
        span: Duration,
    ) -> Self {
        // A grant's time runs from when it was asked for. The store and this clock stand on one machine.
        let left = expires_at.since(store.settings().clock.now());
        let spent = span.saturating_sub(left);
        let wire = Arc::new(Wire::default());
        let keeper = Keeper::start(Kept {
            slot: 0,
            ticket: ticket.clone(),
            token,
            span,
            sent: boot::now().saturating_sub(spent),
            door: Arc::new(Door::new(store.clone())),
            wire: Arc::clone(&wire),
            log: Log::new(None),
        });
        Self {
            wire,
            _keeper: keeper,
        }
    }

    /// Why the lease is lost, or has to count as lost, if it is: stop working, the result is refused.
    pub fn lost(&self) -> Option<Error> {
        self.wire.lost()
    }

    /// Whether the ticket was ended or given back under this very lease.
    pub fn ended(&self) -> bool {
        self.wire.ended()
    }

    /// Waits for up to `span` until the lease is lost or ended: a sleep that ends in time.
    pub fn wait_told(&self, span: Duration) -> Option<Told> {
        self.wire.wait(span)
    }
}

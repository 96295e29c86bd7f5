//! The leases of this server's client: renewed while it lives, given back when it goes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actifix::{Error, Lease, Release, Store, TicketId, Token};

/// A lease that is kept.
#[derive(Clone)]
struct Held {
    token: Token,
    /// How long each renewal asks for.
    span: Duration,
    /// When the claim or the last renewal that was answered was sent.
    sent: Instant,
    /// When it is renewed next.
    next: Instant,
}

#[derive(Default)]
struct State {
    held: BTreeMap<TicketId, Held>,
    /// What the client has to be told about leases that it no longer has.
    lost: Vec<String>,
}

/// The leases of this server's client.
pub struct Kept {
    pub store: Store,
    /// How long a lease lasts unless the client says otherwise.
    pub lease: Duration,
    state: Mutex<State>,
    news: Nudge,
}

/// Wakes the one who keeps, when there is a new lease.
#[derive(Default)]
struct Nudge(Mutex<Option<std::task::Waker>>);

/// The longest that the keeper looks away.
const LOOK: Duration = Duration::from_millis(500);

impl Kept {
    pub fn new(store: Store, lease: Duration) -> Self {
        Self {
            store,
            lease,
            state: Mutex::default(),
            news: Nudge::default(),
        }
    }

    /// From now on this lease is kept; its claim or renewal was sent at `sent`.
    pub fn add(&self, lease: &Lease, span: Duration, sent: Instant) {
        let held = Held {
            token: lease.token,
            span,
            sent,
            next: sent + span / 3,
        };
        self.lock().held.insert(lease.ticket.id.clone(), held);
        let waker = self
            .news
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The client is done with this ticket.
    pub fn forget(&self, ticket: &TicketId) {
        self.lock().held.remove(ticket);
    }

    /// The token under which the client holds the ticket.
    pub fn token(&self, ticket: &TicketId) -> Option<Token> {
        self.lock().held.get(ticket).map(|held| held.token)
    }

    /// How long the ticket's renewals ask for.
    pub fn span(&self, ticket: &TicketId) -> Duration {
        self.lock()
            .held
            .get(ticket)
            .map_or(self.lease, |held| held.span)
    }

    /// What the client has not been told yet.
    pub fn lost(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().lost)
    }

    /// Renews, for ever.
    pub async fn keep(&self) {
        loop {
            let due: Vec<(TicketId, Held)> = {
                let now = Instant::now();
                let state = self.lock();
                let due = state.held.iter().filter(|(_, held)| held.next <= now);
                due.map(|(ticket, held)| (ticket.clone(), held.clone()))
                    .collect()
            };
            for (ticket, held) in due {
                self.renew(&ticket, &held).await;
            }
            self.rest().await;
        }
    }

    async fn renew(&self, ticket: &TicketId, held: &Held) {
        let sent = Instant::now();
        let trusted = held.sent + held.span - (held.span / 10).min(Duration::from_secs(30));
        let call = self.store.renew(ticket, held.token, held.span);
        let answer = tokio::time::timeout_at(trusted.into(), call).await;
        let mut state = self.lock();
        // It may have been ended meanwhile, or claimed anew.
        let Some(now) = state
            .held
            .get_mut(ticket)
            .filter(|now| now.token == held.token)
        else {
            return;
        };
        match answer {
            Ok(Ok(_)) => (now.sent, now.next) = (sent, sent + held.span / 3),
            Ok(Err(Error::LeaseLost { .. } | Error::NotFound { .. })) | Err(_) => {
                let why = match answer {
                    Ok(Err(error)) => error.to_string(),
                    _ => format!("the lease on {ticket} could not be renewed in time"),
                };
                state.held.remove(ticket);
                state
                    .lost
                    .push(format!("{why}. Stop working on it; its result is refused."));
            }
            Ok(Err(_)) => now.next = Instant::now() + (held.span / 20).min(Duration::from_secs(1)),
        }
    }

    /// Until the next renewal, or a new lease.
    async fn rest(&self) {
        let next = self.lock().held.values().map(|held| held.next).min();
        let until = Instant::now() + LOOK;
        let until = next.map_or(until, |next| next.min(until));
        let mut asked = false;
        let nudged = std::future::poll_fn(|context| {
            if asked {
                return std::task::Poll::Ready(());
            }
            asked = true;
            let mut waker = self.news.0.lock().unwrap_or_else(PoisonError::into_inner);
            *waker = Some(context.waker().clone());
            std::task::Poll::Pending
        });
        let _ = tokio::time::timeout_at(until.into(), nudged).await;
    }

    /// The client has gone: nothing stays leased.
    pub async fn give_back(&self) {
        let held = std::mem::take(&mut self.lock().held);
        for (ticket, held) in held {
            let how = Release::new().reason("the agent's session ended");
            // One that is lost is no longer ours to give; one that cannot be given runs out.
            let _ = self.store.release(&ticket, held.token, how).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

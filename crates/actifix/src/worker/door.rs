//! The worker's way to its store: the same handle for all, and a new one when the file had gone and is back.

use std::sync::{PoisonError, RwLock};

use crate::error::{Error, LostWhy, Result};
use crate::event::EventKind;
use crate::lease::Token;
use crate::store::{Settings, Store};
use crate::ticket::TicketId;

/// The way to the store.
pub(super) struct Door(RwLock<Store>);

impl Door {
    pub fn new(store: Store) -> Self {
        Self(RwLock::new(store))
    }

    /// The store as it can be reached now.
    pub fn store(&self) -> Store {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// After an error that says the file is not what it was: looks whether there is a good one at its place.
    pub fn mend(&self, error: &Error) {
        if !matches!(error, Error::Corrupt { .. } | Error::Storage { .. }) {
            return;
        }
        let old = self.store();
        let settings = Settings {
            create: false,
            ..old.settings().clone()
        };
        let opened =
            Store::open_with(old.path(), settings).and_then(|store| store.acting_as(old.actor()));
        if let Ok(store) = opened {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = store;
        }
    }

    /// Whether the ticket was ended or given back under this very token: then nobody took it away.
    pub async fn ended_under(&self, ticket: &TicketId, token: Token) -> Result<bool> {
        let story = self.store().show(ticket).await?;
        Ok(story.events.iter().any(|event| {
            use EventKind::{Closed, Completed, Failed, Ignored, Released};
            event.token == Some(token)
                && matches!(event.kind, Completed | Released | Failed | Closed | Ignored)
        }))
    }
}

/// What an error means for a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    /// The store cannot be reached, or does not know: wait and ask again.
    Wait,
    /// The lease is gone.
    Lost,
    /// Asking again is of no use.
    Refused,
}

impl Means {
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Busy { .. }
            | Error::Unknown { .. }
            | Error::Storage { .. }
            | Error::Corrupt { .. } => Self::Wait,
            Error::LeaseLost { .. }
            | Error::NotFound { .. }
            | Error::Held { .. }
            | Error::NotReady { .. } => Self::Lost,
            _ => Self::Refused,
        }
    }
}

/// The lease ran out, as far as its holder can tell.
pub(super) fn in_doubt(store: &Store, ticket: &TicketId) -> Error {
    Error::LeaseLost {
        ticket: ticket.clone(),
        holder: None,
        since: store.settings().clock.now(),
        why: LostWhy::Expired,
    }
}

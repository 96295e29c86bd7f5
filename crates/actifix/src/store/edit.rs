//! What people do with tickets besides working on them: end them, bring them back, change their facts.

use super::sqlite::Body;
use super::{Call, Store};
use crate::change::{Close, Delete, Update};
use crate::clean::Clean;
use crate::error::Error;
use crate::event::Receipt;
use crate::lease::Token;
use crate::limits;
use crate::ticket::{TicketId, WakeRule};

impl Store {
    /// Ends a ticket with a reason and no work.
    ///
    /// # Errors
    /// [`crate::Error::Held`] while another holds it, [`crate::Error::NotReady`] when it has ended already.
    pub fn close(&self, ticket: &TicketId, how: impl Into<Clean<Close>>) -> Call<Receipt> {
        let how = how.into();
        match how.get().check(&self.settings().limits) {
            Ok(()) => self.send(Body::Close {
                ticket: ticket.clone(),
                how,
            }),
            Err(error) => Call::failed(error),
        }
    }

    /// Ends a ticket until its wake rule opens it again. `token` when the caller holds it.
    ///
    /// # Errors
    /// As [`Store::close`].
    pub fn ignore(&self, ticket: &TicketId, wake: WakeRule, token: Option<Token>) -> Call<Receipt> {
        if wake.more == Some(0) {
            return Call::failed(Error::invalid("more", "it wakes after one more or later"));
        }
        self.send(Body::Ignore {
            ticket: ticket.clone(),
            wake,
            token,
        })
    }

    /// Opens an ended or quarantined ticket again, with no attempts counted.
    ///
    /// # Errors
    /// [`crate::Error::NotReady`] when it is open, leased or deleted.
    pub fn reopen(&self, ticket: &TicketId) -> Call<Receipt> {
        self.send(Body::Reopen {
            ticket: ticket.clone(),
        })
    }

    /// Joins a ticket into another for good: `into` counts for both from now on, and every report that would have gone to
    /// `ticket` goes there. `ticket` is closed, keeps its history, and cannot be reopened.
    ///
    /// # Errors
    /// [`crate::Error::Held`] while another holds it, [`crate::Error::Invalid`] for a ticket of another project or the same
    /// one, [`crate::Error::NotReady`] when either is deleted or it was merged elsewhere.
    pub fn merge(&self, ticket: &TicketId, into: &TicketId) -> Call<Receipt> {
        self.send(Body::Merge {
            ticket: ticket.clone(),
            into: into.clone(),
        })
    }

    /// Marks a ticket as deleted; [`Store::undelete`] takes the mark back. Deleting twice changes nothing.
    ///
    /// # Errors
    /// [`crate::Error::Held`] while another holds it, unless forced.
    pub fn delete(&self, ticket: &TicketId, how: Delete) -> Call<Receipt> {
        self.send(Body::Delete {
            ticket: ticket.clone(),
            how,
        })
    }

    /// Puts a deleted ticket back where it was (a lease comes back as open).
    ///
    /// # Errors
    /// [`crate::Error::NotReady`] when it is not deleted.
    pub fn undelete(&self, ticket: &TicketId) -> Call<Receipt> {
        self.send(Body::Undelete {
            ticket: ticket.clone(),
        })
    }

    /// Removes a deleted ticket for good; its events stay.
    ///
    /// # Errors
    /// [`crate::Error::NotReady`] when it is not deleted.
    pub fn purge(&self, ticket: &TicketId) -> Call<Receipt> {
        self.send(Body::Purge {
            ticket: ticket.clone(),
        })
    }

    /// Names the person who looks after a ticket, or nobody.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] for an empty or over-long name.
    pub fn assign(&self, ticket: &TicketId, assignee: Option<&str>) -> Call<Receipt> {
        match limits::opt_name("assignee", assignee) {
            Ok(()) => self.send(Body::Assign {
                ticket: ticket.clone(),
                assignee: assignee.map(str::to_owned),
            }),
            Err(error) => Call::failed(error),
        }
    }

    /// Adds a note.
    ///
    /// # Errors
    /// [`crate::Error::TooLong`] when the ticket's notes would go over their limit.
    pub fn note(&self, ticket: &TicketId, text: impl Into<Clean<String>>) -> Call<Receipt> {
        let text = text.into();
        let checked = match text.get().trim() {
            "" => Err(Error::invalid("note", "it is empty")),
            _ => limits::text("note", text.get(), self.settings().limits.notes),
        };
        match checked {
            Ok(()) => self.send(Body::Note {
                ticket: ticket.clone(),
                text,
            }),
            Err(error) => Call::failed(error),
        }
    }

    /// Changes facts of a ticket.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`], [`crate::Error::TooLong`], [`crate::Error::NotReady`] when it is deleted.
    pub fn update(&self, ticket: &TicketId, change: impl Into<Clean<Update>>) -> Call<Receipt> {
        let change = change.into();
        match change.get().check(&self.settings().limits) {
            Ok(()) => self.send(Body::Update {
                ticket: ticket.clone(),
                change: Box::new(change),
            }),
            Err(error) => Call::failed(error),
        }
    }
}

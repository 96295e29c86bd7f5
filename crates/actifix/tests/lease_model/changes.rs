//! The model's rules for changes of one ticket, in the order of the table.

use actifix::{CloseReason, Priority, RetryRules};

use super::model::{End, Fate, Model, No, Place, Yes};

/// Whether the ticket is ready at once after a release, or the earliest and the latest moment at which it will be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rest {
    None,
    Between(i64, i64),
}

impl Model {
    pub fn renew(&mut self, at: usize, shown: i64, lease: i64) -> Result<(), No> {
        self.sweep();
        match &mut self.tickets[at].place {
            Place::Leased { token, expires, .. } if *token == shown => {
                *expires = self.now + lease;
                Ok(())
            }
            _ => Err(self.lost(at, shown)),
        }
    }

    pub fn release(
        &mut self,
        at: usize,
        shown: i64,
        failed: bool,
        later: Option<i64>,
    ) -> Result<(Yes, Rest), No> {
        self.sweep();
        let live = match &self.tickets[at].place {
            Place::Leased { token, .. } if *token == shown => true,
            Place::Ready { last: Some(last) } if *last == shown => false,
            Place::Parked { last: Some(last) } if *last == shown => {
                return Ok((Yes::Nothing, Rest::None));
            }
            _ => return Err(self.lost(at, shown)),
        };
        self.fates.insert(shown, Fate::GivenBack);
        let ticket = &mut self.tickets[at];
        let asked = later.unwrap_or(0);
        let mut rest = (asked, asked);
        if failed {
            if live {
                (ticket.attempts, ticket.lapses) = (ticket.attempts + 1, 0);
            }
            if ticket.attempts >= RetryRules::default().attempts {
                ticket.place = Place::Parked { last: None };
                return Ok((Yes::Changed, Rest::None));
            }
            // 10 s for the first, doubling; by chance up to a quarter less.
            let whole = 10_000_000 << (ticket.attempts - 1);
            rest = (asked.max(whole - whole / 4), asked.max(whole));
        } else if live {
            ticket.lapses = 0;
        }
        if rest == (0, 0) {
            ticket.place = Place::Ready { last: None };
            return Ok((Yes::Changed, Rest::None));
        }
        ticket.place = Place::Scheduled {
            not_before: self.now + rest.1,
        };
        Ok((
            Yes::Changed,
            Rest::Between(self.now + rest.0, self.now + rest.1),
        ))
    }

    /// The holder whose completion it is, or the first time's answer.
    pub fn complete(&mut self, at: usize, shown: i64) -> Result<Yes, No> {
        self.sweep();
        let late = self.set.late_completions;
        match &self.tickets[at].place {
            Place::Leased { token, .. } if *token == shown => Ok(Yes::Changed),
            Place::Ready { last } | Place::Parked { last } if late && *last == Some(shown) => {
                Ok(Yes::Changed)
            }
            Place::Ended(End::Completed { token, seq, .. }) if *token == shown => {
                Ok(Yes::SameAs(*seq))
            }
            _ => Err(self.lost(at, shown)),
        }
    }

    /// The store has written the completion.
    pub fn completed(&mut self, at: usize, token: i64, by: &str, seq: i64) {
        self.tickets[at].place = Place::Ended(End::Completed {
            token,
            by: by.to_owned(),
            seq,
        });
    }

    /// A live lease stands in the way of everybody but its holder.
    fn may_end(&self, at: usize, shown: Option<i64>) -> Result<(), No> {
        match &self.tickets[at].place {
            Place::Leased { token, holder, .. } if shown != Some(*token) => {
                Err(No::Held { by: holder.clone() })
            }
            _ => Ok(()),
        }
    }

    pub fn close(&mut self, at: usize, shown: Option<i64>, reason: CloseReason) -> Result<Yes, No> {
        self.sweep();
        self.may_end(at, shown)?;
        if matches!(
            self.tickets[at].place,
            Place::Ended(_) | Place::Trash { .. }
        ) {
            return Err(No::NotReady);
        }
        self.tickets[at].place = Place::Ended(End::Closed { reason, of: None });
        Ok(Yes::Changed)
    }

    pub fn close_as_duplicate(&mut self, at: usize, of: usize) -> Result<Yes, No> {
        self.sweep();
        self.may_end(at, None)?;
        if matches!(
            self.tickets[at].place,
            Place::Ended(_) | Place::Trash { .. }
        ) {
            return Err(No::NotReady);
        }
        let mut original = of;
        loop {
            if original == at {
                return Err(No::Invalid);
            }
            match self.tickets[original].place {
                Place::Trash { .. } => return Err(No::NotReady),
                Place::Ended(End::Closed { of: Some(next), .. }) => original = next,
                _ => break,
            }
        }
        self.tickets[at].place = Place::Ended(End::Closed {
            reason: CloseReason::Duplicate,
            of: Some(of),
        });
        Ok(Yes::Changed)
    }

    pub fn ignore(
        &mut self,
        at: usize,
        shown: Option<i64>,
        until: Option<i64>,
        more: Option<u64>,
    ) -> Result<Yes, No> {
        self.sweep();
        self.may_end(at, shown)?;
        let ticket = &mut self.tickets[at];
        if matches!(ticket.place, Place::Trash { .. }) {
            return Err(No::NotReady);
        }
        let at_count = more.map(|more| ticket.occurrences + more);
        ticket.place = Place::Ended(End::Ignored { until, at_count });
        Ok(Yes::Changed)
    }

    pub fn reopen(&mut self, at: usize) -> Result<Yes, No> {
        self.sweep();
        let ticket = &mut self.tickets[at];
        if !matches!(ticket.place, Place::Ended(_) | Place::Parked { .. }) {
            return Err(No::NotReady);
        }
        ticket.place = Place::Ready { last: None };
        (ticket.attempts, ticket.lapses) = (0, 0);
        Ok(Yes::Changed)
    }

    pub fn delete(&mut self, at: usize, shown: Option<i64>, force: bool) -> Result<Yes, No> {
        self.sweep();
        if matches!(self.tickets[at].place, Place::Trash { .. }) {
            return Ok(Yes::Nothing);
        }
        if !force {
            self.may_end(at, shown)?;
        }
        let from = Box::new(self.tickets[at].place.clone());
        self.tickets[at].place = Place::Trash { from };
        Ok(Yes::Changed)
    }

    pub fn undelete(&mut self, at: usize) -> Result<Yes, No> {
        self.sweep();
        let Place::Trash { from } = self.tickets[at].place.clone() else {
            return Err(No::NotReady);
        };
        self.tickets[at].place = match *from {
            Place::Leased { .. } => Place::Ready { last: None },
            from => from,
        };
        // Its reports are its own again when no other ticket counts them.
        let name = self.tickets[at].name;
        let owner = self.owners[&name];
        if matches!(self.tickets[owner].place, Place::Trash { .. }) {
            self.owners.insert(name, at);
        }
        Ok(Yes::Changed)
    }

    pub fn prioritise(&mut self, at: usize, priority: Priority) -> Result<Yes, No> {
        self.sweep();
        if matches!(self.tickets[at].place, Place::Trash { .. }) {
            return Err(No::NotReady);
        }
        self.tickets[at].priority = priority;
        Ok(Yes::Changed)
    }
}

//! A second, plain implementation of the rules: a list of tickets in memory, no database, no index, no batch.

use std::collections::BTreeMap;

use actifix::{CloseReason, LostWhy, Priority, Regression, Status};

use super::steps::{PROJECTS, Set};

/// A grant that ran out last; its holder may still complete.
pub type Last = Option<i64>;

/// Where a ticket stands. Times are microseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    Ready {
        last: Last,
    },
    Scheduled {
        not_before: i64,
    },
    Leased {
        token: i64,
        holder: String,
        expires: i64,
    },
    Parked {
        last: Last,
    },
    Ended(End),
    Trash {
        from: Box<Place>,
    },
}

/// How a ticket ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Completed {
        token: i64,
        by: String,
        seq: i64,
    },
    Closed {
        reason: CloseReason,
        of: Option<usize>,
    },
    Ignored {
        until: Option<i64>,
        at_count: Option<u64>,
    },
}

/// How a grant ended, when it did not end as it should.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    RanOut,
    GivenBack,
}

#[derive(Clone, Debug)]
pub struct Ticket {
    pub name: u8,
    pub priority: Priority,
    pub created: i64,
    pub occurrences: u64,
    pub place: Place,
    pub attempts: u32,
    /// Expiries one after the other.
    pub lapses: u32,
    /// Tokens in the order in which they were given.
    pub tokens: Vec<i64>,
}

/// Why the model says no.
#[derive(Clone, Debug, PartialEq)]
pub enum No {
    Held {
        by: String,
    },
    /// `holder` is `None` when the rules leave open who is named.
    Lost {
        why: LostWhy,
        holder: Option<String>,
    },
    NotReady,
    Invalid,
}

/// What the model says to a change: `repeated` names the event of the first time.
#[derive(Clone, Debug, PartialEq)]
pub enum Yes {
    Changed,
    Nothing,
    SameAs(i64),
}

pub struct Model {
    pub set: Set,
    pub now: i64,
    pub tickets: Vec<Ticket>,
    /// The ticket that counts the reports of a name.
    pub owners: BTreeMap<u8, usize>,
    pub fates: BTreeMap<i64, Fate>,
}

const ATTEMPTS: u32 = 5;
const LAPSES: u32 = 3;

impl Model {
    pub fn new(set: Set, now: i64) -> Self {
        Self {
            set,
            now,
            tickets: Vec::new(),
            owners: BTreeMap::new(),
            fates: BTreeMap::new(),
        }
    }

    /// What time has done by now. It is looked at whenever something is written.
    pub fn sweep(&mut self) {
        for ticket in &mut self.tickets {
            match ticket.place {
                Place::Leased { token, expires, .. } if expires <= self.now => {
                    self.fates.insert(token, Fate::RanOut);
                    ticket.attempts += 1;
                    ticket.lapses += 1;
                    let last = Some(token);
                    let given_up = ticket.lapses >= LAPSES || ticket.attempts >= ATTEMPTS;
                    ticket.place = if given_up {
                        Place::Parked { last }
                    } else {
                        Place::Ready { last }
                    };
                }
                Place::Scheduled { not_before } if not_before <= self.now => {
                    ticket.place = Place::Ready { last: None }
                }
                _ => {}
            }
        }
    }

    pub fn status(&self, at: usize) -> Status {
        match &self.tickets[at].place {
            Place::Ready { .. } | Place::Scheduled { .. } => Status::Open,
            Place::Leased { expires, .. } if *expires <= self.now => Status::Open,
            Place::Leased { .. } => Status::InProgress,
            Place::Parked { .. } => Status::Quarantined,
            Place::Ended(End::Ignored { .. }) => Status::Ignored,
            Place::Ended(_) => Status::Completed,
            Place::Trash { .. } => Status::Open,
        }
    }

    /// The ticket of an equal report, and whether it is a new one.
    pub fn record(&mut self, name: u8, priority: Priority, later: Option<i64>) -> (usize, bool) {
        self.sweep();
        let known = self.owners.get(&name).and_then(|&at| self.counts_for(at));
        let Some(at) = known else {
            return self.make(name, priority, later);
        };
        let fixed = match &self.tickets[at].place {
            Place::Ended(End::Completed { .. }) => true,
            Place::Ended(End::Closed { reason, .. }) => *reason == CloseReason::Fixed,
            _ => false,
        };
        if fixed && self.set.regression == Regression::NewTicket {
            return self.make(name, priority, later);
        }
        let ticket = &mut self.tickets[at];
        ticket.occurrences += 1;
        let wakes = match ticket.place {
            Place::Ended(End::Ignored { until, at_count }) => {
                until.is_some_and(|until| until <= self.now)
                    || at_count.is_some_and(|k| ticket.occurrences >= k)
            }
            _ => fixed && self.set.regression == Regression::Reopen,
        };
        if wakes {
            self.start_anew(at);
        }
        (at, false)
    }

    /// Duplicates count on their original; a deleted ticket counts nothing.
    fn counts_for(&self, mut at: usize) -> Option<usize> {
        loop {
            match self.tickets[at].place {
                Place::Trash { .. } => return None,
                Place::Ended(End::Closed { of: Some(of), .. }) => at = of,
                _ => return Some(at),
            }
        }
    }

    fn make(&mut self, name: u8, priority: Priority, later: Option<i64>) -> (usize, bool) {
        let place = match later {
            Some(later) => Place::Scheduled {
                not_before: self.now + later,
            },
            None => Place::Ready { last: None },
        };
        let ticket = Ticket {
            name,
            priority,
            created: self.now,
            occurrences: 1,
            place,
            attempts: 0,
            lapses: 0,
            tokens: Vec::new(),
        };
        self.tickets.push(ticket);
        let at = self.tickets.len() - 1;
        self.owners.insert(name, at);
        (at, true)
    }

    fn start_anew(&mut self, at: usize) {
        let ticket = &mut self.tickets[at];
        ticket.place = Place::Ready { last: None };
        (ticket.attempts, ticket.lapses) = (0, 0);
    }

    /// The tickets that a claim gets, in its order.
    pub fn claim(
        &mut self,
        count: usize,
        priority: Option<Priority>,
        project: Option<u8>,
    ) -> Vec<usize> {
        self.sweep();
        let ready = |at: &usize| {
            let ticket = &self.tickets[*at];
            matches!(ticket.place, Place::Ready { .. })
                && priority.is_none_or(|priority| priority == ticket.priority)
                && project.is_none_or(|project| project == ticket.name % PROJECTS)
        };
        let mut heads: Vec<usize> = (0..self.tickets.len()).filter(ready).collect();
        heads.sort_by_key(|&at| (self.tickets[at].priority, self.tickets[at].created, at));
        heads.truncate(count);
        heads
    }

    pub fn acquire(&mut self, at: usize) -> Result<(), No> {
        self.sweep();
        match &self.tickets[at].place {
            Place::Ready { .. } | Place::Scheduled { .. } => Ok(()),
            Place::Leased { holder, .. } => Err(No::Held { by: holder.clone() }),
            _ => Err(No::NotReady),
        }
    }

    /// The store has chosen a token.
    pub fn grant(&mut self, at: usize, token: i64, holder: &str, lease: i64) {
        let ticket = &mut self.tickets[at];
        ticket.tokens.push(token);
        ticket.place = Place::Leased {
            token,
            holder: holder.to_owned(),
            expires: self.now + lease,
        };
    }

    /// How `token` lost the ticket.
    pub fn lost(&self, at: usize, token: i64) -> No {
        let (why, holder) = match &self.tickets[at].place {
            Place::Leased { holder, .. } => (LostWhy::Taken, Some(holder.clone())),
            Place::Ended(End::Completed { by, .. }) => (LostWhy::Completed, Some(by.clone())),
            Place::Ended(_) => (LostWhy::Completed, None),
            Place::Trash { .. } => (LostWhy::Deleted, None),
            _ => match self
                .fates
                .get(&token)
                .filter(|_| self.tickets[at].tokens.contains(&token))
            {
                Some(Fate::RanOut) => (LostWhy::Expired, None),
                _ => (LostWhy::Released, None),
            },
        };
        No::Lost { why, holder }
    }
}

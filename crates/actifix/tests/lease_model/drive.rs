//! Does each step with the store and with the model, and compares.

use std::sync::Arc;
use std::time::Duration;

use actifix::{
    Claim, Clock, Delete, Lease, ManualClock, Priority, Release, Store, TicketId, Token,
};

use super::changes::Rest;
use super::compare::{agree, agree_on_change, same_counts, same_ticket};
use super::model::{Model, Place, Yes};
use super::steps::{PROJECTS, Set, Shown, Step, Which};
use crate::checkers;
use crate::proof::caller::Caller;
use crate::proof::dump::Dump;
use crate::proof::log::Memory;
use crate::proof::stores::{Room, error};

/// A store, the model beside it, and the log of all calls.
pub struct Run {
    pub(super) _room: Room,
    pub(super) store: Store,
    pub(super) clock: Arc<ManualClock>,
    pub(super) memory: Memory,
    pub(super) caller: Caller,
    pub(super) model: Model,
    pub(super) ids: Vec<TicketId>,
}

pub(super) fn micros(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap() * 1_000_000
}

fn span(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Whoever holds a lease here.
fn holder(number: u8) -> String {
    format!("agent-{number}")
}

impl Run {
    pub fn new(set: Set) -> Self {
        let room = Room::in_memory();
        let (store, clock) = room.timed(|settings| {
            settings.late_completions = set.late_completions;
            settings.regression = set.regression;
        });
        let memory = Memory::default();
        let caller = Caller::new("agent-0", store.clone(), memory.log("run"));
        let model = Model::new(set, clock.now().micros());
        Self {
            _room: room,
            store,
            clock,
            memory,
            caller,
            model,
            ids: Vec::new(),
        }
    }

    /// Does a step, and compares what it touched.
    pub fn step(&mut self, step: &Step) {
        match step {
            Step::Pass { seconds } => self.pass(*seconds),
            Step::Record {
                name,
                priority,
                later,
            } => self.record(*name, *priority, *later),
            Step::Claim {
                holder,
                count,
                priority,
                project,
                lease,
            } => {
                self.claim(*holder, *count, (*priority, *project), *lease);
            }
            _ if self.ids.is_empty() => self.nobody(step),
            step => self.work(step),
        }
    }

    fn pass(&mut self, seconds: u64) {
        self.clock.advance(span(seconds));
        self.model.now += micros(seconds);
    }

    fn record(&mut self, name: u8, priority: Priority, later: Option<u64>) {
        let report = error(&format!("boom {name}")).priority(priority);
        let mut report = report.project(format!("p{}", name % PROJECTS));
        report.not_before = later.map(span);
        let seen = self.caller.record(report).unwrap();
        let (at, new) = self.model.record(name, priority, later.map(micros));
        if new {
            self.ids.push(seen.id.clone());
        }
        let said = &self.model.tickets[at];
        assert_eq!((&seen.id, seen.new), (&self.ids[at], new), "{said:?}");
        assert_eq!(
            (seen.occurrences, seen.priority),
            (said.occurrences, said.priority)
        );
        assert_eq!(seen.status, self.model.status(at), "{said:?}");
        self.look_at(at);
    }

    fn claim(&mut self, by: u8, count: usize, only: (Option<Priority>, Option<u8>), lease: u64) {
        let by = holder(by);
        self.caller.be(&by);
        let (priority, project) = only;
        let claim = Claim::by(&by)
            .lease(span(lease))
            .count(count)
            .priorities(priority);
        let claim = project
            .into_iter()
            .fold(claim, |claim, p| claim.project(format!("p{p}")));
        let any = only == (None, None);
        let leases = self
            .caller
            .claim_by(claim, span(lease), count, any)
            .unwrap();
        let said = self.model.claim(count, priority, project);
        let seen: Vec<&TicketId> = leases.iter().map(|lease| &lease.ticket.id).collect();
        let expected: Vec<&TicketId> = said.iter().map(|at| &self.ids[*at]).collect();
        assert_eq!(seen, expected, "the order of a claim");
        for (at, granted) in said.into_iter().zip(leases) {
            self.granted(at, &granted, &by, lease);
        }
    }

    fn granted(&mut self, at: usize, seen: &Lease, by: &str, lease: u64) {
        let newest = self
            .model
            .tickets
            .iter()
            .filter_map(|ticket| ticket.tokens.last())
            .max();
        assert!(
            newest.is_none_or(|newest| seen.token.0 > *newest),
            "a token that does not rise: {seen:?}"
        );
        assert_eq!(seen.holder, by);
        assert_eq!(seen.acquired_at.micros(), self.model.now);
        self.model.grant(at, seen.token.0, by, micros(lease));
        assert_eq!(seen.expires_at.micros(), self.model.now + micros(lease));
        same_ticket(&self.model, at, &seen.ticket);
        self.look_at(at);
    }

    /// There is no ticket yet: whoever names one is told so.
    fn nobody(&mut self, step: &Step) {
        let absent: TicketId = "ACT-20260101-FFFFFFFF".parse().unwrap();
        let kind = match step {
            Step::Acquire { .. } => self.caller.acquire(&absent, span(60)).map(drop),
            Step::Reopen { .. } => self.caller.reopen(&absent).map(drop),
            Step::Delete { .. } => self.caller.delete(&absent, Delete::default()).map(drop),
            _ => self.caller.renew(&absent, Token(1), span(60)).map(drop),
        };
        assert_eq!(kind.unwrap_err().kind(), "not_found");
    }

    pub(super) fn at(&self, which: Which) -> usize {
        which % self.ids.len()
    }

    pub(super) fn token(&self, which: Which, shown: Shown) -> i64 {
        let never = 999_999_999;
        let newest = |at: usize| {
            self.model.tickets[at]
                .tokens
                .last()
                .copied()
                .unwrap_or(never)
        };
        match shown {
            Shown::Newest => newest(self.at(which)),
            Shown::Older(back) => self.model.tickets[self.at(which)]
                .tokens
                .iter()
                .rev()
                .nth(back)
                .copied()
                .unwrap_or(never),
            Shown::Foreign => newest(self.at(which + 1)),
            Shown::Never => never,
        }
    }

    fn work(&mut self, step: &Step) {
        match *step {
            Step::Acquire {
                which,
                holder,
                lease,
            } => self.acquire(which, holder, lease),
            Step::Renew {
                which,
                shown,
                lease,
            } => self.renew(which, shown, lease),
            Step::Release {
                which,
                shown,
                failed,
                later,
            } => self.release(which, shown, failed, later),
            Step::Complete { which, shown } => self.complete(which, shown),
            ref step => self.keep(step),
        }
    }

    fn acquire(&mut self, which: Which, by: u8, lease: u64) {
        let (at, by) = (self.at(which), holder(by));
        self.caller.be(&by);
        let seen = self.caller.acquire(&self.ids[at], span(lease));
        match (self.model.acquire(at), seen) {
            (Ok(()), Ok(granted)) => self.granted(at, &granted, &by, lease),
            (said, seen) => agree(said, seen),
        }
        self.look_at(at);
    }

    fn renew(&mut self, which: Which, shown: Shown, lease: u64) {
        let (at, token) = (self.at(which), self.token(which, shown));
        let seen = self.caller.renew(&self.ids[at], Token(token), span(lease));
        let said = self.model.renew(at, token, micros(lease));
        if let Ok(lease) = &seen {
            same_ticket(&self.model, at, &lease.ticket);
        }
        agree(said, seen);
        self.look_at(at);
    }

    fn release(&mut self, which: Which, shown: Shown, failed: bool, later: Option<u64>) {
        let (at, token) = (self.at(which), self.token(which, shown));
        let how = if failed {
            Release::new().failed()
        } else {
            Release::new()
        };
        let how = later.map(span).into_iter().fold(how, Release::not_before);
        let seen = self
            .caller
            .release(&self.ids[at], Token(token), how, failed || later.is_some());
        let said = self.model.release(at, token, failed, later.map(micros));
        if let Ok((_, Rest::Between(earliest, latest))) = said {
            let shown = self
                .store
                .get(&self.ids[at])
                .wait()
                .unwrap()
                .not_before
                .expect("it rests")
                .micros();
            assert!(
                (earliest..=latest).contains(&shown),
                "rests until {shown}, not {earliest} to {latest}"
            );
            self.model.tickets[at].place = Place::Scheduled { not_before: shown };
        }
        agree_on_change(said.map(|(yes, _)| yes), seen);
        self.look_at(at);
    }

    fn complete(&mut self, which: Which, shown: Shown) {
        let (at, token) = (self.at(which), self.token(which, shown));
        let seen = self.caller.complete(&self.ids[at], Token(token));
        let said = self.model.complete(at, token);
        if let (Ok(Yes::Changed), Ok(receipt)) = (&said, &seen) {
            let dump = self.store.show(&self.ids[at]).wait().unwrap();
            let event = dump.events.last().unwrap();
            assert_eq!(event.seq, receipt.seq);
            self.model.completed(at, token, &event.actor, receipt.seq);
        }
        agree_on_change(said, seen);
        self.look_at(at);
    }

    pub(super) fn look_at(&self, at: usize) {
        same_ticket(
            &self.model,
            at,
            &self.store.get(&self.ids[at]).wait().unwrap(),
        );
    }

    /// Compares all that can be seen.
    pub fn look_at_all(&self) {
        for at in 0..self.ids.len() {
            self.look_at(at);
        }
        let verdict = self.store.verify(false).wait().unwrap();
        assert!(verdict.ok, "{verdict:?}");
    }

    /// The end: one more write sweeps, then everything is compared and judged.
    pub fn finish(mut self) {
        self.record(99, Priority::P4, None);
        self.look_at_all();
        same_counts(&self.model, &self.store.stats().wait().unwrap());
        let lies = checkers::judge(&self.memory.history(), &Dump::read(&self.store).unwrap());
        checkers::assert_none(&lies, "a model run");
    }
}

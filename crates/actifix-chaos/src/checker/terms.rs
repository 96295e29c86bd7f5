//! A history by ticket: its terms (what was granted under each token, and how that ended), in the order of the tokens.

use std::collections::BTreeMap;

use actifix::{TicketId, Timestamp, Token};

use crate::history::{Answer, Call, Grant, History, Op};

/// One grant, and all that was accepted under its token.
pub struct Term<'h> {
    /// What was granted.
    pub grant: &'h Grant,
    /// The call that granted it.
    pub call: &'h Call,
    /// Renewals that were accepted, with the lease's new time.
    pub renewals: Vec<(&'h Call, &'h Grant)>,
    /// Calls under the token that ended it, and were accepted for the first time.
    pub ends: Vec<(&'h Call, Timestamp)>,
    /// Renewals, or calls that may have ended it, of unknown outcome.
    pub unknown: bool,
}

/// One ticket's terms, and what was done to it without a token.
#[derive(Default)]
pub struct Course<'h> {
    /// In the order of the tokens.
    pub terms: Vec<Term<'h>>,
    /// Accepted or unknown calls that may have ended a lease, or found none: the token that they show decides nothing
    /// when the ticket is free.
    pub seizures: Vec<&'h Call>,
    /// All calls that name the ticket, in the order in which they began.
    pub calls: Vec<&'h Call>,
    /// Calls that show a token that was never granted as far as the history knows.
    pub strays: Vec<&'h Call>,
}

impl Course<'_> {
    /// The term of a token.
    pub fn term(&self, token: Token) -> Option<&Term<'_>> {
        self.at(token).map(|at| &self.terms[at])
    }

    fn at(&self, token: Token) -> Option<usize> {
        self.terms
            .binary_search_by_key(&token, |term| term.grant.token)
            .ok()
    }

    /// For each term, the earliest moment at which some later grant was surely there.
    pub fn surely_superseded(&self) -> Vec<u64> {
        let mut earliest = u64::MAX;
        let mut all: Vec<u64> = Vec::with_capacity(self.terms.len());
        for term in self.terms.iter().rev() {
            all.push(earliest);
            earliest = earliest.min(term.call.end);
        }
        all.reverse();
        all
    }
}

/// The history by ticket.
pub fn courses(history: &History) -> BTreeMap<&TicketId, Course<'_>> {
    let mut all: BTreeMap<&TicketId, Course<'_>> = BTreeMap::new();
    for call in &history.calls {
        for grant in call.grants() {
            let term = Term {
                grant,
                call,
                renewals: Vec::new(),
                ends: Vec::new(),
                unknown: false,
            };
            all.entry(&grant.ticket).or_default().terms.push(term);
        }
        if let Some(ticket) = call.op.ticket() {
            all.entry(ticket).or_default().calls.push(call);
        }
    }
    for course in all.values_mut() {
        course.terms.sort_by_key(|term| term.grant.token);
        attach(course);
    }
    all
}

fn attach(course: &mut Course<'_>) {
    for call in course.calls.clone() {
        if call.refused() {
            continue;
        }
        let at = call.op.token().map(|token| course.at(token));
        match (&call.op, at) {
            (Op::Close { .. } | Op::Delete { .. }, _) => course.seizures.push(call),
            (_, Some(None)) => course.strays.push(call),
            (_, Some(Some(at))) => accepted(&mut course.terms[at], call),
            (_, None) => {}
        }
    }
}

fn accepted<'h>(term: &mut Term<'h>, call: &'h Call) {
    match &call.answer {
        _ if call.unsure() => term.unknown = true,
        Some(Answer::Renewed(grant)) => term.renewals.push((call, grant)),
        Some(Answer::Done(receipt)) if !receipt.repeated => term.ends.push((call, receipt.at)),
        _ => {}
    }
}

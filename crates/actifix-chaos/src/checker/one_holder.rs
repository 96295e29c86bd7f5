//! Promise 1: at most one live lease on a ticket, and the token decides.
//!
//! A general search for an order that explains a history gives out at a few hundred calls. Here the token is the
//! order, so one pass over each ticket's terms, sorted by token, is enough.

use std::collections::BTreeMap;

use actifix::{LostWhy, Timestamp, Token};

use super::terms::{Course, Term, courses};
use super::{Lie, Rules};
use crate::history::{Answer, Call, History, Op};

/// Judges a history.
pub fn check(history: &History, rules: &Rules) -> Vec<Lie> {
    let mut lies = tokens_are_given_once(history);
    let complete = history.first_unknown_claim() == u64::MAX;
    for course in courses(history).values() {
        lies.extend(tokens_rise(course));
        if rules.one_clock {
            lies.extend(terms_do_not_overlap(course));
            lies.extend(renewals_are_in_time(course));
        }
        lies.extend(nothing_after_the_end(course));
        lies.extend(newest_token_decides(course));
        if complete && !course.calls.iter().any(|call| call.unsure()) {
            lies.extend(refusals_are_true(course));
            let stray = |call: &&&Call| call.acknowledged() && call.op.token().is_some();
            let strays = course.strays.iter().filter(stray);
            lies.extend(strays.map(|call| Lie::new("never granted", format!("{call:?}"))));
        }
    }
    lies
}

/// A token stands for one grant of one ticket.
fn tokens_are_given_once(history: &History) -> Vec<Lie> {
    let mut seen = BTreeMap::new();
    let mut lies = Vec::new();
    for call in &history.calls {
        for grant in call.grants() {
            if let Some(first) = seen.insert(grant.token, grant) {
                lies.push(Lie::new(
                    "token given twice",
                    format!("{first:?} and {grant:?}"),
                ));
            }
        }
    }
    lies
}

/// A grant that was answered before another was asked for has the smaller token.
fn tokens_rise(course: &Course<'_>) -> Vec<Lie> {
    let mut lies = Vec::new();
    let mut latest_begin: Option<&Term<'_>> = None;
    for term in &course.terms {
        if let Some(before) = latest_begin
            && before.call.begin > term.call.end
        {
            lies.push(Lie::new(
                "token does not rise",
                format!("{:?}, then {:?}", term.grant, before.grant),
            ));
        }
        if latest_begin.is_none_or(|before| before.call.begin < term.call.begin) {
            latest_begin = Some(term);
        }
    }
    lies
}

/// By the store's clock, a term begins after the one before has ended.
fn terms_do_not_overlap(course: &Course<'_>) -> Vec<Lie> {
    let mut lies = Vec::new();
    if course.seizures.iter().any(|call| call.unsure()) {
        return lies; // which of the terms it ended is not known
    }
    let receipts = course.seizures.iter().filter_map(|call| call.receipt());
    let mut seized: Vec<Timestamp> = receipts.map(|receipt| receipt.at).collect();
    seized.sort_unstable();
    for pair in course.terms.windows(2) {
        let [before, after] = pair else { continue };
        let Some(ended) = ended_by(before, &seized) else {
            continue;
        };
        if after.grant.acquired_at < ended {
            let seen = format!("{:?} runs until {ended}, {:?}", before.grant, after.grant);
            lies.push(Lie::new("leases overlap", seen));
        }
    }
    lies
}

/// The moment, by the store's clock, at which a term had surely ended; `None` when the history does not tell.
fn ended_by(term: &Term<'_>, seized: &[Timestamp]) -> Option<Timestamp> {
    if term.unknown {
        return None;
    }
    let given_back = term.ends.iter().map(|(_, at)| *at);
    let first = seized.partition_point(|at| *at < term.grant.acquired_at);
    given_back
        .chain(seized.get(first).copied())
        .chain([runs_out(term)])
        .min()
}

/// When the lease runs out: as the last renewal says; the earliest of them when several were under way at once.
fn runs_out(term: &Term<'_>) -> Timestamp {
    let last_begin = term
        .renewals
        .iter()
        .map(|(call, _)| call.begin)
        .max()
        .unwrap_or(0);
    let last = term
        .renewals
        .iter()
        .filter(|(call, _)| call.end >= last_begin);
    last.map(|(_, grant)| grant.expires_at)
        .min()
        .unwrap_or(term.grant.expires_at)
}

/// A renewal that was accepted came before the lease ran out.
fn renewals_are_in_time(course: &Course<'_>) -> Vec<Lie> {
    let mut lies = Vec::new();
    for term in &course.terms {
        let mut latest = term.grant.expires_at;
        for (call, grant) in &term.renewals {
            let Op::Renew { lease_us, .. } = call.op else {
                continue;
            };
            let at = grant.expires_at.micros() - lease_us;
            if at >= latest.micros() {
                lies.push(Lie::new(
                    "renewed after it ran out",
                    format!("ran out at {latest}, {call:?}"),
                ));
            }
            latest = latest.max(grant.expires_at);
        }
    }
    lies
}

/// Under a token that ended its term nothing more is accepted, and no call ends a term twice.
fn nothing_after_the_end(course: &Course<'_>) -> Vec<Lie> {
    let mut lies = Vec::new();
    for term in &course.terms {
        let Some(ended) = term.ends.iter().map(|(call, _)| call.end).min() else {
            continue;
        };
        let renewals = term.renewals.iter().map(|(call, _)| *call);
        let late = renewals
            .chain(term.ends.iter().map(|(call, _)| *call))
            .filter(|call| call.begin > ended);
        lies.extend(late.map(|call| {
            Lie::new(
                "accepted after the end",
                format!("{:?}, {call:?}", term.grant),
            )
        }));
    }
    lies
}

/// What was accepted under a token came before any later grant was surely there.
fn newest_token_decides(course: &Course<'_>) -> Vec<Lie> {
    let mut lies = Vec::new();
    for (term, superseded) in course.terms.iter().zip(course.surely_superseded()) {
        let renewals = term.renewals.iter().map(|(call, _)| *call);
        for call in renewals.chain(term.ends.iter().map(|(call, _)| *call)) {
            if call.begin > superseded {
                lies.push(Lie::new(
                    "old token accepted",
                    format!("{:?}, {call:?}", term.grant),
                ));
            }
            if call.end < term.call.begin {
                lies.push(Lie::new(
                    "accepted before the grant",
                    format!("{:?}, {call:?}", term.grant),
                ));
            }
        }
    }
    lies
}

/// Whoever is told that another holds the ticket is told so with reason, and the name is right.
fn refusals_are_true(course: &Course<'_>) -> Vec<Lie> {
    let grants = Grants::of(course);
    let mut lies = Vec::new();
    for call in &course.calls {
        let Some(Answer::Refused {
            kind, holder, why, ..
        }) = &call.answer
        else {
            continue;
        };
        let taken = kind == "lease_lost" && *why == Some(LostWhy::Taken);
        if !taken && kind != "held" {
            continue;
        }
        // A token that was never given is older than all.
        let shown = call
            .op
            .token()
            .filter(|token| course.term(*token).is_some())
            .unwrap_or(Token(0));
        let named = holder.as_deref().unwrap_or_default();
        if grants.first_call_after(named, shown) >= call.end {
            lies.push(Lie::new("no such holder", format!("{call:?}")));
        }
    }
    lies
}

/// The grants of a ticket by holder, in the order of the tokens, each with the moment at which the first call began that
/// got this one or a later one.
struct Grants<'h>(BTreeMap<&'h str, Vec<(Token, u64)>>);

impl<'h> Grants<'h> {
    fn of(course: &Course<'h>) -> Self {
        let mut all: BTreeMap<&str, Vec<(Token, u64)>> = BTreeMap::new();
        for term in &course.terms {
            let own = all.entry(&term.grant.holder).or_default();
            own.push((term.grant.token, term.call.begin));
        }
        for own in all.values_mut() {
            let mut first = u64::MAX;
            for (_, begin) in own.iter_mut().rev() {
                first = first.min(*begin);
                *begin = first;
            }
        }
        Self(all)
    }

    /// When the first call began that got a grant for `holder` under a later token than `token`.
    fn first_call_after(&self, holder: &str, token: Token) -> u64 {
        let own = self.0.get(holder).map_or(&[][..], Vec::as_slice);
        let at = own.partition_point(|(own, _)| *own <= token);
        own.get(at).map_or(u64::MAX, |(_, begin)| *begin)
    }
}

//! Promise 2: every worker gets its ticket, a different one, and nobody is told that the database is locked.

use std::collections::{BTreeMap, BTreeSet};

use actifix::TicketId;

use super::terms::{Course, courses};
use super::{Lie, Rules};
use crate::history::{Answer, Call, History, Op};

/// Refusals that no caller may see while the disk is sound and nobody holds the write lock past the deadline.
const NEVER: [&str; 6] = [
    "busy",
    "storage",
    "corrupt",
    "unsupported",
    "outcome_unknown",
    "throttled",
];

/// What nobody may ever be told, whatever the fault.
const LOCKS: [&str; 3] = [
    "database is locked",
    "database table is locked",
    "SQLITE_BUSY",
];

/// Judges a history of any calls.
pub fn check(history: &History, rules: &Rules) -> Vec<Lie> {
    let refused = |call: &Call| locked_out(call, rules);
    let mut lies: Vec<Lie> = history.calls.iter().filter_map(refused).collect();
    let courses = courses(history);
    lies.extend(courses.values().flat_map(ended_once));
    lies.extend(nobody_goes_empty(history, &courses));
    lies
}

/// Judges a scene: `workers` callers that ask once each, all at once, with as many tickets there.
pub fn scene(history: &History, workers: usize) -> Vec<Lie> {
    let mut lies = check(history, &Rules::default());
    let mut callers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tickets: BTreeSet<&TicketId> = BTreeSet::new();
    for call in &history.calls {
        *callers.entry(&call.caller).or_default() += call.grants().len();
        for grant in call.grants() {
            if !tickets.insert(&grant.ticket) {
                lies.push(Lie::new("ticket given twice", format!("{grant:?}")));
            }
        }
    }
    let without = callers.iter().filter(|(_, grants)| **grants != 1);
    lies.extend(
        without.map(|(caller, grants)| Lie::new("not one each", format!("{caller} got {grants}"))),
    );
    if callers.len() != workers {
        lies.push(Lie::new(
            "not everybody came",
            format!("{} of {workers}", callers.len()),
        ));
    }
    lies
}

/// Nobody hears of locks, nor of troubles that the fault does not explain.
fn locked_out(call: &Call, rules: &Rules) -> Option<Lie> {
    let Some(Answer::Refused { kind, message, .. }) = &call.answer else {
        return None;
    };
    let unexplained = NEVER.contains(&kind.as_str()) && !rules.explains(kind);
    let bad = unexplained || LOCKS.iter().any(|word| message.contains(word));
    bad.then(|| Lie::new("locked out", format!("{call:?}")))
}

/// Each end has a grant of its own.
fn ended_once(course: &Course<'_>) -> Option<Lie> {
    let ended = |call: &&&Call| matches!(call.op, Op::Complete { .. }) && call.receipt().is_some();
    let ends: Vec<_> = course.calls.iter().filter(ended).collect();
    let twice = ends.len() > course.terms.len();
    twice.then(|| {
        Lie::new(
            "ended twice",
            format!("{} grants: {ends:?}", course.terms.len()),
        )
    })
}

/// A span in which a ticket was surely ready.
struct Ready {
    from: u64,
    until: u64,
}

/// A claim without a filter that got nothing was made while no ticket was surely ready all the time.
fn nobody_goes_empty(history: &History, courses: &BTreeMap<&TicketId, Course<'_>>) -> Vec<Lie> {
    let limit = history.first_unknown_claim();
    let mut spans = new_tickets(history, courses);
    spans.extend(courses.values().flat_map(given_back));
    for span in &mut spans {
        span.until = span.until.min(limit);
    }
    spans.sort_by_key(|span| span.from);

    let empty = |call: &&Call| {
        let open = matches!(call.op, Op::Claim { any: true, .. });
        open && call.acknowledged() && call.grants().is_empty()
    };
    let mut lies = Vec::new();
    let (mut next, mut longest) = (spans.iter().peekable(), 0);
    for call in history.calls.iter().filter(empty) {
        while let Some(span) = next.next_if(|span| span.from < call.begin) {
            longest = longest.max(span.until);
        }
        if longest > call.end {
            lies.push(Lie::new("sent away empty", format!("{call:?}")));
        }
    }
    lies
}

/// From the answer that made a ticket until the first call that may have taken it.
fn new_tickets(history: &History, courses: &BTreeMap<&TicketId, Course<'_>>) -> Vec<Ready> {
    let made = |call: &Call| match (&call.op, &call.answer) {
        (Op::Record { later: false, .. }, Some(Answer::Recorded(recorded))) if recorded.new => {
            let touched = courses.get(&recorded.id).map_or(u64::MAX, first_touch);
            Some(Ready {
                from: call.end,
                until: touched,
            })
        }
        _ => None,
    };
    history.calls.iter().filter_map(made).collect()
}

/// Calls that may take a ticket away from where it is ready.
fn touches<'c, 'h>(course: &'c Course<'h>) -> impl Iterator<Item = &'h Call> + use<'c, 'h> {
    let grants = course.terms.iter().map(|term| term.call);
    let named = course
        .calls
        .iter()
        .copied()
        .filter(|call| !call.refused() && !matches!(call.op, Op::Renew { .. }));
    grants.chain(named)
}

fn first_touch(course: &Course<'_>) -> u64 {
    touches(course)
        .map(|call| call.begin)
        .min()
        .unwrap_or(u64::MAX)
}

/// From the answer of a release or a reopening until the next call that may have taken the ticket.
fn given_back(course: &Course<'_>) -> Vec<Ready> {
    let mut by_end: Vec<&Call> = touches(course).collect();
    by_end.sort_by_key(|call| call.end);
    // The earliest begin among the calls from here on, and among those the second earliest: one of them may be the
    // release itself.
    let mut earliest = vec![[u64::MAX; 2]; by_end.len() + 1];
    for (at, call) in by_end.iter().enumerate().rev() {
        let mut least = [earliest[at + 1][0], earliest[at + 1][1], call.begin];
        least.sort_unstable();
        earliest[at] = [least[0], least[1]];
    }
    let opened = by_end.iter().filter(|call| {
        let opens = matches!(
            call.op,
            Op::Release { later: false, .. } | Op::Reopen { .. }
        );
        opens && call.receipt().is_some()
    });
    let span = |call: &&Call| {
        let concurrent = by_end.partition_point(|other| other.end <= call.begin);
        let [first, second] = earliest[concurrent];
        let touched = if first == call.begin { second } else { first };
        (touched > call.end).then_some(Ready {
            from: call.end,
            until: touched,
        })
    };
    opened.filter_map(span).collect()
}

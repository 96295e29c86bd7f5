//! Promise 3: what was acknowledged is there, what was refused is not, and what was cut off is there wholly or not
//! at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use actifix::{Event, EventKind, TicketId};

use super::Lie;
use crate::dump::Dump;
use crate::history::{Answer, Call, History, Op};

/// Judges what is there by what was acknowledged.
pub fn check(history: &History, dump: &Dump) -> Vec<Lie> {
    let events: BTreeMap<i64, &Event> =
        dump.events.iter().map(|event| (event.seq, event)).collect();
    let mut lies = Vec::new();
    for call in history.calls.iter().filter(|call| call.acknowledged()) {
        lies.extend(answers_are_kept(call, &events));
    }
    lies.extend(renewals_are_kept(history, dump));
    lies.extend(reports_are_counted(history, dump));
    lies.extend(grants_are_explained(history, dump));
    lies.extend(changes_are_explained(history, dump));
    lies
}

/// Each answer has its event.
fn answers_are_kept(call: &Call, events: &BTreeMap<i64, &Event>) -> Vec<Lie> {
    let lost = |what: &str| Lie::new("acknowledged and lost", format!("{what} of {call:?}"));
    let kept = |seq: i64, ticket: &TicketId, kinds: &[EventKind]| {
        events
            .get(&seq)
            .is_some_and(|event| event.ticket == *ticket && kinds.contains(&event.kind))
    };
    let mut lies = Vec::new();
    for grant in call.grants() {
        if !kept(grant.token.0, &grant.ticket, &[EventKind::Claimed]) {
            lies.push(lost("the grant"));
        }
    }
    if let Some(Answer::Done(receipt)) = &call.answer
        && !kept(receipt.seq, &receipt.ticket, kinds_of(&call.op))
        && !untouched(&call.op, receipt.repeated)
    {
        lies.push(lost("the change"));
    }
    lies
}

/// Each renewal has an event with its token and its new time.
fn renewals_are_kept(history: &History, dump: &Dump) -> Vec<Lie> {
    let until = |event: &Event| {
        event
            .new
            .as_ref()?
            .get("expires_at")?
            .as_str()
            .map(str::to_owned)
    };
    let renewals = dump
        .events
        .iter()
        .filter(|event| event.kind == EventKind::Renewed);
    let kept: BTreeSet<_> = renewals
        .filter_map(|event| Some((event.token?, until(event)?)))
        .collect();
    let lost = |call: &&Call| match &call.answer {
        Some(Answer::Renewed(grant)) => {
            !kept.contains(&(grant.token, grant.expires_at.to_string()))
        }
        _ => false,
    };
    let lost = history.calls.iter().filter(lost);
    lost.map(|call| Lie::new("acknowledged and lost", format!("the renewal of {call:?}")))
        .collect()
}

/// Deleting a deleted ticket, or giving back one that has been quarantined, answers with its newest event.
fn untouched(op: &Op, repeated: bool) -> bool {
    repeated && matches!(op, Op::Delete { .. } | Op::Release { .. })
}

/// The events that a call may write for its own sake.
fn kinds_of(op: &Op) -> &'static [EventKind] {
    match op {
        Op::Record { .. } => &[EventKind::Recorded, EventKind::Counted, EventKind::Reopened],
        Op::Claim { .. } | Op::Acquire { .. } => &[EventKind::Claimed],
        Op::Renew { .. } => &[EventKind::Renewed],
        Op::Release { .. } => &[EventKind::Released, EventKind::Failed],
        Op::Complete { .. } => &[EventKind::Completed],
        Op::Close { .. } => &[EventKind::Closed, EventKind::Ignored],
        Op::Reopen { .. } => &[EventKind::Reopened],
        Op::Delete { .. } => &[EventKind::Deleted],
        Op::Undelete { .. } => &[EventKind::Undeleted],
    }
}

/// Each ticket has counted the reports that were acknowledged on it, and all together at most those of unknown outcome
/// more.
fn reports_are_counted(history: &History, dump: &Dump) -> Vec<Lie> {
    let mut counted: BTreeMap<&TicketId, BTreeSet<u64>> = BTreeMap::new();
    let mut lies = Vec::new();
    for call in &history.calls {
        let Some(Answer::Recorded(recorded)) = &call.answer else {
            continue;
        };
        if !counted
            .entry(&recorded.id)
            .or_default()
            .insert(recorded.occurrences)
        {
            lies.push(Lie::new("one count for two reports", format!("{call:?}")));
        }
    }
    if counted.is_empty() {
        return lies; // the store was stocked before
    }
    let unheard = dump
        .stories
        .values()
        .filter(|story| !counted.contains_key(&story.ticket.id));
    let mut more: u64 = unheard.map(|story| story.ticket.occurrences).sum();
    for (id, numbers) in counted {
        let there = dump
            .stories
            .get(id)
            .map_or(0, |story| story.ticket.occurrences);
        let (sure, last) = (numbers.len() as u64, numbers.last().copied().unwrap_or(0));
        if there < sure.max(last) {
            lies.push(Lie::new(
                "acknowledged and lost",
                format!("{there} reports on {id}: {sure} were answered, up to {last}"),
            ));
        }
        more += there.saturating_sub(sure);
    }
    let reports = |call: &&Call| matches!(call.op, Op::Record { .. }) && call.unknown();
    let perhaps = history.calls.iter().filter(reports).count() as u64;
    if more > perhaps {
        lies.push(Lie::new(
            "counted without a report",
            format!("{more} more than answered, {perhaps} cut off"),
        ));
    }
    lies
}

/// Each grant that is there was answered, or may have been by a call that was cut off.
fn grants_are_explained(history: &History, dump: &Dump) -> Vec<Lie> {
    let answered: BTreeSet<i64> = history
        .calls
        .iter()
        .flat_map(Call::grants)
        .map(|grant| grant.token.0)
        .collect();
    let perhaps = |call: &Call| match call.op {
        Op::Claim { count, .. } if call.unknown() => count,
        Op::Acquire { .. } if call.unknown() => 1,
        _ => 0,
    };
    let allowed: usize = history.calls.iter().map(perhaps).sum();
    let claims = dump
        .events
        .iter()
        .filter(|event| event.kind == EventKind::Claimed);
    let ghosts: Vec<&Event> = claims
        .filter(|event| !answered.contains(&event.seq))
        .collect();
    match ghosts.len() > allowed {
        true => vec![Lie::new(
            "nobody was told",
            format!("{allowed} calls were cut off, and there are {ghosts:?}"),
        )],
        false => Vec::new(),
    }
}

/// Each change of a named ticket that is there was answered, or may have been by a call that was cut off.
fn changes_are_explained(history: &History, dump: &Dump) -> Vec<Lie> {
    let mut answered: BTreeSet<i64> = BTreeSet::new();
    let mut perhaps: HashMap<(&TicketId, EventKind), usize> = HashMap::new();
    for call in &history.calls {
        if let Some(Answer::Done(receipt)) = &call.answer {
            answered.insert(receipt.seq);
        }
        if let (true, Some(ticket)) = (call.unknown(), call.op.ticket()) {
            for kind in kinds_of(&call.op) {
                *perhaps.entry((ticket, *kind)).or_default() += 1;
            }
        }
    }
    let told = [
        EventKind::Released,
        EventKind::Failed,
        EventKind::Completed,
        EventKind::Closed,
        EventKind::Ignored,
    ];
    let mut lies = Vec::new();
    for event in dump
        .events
        .iter()
        .filter(|event| told.contains(&event.kind) && !answered.contains(&event.seq))
    {
        match perhaps.get_mut(&(&event.ticket, event.kind)) {
            Some(left) if *left > 0 => *left -= 1,
            _ => lies.push(Lie::new("nobody was told", format!("{event:?}"))),
        }
    }
    lies
}

//! The verdict: was everything as promised? It is judged by the store's events and answers.

use actifix::{Error, Filter, LostWhy, Result, Status, Store, TicketId};
use serde::Serialize;
use serde_json::Value;

use super::fate::Fate;
use super::played::{Played, THREADS};
use super::seen::{Grip, Seen};

/// What is judged beside the store.
pub struct Evidence {
    pub seen: Seen,
    pub deferred: Played,
    pub ours: Played,
    /// The programs that still fail.
    pub failing: Vec<&'static str>,
}

/// What the demo came to.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// What was not as promised.
    pub problems: Vec<String>,
    pub tickets: Vec<Fate>,
    pub killed: Option<Grip>,
    pub stopped: Option<Grip>,
    /// What the stopped worker was answered.
    pub refused: Option<Error>,
    pub deferred: Played,
    pub ours: Played,
    /// The longest that a process waited for the write lock, of those that lived to tell.
    pub longest_wait_ms: f64,
    /// Calls that were refused the write lock.
    pub lock_errors: u64,
}

/// Judges what is in `store` and what was seen.
pub fn judge(store: &Store, mut evidence: Evidence) -> Result<Verdict> {
    evidence.seen.figures.push(store.stats().wait()?.contention);
    let figures = &evidence.seen.figures;
    let busy = figures
        .iter()
        .filter_map(|process| process["busy"].as_u64());
    let (lock_errors, longest_wait_ms) = (busy.sum(), longest_wait_ms(figures));
    let tickets = fates(store)?;
    let mut problems = broken(&evidence, &tickets, lock_errors);
    problems.extend(store.verify(false).wait()?.problems);
    let Evidence {
        seen,
        deferred,
        ours,
        ..
    } = evidence;
    Ok(Verdict {
        problems,
        tickets,
        killed: seen.killed,
        stopped: seen.stopped,
        refused: seen.refusal,
        deferred,
        ours,
        longest_wait_ms,
        lock_errors,
    })
}

/// What became of each ticket.
fn fates(store: &Store) -> Result<Vec<Fate>> {
    let all = Filter {
        statuses: Status::ALL.into(),
        limit: 1_000,
        ..Filter::default()
    };
    let page = store.list(all).wait()?;
    let stories = page
        .tickets
        .iter()
        .map(|ticket| store.show(&ticket.id).wait());
    let mut fates = stories
        .map(|story| story.map(Fate::of))
        .collect::<Result<Vec<_>>>()?;
    fates.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(fates)
}

/// The promises that were not kept.
fn broken(evidence: &Evidence, tickets: &[Fate], lock_errors: u64) -> Vec<String> {
    let Evidence {
        seen,
        ours,
        failing,
        ..
    } = evidence;
    let mut broken: Vec<String> = tickets.iter().filter_map(Fate::unfair).collect();
    broken.extend(lines_up(seen));
    broken.extend(killed(seen, tickets));
    broken.extend(stopped(seen, tickets));
    if !ours.all() {
        let locked = ours.locked();
        broken.push(format!(
            "the store gave {locked:?} locks instead of {THREADS} in each round"
        ));
    }
    if lock_errors > 0 {
        broken.push(format!("{lock_errors} calls were refused the write lock"));
    }
    broken.extend(failing.iter().map(|file| format!("{file} still fails")));
    broken
}

/// Workers that ask at once get different tickets.
fn lines_up(seen: &Seen) -> Option<String> {
    let mut first: Vec<&TicketId> = seen.first.iter().map(|grip| &grip.ticket).collect();
    first.sort();
    first.dedup();
    (first.len() != seen.first.len()).then(|| "two workers got the same ticket at once".to_owned())
}

/// Another worker completed the killed one's ticket.
fn killed(seen: &Seen, tickets: &[Fate]) -> Option<String> {
    let Some(grip) = &seen.killed else {
        return Some("no worker was killed".to_owned());
    };
    let heirs = tickets
        .iter()
        .find(|fate| fate.id == grip.ticket)
        .map_or(&[][..], |fate| &fate.completed);
    let taken = heirs.iter().any(|end| end.token > grip.token);
    (!taken).then(|| {
        format!(
            "nobody completed {} after {} was killed",
            grip.ticket, grip.worker
        )
    })
}

/// The stopped worker was refused, and told who holds its ticket; that one's work stands.
fn stopped(seen: &Seen, tickets: &[Fate]) -> Option<String> {
    let Some(grip) = &seen.stopped else {
        return Some("no worker was stopped".to_owned());
    };
    let Some(Error::LeaseLost {
        ticket,
        holder: Some(holder),
        why: LostWhy::Taken,
        ..
    }) = &seen.refusal
    else {
        let answer = seen
            .refusal
            .as_ref()
            .map_or_else(|| "completed".to_owned(), Error::to_string);
        return Some(format!(
            "{} came too late and was answered: {answer}",
            grip.worker
        ));
    };
    let fate = tickets.iter().find(|fate| fate.id == grip.ticket);
    let held = |fate: &Fate| {
        fate.grants
            .iter()
            .any(|grant| grant.holder == *holder && grant.token > grip.token)
    };
    let stands = *ticket == grip.ticket && fate.is_some_and(held);
    (!stands).then(|| {
        format!(
            "{} was told that {holder} holds {ticket}, and the events say otherwise",
            grip.worker
        )
    })
}

/// The gate between the processes and SQLite's own lock behind it, one after the other.
fn longest_wait_ms(figures: &[Value]) -> f64 {
    let most = |figures: &Value| {
        let micros = |name: &str| figures[name]["max"].as_u64().unwrap_or(0);
        micros("gate_wait") + micros("lock_wait")
    };
    let micros = figures.iter().map(most).max().unwrap_or(0);
    // No wait is so long that the number of its microseconds is not exact.
    micros as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use actifix::Token;

    use super::super::fate::tests::fate;
    use super::*;

    #[test]
    fn a_late_worker_must_have_been_refused_for_the_holder_that_the_events_name() {
        let grip = || {
            let end = actifix::Timestamp::from_micros(0);
            Grip::new("cleo", 1, "A-1".parse().unwrap(), Token(1), end)
        };
        let lost = |holder: &str| Error::LeaseLost {
            ticket: "A-1".parse().unwrap(),
            holder: Some(holder.to_owned()),
            since: actifix::Timestamp::from_micros(0),
            why: LostWhy::Taken,
        };
        let seen = |refusal| Seen {
            stopped: Some(grip()),
            refusal,
            ..Seen::default()
        };
        let tickets = [fate(&[("cleo", 1), ("ann", 4)], &[("ann", 4)])];
        assert_eq!(stopped(&seen(Some(lost("ann"))), &tickets), None);
        assert!(stopped(&seen(Some(lost("dan"))), &tickets).is_some());
        assert!(stopped(&seen(Some(lost("cleo"))), &tickets).is_some());
        assert!(stopped(&seen(None), &tickets).is_some());
    }
}

//! What the store shows beside what the model says.

use actifix::{Error, Receipt, Result, Status, Ticket};

use super::model::{Model, No, Place, Yes};

/// A ticket as everybody sees it.
///
/// # Panics
/// When store and model differ.
pub fn same_ticket(model: &Model, at: usize, seen: &Ticket) {
    let said = &model.tickets[at];
    let what = format!("ticket {at}: model {said:?}\nstore {seen:?}");
    assert_eq!(seen.priority, said.priority, "priority of {what}");
    assert_eq!(seen.occurrences, said.occurrences, "occurrences of {what}");
    assert_eq!(seen.attempts, said.attempts, "attempts of {what}");
    let deleted = matches!(said.place, Place::Trash { .. });
    assert_eq!(seen.deleted_at.is_some(), deleted, "deletion of {what}");
    if deleted {
        assert_eq!(seen.lease, None, "lease of {what}");
        return;
    }
    assert_eq!(seen.status, model.status(at), "status of {what}");
    let held = match &said.place {
        Place::Leased {
            holder, expires, ..
        } if *expires > model.now => Some((holder.as_str(), *expires)),
        _ => None,
    };
    let shown = seen
        .lease
        .as_ref()
        .map(|lease| (lease.holder.as_str(), lease.expires_at.micros()));
    assert_eq!(shown, held, "lease of {what}");
    if seen.status == Status::Open {
        let ran_out = matches!(
            said.place,
            Place::Ready { last: Some(_) } | Place::Leased { .. }
        );
        assert_eq!(seen.expired, ran_out, "expiry of {what}");
    }
    match said.place {
        Place::Scheduled { not_before } if not_before > model.now => {
            assert_eq!(
                seen.not_before.map(|at| at.micros()),
                Some(not_before),
                "pause of {what}"
            );
        }
        Place::Ended(_) => assert!(seen.completion.is_some(), "end of {what}"),
        _ => assert_eq!(seen.completion, None, "end of {what}"),
    }
}

/// A refusal.
///
/// # Panics
/// When store and model differ.
pub fn same_refusal(said: &No, seen: &Error) {
    let same = match (said, seen) {
        (No::Held { by }, Error::Held { by: named, .. }) => by == named,
        (
            No::Lost { why, holder },
            Error::LeaseLost {
                why: told,
                holder: named,
                ..
            },
        ) => why == told && (holder.is_none() || holder == named),
        (No::NotReady, Error::NotReady { .. }) | (No::Invalid, Error::Invalid { .. }) => true,
        _ => false,
    };
    assert!(
        same,
        "the model refuses with {said:?}, the store with {seen:?}"
    );
}

/// The store's kept counts beside the model's tickets, counted.
///
/// # Panics
/// When they differ.
pub fn same_counts(model: &Model, stats: &actifix::Stats) {
    let count = |is: fn(&Place) -> bool| {
        model
            .tickets
            .iter()
            .filter(|ticket| is(&ticket.place))
            .count() as u64
    };
    let alive = |status: Status| {
        let all = 0..model.tickets.len();
        let alive = |at: &usize| !matches!(model.tickets[*at].place, Place::Trash { .. });
        all.filter(alive)
            .filter(|at| model.status(*at) == status)
            .count() as u64
    };
    assert_eq!(
        stats.deleted,
        count(|place| matches!(place, Place::Trash { .. })),
        "deleted"
    );
    assert_eq!(
        stats.scheduled,
        count(|place| matches!(place, Place::Scheduled { .. })),
        "scheduled"
    );
    assert_eq!(stats.open, alive(Status::Open), "open");
    assert_eq!(stats.in_progress, alive(Status::InProgress), "in progress");
    assert_eq!(stats.completed, alive(Status::Completed), "completed");
    assert_eq!(stats.quarantined, alive(Status::Quarantined), "quarantined");
    assert_eq!(stats.ignored, alive(Status::Ignored), "ignored");
}

/// An answer or a refusal.
///
/// # Panics
/// When store and model differ.
pub fn agree<T: std::fmt::Debug, U: std::fmt::Debug>(
    said: std::result::Result<T, No>,
    seen: Result<U>,
) {
    match (&said, &seen) {
        (Ok(_), Ok(_)) => {}
        (Err(said), Err(seen)) => same_refusal(said, seen),
        _ => panic!("the model says {said:?}, the store {seen:?}"),
    }
}

/// A change.
///
/// # Panics
/// When store and model differ.
pub fn agree_on_change(said: std::result::Result<Yes, No>, seen: Result<Receipt>) {
    if let (Ok(yes), Ok(receipt)) = (&said, &seen) {
        assert_eq!(receipt.repeated, *yes != Yes::Changed, "{receipt:?}");
        if let Yes::SameAs(seq) = yes {
            assert_eq!(receipt.seq, *seq, "{receipt:?}");
        }
    }
    agree(said, seen);
}

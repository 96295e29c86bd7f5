//! What an equal report does, wherever its ticket stands.

use actifix::{CloseReason, Delete, Priority, Regression, Release, Report, Status};

use crate::case::Case;
use crate::proof::stores::{MINUTE, Room, error, evidence, record, try_claim};

#[test]
fn an_open_ticket_counts() {
    let case = Case::new();
    case.counts(2, Status::Open);
}

#[test]
fn a_ticket_that_is_put_off_counts() {
    let case = Case::new();
    let lease = case.claim();
    case.store
        .release(&case.id, lease.token, Release::new().not_before(MINUTE))
        .wait()
        .unwrap();
    case.counts(2, Status::Open);
    assert_eq!(try_claim(&case.store, "agent"), None);
}

#[test]
fn a_leased_ticket_counts_and_stays_leased() {
    let case = Case::new();
    let lease = case.claim();
    case.counts(2, Status::InProgress);
    case.clock.advance(MINUTE);
    case.counts(3, Status::Open);
    case.store
        .complete(&case.id, lease.token, evidence("late"))
        .wait()
        .unwrap();
}

#[test]
fn a_quarantined_ticket_counts_and_stays() {
    let case = Case::new();
    for _ in 0..3 {
        case.claim();
        case.clock.advance(MINUTE);
    }
    case.counts(2, Status::Quarantined);
}

#[test]
fn a_completed_ticket_comes_back_by_itself() {
    let case = Case::new();
    case.complete();
    case.counts(2, Status::Open);
    let lease = case.claim();
    assert_eq!((&lease.ticket.id, lease.ticket.attempts), (&case.id, 0));
    case.store
        .complete(&case.id, lease.token, evidence("again"))
        .wait()
        .unwrap();
    let events = case.store.show(&case.id).wait().unwrap().events;
    let ends = events
        .iter()
        .filter(|event| event.kind == actifix::EventKind::Completed)
        .count();
    assert_eq!(ends, 2, "a regression keeps the old completion");
}

#[test]
fn closed_tickets_come_back_only_when_they_were_fixed() {
    for reason in [
        CloseReason::Wontfix,
        CloseReason::Invalid,
        CloseReason::Obsolete,
    ] {
        let case = Case::new();
        case.close(reason);
        case.counts(2, Status::Completed);
    }
    let case = Case::new();
    case.close(CloseReason::Fixed);
    case.counts(2, Status::Open);
}

#[test]
fn a_deleted_ticket_counts_nothing() {
    let case = Case::new();
    case.store
        .delete(&case.id, Delete::default())
        .wait()
        .unwrap();
    let again = case.again();
    assert!(again.new && again.id != case.id);
    // It stays deleted, and when it is back the new one goes on counting.
    case.store.undelete(&case.id).wait().unwrap();
    assert_eq!(case.again().id, again.id);
    // Unless that one is gone too.
    case.store
        .delete(&again.id, Delete::default())
        .wait()
        .unwrap();
    case.store
        .delete(&case.id, Delete::default())
        .wait()
        .unwrap();
    case.store.undelete(&case.id).wait().unwrap();
    case.counts(2, Status::Open);
}

#[test]
fn a_switch_makes_regressions_new_tickets() {
    let case = Case::with(|settings| settings.regression = Regression::NewTicket);
    case.complete();
    let again = case.again();
    assert!(again.new && again.id != case.id);
    assert_eq!(case.again().id, again.id);
    assert_eq!(
        case.store.get(&case.id).wait().unwrap().status,
        Status::Completed
    );
}

#[test]
fn a_switch_only_counts_regressions() {
    let case = Case::with(|settings| settings.regression = Regression::CountOnly);
    case.complete();
    case.counts(2, Status::Completed);
    case.counts(3, Status::Completed);
}

#[test]
fn what_is_equal_is_the_same_type_message_and_source_or_mark() {
    let store = Room::new().into_store();
    let base = record(&store, "boom").id;
    let differs = [
        Report::error("KeyError", "boom").source("app.py:31"),
        Report::error("ValueError", "boom").source("app.py:32"),
        Report::error("ValueError", "boom"),
        error("boom").project("another"),
        error("boom").fingerprint("by hand"),
        Report::task("boom"),
        Report::task("boom"),
        Report::task("boom").key("k"),
    ];
    for report in differs {
        assert!(
            store.record(report.clone()).wait().unwrap().new,
            "{report:?}"
        );
    }
    let equal = [
        (
            error("boom").priority(Priority::P0).stack_trace("other"),
            base,
        ),
        (
            Report::error("X", "y").fingerprint("by hand"),
            store
                .record(error("z").fingerprint("by hand"))
                .wait()
                .unwrap()
                .id,
        ),
        (
            Report::task("other").key("k"),
            store
                .record(Report::task("boom").key("k"))
                .wait()
                .unwrap()
                .id,
        ),
    ];
    for (report, id) in equal {
        assert_eq!(store.record(report).wait().unwrap().id, id);
    }
}

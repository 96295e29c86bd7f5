//! Ignored tickets and duplicates.

use std::time::Duration;

use actifix::{Clock, Close, Delete, Error, Status, WakeRule};

use crate::case::Case;
use crate::proof::stores::{MINUTE, error, record, try_claim};

#[test]
fn ignored_for_ever() {
    let case = Case::new();
    case.store
        .ignore(&case.id, WakeRule::default(), None)
        .wait()
        .unwrap();
    case.counts(2, Status::Ignored);
    case.clock.advance(Duration::from_secs(365 * 86_400));
    case.counts(3, Status::Ignored);
    assert_eq!(try_claim(&case.store, "agent"), None);
    case.store.reopen(&case.id).wait().unwrap();
    assert_eq!(case.claim().ticket.id, case.id);
}

#[test]
fn ignored_until_a_time() {
    let case = Case::new();
    let wake = WakeRule {
        until: Some(case.clock.now().after(MINUTE)),
        more: None,
    };
    case.store.ignore(&case.id, wake, None).wait().unwrap();
    assert_eq!(case.store.get(&case.id).wait().unwrap().ignored, Some(wake));
    case.counts(2, Status::Ignored);
    case.clock.advance(MINUTE);
    // It wakes at its next report, not by itself.
    assert_eq!(
        case.store.get(&case.id).wait().unwrap().status,
        Status::Ignored
    );
    case.counts(3, Status::Open);
}

#[test]
fn ignored_until_so_many_more() {
    let case = Case::new();
    case.counts(2, Status::Open);
    case.store
        .ignore(
            &case.id,
            WakeRule {
                until: None,
                more: Some(3),
            },
            None,
        )
        .wait()
        .unwrap();
    case.counts(3, Status::Ignored);
    case.counts(4, Status::Ignored);
    case.counts(5, Status::Open);
    let refused = case
        .store
        .ignore(
            &case.id,
            WakeRule {
                until: None,
                more: Some(0),
            },
            None,
        )
        .wait();
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

#[test]
fn many_reports_at_once_wake_it_at_the_right_one() {
    let case = Case::new();
    case.store
        .ignore(
            &case.id,
            WakeRule {
                until: None,
                more: Some(5),
            },
            None,
        )
        .wait()
        .unwrap();
    let answers = case
        .store
        .record_all((0..8).map(|_| error("boom")))
        .wait()
        .unwrap();
    let statuses: Vec<Status> = answers.into_iter().map(|one| one.unwrap().status).collect();
    assert_eq!(
        statuses,
        [vec![Status::Ignored; 4], vec![Status::Open; 4]].concat()
    );
}

#[test]
fn duplicates_count_on_their_original() {
    let case = Case::new();
    let original = record(&case.store, "the same, said otherwise").id;
    case.store
        .close(&case.id, Close::duplicate_of(original.clone()))
        .wait()
        .unwrap();
    let again = case.again();
    assert_eq!(
        (again.id, again.occurrences, again.new),
        (original.clone(), 2, false)
    );
    assert_eq!(case.store.get(&case.id).wait().unwrap().occurrences, 1);
    // The original is completed: a report of the duplicate opens it again.
    case.complete();
    let again = case.again();
    assert_eq!((again.id, again.status), (original.clone(), Status::Open));
    // No circle.
    let refused = case
        .store
        .close(&original, Close::duplicate_of(case.id.clone()))
        .wait();
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
    let refused = case
        .store
        .close(&original, Close::duplicate_of(original.clone()))
        .wait();
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
}

#[test]
fn a_purged_original_leaves_its_duplicates_readable() {
    let case = Case::new();
    let original = record(&case.store, "another").id;
    case.store
        .close(&case.id, Close::duplicate_of(original.clone()))
        .wait()
        .unwrap();
    case.store
        .delete(&original, Delete::default())
        .wait()
        .unwrap();
    case.store.purge(&original).wait().unwrap();
    assert!(matches!(
        case.store.get(&original).wait(),
        Err(Error::NotFound { .. })
    ));
    case.counts(2, Status::Completed);
    case.store.show(&case.id).wait().unwrap();
    case.store.export(|_| Ok::<_, actifix::Error>(())).unwrap();
    let third = record(&case.store, "a third").id;
    case.store
        .close(&third, Close::duplicate_of(case.id.clone()))
        .wait()
        .unwrap();
}

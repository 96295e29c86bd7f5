//! What is in the outbox, for whom.

use actifix::{
    Close, CloseReason, Delete, Event, EventFilter, EventKind, Occasion, Priority, Store,
    Subscription, WakeRule,
};

use crate::proof::deliveries::{all, settle, subscribe, take};
use crate::proof::stores::{MINUTE, Room, claim, error, record};
use crate::{complete, failed};
use actifix::Attempt;

/// What each event should have told, by its kind and cause.
fn occasion(event: &Event) -> Option<Occasion> {
    let why = event
        .new
        .as_ref()
        .and_then(|new| new["why"].as_str())
        .unwrap_or_default();
    match event.kind {
        EventKind::Recorded => Some(Occasion::Recorded),
        EventKind::Completed => Some(Occasion::Completed),
        EventKind::Quarantined => Some(Occasion::Quarantined),
        EventKind::Reopened if why != "reopened" => Some(Occasion::Regressed),
        _ => None,
    }
}

/// Every way in which the four occasions come about, and many that are none.
pub fn a_busy_day(room: &Room) -> Store {
    let (store, clock) = room.timed(|settings| settings.retry.expiries = 2);
    subscribe(&store, "all");
    record(&store, "a");
    record(&store, "a");
    complete(&store);
    record(&store, "a"); // a regression
    complete(&store);
    let id = record(&store, "b").id;
    store
        .close(&id, Close::because(CloseReason::Wontfix))
        .wait()
        .unwrap();
    store.reopen(&id).wait().unwrap();
    let wake = WakeRule {
        until: None,
        more: Some(1),
    };
    store.ignore(&id, wake, None).wait().unwrap();
    record(&store, "b"); // wakes
    for _ in 0..2 {
        claim(&store, "agent");
        clock.advance(2 * MINUTE);
    }
    record(&store, "c"); // and b is quarantined by time
    store
        .delete(&record(&store, "d").id, Delete::default())
        .wait()
        .unwrap();
    store
}

#[test]
fn an_event_is_in_the_outbox_exactly_when_it_is_an_occasion() {
    let room = Room::in_memory();
    let store = a_busy_day(&room);
    let filter = EventFilter {
        limit: 1_000,
        ..EventFilter::default()
    };
    let events = store.events(filter).wait().unwrap().events;
    let wanted: Vec<_> = events
        .iter()
        .filter_map(|event| Some((event.seq, occasion(event)?)))
        .collect();
    let mut there: Vec<_> = all(&store)
        .iter()
        .map(|one| (one.id.event, one.on))
        .collect();
    there.sort_unstable();
    assert_eq!(there, wanted);
    for on in Occasion::ALL {
        assert!(
            wanted.iter().any(|(_, told)| *told == on),
            "{on} did not happen"
        );
    }
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn each_is_told_only_what_it_asked_for() {
    let room = Room::in_memory();
    let store = room.store();
    let urgent = Subscription {
        priorities: vec![Priority::P0, Priority::P1],
        ..Subscription::to("urgent")
    };
    let shop = Subscription {
        project: Some("shop".into()),
        ..Subscription::to("shop")
    };
    let done = Subscription {
        on: vec![Occasion::Completed],
        ..Subscription::to("done")
    };
    store.subscribe(vec![urgent, shop, done]).wait().unwrap();
    record(&store, "a");
    store
        .record(error("b").priority(Priority::P0))
        .wait()
        .unwrap();
    store.record(error("c").project("shop")).wait().unwrap();
    complete(&store);
    let told: Vec<_> = all(&store)
        .into_iter()
        .map(|one| format!("{} {}", one.id.target, one.on))
        .collect();
    assert_eq!(
        told,
        [
            "urgent recorded",
            "urgent completed",
            "shop recorded",
            "done completed"
        ]
    );
}

#[test]
fn without_a_target_nothing_is_written() {
    let room = Room::in_memory();
    let store = room.store();
    record(&store, "a");
    assert_eq!(store.outbox().wait().unwrap(), actifix::Outbox::default());
    // Whoever had the file open before learns of the targets too.
    subscribe(&room.store(), "pager");
    record(&store, "b");
    assert_eq!(store.outbox().wait().unwrap().waiting, 1);
}

/// A command line names its one call, and subscribes before.
#[test]
fn the_name_of_a_call_is_not_used_up_by_those_beside_it() {
    let room = Room::in_memory();
    let store = room.store().with_request_id("once").unwrap();
    subscribe(&store, "pager");
    let first = record(&store, "a");
    subscribe(&store, "pager");
    assert_eq!(record(&store, "a"), first);
    let taken = take(&store, 10);
    assert!(settle(&store, &taken, failed(None)));
    assert!(settle(&store, &taken, Attempt::Delivered));
}

#[test]
fn a_target_that_is_named_no_more_is_told_nothing_new_and_loses_nothing() {
    let room = Room::in_memory();
    let store = room.store();
    subscribe(&store, "old");
    record(&store, "a");
    subscribe(&store, "new");
    record(&store, "b");
    let there: Vec<_> = all(&store)
        .into_iter()
        .map(|one| (one.id.target, one.unknown_target))
        .collect();
    assert_eq!(there, [("old".to_owned(), true), ("new".to_owned(), false)]);
    subscribe(&store, "old");
    let taken = store
        .take_deliveries("old", MINUTE, 10)
        .wait()
        .unwrap()
        .unwrap();
    assert_eq!(taken.deliveries.len(), 1);
}

#[test]
fn bad_input_is_refused_before_anything_is_written() {
    let room = Room::in_memory();
    let store = room.store();
    for bad in ["", "a b", "ä", "x/y", &"n".repeat(65)] {
        assert!(
            store.subscribe(vec![Subscription::to(bad)]).wait().is_err(),
            "{bad}"
        );
    }
    let twice = vec![Subscription::to("a"), Subscription::to("a")];
    assert!(store.subscribe(twice).wait().is_err());
    let many = (0..65).map(|n| Subscription::to(format!("t{n}"))).collect();
    assert!(store.subscribe(many).wait().is_err());
    assert!(store.subscriptions().wait().unwrap().is_empty());
    assert!(store.drop_deliveries(Vec::new()).wait().is_err());
    assert!(
        store
            .take_deliveries("nobody", MINUTE, 1)
            .wait()
            .unwrap()
            .is_none()
    );
}

//! Who did it: on every event; and a caller that says who it is can use its own tokens only.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use actifix::{
    Close, CloseReason, Delete, Error, EventKind, LostWhy, Priority, Release, Update, WakeRule,
};
use proof::dump::Dump;
use proof::stores::{MINUTE, Room, claim, error, evidence, record};

#[test]
fn promise_6_every_event_names_who_and_when() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    let ann = store.acting_as("ann").unwrap();
    let id = ann.record(error("boom")).wait().unwrap().id;
    ann.record(error("boom")).wait().unwrap();
    ann.note(&id, "seen").wait().unwrap();
    ann.assign(&id, Some("bob")).wait().unwrap();
    let change = Update {
        priority: Some(Priority::P0),
        ..Update::default()
    };
    ann.update(&id, change).wait().unwrap();
    ann.close(&id, Close::because(CloseReason::Invalid))
        .wait()
        .unwrap();
    ann.reopen(&id).wait().unwrap();
    ann.ignore(&id, WakeRule::default(), None).wait().unwrap();
    ann.delete(&id, Delete::default()).wait().unwrap();
    ann.undelete(&id).wait().unwrap();
    let events = store.show(&id).wait().unwrap().events;
    assert!(
        events
            .iter()
            .all(|event| event.actor == "ann" && event.at == proof::stores::NOON)
    );
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    use EventKind::{
        Assigned, Closed, Counted, Deleted, Ignored, Noted, Recorded, Reopened, Undeleted, Updated,
    };
    let told = [
        Recorded, Counted, Noted, Assigned, Updated, Closed, Reopened, Ignored, Deleted, Undeleted,
    ];
    assert_eq!(kinds, told);
    let updated = &events[4];
    assert_eq!(updated.old.as_ref().unwrap()["priority"], "P2");
    assert_eq!(updated.new.as_ref().unwrap()["priority"], "P0");

    // What a holder does is the holder's, what time does is nobody's but its own.
    record(&store, "another");
    let lease = claim(&store, "agent");
    clock.advance(MINUTE);
    record(&store, "a third");
    let events = store.show(&lease.ticket.id).wait().unwrap().events;
    let who: Vec<(EventKind, &str)> = events
        .iter()
        .skip(1)
        .map(|e| (e.kind, e.actor.as_str()))
        .collect();
    assert_eq!(
        who,
        [
            (EventKind::Claimed, "agent"),
            (EventKind::Expired, "actifix")
        ]
    );
}

#[test]
fn promise_1_a_token_in_other_hands_is_refused_when_the_name_is_said() {
    let store = Room::new().into_store();
    record(&store, "boom");
    let lease = claim(&store, "ann");
    let (id, token) = (&lease.ticket.id, lease.token);
    let before = Dump::read(&store).unwrap();
    let bob = store.acting_as("bob").unwrap();
    let refused = [
        bob.renew(id, token, MINUTE).wait().map(drop),
        bob.release(id, token, Release::new()).wait().map(drop),
        bob.complete(id, token, evidence("x")).wait().map(drop),
    ];
    for answer in refused {
        match answer {
            Err(Error::LeaseLost {
                holder: Some(holder),
                why: LostWhy::Taken,
                ..
            }) => assert_eq!(holder, "ann"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(Dump::read(&store).unwrap().events, before.events);
    let ann = store.acting_as("ann").unwrap();
    ann.renew(id, token, MINUTE).wait().unwrap();
    ann.complete(id, token, evidence("x")).wait().unwrap();
}

#[test]
fn promise_1_a_name_is_no_token() {
    // The holder of an old lease takes its ticket again: the old token is as dead as a stranger's.
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    record(&store, "boom");
    let old = claim(&store, "ann");
    clock.advance(MINUTE);
    let new = claim(&store, "ann");
    let id = &old.ticket.id;
    assert!(new.token > old.token);
    let lost = store
        .acting_as("ann")
        .unwrap()
        .complete(id, old.token, evidence("x"))
        .wait();
    assert!(
        matches!(
            lost,
            Err(Error::LeaseLost {
                why: LostWhy::Taken,
                ..
            })
        ),
        "{lost:?}"
    );
    assert!(matches!(
        store.acquire(id, "ann", MINUTE).wait(),
        Err(Error::Held { .. })
    ));
    store.complete(id, new.token, evidence("x")).wait().unwrap();
}

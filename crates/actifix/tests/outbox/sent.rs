//! Taking what is due, and what comes of each attempt.

use std::time::Duration;

use actifix::{Attempt, DeliveryId};

use crate::proof::deliveries::{add_to_tell, all, leave, settle, take, to_tell, try_take};
use crate::proof::stores::{MINUTE, Room};
use crate::{HOUR, dead, failed};

#[test]
fn one_at_a_time_sends_to_a_target_and_a_late_word_changes_nothing() {
    let room = Room::in_memory();
    let (store, clock) = room.timed(|_| {});
    add_to_tell(&store, &["a"]);
    let first = take(&store, 10);
    assert!(try_take(&store, 10).is_none(), "two send at once");
    clock.advance(2 * MINUTE);
    let second = try_take(&store, 10).expect("whoever died is followed by another");
    assert_eq!(first.deliveries[0].message, second.deliveries[0].message);
    assert!(second.token > first.token);
    assert!(
        !settle(&store, &first, Attempt::Delivered),
        "the first has lost the target"
    );
    assert_eq!(store.outbox().wait().unwrap().waiting, 1);
    assert!(settle(&store, &second, Attempt::Delivered));
    assert_eq!(store.outbox().wait().unwrap().waiting, 0);
    assert_eq!(store.next_delivery("pager").wait().unwrap(), None);
}

#[test]
fn a_failing_target_rests_longer_each_time_and_a_success_ends_that() {
    let room = Room::in_memory();
    let (store, clock) = room.timed(|_| {});
    add_to_tell(&store, &["a", "b"]);
    let mut rests = Vec::new();
    for _ in 0..4 {
        let taken = take(&store, 1);
        settle(&store, &taken, failed(Some(Duration::ZERO)));
        leave(&store, &taken);
        let until = store.next_delivery("pager").wait().unwrap().unwrap();
        rests.push(until.since(store.settings().clock.now()).as_secs());
        clock.set(until);
    }
    assert_eq!(rests, [1, 2, 4, 8]);
    let taken = take(&store, 2);
    settle(&store, &taken, Attempt::Delivered);
    leave(&store, &taken);
    assert!(store.next_delivery("pager").wait().unwrap().unwrap() <= store.settings().clock.now());
}

#[test]
fn what_is_given_up_is_kept_listed_retried_and_dropped() {
    let room = Room::in_memory();
    let store = to_tell(&room, &["a", "b"]);
    let taken = take(&store, 10);
    for one in &taken.deliveries {
        assert!(
            store
                .settle_delivery(taken.token, &one.id, failed(None), MINUTE)
                .unwrap()
        );
    }
    let buried = dead(&store);
    assert_eq!(buried.len(), 2);
    assert_eq!(
        (
            buried[0].attempts,
            buried[0].error.as_deref(),
            buried[0].due
        ),
        (1, Some("HTTP 500"), None)
    );
    let outbox = store.outbox().wait().unwrap();
    assert_eq!((outbox.waiting, outbox.dead), (0, 2));
    assert_eq!(
        store
            .retry_deliveries(vec![buried[0].id.clone()])
            .wait()
            .unwrap(),
        1
    );
    assert_eq!(
        all(&store)[1].message,
        buried[0].message,
        "the receiver would not see the repeat"
    );
    assert_eq!(
        store
            .drop_deliveries(vec![buried[0].id.clone(), buried[1].id.clone()])
            .wait()
            .unwrap(),
        2
    );
    assert!(all(&store).is_empty());
    let nobody: DeliveryId = "nobody/1".parse().unwrap();
    assert_eq!(store.drop_deliveries(vec![nobody]).wait().unwrap(), 0);
}

#[test]
fn secrets_in_what_went_wrong_do_not_reach_the_database() {
    let room = Room::in_memory();
    let store = to_tell(&room, &["a"]);
    let taken = take(&store, 1);
    let attempt = Attempt::Failed {
        error: "exit 1: DB_PASSWORD=hunter22".into(),
        again: Some(HOUR),
        rest: None,
    };
    settle(&store, &taken, attempt);
    assert_eq!(
        all(&store)[0].error.as_deref(),
        Some("exit 1: DB_PASSWORD=[redacted]")
    );
}

#[test]
fn what_was_mended_is_sent_now_and_its_target_rests_no_longer() {
    let room = Room::in_memory();
    let store = to_tell(&room, &["a"]);
    let taken = take(&store, 1);
    let id = taken.deliveries[0].id.clone();
    let refused = Attempt::Failed {
        error: "HTTP 503".into(),
        again: Some(HOUR),
        rest: Some(HOUR),
    };
    settle(&store, &taken, refused);
    leave(&store, &taken);
    assert!(try_take(&store, 1).is_none());
    assert_eq!(store.retry_deliveries(vec![id.clone()]).wait().unwrap(), 1);
    let taken = take(&store, 1);
    assert_eq!(
        (&taken.deliveries[0].id, taken.deliveries[0].attempts),
        (&id, 1)
    );
}

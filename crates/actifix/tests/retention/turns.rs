//! One at a time: who looks changes nothing, who was overtaken does nothing any more.

use std::ops::ControlFlow;
use std::time::Duration;

use actifix::keep::Retained;
use actifix::{Age, Ages, Clock, Fate, Priority, Retention};

use crate::proof::stores::Room;
use crate::{Becomes, DAY, Planned, became, go_on, make, old_ones, purged, sound};

#[test]
fn a_look_changes_nothing_and_names_the_rule() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    old_ones(&store, &clock, 3);
    let dump = || {
        let mut lines = String::new();
        store
            .export(|line| {
                lines.push_str(&serde_json::to_string(&line).unwrap());
                Ok::<(), actifix::Error>(())
            })
            .unwrap();
        lines
    };
    let before = dump();
    let due = store.retainable(&Retention::default()).wait().unwrap();
    let due: Vec<_> = due
        .iter()
        .filter(|rule| !rule.due.is_empty())
        .map(|rule| (rule.rule.name.as_str(), rule.due[0].tickets))
        .collect();
    assert_eq!(due, [("deleted", 3)]);
    assert_eq!(dump(), before);
}

#[test]
fn who_was_overtaken_does_nothing_any_more() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    let ids = old_ones(&store, &clock, 150);
    let policy = Retention::default();
    let mut steps = 0;
    let came = store.retain(&policy, false, |_, _| {
        steps += 1;
        if steps == 2 {
            // One step is done: another process finds it at work, and later, as if it had been stopped, takes over.
            let other = store.retain(&policy, true, go_on).unwrap();
            assert!(matches!(other, Retained::Elsewhere { .. }), "{other:?}");
            clock.advance(Duration::from_secs(61));
            let other = store.retain(&policy, false, go_on).unwrap();
            let Retained::Done { rules } = other else {
                panic!("{other:?}")
            };
            assert_eq!(rules[0].done.tickets, 86);
        }
        ControlFlow::Continue(())
    });
    let Retained::Stopped { rules } = came.unwrap() else {
        panic!("it was overtaken")
    };
    assert_eq!(rules[0].done.tickets, 64);
    assert_eq!(purged(&store).len(), ids.len());
    let later = store.retain(&policy, false, go_on).unwrap();
    assert!(matches!(later, Retained::NotDue { .. }), "{later:?}");
    sound(&store);
}

#[test]
fn what_happened_meanwhile_saves_a_forgotten_ticket() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    let open = Planned {
        fate: Fate::Open,
        priority: Priority::P2,
        age: 0,
        test: false,
    };
    let ids: Vec<_> = (0..2).map(|number| make(&store, number, &open)).collect();
    clock.advance(DAY * 50);
    let policy = Retention {
        close_open: Ages::all(Age::days(40)),
        ..Retention::default()
    };
    let came = store.retain(&policy, false, |_, _| {
        store
            .note(&ids[0], "still there".to_owned())
            .wait()
            .unwrap();
        ControlFlow::Continue(())
    });
    let Retained::Done { rules } = came.unwrap() else {
        panic!("nobody stopped it")
    };
    assert_eq!((rules[0].done.tickets, rules[0].done.left), (1, 1));
    assert_eq!(became(&store, &ids[0], &open), Becomes::Kept);
    assert_eq!(became(&store, &ids[1], &open), Becomes::Closed);
    let told = store.show(&ids[1]).wait().unwrap().events.pop().unwrap();
    assert!(told.new.unwrap()["note"].as_str().unwrap().contains("open"));
}

#[test]
fn a_clock_that_ran_ahead_holds_nothing_up() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    let now = clock.now();
    let policy = Retention::default();
    clock.advance(DAY * 30_000);
    store.retain(&policy, false, go_on).unwrap();
    clock.set(now);
    let came = store.retain(&policy, false, go_on).unwrap();
    assert!(matches!(came, Retained::Done { .. }), "{came:?}");
}

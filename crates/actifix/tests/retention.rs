//! A policy is applied by one process at a time, and does what a plain model says; a kill leaves the rest to the next run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use actifix::keep::{Keeper, Retained};
use actifix::{
    Age, Ages, Clock, Close, CloseReason, Delete, EventKind, Fate, ManualClock, Priority, Release,
    Report, Retention, Store, SystemClock, TicketId, WakeRule,
};
use proof::dump::Dump;
use proof::role::{self, Actor};
use proof::stores::{Room, evidence};
use proof::wait_until;
use proptest::prelude::*;
use proptest::sample::select;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn role() {
    role::play(&[("keeper", play_keeper), ("halting", play_halting)]);
}

/// A ticket to be made.
#[derive(Clone, Debug)]
struct Planned {
    fate: Fate,
    priority: Priority,
    /// Days between its end and the day on which the policy is applied.
    age: u32,
    test: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Becomes {
    Kept,
    Closed,
    Removed,
}

fn planned() -> impl Strategy<Value = Planned> {
    let fates = [
        Fate::Open,
        Fate::Quarantined,
        Fate::Completed,
        Fate::Closed,
        Fate::Ignored,
        Fate::Deleted,
    ];
    let age = prop_oneof![0..4_u32, 0..400_u32];
    (
        select(fates.to_vec()),
        select(Priority::ALL.to_vec()),
        age,
        any::<bool>(),
    )
        .prop_map(|(fate, priority, age, test)| Planned {
            fate,
            priority,
            age,
            test,
        })
}

fn age() -> impl Strategy<Value = Age> {
    prop_oneof![
        Just(Age::NEVER),
        (0..4_u32).prop_map(Age::days),
        (0..400_u32).prop_map(Age::days)
    ]
}

fn ages() -> impl Strategy<Value = Ages> {
    let each = proptest::collection::vec(age(), 5).prop_map(|ages| {
        let named = Priority::ALL.iter().zip(ages);
        let table: BTreeMap<String, Age> = named.map(|(p, age)| (p.to_string(), age)).collect();
        serde_json::from_value(serde_json::to_value(table).unwrap()).unwrap()
    });
    prop_oneof![age().prop_map(Ages::all), each]
}

fn policy() -> impl Strategy<Value = Retention> {
    let by_fate = (ages(), ages(), age(), age(), age(), ages());
    (by_fate, age(), age()).prop_map(|(by_fate, remove, close_open)| {
        let mut policy = Retention::default();
        (
            policy.completed,
            policy.closed,
            policy.ignored,
            policy.deleted,
            policy.quarantined,
            policy.close_open,
        ) = by_fate;
        (policy.tests.remove, policy.tests.close_open) = (remove, close_open);
        policy
    })
}

/// The whole policy in a few lines, by hand.
fn model(policy: &Retention, ticket: &Planned) -> Becomes {
    let over = |age: Age| age.span().is_some_and(|span| DAY * ticket.age >= span);
    let over_for = |ages: &Ages| over(ages.of(ticket.priority));
    let test = |age: Age| ticket.test && over(age);
    let removed = match ticket.fate {
        Fate::Open if test(policy.tests.close_open) || over_for(&policy.close_open) => {
            return Becomes::Closed;
        }
        Fate::Open | Fate::InProgress => false,
        Fate::Quarantined => over(policy.quarantined),
        Fate::Completed => test(policy.tests.remove) || over_for(&policy.completed),
        Fate::Closed => test(policy.tests.remove) || over_for(&policy.closed),
        Fate::Ignored => test(policy.tests.remove) || over(policy.ignored),
        Fate::Deleted => test(policy.tests.remove) || over(policy.deleted),
    };
    if removed {
        Becomes::Removed
    } else {
        Becomes::Kept
    }
}

fn make(store: &Store, number: usize, planned: &Planned) -> TicketId {
    let report = Report::error("ValueError", "broken")
        .source("app.py:31")
        .priority(planned.priority)
        .fingerprint(format!("ticket {number}"));
    let report = match planned.test {
        true => report.environment("test"),
        false => report,
    };
    let id = store.record(report).wait().unwrap().id;
    let lease = || store.acquire(&id, "ann", DAY).wait().unwrap().token;
    match planned.fate {
        Fate::Open | Fate::InProgress => {}
        Fate::Quarantined => {
            let failed = Release::new().failed();
            store.release(&id, lease(), failed).wait().unwrap();
        }
        Fate::Completed => drop(store.complete(&id, lease(), evidence("x")).wait().unwrap()),
        Fate::Closed => {
            let why = Close::because(CloseReason::Wontfix);
            store.close(&id, why).wait().unwrap();
        }
        Fate::Ignored => drop(store.ignore(&id, WakeRule::default(), None).wait().unwrap()),
        Fate::Deleted => drop(store.delete(&id, Delete::default()).wait().unwrap()),
    }
    id
}

fn go_on(_: u64, _: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn became(store: &Store, id: &TicketId, planned: &Planned) -> Becomes {
    match store.get(id).wait() {
        Err(_) => Becomes::Removed,
        Ok(ticket) => match ticket.completion {
            Some(end) if planned.fate == Fate::Open => {
                assert_eq!(end.reason.as_deref(), Some("obsolete"));
                Becomes::Closed
            }
            _ => Becomes::Kept,
        },
    }
}

/// The ids that the `purged` events tell, in their order.
fn purged(store: &Store) -> Vec<String> {
    let told = Dump::read(store).unwrap().events.into_iter();
    told.filter(|event| event.kind == EventKind::Purged)
        .map(|event| event.old.unwrap()["id"].as_str().unwrap().to_owned())
        .collect()
}

fn sound(store: &Store) {
    let verdict = store.verify(false).wait().unwrap();
    assert!(verdict.ok && verdict.notes.is_empty(), "{verdict:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn it_does_what_the_model_says(
        tickets in proptest::collection::vec(planned(), 1..24),
        policy in policy(),
    ) {
        let room = Room::in_memory();
        let (store, clock) = room.timed(|settings| settings.retry.attempts = 1);
        let begin = clock.now();
        let ids: Vec<TicketId> = tickets.iter().enumerate().map(|(number, ticket)| {
            clock.set(begin.after(DAY * (400 - ticket.age)));
            make(&store, number, ticket)
        }).collect();
        clock.set(begin.after(DAY * 400));

        let due: u64 = store.retainable(&policy).wait().unwrap().iter()
            .flat_map(|rule| &rule.due).map(|group| group.tickets).sum();
        let Retained::Done { rules } = store.retain(&policy, false, go_on).unwrap() else {
            panic!("it is due, and nobody else is at it");
        };
        let done: u64 = rules.iter().map(|rule| rule.done.tickets).sum();
        prop_assert_eq!(due, done, "what was told beforehand is what was done");

        let mut gone = Vec::new();
        for (id, ticket) in ids.iter().zip(&tickets) {
            prop_assert_eq!(became(&store, id, ticket), model(&policy, ticket), "{:?}", ticket);
            if model(&policy, ticket) == Becomes::Removed {
                gone.push(id.to_string());
            }
        }
        let mut told = purged(&store);
        told.sort_unstable();
        gone.sort_unstable();
        prop_assert_eq!(told, gone, "each removal has its event, and only one");
        sound(&store);
    }
}

/// `count` completed tickets, old enough for the default policy.
fn old_ones(store: &Store, clock: &ManualClock, count: usize) -> Vec<TicketId> {
    let planned = Planned {
        fate: Fate::Deleted,
        priority: Priority::P2,
        age: 0,
        test: false,
    };
    let ids = (0..count)
        .map(|number| make(store, number, &planned))
        .collect();
    clock.advance(DAY * 50);
    ids
}

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

/// Applies the policy by hand again and again until nothing is left, and tells how much it did.
fn play_keeper() {
    let path: PathBuf = role::arguments();
    let store = Store::open(path).unwrap();
    role::ready();
    let (mut tickets, mut runs) = (0, 0);
    loop {
        let came = store.retain(&Retention::default(), true, go_on).unwrap();
        if let Retained::Done { rules } = came {
            runs += 1;
            tickets += rules.iter().map(|rule| rule.done.tickets).sum::<u64>();
            if rules.is_empty() && runs > 1 {
                break;
            }
        }
    }
    role::tell(&tickets.to_string());
}

#[test]
fn processes_that_keep_at_once_remove_nothing_twice() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    let mut ids: Vec<String> = old_ones(&store, &clock, 1_000)
        .iter()
        .map(ToString::to_string)
        .collect();
    let mut keepers: Vec<Actor> = (0..3).map(|_| Actor::start("keeper", &room.path)).collect();
    keepers.iter_mut().for_each(Actor::await_ready);
    keepers.iter_mut().for_each(Actor::go);
    let did: Vec<u64> = keepers
        .iter_mut()
        .map(|keeper| keeper.told().parse().unwrap())
        .collect();
    keepers.into_iter().for_each(Actor::finish);
    assert_eq!(did.iter().sum::<u64>(), 1_000, "{did:?}");
    let mut told = purged(&store);
    told.sort_unstable();
    ids.sort_unstable();
    assert_eq!(told, ids);
    sound(&store);
}

/// Stops in the middle of a run, and waits to be killed.
fn play_halting() {
    let path: PathBuf = role::arguments();
    let store = Store::open(path).unwrap();
    let mut steps = 0;
    let _ = store.retain(&Retention::default(), false, |_, _| {
        steps += 1;
        if steps == 3 {
            role::ready();
        }
        ControlFlow::Continue(())
    });
}

#[test]
fn a_run_that_was_killed_is_finished_by_the_next() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    let ids = old_ones(&store, &clock, 300);
    let mut halting = Actor::start("halting", &room.path);
    halting.await_ready();
    halting.kill();
    assert_eq!(purged(&store).len(), 128);
    clock.set(SystemClock.now());
    let policy = Retention::default();
    let early = store.retain(&policy, false, go_on).unwrap();
    assert!(matches!(early, Retained::Elsewhere { .. }), "{early:?}");
    clock.advance(Duration::from_secs(120));
    let Retained::Done { rules } = store.retain(&policy, false, go_on).unwrap() else {
        panic!("the turn of the killed one has run out")
    };
    assert_eq!(rules[0].done.tickets, 172);
    assert_eq!(purged(&store).len(), ids.len());
    sound(&store);
}

#[test]
fn a_keeper_works_beside_and_stops_when_it_is_dropped() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    old_ones(&store, &clock, 200);
    let policy = Retention {
        enabled: true,
        ..Retention::default()
    };
    let keepers: Vec<Keeper> = (0..3)
        .map(|_| Keeper::start(&store, policy.clone(), |_| ()).unwrap())
        .collect();
    wait_until::holds("all of them are gone", || purged(&store).len() == 200);
    wait_until::holds("the run has ended", || {
        store.retention_times().wait().unwrap().last.is_some()
    });
    drop(keepers);
    let mut purges = Dump::read(&store).unwrap().events;
    purges.retain(|event| event.kind == EventKind::Purged);
    assert!(purges.iter().all(|event| event.actor == "actifix"));
    sound(&store);
}

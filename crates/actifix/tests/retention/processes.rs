//! Several processes at once, one that is killed, and the keeper beside the work.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use actifix::keep::{Keeper, Retained};
use actifix::{Clock, EventKind, Retention, Store, SystemClock};

use crate::proof::dump::Dump;
use crate::proof::role::Actor;
use crate::proof::stores::Room;
use crate::proof::{role, wait_until};
use crate::{go_on, old_ones, purged, sound};

/// Applies the policy by hand again and again until nothing is left, and tells how much it did.
pub fn play_keeper() {
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
pub fn play_halting() {
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

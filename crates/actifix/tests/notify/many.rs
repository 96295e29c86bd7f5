//! Many at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::thread;

use actifix::notify::{Deliverer, Halt, Notice, Until};
use serde_json::json;

use crate::hooks::hook;
use crate::proof::deliveries::all;
use crate::proof::stores::{Room, error, record};
use crate::receiver::{Does, Receiver, says};
use crate::webhooks::webhook;
use crate::{deliver_once, told};

#[test]
fn four_deliverers_tell_everything_and_never_the_same_at_the_same_time() {
    const EVENTS: usize = 1_000;
    let room = Room::in_memory();
    let store = room.store();
    let receivers: Vec<_> = (0..4).map(|_| Receiver::ok()).collect();
    let targets: Vec<_> = receivers
        .iter()
        .enumerate()
        .map(|(nth, receiver)| webhook(&format!("t{nth}"), &receiver.url, json!({})))
        .collect();
    told(&store, targets.clone());
    let reports = (0..EVENTS / 4).map(|nth| error("x").fingerprint(nth.to_string()));
    store.record_all(reports).wait().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            // As in processes of their own.
            let deliverer = Deliverer::new(&room.store(), targets.clone()).unwrap();
            scope.spawn(move || {
                deliverer
                    .run(Until::Drained, &Halt::new(), &|_: Notice<'_>| ())
                    .unwrap()
            });
        }
    });
    assert!(all(&store).is_empty());
    for receiver in &receivers {
        let ids: Vec<_> = receiver
            .got()
            .iter()
            .map(|got| got.header("webhook-id").to_owned())
            .collect();
        let different: BTreeSet<_> = ids.iter().collect();
        assert_eq!(different.len(), EVENTS / 4);
        assert_eq!(
            ids.len(),
            different.len(),
            "nobody died, and something was told twice"
        );
        assert!(ids.is_sorted_by_key(|id| number(id)), "not in its order");
    }
}

fn number(id: &str) -> i64 {
    id.rsplit_once('-').unwrap().1.parse().unwrap()
}

#[test]
fn a_dead_and_a_slow_target_hold_up_neither_the_others_nor_the_store() {
    let room = Room::in_memory();
    let store = room.store();
    let (dead, slow, fine) = (
        Receiver::that(vec![says("500 Oops", "", "")]),
        Receiver::that(vec![Does::Hangs(std::time::Duration::from_secs(60))]),
        Receiver::ok(),
    );
    let targets = vec![
        webhook("dead", &dead.url, json!({})),
        webhook("slow", &slow.url, json!({})),
        webhook("fine", &fine.url, json!({})),
        hook("bell", "true"),
    ];
    let deliverer = told(&store, targets);
    for nth in 0..20 {
        record(
            &store,
            &format!("{nth} a").replace(char::is_numeric, &"x".repeat(nth + 1)),
        );
    }
    let arrived = Mutex::new(BTreeMap::<String, u32>::new());
    let halt = Halt::new();
    let watch = |notice: Notice<'_>| {
        let Notice::Tried { delivery, attempt } = notice else {
            return;
        };
        let mut arrived = arrived.lock().unwrap();
        *arrived
            .entry(format!(
                "{} {}",
                delivery.id.target,
                *attempt == actifix::Attempt::Delivered
            ))
            .or_default() += 1;
        let done = |key: &str| arrived.get(key).copied().unwrap_or_default();
        // Recording goes on while the slow one is waited for.
        if done("fine true") == 20 && done("bell true") == 20 && done("slow false") > 0 {
            halt.now();
        }
    };
    deliverer.run(Until::Stopped, &halt, &watch).unwrap();
    let arrived = arrived.into_inner().unwrap();
    assert_eq!((arrived["fine true"], arrived["bell true"]), (20, 20));
    assert!(
        arrived["dead false"] < 20,
        "a target that is down was hammered: {arrived:?}"
    );
    assert_eq!(all(&store).len(), 40);
}

#[test]
fn a_deliverer_that_does_not_know_a_target_leaves_its_deliveries_alone() {
    let room = Room::in_memory();
    let store = room.store();
    let receiver = Receiver::ok();
    told(
        &store,
        vec![
            webhook("theirs", &receiver.url, json!({})),
            webhook("ours", &receiver.url, json!({})),
        ],
    );
    record(&store, "a");
    let ours = Deliverer::new(&store, vec![webhook("ours", &receiver.url, json!({}))]).unwrap();
    assert_eq!(deliver_once(&ours).delivered, 1);
    let left: Vec<_> = all(&store).into_iter().map(|one| one.id.target).collect();
    assert_eq!(left, ["theirs"]);
}

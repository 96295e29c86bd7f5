//! Others go on meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actifix::{Claim, Close, CloseReason, Delete, Fate, TicketId};

use crate::proof::stores::error;
use crate::{DAY, Scene, count_by_hand, older_than, sound};

/// The figure: how long a claim waits while thousands of tickets go, one of them with many events. Printed, not judged.
#[test]
fn claims_go_on_meanwhile() {
    let scene = Scene::new();
    let store = &scene.store;
    count_by_hand(store.path(), 50_000);
    let first = &scene.tickets[&Fate::Open];
    store
        .close(first, Close::because(CloseReason::Obsolete))
        .wait()
        .unwrap();
    let reports = (0..2_000).map(|n| error(&format!("old {n}")));
    let ids: Vec<TicketId> = store
        .record_all(reports)
        .wait()
        .unwrap()
        .into_iter()
        .map(|r| r.unwrap().id)
        .collect();
    for id in &ids {
        store.delete(id, Delete::default()).wait().unwrap();
    }
    scene.clock.advance(DAY * 5);
    store
        .record_all((0..50).map(|n| error(&format!("new {n}"))))
        .wait()
        .unwrap();
    let over = AtomicBool::new(false);
    let (pruned, (claims, longest)) = std::thread::scope(|threads| {
        let claimer = threads.spawn(|| {
            let (mut claims, mut longest) = (0_u32, Duration::ZERO);
            while !over.load(Ordering::Relaxed) {
                let asked = Instant::now();
                let lease = store.claim(Claim::by("ann")).wait().unwrap().one().unwrap();
                longest = longest.max(asked.elapsed());
                claims += 1;
                store
                    .release(&lease.ticket.id, lease.token, actifix::Release::new())
                    .wait()
                    .unwrap();
            }
            (claims, longest)
        });
        let rule = older_than(5, &[Fate::Deleted, Fate::Closed]);
        let pruned = store.prune(&rule, |_, _| ()).unwrap();
        over.store(true, Ordering::Relaxed);
        (pruned, claimer.join().unwrap())
    });
    println!(
        "{} tickets and {} events pruned beside {claims} claims; the longest wait for a claim: {:.1} ms",
        pruned.tickets,
        pruned.events,
        longest.as_secs_f64() * 1e3
    );
    assert_eq!(
        pruned.tickets, 2_003,
        "those, the first one, and one closed and one deleted of the scene"
    );
    assert!(claims > 0);
    sound(store);
    let _ = &scene.room;
}

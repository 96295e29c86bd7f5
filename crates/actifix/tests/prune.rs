//! Old tickets go for good, with all that hangs on them; what happened to a ticket meanwhile saves it; nobody waits long.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actifix::rusqlite::Connection;
use actifix::{
    Claim, Close, CloseReason, Delete, Error, EventFilter, EventKind, Fate, ManualClock, Priority,
    Prune, Report, Store, TicketId, WakeRule,
};
use proof::stores::{Room, error, evidence};

const DAY: Duration = Duration::from_secs(86_400);

/// A ticket of each fate, by the word for it, and a clock to make them old.
struct Scene {
    room: Room,
    store: Store,
    clock: Arc<ManualClock>,
    tickets: BTreeMap<Fate, TicketId>,
}

impl Scene {
    fn new() -> Self {
        let room = Room::new();
        let (store, clock) = room.timed(|settings| settings.retry.attempts = 1);
        let mut scene = Self {
            room,
            store,
            clock,
            tickets: BTreeMap::new(),
        };
        for fate in Fate::ALL {
            let id = scene.made(fate);
            scene.tickets.insert(fate, id);
        }
        scene
    }

    fn made(&self, fate: Fate) -> TicketId {
        let store = &self.store;
        let id = store.record(error(fate.as_str())).wait().unwrap().id;
        let lease = |span| store.acquire(&id, "ann", span).wait().unwrap();
        match fate {
            Fate::Open => {}
            Fate::InProgress => drop(lease(DAY * 6)),
            Fate::Quarantined => {
                let token = lease(DAY).token;
                let failed = actifix::Release::new().failed();
                store.release(&id, token, failed).wait().unwrap();
            }
            Fate::Completed => {
                let token = lease(DAY).token;
                store.complete(&id, token, evidence("x")).wait().unwrap();
            }
            Fate::Closed => {
                let why = Close::because(CloseReason::Wontfix);
                store.close(&id, why).wait().unwrap();
            }
            Fate::Ignored => {
                store.ignore(&id, WakeRule::default(), None).wait().unwrap();
            }
            Fate::Deleted => {
                store.delete(&id, Delete::default()).wait().unwrap();
            }
        }
        id
    }

    fn is_there(&self, fate: Fate) -> bool {
        match self.store.get(&self.tickets[&fate]).wait() {
            Ok(_) => true,
            Err(Error::NotFound { .. }) => false,
            Err(other) => panic!("{other}"),
        }
    }

    fn there(&self) -> Vec<Fate> {
        let all = Fate::ALL.into_iter();
        all.filter(|fate| self.is_there(*fate)).collect()
    }
}

fn sound(store: &Store) {
    let verdict = store.verify(false).wait().unwrap();
    assert!(verdict.ok && verdict.notes.is_empty(), "{verdict:?}");
}

fn older_than(days: u32, fates: &[Fate]) -> Prune {
    Prune {
        older_than: DAY * days,
        fates: fates.to_vec(),
        ..Prune::default()
    }
}

#[test]
fn only_what_is_old_enough_and_named_goes() {
    let scene = Scene::new();
    let rule = older_than(5, &Prune::default().fates);
    assert_eq!(scene.store.prunable(&rule).wait().unwrap(), []);
    assert_eq!(scene.store.prune(&rule, |_, _| ()).unwrap().tickets, 0);
    assert_eq!(scene.there(), Fate::ALL);

    scene.clock.advance(DAY * 5);
    let groups = scene.store.prunable(&rule).wait().unwrap();
    let groups: Vec<_> = groups
        .iter()
        .map(|g| (g.status, g.priority, g.tickets))
        .collect();
    assert_eq!(
        groups,
        [
            (Fate::Completed, Priority::P2, 1),
            (Fate::Deleted, Priority::P2, 1)
        ]
    );
    assert_eq!(scene.there(), Fate::ALL, "a look removes nothing");
    assert_eq!(scene.store.prune(&rule, |_, _| ()).unwrap().tickets, 2);
    let left = [
        Fate::Open,
        Fate::InProgress,
        Fate::Quarantined,
        Fate::Closed,
        Fate::Ignored,
    ];
    assert_eq!(scene.there(), left);
    sound(&scene.store);

    let all = scene
        .store
        .prune(&older_than(5, &Fate::ALL), |_, _| ())
        .unwrap();
    assert_eq!((all.tickets, scene.there()), (4, vec![Fate::InProgress]));
    sound(&scene.store);
}

#[test]
fn project_and_priority_narrow_it() {
    let room = Room::in_memory();
    let (store, clock) = room.timed(|_| {});
    for (project, priority) in [
        ("a", Priority::P0),
        ("a", Priority::P3),
        ("b", Priority::P3),
    ] {
        let report = Report::error("E", "m")
            .project(project)
            .priority(priority)
            .source(project);
        let report = report.fingerprint(format!("{project}{priority}"));
        let id = store.record(report).wait().unwrap().id;
        store.delete(&id, Delete::default()).wait().unwrap();
    }
    clock.advance(DAY);
    let rule = Prune {
        priorities: vec![Priority::P3],
        project: Some("a".into()),
        ..older_than(1, &[Fate::Deleted])
    };
    assert_eq!(store.prune(&rule, |_, _| ()).unwrap().tickets, 1);
    let nowhere = Prune {
        project: Some("c".into()),
        ..rule
    };
    assert_eq!(store.prune(&nowhere, |_, _| ()).unwrap().tickets, 0);
    let rest = store
        .prunable(&older_than(1, &[Fate::Deleted]))
        .wait()
        .unwrap();
    assert_eq!(
        rest.iter().map(|group| group.priority).collect::<Vec<_>>(),
        [Priority::P0, Priority::P3]
    );
    sound(&store);
}

#[test]
fn promise_6_one_event_stays_and_tells_what_went() {
    let scene = Scene::new();
    let id = scene.tickets[&Fate::Completed].clone();
    let before = scene.store.show(&id).wait().unwrap().events.len();
    let newest = scene.store.stats().wait().unwrap().newest_event;
    scene.clock.advance(DAY * 5);
    let store = scene.store.credited_to("keeper").unwrap();
    let pruned = store
        .prune(&older_than(5, &[Fate::Completed]), |_, _| ())
        .unwrap();
    assert_eq!((pruned.tickets, pruned.events), (1, before as u64));
    let all = EventFilter {
        limit: 1_000,
        ..EventFilter::default()
    };
    let events = store.events(all).wait().unwrap().events;
    let last = events.last().unwrap();
    assert_eq!(
        (last.kind, last.actor.as_str()),
        (EventKind::Purged, "keeper")
    );
    let told = last.old.as_ref().unwrap();
    assert_eq!(
        (&told["id"], &told["status"], &told["events"]),
        (&id.as_str().into(), &"completed".into(), &before.into())
    );
    assert!(last.seq > newest);
    assert!(
        events
            .iter()
            .filter(|event| event.ticket == last.ticket)
            .count()
            == 1
    );

    // Its number and its events' numbers are never given out again; an equal report is a new ticket.
    let again = store.record(error("completed")).wait().unwrap();
    assert!(again.new && again.id != id);
    sound(&store);
}

#[test]
fn what_happened_meanwhile_saves_a_ticket() {
    let scene = Scene::new();
    scene.clock.advance(DAY * 5);
    let id = &scene.tickets[&Fate::Completed];
    let mut reopened = false;
    // Progress is told when the tickets have been found and none has gone yet.
    let pruned = scene
        .store
        .prune(&older_than(5, &Prune::default().fates), |_, _| {
            if !reopened {
                scene.store.reopen(id).wait().unwrap();
                reopened = true;
            }
        });
    let pruned = pruned.unwrap();
    assert_eq!((pruned.tickets, pruned.left), (1, 1));
    assert!(scene.is_there(Fate::Completed) && !scene.is_there(Fate::Deleted));
    sound(&scene.store);
}

/// Writes a chain of counted events of ticket 1 by hand: a store would take a batch for each.
fn count_by_hand(path: &std::path::Path, more: i64) {
    let conn = Connection::open(path).unwrap();
    conn.busy_timeout(Duration::from_secs(10)).unwrap();
    let from: i64 = conn
        .query_row("SELECT max(seq) FROM events", [], |row| row.get(0))
        .unwrap();
    conn.execute_batch(&format!(
        "BEGIN IMMEDIATE;
         WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {more})
         INSERT INTO events(seq, ticket, at, kind, actor, num, prev)
           SELECT {from} + i, 1, 0, 1, 1, 1, CASE i WHEN 1 THEN NULL ELSE {from} + i - 1 END FROM k;
         INSERT INTO seen(ticket, count, last, event) VALUES (1, {more} + 1, 0, {from} + {more});
         UPDATE counters SET value = {from} + {more} WHERE name = 'event';
         COMMIT;"
    ))
    .unwrap();
}

#[test]
fn a_ticket_with_more_events_than_a_command_takes_goes_whole() {
    let scene = Scene::new();
    assert_eq!(scene.made(Fate::Open), scene.tickets[&Fate::Open]);
    let first = scene.tickets[&Fate::Open].clone();
    let token = scene
        .store
        .acquire(&first, "ann", DAY)
        .wait()
        .unwrap()
        .token;
    for _ in 0..3_000 {
        scene.store.renew(&first, token, DAY).wait().unwrap();
    }
    scene
        .store
        .release(&first, token, actifix::Release::new())
        .wait()
        .unwrap();
    // The repeat above is counted once already.
    let conn = Connection::open(scene.store.path()).unwrap();
    conn.execute_batch("DELETE FROM events WHERE kind = 1; DELETE FROM seen")
        .unwrap();
    drop(conn);
    count_by_hand(scene.store.path(), 7_000);
    sound(&scene.store);
    scene.clock.advance(DAY * 9);
    let pruned = scene
        .store
        .prune(&older_than(5, &[Fate::Open]), |_, _| ())
        .unwrap();
    // 1 recorded, 1 claimed, 1 released, 3,000 renewed, 7,000 counted. The lease that has run out is news of that ticket.
    assert_eq!((pruned.tickets, pruned.events), (1, 10_003));
    sound(&scene.store);
}

#[test]
fn a_prune_that_was_cut_short_is_finished_by_the_next() {
    let scene = Scene::new();
    scene.clock.advance(DAY * 5);
    scene
        .store
        .prune(&older_than(5, &[Fate::Completed]), |_, _| ())
        .unwrap();
    let conn = Connection::open(scene.store.path()).unwrap();
    let purged: (i64, i64) = conn
        .query_row(
            "SELECT seq, ticket FROM events WHERE kind = 15",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    // As a kill between two commands leaves it: under numbers that were its own, two counted events, a chain, and another.
    let free = |seq: &i64| {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM events WHERE seq = ?1)";
        conn.query_row(sql, [seq], |row| row.get::<_, bool>(0))
            .unwrap()
    };
    let own: Vec<i64> = (1..purged.0).filter(free).take(3).collect();
    let [a, b, c] = own[..] else {
        panic!("{own:?}")
    };
    conn.execute_batch(&format!(
        "INSERT INTO events(seq, ticket, at, kind, actor, prev)
           VALUES ({a}, {0}, 0, 1, 1, NULL), ({b}, {0}, 0, 1, 1, {a}), ({c}, {0}, 0, 2, 1, NULL);
         UPDATE events SET prev = {b} WHERE seq = {1};",
        purged.1, purged.0
    ))
    .unwrap();
    let pruned = scene
        .store
        .prune(&older_than(5, &[Fate::Completed]), |_, _| ())
        .unwrap();
    assert_eq!((pruned.tickets, pruned.events), (0, 3));
    sound(&scene.store);
    let left: Option<i64> = conn
        .query_row(
            "SELECT prev FROM events WHERE ticket = ?1",
            [purged.1],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(
        left, None,
        "one event is left, and says that nothing is to be done"
    );
}

#[test]
fn what_leads_to_it_goes_too() {
    let scene = Scene::new();
    let id = scene.tickets[&Fate::Completed].clone();
    let conn = Connection::open(scene.store.path()).unwrap();
    let ticket: i64 = conn
        .query_row("SELECT n FROM facts WHERE id = ?1", [id.as_str()], |row| {
            row.get(0)
        })
        .unwrap();
    conn.execute_batch(&format!(
        "PRAGMA foreign_keys=ON;
         INSERT INTO aliases VALUES ('OLD-1', {ticket});
         INSERT INTO fingerprints VALUES (1, x'00', 7, {ticket});
         INSERT INTO legacy(ticket, as_of, fits) VALUES ({ticket}, 1, 1);
         WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 5000)
         INSERT INTO event_log(event_type, message, ticket_id) SELECT 't', 'm', '{id}' FROM k;"
    ))
    .unwrap();
    scene.clock.advance(DAY * 5);
    assert_eq!(
        scene
            .store
            .prune(&older_than(5, &[Fate::Completed]), |_, _| ())
            .unwrap()
            .tickets,
        1
    );
    for (table, left) in [
        ("aliases", 0),
        ("legacy", 0),
        ("event_log", 5_000),
        ("fingerprints", 6),
    ] {
        let rows: i64 = conn
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .unwrap();
        assert_eq!(rows, left, "{table}");
    }
    sound(&scene.store);
}

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

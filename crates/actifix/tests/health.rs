//! Health: what is late, left lying or full is found, under a clock that moves only when told to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod proof;

use std::sync::Arc;
use std::time::Duration;

use actifix::keep::{Check, Examination, Health, HealthRules, Outside, Sla, State};
use actifix::rusqlite::Connection;
use actifix::{Claim, Level, ManualClock, Priority, Release, Report, Store, Timestamp, Vitals};
use proof::stores::{MINUTE, NOON, Room, claim, error, evidence, record};

const HOUR: Duration = Duration::from_secs(3_600);

/// Rules under which no disk is too small.
fn rules() -> HealthRules {
    HealthRules {
        disk_free: 0,
        ..HealthRules::default()
    }
}

fn health(store: &Store) -> Health {
    Health::of(store, &rules(), Examination::default()).unwrap()
}

fn vitals(store: &Store) -> Vitals {
    health(store).vitals
}

#[track_caller]
fn check(health: &Health, name: &str) -> Check {
    let mut checks = health.checks.iter();
    checks.find(|check| check.check == name).unwrap().clone()
}

fn late(store: &Store) -> [u64; 5] {
    let late: Vec<u64> = vitals(store).backlog.iter().map(|of| of.late).collect();
    late.try_into().unwrap()
}

fn store() -> (Room, Store, Arc<ManualClock>) {
    let room = Room::in_memory();
    let (store, clock) = room.timed(|_| {});
    (room, store, clock)
}

fn of(priority: Priority, name: &str) -> Report {
    error(name).priority(priority).fingerprint(name)
}

#[test]
fn each_priority_has_its_own_time() {
    let (_room, store, clock) = store();
    for priority in Priority::ALL {
        let recorded = store
            .record(of(priority, &format!("boom {priority}")))
            .wait();
        assert!(recorded.unwrap().new);
    }
    let mut passed = 0;
    for (hours, expected) in [
        (1, [0, 0, 0, 0, 0]),
        (4, [1, 0, 0, 0, 0]),
        (24, [1, 1, 0, 0, 0]),
        (72, [1, 1, 1, 0, 0]),
        (168, [1, 1, 1, 1, 0]),
        (169, [1, 1, 1, 1, 1]),
    ] {
        clock.advance(HOUR * (hours - passed));
        passed = hours;
        assert_eq!(late(&store), expected, "after {hours} h");
    }
    let health = health(&store);
    assert_eq!(health.state, State::Failing);
    assert_eq!(check(&health, "late").level, Level::Bad);
    // The one that is furthest over what is allowed, not the oldest or the most urgent.
    let worst: Vec<_> = health.vitals.worst.iter().map(|one| one.priority).collect();
    assert_eq!(worst, Priority::ALL);
    let generous = HealthRules {
        sla: Sla {
            P0: HOUR * 1_000,
            P1: HOUR * 1_000,
            P2: HOUR * 1_000,
            P3: HOUR * 1_000,
            P4: HOUR * 1_000,
        },
        ..rules()
    };
    let health = Health::of(&store, &generous, Examination::default()).unwrap();
    assert_eq!(health.state, State::Ok, "{:?}", health.checks);
}

#[test]
fn a_ticket_waits_until_it_is_ended_whoever_holds_it() {
    let (_room, store, clock) = store();
    store.record(of(Priority::P0, "boom")).wait().unwrap();
    let held = store
        .claim(Claim::by("a").lease(HOUR * 3))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    clock.advance(HOUR * 2);
    let of_p0 = vitals(&store).backlog[0].clone();
    assert_eq!((of_p0.open, of_p0.in_progress, of_p0.late), (0, 1, 1));
    assert!(
        of_p0
            .oldest
            .is_some_and(|oldest| oldest.in_progress && oldest.since == NOON)
    );
    // Given back, and put off.
    let later = Release::new().not_before(HOUR * 5);
    store
        .release(&held.ticket.id, held.token, later)
        .wait()
        .unwrap();
    let of_p0 = vitals(&store).backlog[0].clone();
    assert_eq!((of_p0.open, of_p0.in_progress, of_p0.late), (1, 0, 1));
    clock.advance(HOUR * 5);
    let held = claim(&store, "b");
    store
        .complete(&held.ticket.id, held.token, evidence("x"))
        .wait()
        .unwrap();
    let of_p0 = vitals(&store).backlog[0].clone();
    assert_eq!((of_p0.open, of_p0.in_progress, of_p0.late), (0, 0, 0));
    assert_eq!(of_p0.oldest, None);
}

#[test]
fn a_ticket_that_was_opened_again_waits_since_then() {
    let (_room, store, clock) = store();
    let ticket = store.record(of(Priority::P0, "boom")).wait().unwrap().id;
    let held = claim(&store, "a");
    store
        .complete(&ticket, held.token, evidence("x"))
        .wait()
        .unwrap();
    clock.advance(HOUR * 100);
    store.record(of(Priority::P0, "boom")).wait().unwrap();
    assert_eq!(late(&store), [0; 5]);
    let oldest = vitals(&store).backlog[0].oldest.clone().unwrap();
    assert_eq!(oldest.since, NOON.after(HOUR * 100));
    clock.advance(HOUR * 2);
    assert_eq!(late(&store), [1, 0, 0, 0, 0]);
}

#[test]
fn a_lease_nobody_took_up_is_told_after_a_while() {
    let (_room, store, clock) = store();
    record(&store, "boom");
    claim(&store, "a");
    clock.advance(MINUTE * 2);
    let young = health(&store);
    assert_eq!((young.vitals.expired, young.state), (1, State::Ok));
    // Its ticket is open, as reads show it everywhere.
    assert_eq!(
        (
            young.vitals.backlog[2].open,
            young.vitals.backlog[2].in_progress
        ),
        (1, 0)
    );
    clock.advance(MINUTE * 20);
    let old = health(&store);
    assert_eq!(
        (old.state, check(&old, "leases").level),
        (State::Warning, Level::Warn)
    );
    claim(&store, "b");
    assert_eq!(health(&store).state, State::Ok);
}

#[test]
fn projects_are_told_apart() {
    let (_room, store, clock) = store();
    for project in ["shop", "till"] {
        store
            .record(of(Priority::P0, project).project(project))
            .wait()
            .unwrap();
    }
    clock.advance(HOUR * 2);
    assert_eq!(late(&store)[0], 2);
    for (project, expected) in [("shop", 1), ("till", 1), ("nobody", 0)] {
        let asked = Examination {
            project: Some(project.to_owned()),
            ..Examination::default()
        };
        let health = Health::of(&store, &rules(), asked).unwrap();
        assert_eq!(health.vitals.backlog[0].late, expected, "{project}");
        assert_eq!(health.vitals.backlog[0].open, expected, "{project}");
        assert!(health.vitals.worst.iter().all(|one| one.project == project));
    }
}

#[test]
fn given_up_tickets_a_full_disk_a_long_log_and_a_spool_are_warnings() {
    let (_room, store, clock) = store();
    record(&store, "boom");
    for _ in 0..5 {
        let held = claim(&store, "a");
        let failed = Release::new().failed();
        store
            .release(&held.ticket.id, held.token, failed)
            .wait()
            .unwrap();
        clock.advance(HOUR);
    }
    let parked = health(&store);
    assert_eq!(
        (parked.state, parked.vitals.quarantined),
        (State::Warning, 1)
    );
    let judged = |rules: HealthRules, spool| {
        let asked = Examination {
            spool,
            ..Examination::default()
        };
        Health::of(&store, &rules, asked).unwrap()
    };
    let rules = HealthRules {
        quarantined: 1,
        ..rules()
    };
    assert_eq!(judged(rules.clone(), Outside::default()).state, State::Ok);
    let free = parked.vitals.disk_free.unwrap();
    for (least, level) in [(free * 2, Level::Warn), (free * 32, Level::Bad)] {
        let strict = HealthRules {
            disk_free: least,
            ..rules.clone()
        };
        assert_eq!(
            check(&judged(strict, Outside::default()), "disk").level,
            level
        );
    }
    let strict = HealthRules {
        wal: 0,
        ..rules.clone()
    };
    assert_eq!(
        check(&judged(strict, Outside::default()), "log").level,
        Level::Warn
    );
    let waits = |since: Timestamp, unreadable| Outside {
        files: 1,
        reports: 3,
        unreadable,
        since: Some(since),
    };
    let now = parked.vitals.at;
    let ago = |span: Duration| {
        Timestamp::from_micros(now.micros() - i64::try_from(span.as_micros()).unwrap())
    };
    for (outside, level) in [
        (waits(ago(MINUTE), 0), Level::Good),
        (waits(ago(HOUR * 2), 0), Level::Warn),
        (waits(ago(MINUTE), 1), Level::Warn),
    ] {
        assert_eq!(check(&judged(rules.clone(), outside), "spool").level, level);
    }
}

#[test]
fn a_clock_that_runs_ahead_and_books_that_do_not_add_up_are_found() {
    let (room, store, clock) = store();
    record(&store, "boom");
    let before = clock_at(&clock);
    clock.set(Timestamp::from_micros(before.micros() - 3_600_000_000));
    assert_eq!(check(&health(&store), "clock").level, Level::Warn);
    clock.set(before);
    assert_eq!(health(&store).state, State::Ok);
    for (wrong, right) in [
        (
            "UPDATE counts SET k = k + 1 WHERE place = 0 AND project = 0",
            "UPDATE counts SET k = k - 1 WHERE place = 0 AND project = 0",
        ),
        (
            "UPDATE counters SET value = value - 1 WHERE name = 'ticket'",
            "UPDATE counters SET value = value + 1 WHERE name = 'ticket'",
        ),
    ] {
        let change = |sql: &str| {
            Connection::open(&room.path)
                .unwrap()
                .execute(sql, [])
                .unwrap()
        };
        change(wrong);
        let told = health(&store);
        assert_eq!(
            (told.state, check(&told, "integrity").level),
            (State::Failing, Level::Bad),
            "{wrong}"
        );
        change(right);
        assert_eq!(health(&store).state, State::Ok);
    }
    // What only a look at every ticket finds.
    let connection = Connection::open(&room.path).unwrap();
    connection
        .execute("UPDATE facts SET priority = 0", [])
        .unwrap();
    drop(connection);
    assert_eq!(check(&health(&store), "integrity").level, Level::Good);
    let full = Examination {
        full: true,
        ..Examination::default()
    };
    let told = Health::of(&store, &rules(), full).unwrap();
    assert_eq!(check(&told, "integrity").level, Level::Bad);
}

fn clock_at(clock: &ManualClock) -> Timestamp {
    use actifix::Clock as _;
    clock.now()
}

#[test]
fn a_large_backlog_is_looked_at_in_part_and_said_so() {
    let room = Room::in_memory();
    let (store, clock) = room.timed(|settings| settings.limits.open_tickets = 0);
    let reports = (0..10_100).map(|n| of(Priority::P0, &format!("boom {n}")));
    store.record_all(reports).wait().unwrap();
    clock.advance(HOUR * 2);
    let told = health(&store);
    assert_eq!(
        (told.vitals.backlog[0].late, told.vitals.backlog[0].open),
        (10_000, 10_100)
    );
    assert!(told.vitals.cut);
    let late = check(&told, "late").what;
    assert!(
        late.starts_with("at least 10000 tickets are open"),
        "{late}"
    );
}

//! Samples, attempts, limits and counts.

use std::time::Duration;

use actifix::{
    Claim, Clock, Close, CloseReason, Delete, Error, Kind, Priority, Release, Report, Status,
    TicketId, Timestamp, WakeRule,
};

use crate::case::Case;
use crate::proof::stores::{MINUTE, NOON, Room, claim, error, evidence, kind, record, try_claim};

#[test]
fn the_first_sample_and_the_latest_ten_are_kept() {
    let case = Case::new();
    let report = |n: u64| {
        error("boom")
            .stack_trace(format!("stack {n}"))
            .release(format!("v{n}"))
            .tag("n", n.to_string())
    };
    for n in 2..=9 {
        case.clock.advance(MINUTE);
        case.store.record(report(n)).wait().unwrap();
    }
    // Many in one commit, too.
    case.store.record_all((10..=25).map(report)).wait().unwrap();
    let samples = case.store.show(&case.id).wait().unwrap().samples;
    let releases: Vec<Option<&str>> = samples
        .iter()
        .map(|sample| sample.release.as_deref())
        .collect();
    let latest: Vec<String> = (16..=25).map(|n| format!("v{n}")).collect();
    let mut expected = vec![None];
    expected.extend(latest.iter().map(|release| Some(release.as_str())));
    assert_eq!(releases, expected);
    assert_eq!(samples[0].at, Some(NOON));
    assert_eq!(samples[10].stack_trace.as_deref(), Some("stack 25"));
    assert_eq!(samples[10].tags["n"], "25");
    let ticket = case.store.get(&case.id).wait().unwrap();
    assert_eq!(
        (ticket.occurrences, ticket.first_seen, ticket.last_seen),
        (25, NOON, case.clock.now())
    );
}

#[test]
fn a_crash_at_the_last_attempt_is_the_end_too() {
    let case = Case::new();
    for n in 1..=4 {
        let lease = case.claim();
        let failed = Release::new().failed();
        drop(
            case.store
                .release(&case.id, lease.token, failed)
                .wait()
                .unwrap(),
        );
        case.clock.advance(Duration::from_secs(10 << (n - 1)));
    }
    // The fifth worker dies, and its lease runs out: the first expiry of this ticket, and its fifth attempt.
    case.claim();
    case.clock.advance(Duration::from_secs(3_600));
    record(&case.store, "another");
    let ticket = case.store.get(&case.id).wait().unwrap();
    assert_eq!((ticket.attempts, ticket.status), (5, Status::Quarantined));
}

#[test]
fn five_failures_are_the_end() {
    let case = Case::new();
    for n in 1..=5 {
        let lease = case.claim();
        case.store
            .release(
                &case.id,
                lease.token,
                Release::new().failed().reason(format!("no {n}")),
            )
            .wait()
            .unwrap();
        let ticket = case.store.get(&case.id).wait().unwrap();
        assert_eq!(
            (ticket.attempts, ticket.last_error.as_deref()),
            (n, Some(&*format!("no {n}")))
        );
        if n < 5 {
            let rest = ticket.not_before.unwrap().since(case.clock.now());
            let whole = Duration::from_secs(10 << (n - 1));
            assert!(
                rest <= whole && rest >= whole * 3 / 4,
                "{rest:?} of {whole:?}"
            );
            assert_eq!(try_claim(&case.store, "agent"), None, "it rests");
            case.clock.advance(whole);
        } else {
            assert_eq!(ticket.status, Status::Quarantined);
        }
    }
    assert_eq!(try_claim(&case.store, "agent"), None);
    assert!(matches!(
        case.store.acquire(&case.id, "agent", MINUTE).wait(),
        Err(Error::NotReady { .. })
    ));
    case.store.reopen(&case.id).wait().unwrap();
    assert_eq!(case.claim().ticket.attempts, 0);
}

#[test]
fn three_expiries_in_a_row_are_the_end() {
    let case = Case::new();
    for _ in 0..2 {
        case.claim();
        case.clock.advance(MINUTE);
    }
    // A grant that was given back breaks the row.
    let lease = case.claim();
    case.store
        .release(&case.id, lease.token, Release::new())
        .wait()
        .unwrap();
    let mut last = None;
    for _ in 0..3 {
        last = Some(case.claim());
        case.clock.advance(MINUTE);
    }
    assert_eq!(try_claim(&case.store, "agent"), None);
    let ticket = case.store.get(&case.id).wait().unwrap();
    assert_eq!((ticket.status, ticket.attempts), (Status::Quarantined, 5));
    // The last one may still have done it.
    case.store
        .complete(&case.id, last.unwrap().token, evidence("late"))
        .wait()
        .unwrap();
    assert_eq!(
        case.store.get(&case.id).wait().unwrap().status,
        Status::Completed
    );
}

#[test]
fn as_many_as_the_limit_are_open() {
    let room = Room::new();
    let store = room.store_with(|settings| settings.limits.open_tickets = 3);
    let ids: Vec<TicketId> = (0..3)
        .map(|n| record(&store, &format!("boom {n}")).id)
        .collect();
    let one_more = || store.record(error("one more")).wait();
    assert_eq!(one_more(), Err(Error::TooManyOpen { limit: 3 }));
    // Leased and put off ones are open too.
    let lease = claim(&store, "agent");
    assert_eq!(one_more(), Err(Error::TooManyOpen { limit: 3 }));
    store
        .release(
            &lease.ticket.id,
            lease.token,
            Release::new().not_before(MINUTE),
        )
        .wait()
        .unwrap();
    assert_eq!(one_more(), Err(Error::TooManyOpen { limit: 3 }));
    // Equal reports are counted all the same, and in one commit each has its own answer.
    assert_eq!(record(&store, "boom 0").occurrences, 2);
    let answers = store
        .record_all([error("boom 1"), error("new"), error("boom 2")])
        .wait()
        .unwrap();
    let kinds: Vec<&str> = answers.iter().map(kind).collect();
    assert_eq!(kinds, ["done", "too_many_open", "done"]);
    // Reopening never fails on it.
    store
        .close(&ids[2], Close::because(CloseReason::Wontfix))
        .wait()
        .unwrap();
    assert!(one_more().unwrap().new);
    store.reopen(&ids[2]).wait().unwrap();
    assert_eq!(store.stats().wait().unwrap().open, 4);
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn no_limit_of_open_tickets() {
    let room = Room::new();
    let store = room.store_with(|settings| settings.limits.open_tickets = 0);
    let answers = store
        .record_all((0..10_050).map(|n| error(&format!("boom {n}"))))
        .wait()
        .unwrap();
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(store.stats().wait().unwrap().open, 10_050);
}

#[test]
fn counts_agree_with_lists() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    let ids: Vec<TicketId> = (0..12)
        .map(|n| {
            store
                .record(error(&format!("boom {n}")).project(["a", "b"][n % 2]))
                .wait()
                .unwrap()
                .id
        })
        .collect();
    let lease = |n: usize, span| store.acquire(&ids[n], "agent", span).wait().unwrap();
    lease(0, MINUTE);
    lease(1, MINUTE * 10);
    let put_off = lease(2, MINUTE);
    store
        .release(
            &ids[2],
            put_off.token,
            Release::new().not_before(MINUTE * 10),
        )
        .wait()
        .unwrap();
    store
        .close(&ids[3], Close::because(CloseReason::Obsolete))
        .wait()
        .unwrap();
    store
        .ignore(&ids[4], WakeRule::default(), None)
        .wait()
        .unwrap();
    store.delete(&ids[5], Delete::default()).wait().unwrap();
    clock.advance(MINUTE);
    // Nothing has swept the lease of ticket 0, and it counts as open.
    let stats = store.stats().wait().unwrap();
    assert_eq!((stats.open, stats.scheduled, stats.in_progress), (8, 1, 1));
    assert_eq!(
        (
            stats.completed,
            stats.ignored,
            stats.quarantined,
            stats.deleted
        ),
        (1, 1, 0, 1)
    );
    for status in Status::ALL {
        let filter = actifix::Filter {
            statuses: vec![status],
            ..Default::default()
        };
        let listed = store.list(filter).wait().unwrap().tickets;
        assert!(
            listed.iter().all(|ticket| ticket.status == status),
            "{status}: {listed:?}"
        );
        let counted: u64 = stats
            .counts
            .iter()
            .filter(|count| count.status == status)
            .map(|count| count.tickets)
            .sum();
        assert_eq!(listed.len() as u64, counted, "{status}");
    }
    let deleted = store
        .list(actifix::Filter {
            deleted: true,
            ..Default::default()
        })
        .wait()
        .unwrap()
        .tickets;
    assert_eq!(deleted.len(), 1);
    assert_eq!(
        deleted[0].deleted_at,
        Some(Timestamp::from_micros(NOON.micros()))
    );
}

#[test]
fn claims_choose_by_kind_tag_project_and_priority() {
    let store = Room::new().into_store();
    let make = |report: Report| store.record(report).wait().unwrap().id;
    let low = make(error("low").priority(Priority::P4).tag("team", "db"));
    let task = make(Report::task("task").priority(Priority::P3));
    let other = make(error("other").project("other").priority(Priority::P1));
    let high = make(error("high").priority(Priority::P0));
    let by = || Claim::by("agent");
    let got = |claim: Claim| {
        store
            .claim(claim)
            .wait()
            .unwrap()
            .one()
            .map(|lease| lease.ticket.id)
    };
    assert_eq!(got(by().kind(Kind::Task)), Some(task));
    assert_eq!(got(by().tag("team", "db")), Some(low));
    assert_eq!(got(by().tag("team", "web")), None);
    assert_eq!(got(by().project("nowhere")), None);
    assert_eq!(
        got(by().priorities([Priority::P1, Priority::P2])),
        Some(other)
    );
    assert_eq!(got(by().project("default")), Some(high));
    assert_eq!(got(by()), None);
}

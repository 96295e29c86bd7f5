//! Two tickets joined for good, and fixes that name their version.
#![allow(clippy::unwrap_used, reason = "a test ends at its first surprise")]

use std::time::Duration;

use actifix::{
    Claim, Error, EventKind, Evidence, Filter, Report, Status, Store, TicketId, Timestamp,
};

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("actifix.db")).unwrap();
    (dir, store)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_700_000_000_000_000 + second * 1_000_000)
}

fn record(store: &Store, message: &str, second: i64) -> TicketId {
    let report = Report {
        occurred_at: Some(at(second)),
        ..Report::error("E", message)
    };
    store.record(report).wait().unwrap().id
}

fn evidence(release: Option<&str>) -> Evidence {
    Evidence {
        did: "Closed the connection in every branch".into(),
        files: vec!["src/pool.rs".into()],
        tested: "cargo test pool".into(),
        results: "14 passed, 0 failed".into(),
        release: release.map(str::to_owned),
        ..Evidence::default()
    }
}

#[test]
fn one_counts_for_both_and_takes_all_reports_to_come() {
    let (_dir, store) = store();
    let early = record(&store, "early", 1);
    record(&store, "early", 2);
    let late = record(&store, "late", 10);
    record(&store, "late", 20);
    record(&store, "late", 30);
    store.merge(&early, &late).wait().unwrap();
    let ticket = store.get(&late).wait().unwrap();
    assert_eq!(
        (ticket.occurrences, ticket.first_seen, ticket.last_seen),
        (5, at(1), at(30))
    );
    let counted = store.record(Report::error("E", "early")).wait().unwrap();
    assert_eq!(
        (counted.id, counted.occurrences, counted.new),
        (late.clone(), 6, false)
    );
    let ended = store.show(&early).wait().unwrap();
    assert_eq!(ended.ticket.status, Status::Completed);
    assert_eq!(ended.ticket.completion.unwrap().of, Some(late.clone()));
    let story = store.show(&late).wait().unwrap();
    let joined = story
        .events
        .iter()
        .find(|event| event.kind == EventKind::Merged)
        .unwrap();
    assert_eq!(joined.new.as_ref().unwrap()["occurrences"], 2);
    assert!(store.verify(false).wait().unwrap().ok);
    // Again it changes nothing, and it is for good.
    assert!(store.merge(&early, &late).wait().unwrap().repeated);
    assert_eq!(store.get(&late).wait().unwrap().occurrences, 6);
    let refused = store.reopen(&early).wait().unwrap_err();
    assert!(
        matches!(&refused, Error::NotReady { why, .. } if why == "merged"),
        "{refused:?}"
    );
    let third = record(&store, "third", 40);
    assert!(matches!(
        store.merge(&early, &third).wait(),
        Err(Error::NotReady { .. })
    ));
}

#[test]
fn a_chain_of_merges_counts_at_its_end() {
    let (_dir, store) = store();
    let ids: Vec<TicketId> = ["a", "b", "c"]
        .iter()
        .map(|message| record(&store, message, 1))
        .collect();
    store.merge(&ids[0], &ids[1]).wait().unwrap();
    store.merge(&ids[1], &ids[2]).wait().unwrap();
    assert_eq!(store.get(&ids[2]).wait().unwrap().occurrences, 3);
    assert_eq!(
        store.record(Report::error("E", "a")).wait().unwrap().id,
        ids[2]
    );
    // Not in a circle.
    assert!(matches!(
        store.merge(&ids[2], &ids[0]).wait(),
        Err(Error::Invalid { .. })
    ));
    assert!(matches!(
        store.merge(&ids[2], &ids[2]).wait(),
        Err(Error::Invalid { .. })
    ));
}

#[test]
fn what_is_held_deleted_or_of_another_project_stays() {
    let (_dir, store) = store();
    let (held, target) = (record(&store, "held", 1), record(&store, "target", 2));
    store
        .acquire(&held, "agent-1", Duration::from_secs(60))
        .wait()
        .unwrap();
    assert!(matches!(
        store.merge(&held, &target).wait(),
        Err(Error::Held { .. })
    ));
    let other = Report {
        project: Some("shop".into()),
        ..Report::error("E", "other")
    };
    let other = store.record(other).wait().unwrap().id;
    assert!(matches!(
        store.merge(&other, &target).wait(),
        Err(Error::Invalid { .. })
    ));
    store
        .delete(&target, actifix::Delete::default())
        .wait()
        .unwrap();
    let third = record(&store, "third", 3);
    assert!(matches!(
        store.merge(&third, &target).wait(),
        Err(Error::NotReady { .. })
    ));
    assert!(matches!(
        store.merge(&target, &third).wait(),
        Err(Error::NotReady { .. })
    ));
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn a_report_of_an_older_version_is_no_regression() {
    let (_dir, store) = store();
    let of = |release: &str| Report {
        release: Some(release.into()),
        ..Report::error("E", "m")
    };
    let id = store.record(of("1.9")).wait().unwrap().id;
    let lease = store
        .claim(Claim::by("agent-1"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    store
        .complete(&id, lease.token, evidence(Some("v1.10")))
        .wait()
        .unwrap();
    for (release, status, count) in [
        ("1.9", Status::Completed, 2),
        ("1.9.7", Status::Completed, 3),
        ("1.10", Status::Open, 4),
    ] {
        let seen = store.record(of(release)).wait().unwrap();
        assert_eq!(
            (seen.status, seen.occurrences),
            (status, count),
            "{release}"
        );
    }
    let again = store
        .claim(Claim::by("agent-1"))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    store
        .complete(&id, again.token, evidence(Some("1.11")))
        .wait()
        .unwrap();
    // One that does not say its version may be the newest.
    assert_eq!(
        store.record(Report::error("E", "m")).wait().unwrap().status,
        Status::Open
    );
}

#[test]
fn samples_and_stacks_are_searched() {
    let (_dir, store) = store();
    let first = Report {
        stack_trace: Some("in connect_pool".into()),
        ..Report::error("E", "m")
    };
    store.record(first).wait().unwrap();
    let later = Report {
        environment: Some("Staging-7".into()),
        user: Some("mia".into()),
        ..Report::error("E", "m")
    };
    store.record(later).wait().unwrap();
    record(&store, "another", 1);
    for (text, found) in [
        ("connect_POOL", 1),
        ("staging-7", 1),
        ("mia", 1),
        ("nowhere", 0),
    ] {
        let filter = Filter {
            search: Some(text.into()),
            ..Filter::default()
        };
        assert_eq!(
            store.list(filter).wait().unwrap().tickets.len(),
            found,
            "{text}"
        );
    }
}

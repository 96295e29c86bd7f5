//! Values that cannot be taken.

use std::time::Duration;

use actifix::{
    Claim, Close, CloseReason, Delete, Error, EventFilter, Filter, Release, Report, TicketId,
    Token, Update,
};

use crate::is_told;
use crate::proof::dump::Dump;
use crate::proof::stores::{MINUTE, Room, Shop, claim, error, evidence, record};

const BAD: [&str; 2] = ["invalid", "too_long"];

/// Each of these is refused, and leaves no trace.
fn all_refused(store: &Shop, calls: Vec<(&str, actifix::Result<()>)>) {
    for (what, answer) in calls {
        let kind = answer.as_ref().err().map(Error::kind);
        assert!(
            kind.is_some_and(|kind| BAD.contains(&kind)),
            "{what}: {answer:?}"
        );
        is_told(answer, &BAD);
    }
    let dump = Dump::read(store).unwrap();
    assert_eq!(
        dump.events.len(),
        2,
        "a refusal wrote an event: {:?}",
        dump.events
    );
    assert!(store.verify(false).wait().unwrap().ok);
}

/// A store with one ticket, leased.
fn leased() -> (Shop, TicketId, Token) {
    let store = Room::new().into_store();
    record(&store, "boom");
    let lease = claim(&store, "agent");
    (store, lease.ticket.id, lease.token)
}

#[test]
fn reports() {
    let (store, ..) = leased();
    let long = |n: usize| "ü".repeat(n);
    let deep = serde_json::json!({"text": "x".repeat(1 << 20)});
    let mut many_tags = error("tags");
    many_tags.tags = (0..100)
        .map(|n| (format!("k{n}"), "v".to_owned()))
        .collect();
    let reports: Vec<(&str, Report)> = vec![
        ("no message", error("")),
        ("a blank message", error(" \n\t ")),
        ("a long message", error(&long(5_001))),
        ("a long type", Report::error(long(201), "m")),
        ("a long source", error("m").source(long(501))),
        ("a long stack", error("m").stack_trace(long(50_001))),
        ("a large context", error("m").context(deep.clone())),
        ("a large payload", error("m").payload(deep)),
        ("NUL in the message", error("a\0b")),
        ("NUL in the type", Report::error("a\0b", "m")),
        ("NUL in the source", error("m").source("a\0b")),
        ("NUL in the stack", error("m").stack_trace("a\0b")),
        ("NUL in the mark", error("m").fingerprint("a\0b")),
        ("an empty project", error("m").project("")),
        ("a project of two lines", error("m").project("a\nb")),
        ("a long project", error("m").project(long(201))),
        ("an empty request id", error("m").request_id("")),
        ("an empty tag", error("m").tag("", "v")),
        ("NUL in a tag", error("m").tag("k", "a\0b")),
        ("a hundred tags", many_tags),
        (
            "put off for a century",
            error("m").not_before(Duration::from_secs(100 * 366 * 86_400)),
        ),
        ("put off for ever", error("m").not_before(Duration::MAX)),
    ];
    let calls = reports
        .into_iter()
        .map(|(what, report)| (what, store.record(report).wait().map(drop)))
        .collect();
    all_refused(&store, calls);
    let fits = error(&long(5_000))
        .source(long(500))
        .stack_trace(long(50_000));
    assert!(store.record(fits).wait().unwrap().new);
}

#[test]
fn one_bad_report_among_many_is_refused_alone() {
    let store = Room::new().into_store();
    let answers = store
        .record_all([error("one"), error(""), error("two")])
        .wait()
        .unwrap();
    let kinds: Vec<&str> = answers.iter().map(crate::proof::stores::kind).collect();
    assert_eq!(kinds, ["done", "invalid", "done"]);
}

#[test]
fn leases() {
    let (store, id, token) = leased();
    let spans = [
        ("zero", Duration::ZERO),
        ("a nanosecond", Duration::from_nanos(1)),
        ("just too short", Duration::from_micros(99_999)),
        ("a century", Duration::from_secs(100 * 366 * 86_400)),
        ("for ever", Duration::MAX),
    ];
    let mut calls = Vec::new();
    for (what, span) in spans {
        calls.push((
            what,
            store.claim(Claim::by("a").lease(span)).wait().map(drop),
        ));
        calls.push((what, store.acquire(&id, "a", span).wait().map(drop)));
        calls.push((what, store.renew(&id, token, span).wait().map(drop)));
    }
    for holder in ["", "  ", "a\0b", "a\nb", &"x".repeat(201)] {
        calls.push((
            "a bad holder",
            store.claim(Claim::by(holder)).wait().map(drop),
        ));
        calls.push((
            "a bad holder",
            store.acquire(&id, holder, MINUTE).wait().map(drop),
        ));
        calls.push(("a bad actor", store.acting_as(holder).map(drop)));
        calls.push(("a bad request id", store.with_request_id(holder).map(drop)));
    }
    calls.push((
        "no ticket",
        store.claim(Claim::by("a").count(0)).wait().map(drop),
    ));
    calls.push((
        "all tickets",
        store
            .claim(Claim::by("a").count(usize::MAX))
            .wait()
            .map(drop),
    ));
    calls.push((
        "no project",
        store.claim(Claim::by("a").project("")).wait().map(drop),
    ));
    let put_off = Release::new().not_before(Duration::MAX);
    calls.push((
        "put off for ever",
        store.release(&id, token, put_off).wait().map(drop),
    ));
    calls.push((
        "a NUL reason",
        store
            .release(&id, token, Release::new().reason("a\0b"))
            .wait()
            .map(drop),
    ));
    all_refused(&store, calls);
}

#[test]
fn tokens() {
    let (store, id, token) = leased();
    for token in [i64::MIN, -1, 0, token.0 - 1, token.0 + 1, i64::MAX].map(Token) {
        is_told(store.renew(&id, token, MINUTE).wait(), &["lease_lost"]);
        is_told(
            store.release(&id, token, Release::new()).wait(),
            &["lease_lost"],
        );
        is_told(
            store.complete(&id, token, evidence("x")).wait(),
            &["lease_lost"],
        );
        is_told(
            store
                .close(&id, Close::because(CloseReason::Invalid).token(token))
                .wait(),
            &["held"],
        );
    }
    assert_eq!(
        store.get(&id).wait().unwrap().lease.unwrap().holder,
        "agent"
    );
}

#[test]
fn ids() {
    let store = Room::new().into_store();
    for bad in [
        "",
        " ",
        "a b",
        "a\0b",
        "ä",
        "../x",
        "'; DROP TABLE facts; --",
        &"A".repeat(101),
    ] {
        is_told(bad.parse::<TicketId>(), &BAD);
    }
    let absent: TicketId = "ACT-20260101-FFFFFFFF".parse().unwrap();
    is_told(store.get(&absent).wait(), &["not_found"]);
    is_told(store.show(&absent).wait(), &["not_found"]);
    is_told(store.acquire(&absent, "a", MINUTE).wait(), &["not_found"]);
    is_told(
        store.complete(&absent, Token(1), evidence("x")).wait(),
        &["not_found"],
    );
    is_told(
        store.delete(&absent, Delete::default()).wait(),
        &["not_found"],
    );
    is_told(store.purge(&absent).wait(), &["not_found"]);
    is_told(
        store
            .close(&absent, Close::because(CloseReason::Fixed))
            .wait(),
        &["not_found"],
    );
    let events = EventFilter {
        ticket: Some(absent),
        ..EventFilter::default()
    };
    is_told(store.events(events).wait(), &["not_found"]);
}

#[test]
fn changes() {
    let (store, id, _) = leased();
    let update = |change: Update| store.update(&id, change).wait().map(drop);
    let calls = vec![
        ("nothing", update(Update::default())),
        (
            "no message",
            update(Update {
                message: Some(" ".into()),
                ..Update::default()
            }),
        ),
        (
            "a NUL message",
            update(Update {
                message: Some("a\0b".into()),
                ..Update::default()
            }),
        ),
        (
            "a long message",
            update(Update {
                message: Some("x".repeat(5_001)),
                ..Update::default()
            }),
        ),
        ("an empty note", store.note(&id, "").wait().map(drop)),
        ("a NUL note", store.note(&id, "a\0b").wait().map(drop)),
        (
            "a long note",
            store.note(&id, "x".repeat(50_001)).wait().map(drop),
        ),
        (
            "a blank assignee",
            store.assign(&id, Some(" ")).wait().map(drop),
        ),
        (
            "a NUL assignee",
            store.assign(&id, Some("a\0b")).wait().map(drop),
        ),
        (
            "a duplicate of nothing",
            store
                .close(&id, Close::because(CloseReason::Duplicate))
                .wait()
                .map(drop),
        ),
    ];
    all_refused(&store, calls);
    store.note(&id, "x".repeat(30_000)).wait().unwrap();
    is_told(store.note(&id, "x".repeat(30_000)).wait(), &["too_long"]);
}

#[test]
fn evidence_that_is_too_thin() {
    let (store, id, token) = leased();
    let thin = |change: fn(&mut actifix::Evidence)| {
        let mut evidence = evidence("x");
        change(&mut evidence);
        store.complete(&id, token, evidence).wait().map(drop)
    };
    let calls = vec![
        ("did", thin(|evidence| evidence.did = "fixed".into())),
        ("files", thin(|evidence| evidence.files = vec![])),
        (
            "placeholder",
            thin(|evidence| evidence.files = vec!["tbd".into()]),
        ),
        ("tested", thin(|evidence| evidence.tested = "yes".into())),
        ("results", thin(|evidence| evidence.results = "ok".into())),
        ("NUL", thin(|evidence| evidence.did.push('\0'))),
        (
            "NUL file",
            thin(|evidence| evidence.files = vec!["src/a\0.rs".into()]),
        ),
        ("long", thin(|evidence| evidence.did = "x".repeat(50_001))),
    ];
    all_refused(&store, calls);
}

#[test]
fn cursors_and_filters() {
    let (store, ..) = leased();
    for cursor in [
        "",
        "x",
        "1.2",
        "9.9.9.9",
        "-1.0.0",
        "99999999999999999999.1.1",
        "a\0b",
    ] {
        let filter = Filter {
            cursor: Some(cursor.into()),
            ..Filter::default()
        };
        is_told(store.list(filter).wait(), &["invalid"]);
    }
    let list = |filter: Filter| store.list(filter).wait().unwrap().tickets.len();
    assert_eq!(
        list(Filter {
            limit: usize::MAX,
            ..Filter::default()
        }),
        1
    );
    assert_eq!(
        list(Filter {
            project: Some("no' such; project".into()),
            ..Filter::default()
        }),
        0
    );
    assert_eq!(
        list(Filter {
            search: Some("%_'\"".into()),
            ..Filter::default()
        }),
        0
    );
    assert_eq!(
        list(Filter {
            search: Some("BOOM".into()),
            ..Filter::default()
        }),
        1
    );
    let events = |after, limit| {
        store
            .events(EventFilter {
                after,
                limit,
                ..EventFilter::default()
            })
            .wait()
            .unwrap()
            .events
            .len()
    };
    assert_eq!(
        (
            events(i64::MIN, usize::MAX),
            events(i64::MAX, 1),
            events(-1, 0)
        ),
        (2, 0, 2)
    );
    assert_eq!(store.mine("nobody' OR 1=1 --").wait().unwrap(), []);
}

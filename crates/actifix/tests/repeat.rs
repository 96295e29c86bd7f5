//! A caller that does not know whether its call arrived makes it again: the same answer, and nothing done twice.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

mod proof;

use std::path::PathBuf;

use actifix::{
    Claim, Close, CloseReason, Delete, Error, LostWhy, Priority, Report, Store, Token, Update,
};
use proof::dump::Dump;
use proof::role::{self, Actor};
use proof::stores::{MINUTE, Room, claim, error, evidence, record};
use serde::{Deserialize, Serialize};

#[test]
fn role() {
    role::play(&[("repeater", repeater)]);
}

fn named(store: &Store, id: &str) -> Store {
    store.with_request_id(id).unwrap()
}

/// Makes a call twice under one name: the second answer, when nothing was written for it.
fn twice<T>(store: &Store, id: &str, call: impl Fn(&Store) -> actifix::Result<T>) -> (T, T) {
    let first = call(&named(store, id)).unwrap();
    let before = Dump::read(store).unwrap();
    let second = call(&named(store, id)).unwrap();
    let after = Dump::read(store).unwrap();
    assert_eq!(after.events, before.events, "a repeat wrote something");
    assert_eq!(after.stories, before.stories, "a repeat changed something");
    (first, second)
}

#[test]
fn promise_3_a_report_is_counted_once() {
    let store = Room::new().into_store();
    let (first, second) = twice(&store, "r", |store| store.record(error("boom")).wait());
    assert_eq!(first, second);
    assert!(second.new);
    let in_report = || {
        store
            .record(error("boom").request_id("in the report"))
            .wait()
            .unwrap()
    };
    assert_eq!((in_report().occurrences, in_report().occurrences), (2, 2));
    let (first, second) = twice(&store, "t", |store| {
        store.record(Report::task("tidy up")).wait()
    });
    assert_eq!(first, second);
    assert_eq!(store.stats().wait().unwrap().open, 2);
}

#[test]
fn promise_3_each_report_of_many_has_its_own_name() {
    let store = Room::new().into_store();
    let reports = || {
        vec![
            error("boom").request_id("a"),
            error("boom").request_id("b"),
            error("boom").request_id("a"),
        ]
    };
    for _ in 0..2 {
        let counted: Vec<u64> = store
            .record_all(reports())
            .wait()
            .unwrap()
            .into_iter()
            .map(|one| one.unwrap().occurrences)
            .collect();
        assert_eq!(counted, [1, 2, 1]);
    }
}

#[test]
fn promise_1_a_claim_gets_the_same_leases_again() {
    let store = Room::new().into_store();
    (0..5).for_each(|n| drop(record(&store, &format!("boom {n}"))));
    let claims = |store: &Store| {
        store
            .claim(Claim::by("agent").count(2).lease(MINUTE))
            .wait()
    };
    let (first, second) = twice(&store, "c", claims);
    let tokens = |claimed: &actifix::Claimed| {
        claimed
            .leases
            .iter()
            .map(|lease| lease.token)
            .collect::<Vec<_>>()
    };
    assert_eq!(tokens(&first), tokens(&second));
    assert_eq!(first.leases.len(), 2);
    let ticket = claim(&store, "agent").ticket.id;
    store.reopen(&ticket).wait().unwrap_err();

    let last = store
        .list(actifix::Filter {
            ready: true,
            ..Default::default()
        })
        .wait()
        .unwrap()
        .tickets
        .remove(0);
    let (first, second) = twice(&store, "a", |store| {
        store.acquire(&last.id, "agent", MINUTE).wait()
    });
    assert_eq!(first, second);
}

#[test]
fn a_claim_that_got_nothing_may_get_something_later() {
    let store = Room::new().into_store();
    let ask = || {
        named(&store, "c")
            .claim(Claim::by("agent"))
            .wait()
            .unwrap()
            .one()
    };
    assert_eq!(ask(), None);
    let id = record(&store, "boom").id;
    assert_eq!(ask().unwrap().ticket.id, id);
    assert_eq!(ask().unwrap().ticket.id, id);
}

#[test]
fn promise_1_a_repeated_claim_whose_lease_is_gone_says_so() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    record(&store, "boom");
    let ask = || {
        named(&store, "c")
            .claim(Claim::by("agent").lease(MINUTE))
            .wait()
    };
    let lease = ask().unwrap().one().unwrap();
    clock.advance(MINUTE);
    let lost = |holder: &str, why| match ask() {
        Err(Error::LeaseLost {
            ticket,
            holder: Some(named),
            why: told,
            ..
        }) => {
            assert_eq!(
                (ticket, &*named, told),
                (lease.ticket.id.clone(), holder, why)
            );
        }
        other => panic!("{other:?}"),
    };
    lost("agent", LostWhy::Expired);
    let taken = claim(&store, "the other");
    lost("the other", LostWhy::Taken);
    store
        .complete(&taken.ticket.id, taken.token, evidence("x"))
        .wait()
        .unwrap();
    lost("the other", LostWhy::Completed);
}

#[test]
fn changes_are_made_once() {
    let store = Room::new().into_store();
    let id = record(&store, "boom").id;
    let seq = |(first, second): (actifix::Receipt, actifix::Receipt)| {
        assert_eq!((first.repeated, second.repeated), (false, true));
        assert_eq!(
            (first.seq, first.at, &first.ticket),
            (second.seq, second.at, &second.ticket)
        );
    };
    seq(twice(&store, "n", |store| store.note(&id, "seen").wait()));
    assert_eq!(
        store.get(&id).wait().unwrap().notes.as_deref(),
        Some("seen")
    );
    let change = Update {
        priority: Some(Priority::P0),
        ..Update::default()
    };
    seq(twice(&store, "u", |store| {
        store.update(&id, change.clone()).wait()
    }));
    seq(twice(&store, "as", |store| {
        store.assign(&id, Some("me")).wait()
    }));
    seq(twice(&store, "c", |store| {
        store
            .close(&id, Close::because(CloseReason::Wontfix))
            .wait()
    }));
    seq(twice(&store, "r", |store| store.reopen(&id).wait()));
    seq(twice(&store, "i", |store| {
        store.ignore(&id, actifix::WakeRule::default(), None).wait()
    }));
    seq(twice(&store, "d", |store| {
        store.delete(&id, Delete::default()).wait()
    }));
    seq(twice(&store, "ud", |store| store.undelete(&id).wait()));
    assert!(store.verify(false).wait().unwrap().ok);
}

#[test]
fn promise_1_a_completion_repeats_by_itself() {
    let store = Room::new().into_store();
    record(&store, "boom");
    let lease = claim(&store, "agent");
    let id = &lease.ticket.id;
    let first = store
        .complete(id, lease.token, evidence("first"))
        .wait()
        .unwrap();
    let second = store
        .complete(id, lease.token, evidence("second"))
        .wait()
        .unwrap();
    assert_eq!(
        (first.repeated, second.repeated, first.seq),
        (false, true, second.seq)
    );
    let told = store.get(id).wait().unwrap().completion.unwrap().evidence;
    assert_eq!(told, evidence("first"));
    // Under a token that did not complete it nothing is done.
    let other = store
        .complete(id, Token(lease.token.0 + 1_000), evidence("other"))
        .wait();
    assert!(
        matches!(
            other,
            Err(Error::LeaseLost {
                why: LostWhy::Completed,
                ..
            })
        ),
        "{other:?}"
    );
    // Nor does it take a closing for a completion.
    record(&store, "boom");
    let lease = claim(&store, "agent");
    store
        .close(id, Close::because(CloseReason::Wontfix).token(lease.token))
        .wait()
        .unwrap();
    let closed = store.complete(id, lease.token, evidence("late")).wait();
    assert!(
        matches!(
            closed,
            Err(Error::LeaseLost {
                why: LostWhy::Completed,
                ..
            })
        ),
        "{closed:?}"
    );
}

#[test]
fn a_name_belongs_to_one_kind_of_call() {
    let store = Room::new().into_store();
    let id = named(&store, "x").record(error("boom")).wait().unwrap().id;
    let calls: [(&str, actifix::Result<()>); 4] = [
        (
            "claim",
            named(&store, "x")
                .claim(Claim::by("agent"))
                .wait()
                .map(drop),
        ),
        (
            "acquire",
            named(&store, "x")
                .acquire(&id, "agent", MINUTE)
                .wait()
                .map(drop),
        ),
        (
            "note",
            named(&store, "x").note(&id, "seen").wait().map(drop),
        ),
        (
            "close",
            named(&store, "x")
                .close(&id, Close::because(CloseReason::Invalid))
                .wait()
                .map(drop),
        ),
    ];
    for (call, answer) in calls {
        assert!(
            matches!(answer, Err(Error::Invalid { .. })),
            "{call}: {answer:?}"
        );
    }
    assert_eq!(Dump::read(&store).unwrap().events.len(), 1);
}

#[test]
fn a_refused_call_is_judged_anew() {
    let store = Room::new().into_store();
    let id = record(&store, "boom").id;
    let lease = claim(&store, "agent");
    let ask = || named(&store, "a").acquire(&id, "the other", MINUTE).wait();
    assert!(matches!(ask(), Err(Error::Held { .. })));
    store
        .release(&id, lease.token, actifix::Release::new())
        .wait()
        .unwrap();
    assert_eq!(ask().unwrap().holder, "the other");
}

#[derive(Serialize, Deserialize)]
struct Lot {
    path: PathBuf,
}

/// Another process that asks the same under the same name.
fn repeater() {
    let lot: Lot = role::arguments();
    let store = Store::open(&lot.path).unwrap();
    let lease = named(&store, "c")
        .claim(Claim::by("agent").lease(MINUTE))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    role::tell(&lease.token.to_string());
    let again = named(&store, "r").record(error("boom")).wait().unwrap();
    role::tell(&serde_json::to_string(&again).unwrap());
}

#[test]
fn promise_1_another_process_gets_the_same_answer() {
    let room = Room::new();
    let store = room.store();
    let recorded = named(&store, "r").record(error("boom")).wait().unwrap();
    record(&store, "another");
    let lease = named(&store, "c")
        .claim(Claim::by("agent").lease(MINUTE))
        .wait()
        .unwrap()
        .one()
        .unwrap();
    let mut actor = Actor::start(
        "repeater",
        &Lot {
            path: room.path.clone(),
        },
    );
    assert_eq!(actor.told(), lease.token.to_string());
    assert_eq!(actor.told(), serde_json::to_string(&recorded).unwrap());
    actor.finish();
    assert_eq!(store.mine("agent").wait().unwrap().len(), 1);
}

#[test]
fn names_are_kept_for_a_day() {
    let room = Room::new();
    let (store, clock) = room.timed(|_| {});
    let ask = || {
        named(&store, "r")
            .record(error("boom"))
            .wait()
            .unwrap()
            .occurrences
    };
    assert_eq!((ask(), ask()), (1, 1));
    clock.advance(MINUTE * 60 * 23);
    assert_eq!(ask(), 1);
    clock.advance(MINUTE * 60 * 2);
    assert_eq!((ask(), ask()), (2, 2));
}

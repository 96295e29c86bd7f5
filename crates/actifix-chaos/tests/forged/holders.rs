//! Histories in which two hold one ticket, or a token does not decide.

use crate::calls::{call, completed, done, granted, id, refused, renewed, rules};
use actifix::Token;
use actifix_chaos::checker::{Rules, one_holder};
use actifix_chaos::history::{Call, History, Op};

fn holders(calls: impl IntoIterator<Item = Call>) -> Vec<&'static str> {
    rules(&one_holder::check(
        &History::of(calls.into_iter().collect()),
        &Rules::default(),
    ))
}

#[test]
fn promise_1_a_true_history_passes() {
    let calls = [
        granted("a", (0, 10), 5, 100, 200),
        renewed("a", (20, 30), 5, 150, 300),
        granted("b", (40, 50), 9, 300, 400),
        refused("a", (60, 70), 5, "lease_lost", Some("b")),
        completed("b", (80, 90), 9, 350),
    ];
    assert_eq!(holders(calls), Vec::<&str>::new());
}

#[test]
fn promise_1_two_holders_at_once_are_found() {
    let calls = [
        granted("a", (0, 10), 5, 100, 200),
        granted("b", (40, 50), 9, 199, 400),
    ];
    assert_eq!(holders(calls), ["leases overlap"]);
    let renewal = [
        granted("a", (0, 10), 5, 100, 200),
        renewed("a", (20, 30), 5, 150, 300),
        granted("b", (40, 50), 9, 299, 400),
    ];
    assert_eq!(holders(renewal), ["leases overlap"]);
    // Given back in between, it is true again.
    let given_back = [
        granted("a", (0, 10), 5, 100, 200),
        call(
            "a",
            12,
            14,
            Op::Release {
                ticket: id(),
                token: Token(5),
                later: false,
            },
            done(6, 120),
        ),
        granted("b", (40, 50), 9, 150, 400),
    ];
    assert_eq!(holders(given_back), Vec::<&str>::new());
}

#[test]
fn promise_1_a_token_given_twice_is_found() {
    let calls = [
        granted("a", (0, 10), 5, 100, 200),
        granted("b", (40, 50), 5, 300, 400),
    ];
    assert!(holders(calls).contains(&"token given twice"));
}

#[test]
fn promise_1_a_token_that_falls_is_found() {
    let calls = [
        granted("a", (0, 10), 9, 300, 400),
        granted("b", (40, 50), 5, 100, 200),
    ];
    assert!(holders(calls).contains(&"token does not rise"));
    // Two claims at once may be answered in any order.
    let at_once = [
        granted("a", (0, 45), 9, 300, 400),
        granted("b", (40, 50), 5, 100, 200),
    ];
    assert_eq!(holders(at_once), Vec::<&str>::new());
}

#[test]
fn promise_1_an_old_token_accepted_is_found() {
    let old = |call: Call| {
        holders([
            granted("a", (0, 10), 5, 100, 200),
            granted("b", (20, 30), 9, 200, 900),
            call,
        ])
    };
    assert!(old(completed("a", (40, 50), 5, 250)).contains(&"old token accepted"));
    assert!(old(renewed("a", (40, 50), 5, 190, 500)).contains(&"old token accepted"));
    // It began before the other's grant was surely there.
    assert!(!old(completed("a", (25, 50), 5, 150)).contains(&"old token accepted"));
}

#[test]
fn promise_1_a_renewal_after_the_end_is_found() {
    let late = [
        granted("a", (0, 10), 5, 100, 200),
        renewed("a", (20, 30), 5, 200, 300),
    ];
    assert_eq!(holders(late), ["renewed after it ran out"]);
}

#[test]
fn promise_1_a_second_end_is_found() {
    let twice = [
        granted("a", (0, 10), 5, 100, 200),
        completed("a", (20, 30), 5, 150),
        completed("a", (40, 50), 5, 160),
    ];
    assert_eq!(holders(twice), ["accepted after the end"]);
    let renewal = [
        granted("a", (0, 10), 5, 100, 200),
        completed("a", (20, 30), 5, 150),
        renewed("a", (40, 50), 5, 160, 300),
    ];
    assert_eq!(holders(renewal), ["accepted after the end"]);
}

#[test]
fn promise_1_tokens_out_of_thin_air_are_found() {
    assert_eq!(
        holders([completed("a", (20, 30), 5, 150)]),
        ["never granted"]
    );
    assert!(
        holders([
            completed("a", (0, 5), 5, 150),
            granted("a", (10, 20), 5, 100, 200)
        ])
        .contains(&"accepted before the grant")
    );
}

#[test]
fn promise_1_a_refusal_that_names_the_wrong_one_is_found() {
    let grants = || {
        [
            granted("a", (0, 10), 5, 100, 200),
            granted("b", (20, 30), 9, 200, 900),
        ]
    };
    let with = |call| holders(grants().into_iter().chain([call]));
    assert_eq!(
        with(refused("a", (40, 50), 5, "lease_lost", Some("c"))),
        ["no such holder"]
    );
    assert_eq!(
        with(refused("a", (40, 50), 5, "lease_lost", None)),
        ["no such holder"]
    );
    assert_eq!(
        with(refused("b", (40, 50), 9, "lease_lost", Some("a"))),
        ["no such holder"]
    );
    assert_eq!(
        with(refused("a", (12, 15), 5, "lease_lost", Some("b"))),
        ["no such holder"]
    );
    assert_eq!(
        with(refused("a", (40, 50), 5, "lease_lost", Some("b"))),
        Vec::<&str>::new()
    );
}

#[test]
fn promise_1_a_long_history_of_one_ticket_is_judged() {
    // Looking at each pair of these would be ten thousand million looks.
    const TERMS: i64 = 100_000;
    let term = |n: i64| {
        let at = u64::try_from(n).unwrap() * 100;
        [
            granted("a", (at, at + 10), n * 3 + 1, n * 100, n * 100 + 90),
            refused("b", (at + 20, at + 30), n * 3 - 2, "lease_lost", Some("a")),
            completed("a", (at + 40, at + 50), n * 3 + 1, n * 100 + 40),
        ]
    };
    let mut calls: Vec<Call> = (1..=TERMS).flat_map(term).collect();
    assert_eq!(holders(calls.iter().cloned()), Vec::<&str>::new());
    // One lie among them is found.
    let last = u64::try_from(TERMS).unwrap() * 100;
    calls.push(granted(
        "c",
        (last + 60, last + 70),
        5,
        TERMS * 100,
        TERMS * 100 + 90,
    ));
    assert!(holders(calls).contains(&"token does not rise"));
}

//! Histories in which a worker gets no ticket, or another's.

use crate::calls::{call, completed, done, empty, granted, id, recorded, refused, rules};
use actifix::Token;
use actifix_chaos::checker::{Rules, every_worker};
use actifix_chaos::history::{Answer, Call, History, Op};

fn workers(calls: impl IntoIterator<Item = Call>) -> Vec<&'static str> {
    rules(&every_worker::check(
        &History::of(calls.into_iter().collect()),
        &Rules::default(),
    ))
}

#[test]
fn promise_2_lock_errors_are_found() {
    for kind in ["busy", "storage", "corrupt", "outcome_unknown"] {
        assert_eq!(
            workers([refused("a", (0, 10), 5, kind, None)]),
            ["locked out"],
            "{kind}"
        );
    }
    let mut disguised = refused("a", (0, 10), 5, "invalid", None);
    if let Some(Answer::Refused { message, .. }) = &mut disguised.answer {
        *message = "database is locked".into();
    }
    assert_eq!(workers([disguised]), ["locked out"]);
    assert_eq!(
        workers([refused("a", (0, 10), 5, "lease_lost", Some("b"))]),
        Vec::<&str>::new()
    );
}

#[test]
fn promise_2_a_worker_sent_away_empty_is_found() {
    assert_eq!(
        workers([recorded((0, 10), true), empty((20, 30))]),
        ["sent away empty"]
    );
    // It may have been asked before the ticket was there, or while another took it.
    assert_eq!(
        workers([recorded((0, 10), true), empty((5, 30))]),
        Vec::<&str>::new()
    );
    let taken = [
        recorded((0, 10), true),
        granted("a", (25, 40), 5, 100, 200),
        empty((20, 30)),
    ];
    assert_eq!(workers(taken), Vec::<&str>::new());
    // Given back, it is ready again.
    let release = || {
        call(
            "a",
            42,
            50,
            Op::Release {
                ticket: id(),
                token: Token(5),
                later: false,
            },
            done(6, 120),
        )
    };
    let before = || {
        [
            recorded((0, 10), true),
            granted("a", (15, 20), 5, 100, 200),
            release(),
        ]
    };
    assert_eq!(
        workers(before().into_iter().chain([empty((60, 70))])),
        ["sent away empty"]
    );
    let again = [granted("b", (49, 55), 9, 130, 300), empty((60, 70))];
    assert_eq!(
        workers(before().into_iter().chain(again)),
        Vec::<&str>::new()
    );
    // Another's claim was cut off: it may have the ticket.
    let unknown = Call {
        answer: None,
        end: u64::MAX,
        begin: 1,
        ..empty((0, 0))
    };
    assert_eq!(
        workers([recorded((0, 10), true), unknown, empty((20, 30))]),
        Vec::<&str>::new()
    );
}

#[test]
fn promise_2_a_scene_without_a_ticket_for_everybody_is_found() {
    let scene =
        |calls: Vec<Call>, workers| rules(&every_worker::scene(&History::of(calls), workers));
    let one = || granted("a", (0, 10), 5, 100, 200);
    assert_eq!(scene(vec![one()], 1), Vec::<&str>::new());
    assert_eq!(scene(vec![one()], 2), ["not everybody came"]);
    assert_eq!(
        scene(vec![one(), granted("b", (20, 30), 9, 300, 400)], 2),
        ["ticket given twice"]
    );
    assert_eq!(scene(vec![one(), empty((0, 10))], 2), ["not one each"]);
}

#[test]
fn promise_2_a_ticket_completed_twice_is_found() {
    let twice = [
        granted("a", (0, 10), 5, 100, 200),
        completed("a", (20, 30), 5, 150),
        completed("b", (20, 30), 5, 150),
    ];
    assert!(workers(twice).contains(&"ended twice"));
}

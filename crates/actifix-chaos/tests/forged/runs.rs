//! True runs, and what is taken away from them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actifix::{
    Delete, EventKind, ManualClock, Release, Report, Settings, Store, TicketId, Timestamp, Token,
};

use crate::calls::rules;
use actifix_chaos::caller::Caller;
use actifix_chaos::checker::{self as checkers, flat_cost, no_silence};
use actifix_chaos::dump::Dump;
use actifix_chaos::history::{Answer, History, Op};
use actifix_chaos::log::Memory;

const MINUTE: Duration = Duration::from_secs(60);

fn error(name: &str) -> Report {
    Report::error("ValueError", name).source("app.py:31")
}

/// A true run: its history, and what it left.
fn truth() -> (History, Dump) {
    let (room, memory) = (tempfile::tempdir().unwrap(), Memory::default());
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(
        1_790_000_000_000_000,
    )));
    let settings = Settings {
        clock: clock.clone(),
        ..Settings::default()
    };
    let store = Store::open_with(room.path().join("actifix.db"), settings).unwrap();
    let mut caller = Caller::new("a", store.clone(), memory.log("a"));
    for name in ["one", "two", "two", "three"] {
        caller.record(error(name)).unwrap();
    }
    let leases = caller.claim(MINUTE, 3).unwrap();
    let ids: Vec<&TicketId> = leases.iter().map(|lease| &lease.ticket.id).collect();
    caller.renew(ids[0], leases[0].token, MINUTE).unwrap();
    caller.complete(ids[0], leases[0].token).unwrap();
    caller
        .release(ids[1], leases[1].token, Release::new(), false)
        .unwrap();
    clock.advance(MINUTE);
    caller.record(error("one")).unwrap();
    caller.delete(ids[1], Delete::default()).unwrap();
    caller.claim(Duration::from_secs(600), 1).unwrap();
    (memory.history(), Dump::read(&store).unwrap())
}

fn judged(forge: impl FnOnce(&mut History, &mut Dump)) -> Vec<&'static str> {
    let (mut history, mut dump) = truth();
    forge(&mut history, &mut dump);
    rules(&checkers::judge(&history, &dump))
}

fn forget(dump: &mut Dump, kind: EventKind) {
    let at = dump
        .events
        .iter()
        .rposition(|event| event.kind == kind)
        .unwrap();
    let gone = dump.events.remove(at);
    dump.stories
        .get_mut(&gone.ticket)
        .unwrap()
        .events
        .retain(|event| event.seq != gone.seq);
}

#[test]
fn promise_3_a_true_run_passes() {
    assert_eq!(judged(|_, _| {}), Vec::<&str>::new());
}

#[test]
fn promise_3_losses_are_found() {
    for kind in [
        EventKind::Claimed,
        EventKind::Renewed,
        EventKind::Released,
        EventKind::Completed,
    ] {
        let lies = judged(|_, dump| forget(dump, kind));
        assert!(lies.contains(&"acknowledged and lost"), "{kind}: {lies:?}");
    }
    let lost_ticket = judged(|_, dump| drop(dump.stories.pop_first()));
    assert!(
        lost_ticket.contains(&"acknowledged and lost"),
        "{lost_ticket:?}"
    );
    let miscounted = judged(|_, dump| {
        dump.stories
            .values_mut()
            .for_each(|story| story.ticket.occurrences = 1)
    });
    assert!(
        miscounted.contains(&"acknowledged and lost"),
        "{miscounted:?}"
    );
}

#[test]
fn promise_3_what_nobody_was_told_is_found() {
    // The answers are forgotten as if the calls had been refused: then they must not have happened.
    let refuse = |is: fn(&Op) -> bool| {
        judged(|history, _| {
            let answer = Answer::Refused {
                kind: "held".into(),
                holder: None,
                why: None,
                message: String::new(),
            };
            history
                .calls
                .iter_mut()
                .filter(|call| is(&call.op))
                .for_each(|call| call.answer = Some(answer.clone()));
        })
    };
    assert!(refuse(|op| matches!(op, Op::Claim { .. })).contains(&"nobody was told"));
    assert!(refuse(|op| matches!(op, Op::Complete { .. })).contains(&"nobody was told"));
    assert!(
        refuse(|op| matches!(op, Op::Record { name, .. } if name == "three"))
            .contains(&"counted without a report")
    );
    // Cut off, they may have happened.
    let cut_off = judged(|history, _| {
        let ends = history
            .calls
            .iter_mut()
            .filter(|call| matches!(call.op, Op::Complete { .. } | Op::Claim { .. }));
        ends.for_each(|call| (call.end, call.answer) = (u64::MAX, None));
    });
    assert_eq!(cut_off, Vec::<&str>::new());
}

#[test]
fn promise_6_silence_is_found() {
    let silent = |forge: fn(&mut Dump)| {
        let (_, mut dump) = truth();
        forge(&mut dump);
        rules(&no_silence::check(&dump))
    };
    assert_eq!(silent(|_| {}), Vec::<&str>::new());
    assert_eq!(
        silent(|dump| forget(dump, EventKind::Deleted)),
        ["deleted in silence"]
    );
    assert_eq!(
        silent(|dump| forget(dump, EventKind::Counted)),
        ["counted in silence"]
    );
    assert_eq!(
        silent(|dump| forget(dump, EventKind::Expired)),
        ["failed in silence"]
    );
    assert_eq!(
        silent(|dump| forget(dump, EventKind::Claimed)),
        ["moved in silence"]
    );
    assert_eq!(
        silent(|dump| forget(dump, EventKind::Reopened))[0],
        "a step that no rule allows"
    );
    assert_eq!(
        silent(|dump| drop(dump.stories.pop_last())),
        ["gone in silence"]
    );
    assert_eq!(
        silent(|dump| dump.events[3].actor = " ".into())[0],
        "nobody did it"
    );
    assert!(silent(|dump| dump.events.swap(0, 1)).contains(&"events out of order"));
    assert!(
        silent(|dump| dump.events[6].token = Some(Token(1)))
            .contains(&"a step that no rule allows")
    );
    assert_eq!(
        silent(|dump| drop(
            dump.stories
                .values_mut()
                .next()
                .map(|story| story.events.pop())
        )),
        ["two histories"]
    );
}

#[test]
fn promise_7_a_cost_that_grows_is_found() {
    let pages = |claim| BTreeMap::from([("claim".to_owned(), claim), ("renew".to_owned(), 9)]);
    assert_eq!(flat_cost::check(&pages(10), &pages(30)), []);
    assert_eq!(
        rules(&flat_cost::check(&pages(10), &pages(900))),
        ["cost grows"]
    );
    assert_eq!(
        rules(&flat_cost::check(&pages(10), &BTreeMap::new())),
        ["not measured", "not measured"]
    );
}

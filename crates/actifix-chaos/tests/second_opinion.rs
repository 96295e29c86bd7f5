//! A general checker of linearizability as a second opinion, on tickets with few calls: it searches for an order that a
//! plain specification of one ticket allows, and must agree with the checker, on true histories and on forged ones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

use std::thread;
use std::time::Duration;

use actifix::{Release, Store, TicketId, Token};
use actifix_chaos::caller::Caller;
use actifix_chaos::chance::{Chance, seed};
use actifix_chaos::checker::{self, one_holder};
use actifix_chaos::dump::Dump;
use actifix_chaos::history::{Answer, Call, Grant, History, Op};
use actifix_chaos::load::error;
use actifix_chaos::log::Memory;
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History as Actions};
use todc_utils::specifications::Specification;

/// No lease runs out meanwhile, so that time is no part of the specification.
const LONG: Duration = Duration::from_secs(3_600);

/// A ticket, as it should be.
struct OneTicket;

/// Where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct State {
    held: Option<i64>,
    newest: i64,
    done: bool,
}

/// What was asked, with what was answered.
#[derive(Clone, Debug)]
enum Did {
    Granted(i64),
    Renewed(i64),
    Released(i64),
    Completed(i64),
    CompletedAgain,
    Reopened,
    Lost(i64),
    Held,
    NotReady { reopening: bool },
}

impl Specification for OneTicket {
    type State = State;
    type Operation = Did;

    fn init() -> State {
        State::default()
    }

    fn apply(did: &Did, state: &State) -> (bool, State) {
        let free = State {
            held: None,
            ..state.clone()
        };
        match *did {
            Did::Granted(token) => {
                let next = State {
                    held: Some(token),
                    newest: token,
                    done: false,
                };
                (
                    !state.done && state.held.is_none() && token > state.newest,
                    next,
                )
            }
            Did::Renewed(token) => (state.held == Some(token), state.clone()),
            Did::Released(token) => (state.held == Some(token), free),
            Did::Completed(token) => (state.held == Some(token), State { done: true, ..free }),
            Did::CompletedAgain => (state.done, state.clone()),
            Did::Reopened => (
                state.done,
                State {
                    done: false,
                    ..free
                },
            ),
            Did::Lost(token) => (state.held != Some(token), state.clone()),
            Did::Held => (state.held.is_some(), state.clone()),
            Did::NotReady { reopening } => (state.done != reopening, state.clone()),
        }
    }
}

/// A call, as the specification knows it.
fn did(call: &Call) -> Option<Did> {
    let token = call.op.token().map_or(0, |token| token.0);
    Some(match (&call.op, call.answer.as_ref()?) {
        (_, Answer::Granted { grants }) => Did::Granted(grants.first()?.token.0),
        (_, Answer::Renewed(grant)) => Did::Renewed(grant.token.0),
        (Op::Release { .. }, Answer::Done(_)) => Did::Released(token),
        (Op::Complete { .. }, Answer::Done(receipt)) if receipt.repeated => Did::CompletedAgain,
        (Op::Complete { .. }, Answer::Done(_)) => Did::Completed(token),
        (Op::Reopen { .. }, Answer::Done(_)) => Did::Reopened,
        (op, Answer::Refused { kind, .. }) => match kind.as_str() {
            "lease_lost" => Did::Lost(token),
            "held" => Did::Held,
            "not_ready" => Did::NotReady {
                reopening: matches!(op, Op::Reopen { .. }),
            },
            other => panic!("{other} is not part of this"),
        },
        other => panic!("{other:?} is not part of this"),
    })
}

/// What the general checker says of one ticket.
fn opinion(history: &History, ticket: &TicketId) -> bool {
    let mut callers: Vec<&str> = history
        .calls
        .iter()
        .map(|call| call.caller.as_str())
        .collect();
    callers.sort_unstable();
    callers.dedup();
    let mut moments = Vec::new();
    for call in &history.calls {
        let named = call.op.ticket() == Some(ticket)
            || call.grants().iter().any(|grant| grant.ticket == *ticket);
        let Some(did) = did_of(call).filter(|_| named) else {
            continue;
        };
        let who = callers.binary_search(&call.caller.as_str()).unwrap();
        moments.push((call.begin, who, Action::Call(did.clone())));
        moments.push((call.end, who, Action::Response(did)));
    }
    moments.sort_by_key(|(at, ..)| *at);
    let actions = moments
        .into_iter()
        .map(|(_, who, action)| (who, action))
        .collect();
    WGLChecker::<OneTicket>::is_linearizable(Actions::from_actions(actions))
}

fn did_of(call: &Call) -> Option<Did> {
    match call.op {
        Op::Record { .. } => None,
        _ => did(call),
    }
}

/// Four callers on two tickets.
fn run(seed: u64) -> (History, Dump, Vec<TicketId>) {
    let room = tempfile::tempdir().unwrap();
    let store = Store::open(room.path().join("actifix.db")).unwrap();
    let memory = Memory::default();
    let mut maker = Caller::new("maker", store.clone(), memory.log("maker"));
    let ids: Vec<TicketId> = ["one", "two"]
        .iter()
        .map(|name| maker.record(error(name)).unwrap().id)
        .collect();
    thread::scope(|scope| {
        for n in 0..4 {
            let name = format!("c{n}");
            let caller = Caller::new(&name, store.clone(), memory.log(&name));
            let (ids, chance) = (&ids, Chance::new(seed + n));
            scope.spawn(move || wrangle(caller, chance, ids));
        }
    });
    let dump = Dump::read(&store).unwrap();
    (memory.history(), dump, ids)
}

fn wrangle(mut caller: Caller, mut chance: Chance, ids: &[TicketId]) {
    let mut had: Vec<(TicketId, Token)> = Vec::new();
    for _ in 0..40 {
        let id = chance.one_of(ids).unwrap().clone();
        let old = chance.one_of(&had).cloned();
        match (chance.below(5), old) {
            (1, Some((id, token))) => drop(caller.renew(&id, token, LONG)),
            (2, Some((id, token))) => drop(caller.release(&id, token, Release::new(), false)),
            (3, Some((id, token))) => drop(caller.complete(&id, token)),
            (4, _) => drop(caller.reopen(&id)),
            _ => {
                if let Ok(lease) = caller.acquire(&id, LONG) {
                    had.push((id, lease.token));
                }
            }
        }
    }
}

#[test]
fn promise_1_both_say_that_true_histories_are_true() {
    let seed = seed();
    for n in 0..20 {
        let (history, dump, ids) = run(seed + n * 10);
        checker::assert_none(&checker::judge(&history, &dump), "a true history");
        for id in &ids {
            assert!(
                opinion(&history, id),
                "the second opinion differs on {id}, seed {seed}"
            );
        }
    }
}

#[test]
fn promise_1_both_find_a_second_holder() {
    // The grant of another is put where the first still holds the ticket.
    let mut found = 0;
    for n in 0..20 {
        let (mut history, _, ids) = run(seed() + n * 10);
        let Some(call) = forge(&mut history) else {
            continue;
        };
        let id = call.grants()[0].ticket.clone();
        assert!(ids.contains(&id));
        let rules = checker::Rules::default();
        assert!(!one_holder::check(&history, &rules).is_empty(), "{call:?}");
        assert!(!opinion(&history, &id), "{call:?}");
        found += 1;
    }
    assert!(found > 10, "only {found} histories could be forged");
}

/// Repeats a grant under a higher token right after it was answered, while nobody else calls.
fn forge(history: &mut History) -> Option<Call> {
    let first = history
        .calls
        .iter()
        .find(|call| !call.grants().is_empty())?
        .clone();
    let last = history.calls.iter().map(|call| call.end).max()?;
    let newest = history
        .calls
        .iter()
        .flat_map(Call::grants)
        .map(|grant| grant.token)
        .max()?;
    let holder = history
        .calls
        .iter()
        .rev()
        .find(|call| !call.grants().is_empty())?
        .grants()[0]
        .clone();
    let ended = |call: &&Call| call.op.token() == Some(holder.token) && call.receipt().is_some();
    if history.calls.iter().any(|call| ended(&call)) {
        return None;
    }
    let grant = Grant {
        token: Token(newest.0 + 1),
        holder: "the other".into(),
        ..holder.clone()
    };
    let forged = Call {
        caller: "the other".into(),
        begin: last + 1,
        end: last + 2,
        op: Op::Acquire {
            ticket: holder.ticket,
            holder: grant.holder.clone(),
            lease_us: 1_000_000,
        },
        answer: Some(Answer::Granted {
            grants: vec![grant],
        }),
        ..first
    };
    history.calls.push(forged.clone());
    Some(forged)
}

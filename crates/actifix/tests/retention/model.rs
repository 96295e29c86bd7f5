//! What the policy does is what a plain model says, on random policies and backlogs.

use std::collections::BTreeMap;

use actifix::keep::Retained;
use actifix::{Age, Ages, Clock, Fate, Priority, Retention, TicketId};
use proptest::prelude::*;
use proptest::sample::select;

use crate::proof::stores::Room;
use crate::{Becomes, DAY, Planned, became, go_on, make, purged, sound};

fn planned() -> impl Strategy<Value = Planned> {
    let fates = [
        Fate::Open,
        Fate::Quarantined,
        Fate::Completed,
        Fate::Closed,
        Fate::Ignored,
        Fate::Deleted,
    ];
    let age = prop_oneof![0..4_u32, 0..400_u32];
    (
        select(fates.to_vec()),
        select(Priority::ALL.to_vec()),
        age,
        any::<bool>(),
    )
        .prop_map(|(fate, priority, age, test)| Planned {
            fate,
            priority,
            age,
            test,
        })
}

fn age() -> impl Strategy<Value = Age> {
    prop_oneof![
        Just(Age::NEVER),
        (0..4_u32).prop_map(Age::days),
        (0..400_u32).prop_map(Age::days)
    ]
}

fn ages() -> impl Strategy<Value = Ages> {
    let each = proptest::collection::vec(age(), 5).prop_map(|ages| {
        let named = Priority::ALL.iter().zip(ages);
        let table: BTreeMap<String, Age> = named.map(|(p, age)| (p.to_string(), age)).collect();
        serde_json::from_value(serde_json::to_value(table).unwrap()).unwrap()
    });
    prop_oneof![age().prop_map(Ages::all), each]
}

fn policy() -> impl Strategy<Value = Retention> {
    let by_fate = (ages(), ages(), age(), age(), age(), ages());
    (by_fate, age(), age()).prop_map(|(by_fate, remove, close_open)| {
        let mut policy = Retention::default();
        (
            policy.completed,
            policy.closed,
            policy.ignored,
            policy.deleted,
            policy.quarantined,
            policy.close_open,
        ) = by_fate;
        (policy.tests.remove, policy.tests.close_open) = (remove, close_open);
        policy
    })
}

/// The whole policy in a few lines, by hand.
fn model(policy: &Retention, ticket: &Planned) -> Becomes {
    let over = |age: Age| age.span().is_some_and(|span| DAY * ticket.age >= span);
    let over_for = |ages: &Ages| over(ages.of(ticket.priority));
    let test = |age: Age| ticket.test && over(age);
    let removed = match ticket.fate {
        Fate::Open if test(policy.tests.close_open) || over_for(&policy.close_open) => {
            return Becomes::Closed;
        }
        Fate::Open | Fate::InProgress => false,
        Fate::Quarantined => over(policy.quarantined),
        Fate::Completed => test(policy.tests.remove) || over_for(&policy.completed),
        Fate::Closed => test(policy.tests.remove) || over_for(&policy.closed),
        Fate::Ignored => test(policy.tests.remove) || over(policy.ignored),
        Fate::Deleted => test(policy.tests.remove) || over(policy.deleted),
    };
    if removed {
        Becomes::Removed
    } else {
        Becomes::Kept
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn it_does_what_the_model_says(
        tickets in proptest::collection::vec(planned(), 1..24),
        policy in policy(),
    ) {
        let room = Room::in_memory();
        let (store, clock) = room.timed(|settings| settings.retry.attempts = 1);
        let begin = clock.now();
        let ids: Vec<TicketId> = tickets.iter().enumerate().map(|(number, ticket)| {
            clock.set(begin.after(DAY * (400 - ticket.age)));
            make(&store, number, ticket)
        }).collect();
        clock.set(begin.after(DAY * 400));

        let due: u64 = store.retainable(&policy).wait().unwrap().iter()
            .flat_map(|rule| &rule.due).map(|group| group.tickets).sum();
        let Retained::Done { rules } = store.retain(&policy, false, go_on).unwrap() else {
            panic!("it is due, and nobody else is at it");
        };
        let done: u64 = rules.iter().map(|rule| rule.done.tickets).sum();
        prop_assert_eq!(due, done, "what was told beforehand is what was done");

        let mut gone = Vec::new();
        for (id, ticket) in ids.iter().zip(&tickets) {
            prop_assert_eq!(became(&store, id, ticket), model(&policy, ticket), "{:?}", ticket);
            if model(&policy, ticket) == Becomes::Removed {
                gone.push(id.to_string());
            }
        }
        let mut told = purged(&store);
        told.sort_unstable();
        gone.sort_unstable();
        prop_assert_eq!(told, gone, "each removal has its event, and only one");
        sound(&store);
    }
}

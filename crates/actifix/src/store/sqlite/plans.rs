//! Every statement of the hot paths is answered by a seek: never a walk, never a sort.

use sqlite_line::{Line, Options};

use super::desk::Desk;
use super::read::vitals;
use super::{
    claim, counts, deliver, desk, due, events, facts, hold, known, places, read, repeats, targets,
};
use crate::store::Settings;

/// The statements of claim, renew, release, complete and counting, in the order of their names.
const HOT: [(&str, &str); 30] = [
    ("claim::HEAD", claim::HEAD),
    ("claim::HEAD_OF_PRIORITY", claim::HEAD_OF_PRIORITY),
    ("claim::NEXT_PROJECT", claim::NEXT_PROJECT),
    ("counts::ADD", counts::ADD),
    ("deliver::DELIVERED", deliver::DELIVERED),
    ("deliver::DUE", deliver::DUE),
    ("desk::NUMBER", desk::NUMBER),
    ("desk::FILED", desk::FILED),
    ("due::LEASES", due::LEASES),
    ("due::SCHEDULED", due::SCHEDULED),
    ("events::APPEND", events::APPEND),
    ("events::NEWEST", events::NEWEST),
    ("facts::INSERT", facts::INSERT),
    ("facts::READ", facts::READ),
    ("hold::RENEW", hold::RENEW),
    ("places::ENTER_COMPLETED", places::ENTER_COMPLETED),
    ("places::ENTER_LEASES", places::ENTER_LEASES),
    ("places::ENTER_READY", places::ENTER_READY),
    ("places::KEY", places::KEY),
    ("places::LEASE", places::LEASE),
    ("places::LEAVE_LEASES", places::LEAVE_LEASES),
    ("places::LEAVE_READY", places::LEAVE_READY),
    ("known::KNOWN", known::KNOWN),
    ("known::LEARN", known::LEARN),
    ("repeats::SAVE", repeats::SAVE),
    ("repeats::SEEN", repeats::SEEN),
    ("repeats::BUCKET", repeats::BUCKET),
    ("read::NEXT_DELIVERY", read::NEXT_DELIVERY),
    ("targets::FILED", targets::FILED),
    ("targets::ENTER", targets::ENTER),
];

/// The statements of health, in the order of their names.
const HEALTH: [(&str, &str); 10] = [
    ("vitals::COUNTER", vitals::COUNTER),
    ("vitals::COUNTS", vitals::COUNTS),
    ("vitals::EXPIRED", vitals::EXPIRED),
    ("vitals::LEASED", vitals::LEASED),
    ("vitals::NAMED", vitals::NAMED),
    ("vitals::NEWEST", vitals::NEWEST),
    ("vitals::READY", vitals::READY),
    ("vitals::REOPENED", vitals::REOPENED),
    ("vitals::SCHEDULED", vitals::SCHEDULED),
    ("vitals::SUM", vitals::SUM),
];

#[test]
fn promise_7_hot_statements_seek() {
    insta::assert_snapshot!(plans(&HOT));
}

#[test]
fn health_seeks() {
    insta::assert_snapshot!(plans(&HEALTH));
}

/// The plans, a line each; none may walk or sort.
fn plans(statements: &[(&'static str, &'static str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let settings = std::sync::Arc::new(Settings::default());
    let line = Line::open(
        dir.path().join("x.db"),
        Desk::new(settings),
        Options::default(),
    )
    .unwrap();
    let statements = statements.to_vec();
    let plans = line
        .read(move |txn| {
            statements
                .iter()
                .map(|(name, sql)| Ok((*name, txn.explain(sql)?)))
                .collect::<Result<Vec<_>, _>>()
        })
        .wait()
        .unwrap();
    let mut shown = String::new();
    for (name, plan) in &plans {
        for step in plan {
            assert!(
                !step.starts_with("SCAN") && !step.contains("TEMP B-TREE"),
                "{name}: {step}"
            );
        }
        shown.push_str(&format!("{name}: {}\n", plan.join(" | ")));
    }
    shown
}

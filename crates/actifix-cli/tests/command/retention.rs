//! The retention policy by hand.

use std::time::Duration;

use actifix::rusqlite::Connection;

use crate::shell::Shell;
use crate::snapshot;

/// A completed ticket and a deleted one, both two years old, and an open one.
fn old() -> Shell {
    let shell = Shell::with_database().env("COLUMNS", "110");
    for n in 1..=3 {
        shell.json(&format!(
            "record --message error-{n} --fingerprint {n} --priority P{n}"
        ));
    }
    for line in [
        "close --where priority=P1 --reason wontfix --yes",
        "delete --where priority=P2 --yes",
    ] {
        shell.run(line.split(' ')).done();
    }
    let past = i64::try_from(Duration::from_secs(730 * 86_400).as_micros()).unwrap();
    Connection::open(shell.database())
        .unwrap()
        .execute_batch(&format!(
            "UPDATE events SET at = at - {past}; UPDATE trash SET at = at - {past};"
        ))
        .unwrap();
    shell
}

#[test]
fn the_policy_is_told_rule_by_rule_and_applied_when_told_to() {
    let shell = old();
    let text = shell.transcript(&[
        "prune --policy",
        "prune --policy --dry-run --yes",
        "prune --policy --older-than 1d",
        "prune --policy --yes",
        "prune --policy --yes --json",
        "prune --policy",
        "list --status all",
        "verify",
    ]);
    snapshot!("retention", shell, text);
    let events = shell.json("events --limit 100");
    let purged = events["events"].as_array().unwrap().iter();
    let rules: Vec<_> = purged
        .filter(|event| event["kind"] == "purged")
        .map(|event| (event["actor"].clone(), event["old"]["rule"].clone()))
        .collect();
    assert_eq!(
        rules,
        [
            ("ann".into(), "closed P1".into()),
            ("ann".into(), "deleted".into())
        ]
    );
}

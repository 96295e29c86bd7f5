//! Workers apply the retention policy beside their work: when it is enabled, and one of them at a time.

use std::collections::BTreeSet;

use actifix::rusqlite::Connection;
use rustix::process::Signal;
use serde_json::Value;

use crate::bench::{EVIDENCE, Hand, nothing_leased, with_tickets, work};
use crate::shell::{Shell, until};

/// So many tickets that were deleted a year ago.
fn with_old(count: usize) -> Shell {
    let shell = with_tickets(count);
    shell
        .run(["delete", "--where", "status=open", "--yes"])
        .done();
    let conn = Connection::open(shell.database()).unwrap();
    conn.execute_batch("UPDATE trash SET at = at - 31536000000000")
        .unwrap();
    shell
}

/// The ids that `purged` events tell.
fn purged(shell: &Shell) -> Vec<String> {
    let events = shell.json("events --limit 10000");
    let purged = events["events"].as_array().unwrap().iter();
    purged
        .filter(|event| event["kind"] == "purged")
        .map(|event| event["old"]["id"].as_str().unwrap().to_owned())
        .collect()
}

/// What a worker said about the policy.
fn told(said: &[Value]) -> Vec<&str> {
    let said = said.iter().filter_map(|line| line["said"].as_str());
    said.filter(|text| text.starts_with("retention: "))
        .collect()
}

#[test]
fn nothing_goes_until_it_is_enabled() {
    let shell = with_old(3);
    let (code, said) = Hand::start(work(&shell, "--drain", EVIDENCE)).end();
    assert_eq!((code, told(&said).len()), (Some(0), 0));
    assert_eq!(purged(&shell), [""; 0]);
}

#[test]
fn of_two_workers_one_keeps_and_nothing_goes_twice() {
    let shell = with_old(500);
    shell.write(".actifix/config.toml", "[retention]\nenabled = true\n");
    let hands = [(); 2].map(|()| Hand::start(work(&shell, "", EVIDENCE)));
    until(|| purged(&shell).len() >= 500);
    // The work goes on meanwhile.
    shell.json("record --message new");
    until(|| shell.json("stats")["completed"] == 1);
    hands.iter().for_each(|hand| hand.signal(Signal::TERM));
    let said: Vec<(Option<i32>, Vec<Value>)> = hands.into_iter().map(Hand::end).collect();
    assert!(said.iter().all(|(code, _)| *code == Some(0)), "{said:?}");
    let gone = purged(&shell);
    let each: BTreeSet<&String> = gone.iter().collect();
    assert_eq!((gone.len(), each.len()), (500, 500));
    let told: Vec<&str> = said.iter().flat_map(|(_, said)| told(said)).collect();
    assert_eq!(told, ["retention: 500 removed for good (deleted)"]);
    nothing_leased(&shell);
}

//! Whoever is killed, nothing is lost.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::Duration;

use serde_json::Value;

use crate::receiver::{Does, Receiver, says};
use crate::shell::{Shell, until};
use crate::{configured, record, webhook};

fn ids(receiver: &Receiver) -> Vec<String> {
    receiver
        .got()
        .iter()
        .map(|got| got.header("webhook-id").to_owned())
        .collect()
}

fn start(shell: &Shell, line: &str) -> Child {
    shell.command(line.split_whitespace()).spawn().unwrap()
}

/// As `kill -9` does.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_was_sent_and_not_written_down_is_sent_again_under_the_same_id() {
    // It takes the first, and its answer never comes.
    let receiver = Receiver::that(vec![
        Does::Hangs(Duration::from_secs(60)),
        says("200 OK", "", ""),
    ]);
    let shell = configured(&webhook("ci", &receiver.url));
    record(&shell, 1);
    let deliverer = start(&shell, "deliver");
    until(|| !receiver.got().is_empty());
    kill(deliverer);
    shell.run(["deliver", "--drain"]).done();
    let ids = ids(&receiver);
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(
        shell.json("deliver list")["deliveries"],
        Value::Array(Vec::new())
    );
}

#[test]
fn deliverers_killed_one_after_the_other_lose_nothing() {
    const EVENTS: usize = 200;
    let receiver = Receiver::ok();
    let shell = configured(&webhook("ci", &receiver.url));
    record(&shell, EVENTS);
    for round in 1..=4 {
        let deliverer = start(&shell, "deliver --drain");
        let enough = EVENTS / 5 * round;
        until(|| receiver.got().len() >= enough);
        kill(deliverer);
    }
    shell.run(["deliver", "--drain"]).done();
    let ids = ids(&receiver);
    let different: BTreeSet<_> = ids.iter().collect();
    assert_eq!(different.len(), EVENTS);
    // One attempt was under way at each kill, at most.
    assert!(ids.len() <= EVENTS + 4, "{} were told", ids.len());
}

/// The sequence numbers of the events that somebody wants to be told of.
fn occasions(shell: &Shell) -> BTreeSet<i64> {
    let all = shell.json("events --limit 100000");
    let events = all["events"].as_array().unwrap().iter();
    let told =
        events.filter(|event| ["recorded", "completed"].contains(&event["kind"].as_str().unwrap()));
    told.map(|event| event["seq"].as_i64().unwrap()).collect()
}

fn waiting(shell: &Shell) -> BTreeSet<i64> {
    let all = shell.json("deliver list --limit 10000");
    let ids = all["deliveries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap());
    ids.map(|id| id.rsplit_once('/').unwrap().1.parse().unwrap())
        .collect()
}

#[test]
fn who_is_killed_while_it_completes_leaves_an_event_exactly_with_its_row() {
    // Nobody listens there, so every row stays.
    let shell = configured(&webhook("ci", "http://127.0.0.1:1/"));
    record(&shell, 300);
    let evidence = r#"{"did":"Mended it as it should be done","files":["src/a.rs"],"tested":"cargo test a","results":"1 passed, 0 failed"}"#;
    for round in 1..=5 {
        let mut command = shell.command([
            "work",
            "--concurrency",
            "4",
            "--lease",
            "1s",
            "--",
            "echo",
            evidence,
        ]);
        command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .stdout(std::process::Stdio::null());
        let worker = command.spawn().unwrap();
        until(|| shell.json("stats")["completed"].as_u64().unwrap() >= 10 * round);
        kill(worker);
        assert_eq!(occasions(&shell), waiting(&shell));
    }
    assert!(occasions(&shell).len() >= 350);
    assert_eq!(shell.json("verify")["ok"], true);
}

//! A worker tells hooks and webhooks while it works.

use crate::receiver::{Receiver, says};
use crate::{configured, record, webhook};

const EVIDENCE: &str = r#"{"did":"Mended it as it should be done","files":["src/a.rs"],"tested":"cargo test a","results":"1 passed, 0 failed"}"#;

#[test]
fn what_a_worker_completes_is_told_before_it_ends() {
    let receiver = Receiver::ok();
    let shell = configured(&webhook("ci", &receiver.url));
    record(&shell, 3);
    let mut command = shell.command(["work", "--drain", "--json", "--", "echo", EVIDENCE]);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    assert!(command.output().unwrap().status.success());
    let mut told: Vec<_> = receiver
        .got()
        .iter()
        .map(|got| got.json()["type"].clone())
        .collect();
    told.sort_by_key(ToString::to_string);
    assert_eq!(told[..3], vec!["ticket.completed"; 3]);
    assert_eq!(told[3..], vec!["ticket.recorded"; 3]);
}

#[test]
fn a_target_that_is_down_is_said_and_keeps_nobody_from_working() {
    let receiver = Receiver::that(vec![says("500 Oops", "", "")]);
    let shell = configured(&webhook("ci", &receiver.url));
    record(&shell, 3);
    let mut command = shell.command(["work", "--drain", "--json", "--", "echo", EVIDENCE]);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    let ended = command.output().unwrap();
    assert!(ended.status.success());
    let said = String::from_utf8(ended.stdout).unwrap();
    assert!(said.contains("not delivered yet: HTTP 500"), "{said}");
    assert_eq!(shell.json("stats")["completed"], 3);
    assert_eq!(shell.json("stats")["outbox"]["waiting"], 6);
}

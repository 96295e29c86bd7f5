//! Leases of a worker: kept while the command runs, lost, run out; and what becomes of the command then.

use rustix::process::Signal;
use serde_json::Value;

use crate::bench::{
    EVIDENCE, Hand, gone, nothing_leased, ticket, with_tickets, words, work, written,
};
use crate::shell::{Shell, until};

/// Ignores SIGTERM, and runs until it is killed.
const STUBBORN: &str =
    "trap '' TERM; echo $$ >pid; sleep 1000 & echo $! >left.pid; while :; do sleep 0.05; done";

fn id(shell: &Shell) -> String {
    ticket(shell)["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_command_outlives_its_lease_many_times_since_the_wrapper_renews() {
    let shell = with_tickets(1);
    // It goes on until the lease has been renewed four times: longer than it lasts.
    let script = format!(
        "until [ $($ACTIFIX events --ticket $ACTIFIX_TICKET_ID | grep -c renewed) -ge 4 ]; do sleep 0.05; done; {EVIDENCE}"
    );
    let (code, said) = Hand::start(work(&shell, "--once --lease 2s", &script)).end();
    assert_eq!(
        (code, words(&said)),
        (Some(0), vec!["claimed", "completed", "ended_work"])
    );
    assert!(said.iter().filter(|line| line["what"] == "renewed").count() >= 4);
}

#[test]
fn a_lost_lease_ends_the_command_and_its_group_also_when_it_ignores_sigterm() {
    let shell = with_tickets(1);
    let hand = Hand::start(work(
        &shell,
        "--once --lease 1s --kill-after 100ms",
        STUBBORN,
    ));
    let pids = [shell.path().join("pid"), shell.path().join("left.pid")].map(|path| written(&path));
    // A person takes the ticket away; the next renewal is told.
    shell.run(["delete", &id(&shell), "--force"]).done();
    let (code, said) = hand.end();
    assert_eq!(
        (code, words(&said)),
        (Some(4), vec!["claimed", "lost", "ended_work"])
    );
    pids.iter().for_each(|pid| gone(pid));
}

#[test]
fn a_worker_stopped_past_its_lease_is_refused_when_it_wakes() {
    let shell = with_tickets(1);
    let script = format!("echo $$ >pid; while [ ! -e go ]; do sleep 0.05; done; {EVIDENCE}");
    let hand = Hand::start(work(&shell, "--once --lease 1s --as slow", &script));
    let pid = written(&shell.path().join("pid"));
    // Not while it holds the line to the database, which would stop everybody.
    hand.signal(Signal::STOP);
    let taken = taken_by(&shell, "quick");
    shell.write("go", "");
    hand.signal(Signal::CONT);
    let (code, said) = hand.end();
    assert_eq!(
        (code, words(&said)),
        (Some(4), vec!["claimed", "lost", "ended_work"])
    );
    gone(&pid);
    let ticket = ticket(&shell);
    assert_eq!(
        (&ticket["status"], &ticket["lease"]["holder"]),
        (&"in-progress".into(), &"quick".into())
    );
    let (id, token) = (ticket["id"].as_str().unwrap(), taken["token"].to_string());
    shell
        .run(["release", id, "--token", &token, "--as", "quick"])
        .done();
    nothing_leased(&shell);
}

/// Somebody else's claim, once the lease has run out.
fn taken_by(shell: &Shell, name: &str) -> Value {
    let mut taken = Value::Null;
    until(|| {
        let answer = shell.run(["claim", "--json", "--as", name, "--deadline", "20s"]);
        taken = serde_json::from_str(&answer.out).unwrap_or_default();
        answer.code == Some(0)
    });
    taken["leases"][0].clone()
}

#[test]
fn a_killed_workers_command_ends_with_it_and_another_gets_the_ticket() {
    let shell = with_tickets(1);
    let script = "echo $$ >pid; exec sleep 1000";
    let mut hand = Hand::start(work(&shell, "--once --lease 1s", script));
    let pid = written(&shell.path().join("pid"));
    hand.0.kill().unwrap();
    hand.0.wait().unwrap();
    gone(&pid);
    until(|| ticket(&shell)["expired"] == true);
    let (code, said) = Hand::start(work(&shell, "--once", EVIDENCE)).end();
    assert_eq!(
        (code, words(&said)),
        (Some(0), vec!["claimed", "completed", "ended_work"])
    );
    let events = shell.json(&format!("events --ticket {}", id(&shell)));
    let kinds: Vec<&str> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        ["recorded", "claimed", "expired", "claimed", "completed"]
    );
}

#[test]
fn two_workers_of_one_name_do_each_ticket_once() {
    let shell = with_tickets(30);
    let script = format!("echo $ACTIFIX_TICKET_ID >>done.txt; {EVIDENCE}");
    let hands: Vec<Hand> = (0..2)
        .map(|_| Hand::start(work(&shell, "--drain --concurrency 2 --as twin", &script)))
        .collect();
    let completed: u64 = hands
        .into_iter()
        .map(|hand| hand.end().1.last().unwrap()["completed"].as_u64().unwrap())
        .sum();
    let done = std::fs::read_to_string(shell.path().join("done.txt")).unwrap();
    let mut done: Vec<&str> = done.lines().collect();
    done.sort_unstable();
    done.dedup();
    assert_eq!((completed, done.len()), (30, 30));
    nothing_leased(&shell);
}

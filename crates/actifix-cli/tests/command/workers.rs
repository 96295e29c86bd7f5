//! Many workers at once, each a process of its own.

use std::collections::HashSet;
use std::process::Child;

use serde_json::Value;

use crate::shell::Shell;

fn answers(children: Vec<Child>) -> Vec<Value> {
    children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            serde_json::from_slice(&output.stdout).unwrap()
        })
        .collect()
}

#[test]
fn promise_2_sixteen_processes_claim_sixteen_tickets() {
    let shell = Shell::with_database();
    let reports: Vec<String> = (0..16)
        .map(|n| format!("{{\"message\":\"error\",\"fingerprint\":\"{n}\"}}"))
        .collect();
    shell
        .run_with(reports.join("\n"), ["record", "--stdin"])
        .done();
    let workers = (0..16).map(|n| {
        shell
            .command(["claim", "--json", "--as", &format!("worker-{n}")])
            .spawn()
            .unwrap()
    });
    let answers = answers(workers.collect());
    let ids: HashSet<&str> = answers
        .iter()
        .map(|answer| answer["leases"][0]["ticket"]["id"].as_str().unwrap())
        .collect();
    let tokens: HashSet<i64> = answers
        .iter()
        .map(|answer| answer["leases"][0]["token"].as_i64().unwrap())
        .collect();
    assert_eq!((ids.len(), tokens.len()), (16, 16));
    shell.run(["claim"]).ends(3);
}

#[test]
fn promise_2_sixteen_processes_make_one_database_and_lose_no_report() {
    let shell = Shell::new();
    let reporters = (0..16).map(|n| {
        let message = format!("error {n}");
        shell
            .command([
                "record",
                "--json",
                "--message",
                &message,
                "--fingerprint",
                &message,
            ])
            .spawn()
            .unwrap()
    });
    let ids: HashSet<String> = answers(reporters.collect())
        .iter()
        .map(|answer| answer["id"].to_string())
        .collect();
    assert_eq!(ids.len(), 16);
    assert_eq!(shell.json("stats")["open"], 16);
    assert_eq!(shell.json("verify")["ok"], true);
}

#[test]
fn promise_1_a_named_ticket_goes_to_one_of_many() {
    let shell = Shell::with_database();
    let id = shell.json("record --message m")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let workers: Vec<Child> = (0..8)
        .map(|n| {
            shell
                .command(["acquire", &id, "--json", "--as", &format!("worker-{n}")])
                .spawn()
                .unwrap()
        })
        .collect();
    let codes: Vec<Option<i32>> = workers
        .into_iter()
        .map(|worker| worker.wait_with_output().unwrap().status.code())
        .collect();
    assert_eq!(
        codes.iter().filter(|code| **code == Some(0)).count(),
        1,
        "{codes:?}"
    );
    assert_eq!(
        codes.iter().filter(|code| **code == Some(3)).count(),
        7,
        "{codes:?}"
    );
}

#[test]
fn a_waiting_claim_gets_what_another_process_records() {
    let shell = Shell::with_database();
    let waiting = shell
        .command(["claim", "--wait", "60s", "--json"])
        .spawn()
        .unwrap();
    shell.json("record --message m");
    let answer = answers(vec![waiting]);
    assert_eq!(answer[0]["leases"][0]["ticket"]["message"], "m");
}

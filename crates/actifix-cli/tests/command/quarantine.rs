//! What was given up: why, and the ways back.

use serde_json::json;

use crate::shell::{Shell, ages_aside};
use crate::snapshot;

/// Tickets P1 and P2 that failed five times, and an open one.
fn given_up() -> (Shell, Vec<String>) {
    let shell = Shell::with_database().env("COLUMNS", "120");
    let mut ids = Vec::new();
    for n in 1..=3 {
        let made = shell.json(&format!(
            "record --message error-{n} --fingerprint {n} --priority P{n}"
        ));
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    for id in &ids[..2] {
        for attempt in 0..5 {
            let holder = format!("worker-{attempt}");
            let lease = shell.json(&format!("acquire {id} --as {holder}"));
            let token = lease["token"].to_string();
            let why = format!("the test {attempt} failed");
            let words = ["release", id, "--token", &token, "--as", &holder];
            shell
                .run(words.into_iter().chain(["--failed", "--reason", &why]))
                .done();
        }
    }
    (shell, ids)
}

#[test]
fn it_is_told_why_and_the_ways_back_work() {
    let (shell, ids) = given_up();
    let (first, second, open) = (&ids[0], &ids[1], &ids[2]);
    let text = shell.transcript(&[
        "quarantine list",
        "quarantine list --priority P4",
        &format!("quarantine retry {open}"),
        "quarantine retry --all --dry-run",
        "quarantine retry --all",
        &format!("quarantine retry {first} --dry-run"),
        &format!("quarantine retry {first}"),
        &format!("quarantine drop {second} {open} --reason invalid --note 'no such shop'"),
        "quarantine drop --all --yes",
        "quarantine list",
        "quarantine drop --all --reason duplicate --yes",
        "list --status open,completed",
        "verify",
    ]);
    ages_aside(|| snapshot!("quarantine", shell, text));
    assert_eq!(shell.json(&format!("show {first}"))["attempts"], 0);
}

#[test]
fn programs_are_told_the_attempts() {
    let (shell, _) = given_up();
    let told = shell.json("quarantine list --priority P1");
    let one = &told["tickets"][0];
    assert_eq!(
        (&one["attempts"], &told["more"]),
        (&json!(5), &json!(false))
    );
    let tried = one["tried"].as_array().unwrap();
    assert_eq!(tried.len(), 5);
    assert_eq!(
        (&tried[4]["holder"], &tried[4]["reason"]),
        (&json!("worker-4"), &json!("the test 4 failed"))
    );
    assert!(one["quarantined_at"].is_string());
}

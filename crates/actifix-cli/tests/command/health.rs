//! `health` from outside.

use crate::shell::Shell;
use crate::snapshot;

/// A shell whose disk is never too small, with a database.
fn shell() -> Shell {
    Shell::with_database().env("ACTIFIX_HEALTH_DISK_FREE", "0")
}

#[test]
fn the_verdict_is_the_exit_code() {
    let shell = shell();
    let told = shell.json("health");
    assert_eq!(told["state"], "ok");
    assert_eq!(told["checks"].as_array().unwrap().len(), 9, "{told}");
    shell
        .run(["record", "--message", "m", "--priority", "P0"])
        .done();
    assert_eq!(shell.json("health")["backlog"][0]["open"], 1);
    // Allowed is a second, and the ticket older than that.
    let shell = shell.env("ACTIFIX_HEALTH_SLA_P0", "1s");
    crate::shell::until(|| shell.run(["health"]).code == Some(1));
    let failing = shell.run(["health", "--json"]).ends(1).json();
    assert_eq!(
        (&failing["state"], &failing["backlog"][0]["late"]),
        (&"failing".into(), &1.into())
    );
    assert_eq!(
        shell
            .run(["health", "--project", "other", "--json"])
            .done()
            .json()["state"],
        "ok"
    );
    assert_eq!(
        shell
            .run(["health", "--full", "--project", "other", "--json"])
            .done()
            .json()["state"],
        "ok"
    );
}

#[test]
fn a_warning_is_no_failure() {
    let shell = shell().env("ACTIFIX_RETRY_ATTEMPTS", "1");
    shell.run(["record", "--message", "m"]).done();
    let lease = shell.json("claim")["leases"][0].clone();
    let (id, token) = (
        lease["ticket"]["id"].as_str().unwrap(),
        lease["token"].to_string(),
    );
    shell
        .run([
            "release", id, "--token", &token, "--failed", "--reason", "no",
        ])
        .done();
    assert_eq!(
        shell.run(["health", "--json"]).done().json()["state"],
        "warning"
    );
    let foreign = actifix::rusqlite::Connection::open(shell.database()).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    shell
        .run(["record", "--message", "waits", "--deadline", "50ms"])
        .done();
    let told = shell.json("health");
    assert_eq!(
        (&told["spool"]["reports"], &told["spool"]["files"]),
        (&1.into(), &1.into())
    );
    assert!(told["spool"]["since"].is_string(), "{told}");
    foreign.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn people_read_a_table() {
    let shell = shell();
    shell
        .run(["record", "--message", "m", "--priority", "P1"])
        .done();
    shell
        .run(["record", "--message", "n", "--fingerprint", "n"])
        .done();
    shell.run(["claim"]).done();
    let told = shell.run(["health"]).done().out;
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+(\.\d+)? [KMG]iB", "[SIZE]");
    settings.add_filter(r"\b\d+(ms|s) +ACT", "[AGE]  ACT");
    settings.bind(|| snapshot!("health", shell, told));
}

//! The exit codes, each by something that really ends so.

use crate::shell::{Shell, until};

/// A ticket that `ann` holds: its id and token.
fn held(shell: &Shell) -> (String, i64) {
    shell.json("record --type E --message m");
    let lease = shell.json("claim --lease 1h")["leases"][0].clone();
    (
        lease["ticket"]["id"].as_str().unwrap().to_owned(),
        lease["token"].as_i64().unwrap(),
    )
}

const EVIDENCE: &str = "--did 'Closed the connection in every branch' --files src/pool.rs --tested 'cargo test' --results '14 passed, 0 failed'";

fn complete(shell: &Shell, id: &str, more: &str) -> crate::shell::Answer {
    shell.run(crate::shell::words(&format!(
        "complete {id} {more} {EVIDENCE}"
    )))
}

#[test]
fn one_is_an_error() {
    let shell = Shell::new();
    let error = shell.run(["claim", "--json"]).ends(1).error();
    assert_eq!(error["kind"], "storage");
    assert!(
        error["hint"].as_str().unwrap().contains("actifix init"),
        "{error}"
    );
}

#[test]
fn one_is_too_many_open() {
    let shell = Shell::with_database().env("ACTIFIX_MAX_OPEN_TICKETS", "1");
    shell.json("record --type E --message m");
    let error = shell
        .run(["record", "--message", "two", "--json"])
        .ends(1)
        .error();
    assert_eq!(
        (&error["kind"], &error["limit"]),
        (&"too_many_open".into(), &1.into())
    );
    assert_eq!(shell.json("record --type E --message m")["occurrences"], 2);
}

#[test]
fn two_is_usage() {
    let shell = Shell::with_database();
    assert_eq!(
        shell.run(["nonsense", "--json"]).ends(2).error()["kind"],
        "invalid"
    );
    shell.run(["renew", "ACT-1"]).ends(2);
}

#[test]
fn three_is_nothing_to_claim_and_silence() {
    let shell = Shell::with_database();
    let none = shell.run(["claim", "--json"]).ends(3);
    assert_eq!(
        (none.out.as_str(), none.err.as_str()),
        ("{\"leases\":[]}\n", "")
    );
    let none = shell.run(["claim"]).ends(3);
    assert_eq!((none.out.lines().count(), none.err.as_str()), (1, ""));
    shell.run(["claim", "--brief"]).ends(3);
    shell.run(["claim", "--wait", "20ms"]).ends(3);
}

#[test]
fn promise_1_three_is_held_by_someone_else() {
    let shell = Shell::with_database();
    let (id, _) = held(&shell);
    for line in [
        format!("acquire {id} --as bob"),
        format!("close {id} --reason wontfix"),
        format!("delete {id}"),
    ] {
        let error = shell.run(line.split(' ').chain(["--json"])).ends(3).error();
        assert_eq!(
            (&error["kind"], &error["by"], &error["ticket"]),
            (&"held".into(), &"ann".into(), &id.as_str().into())
        );
        assert!(error["until"].is_string(), "{error}");
        assert!(
            !error.to_string().contains("\"message\":\"m\""),
            "the ticket's text is not told: {error}"
        );
    }
}

#[test]
fn promise_1_four_is_a_lost_lease() {
    let shell = Shell::with_database();
    let (id, token) = held(&shell);
    let lost = complete(&shell, &id, &format!("--token {} --json", token + 1))
        .ends(4)
        .error();
    assert_eq!(
        (&lost["kind"], &lost["ticket"]),
        (&"lease_lost".into(), &id.as_str().into())
    );
    // With a name, it must be the holder's.
    complete(&shell, &id, &format!("--token {token} --as bob")).ends(4);
    shell
        .run(["renew", &id, "--token", &token.to_string(), "--as", "bob"])
        .ends(4);
    shell.run(["release", &id, "--token", "-1"]).ends(4);
    complete(&shell, &id, &format!("--token {token}")).done();
}

#[test]
fn promise_2_five_is_busy_and_nothing_is_applied() {
    let shell = Shell::with_database();
    shell.json("record --type E --message m");
    let foreign = actifix::rusqlite::Connection::open(shell.database()).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = shell
        .run(["claim", "--deadline", "200ms", "--json"])
        .ends(5)
        .error();
    assert_eq!(error["kind"], "busy");
    assert_eq!(error["holder"]["pid"], std::process::id());
    assert!(error["waited"].as_str().unwrap().ends_with("ms"), "{error}");
    let told = shell.run(["claim", "--deadline", "1500ms"]).ends(5);
    let waiting = format!(
        "waiting for the write lock, held by pid {}",
        std::process::id()
    );
    assert!(told.err.contains(&waiting), "{}", told.err);
    foreign.execute_batch("ROLLBACK").unwrap();
    assert_eq!(shell.json("claim")["leases"].as_array().unwrap().len(), 1);
}

#[test]
fn seven_is_not_found_or_not_in_a_state_for_it() {
    let shell = Shell::with_database();
    let error = shell
        .run(["show", "ACT-20260101-00000001", "--json"])
        .ends(7)
        .error();
    assert_eq!(
        (&error["kind"], &error["ticket"]),
        (&"not_found".into(), &"ACT-20260101-00000001".into())
    );
    let (id, token) = held(&shell);
    complete(&shell, &id, &format!("--token {token}")).done();
    let error = shell.run(["acquire", &id, "--json"]).ends(7).error();
    assert_eq!(error["kind"], "not_ready");
    assert!(
        error["why"].as_str().unwrap().starts_with("completed"),
        "{error}"
    );
}

#[test]
fn completing_twice_says_so_and_changes_nothing() {
    let shell = Shell::with_database();
    let (id, token) = held(&shell);
    let token = format!("--token {token}");
    assert_eq!(
        complete(&shell, &id, &token).done().out,
        format!("{id} completed\n")
    );
    let before = shell.json(&format!("show {id}"));
    let again = complete(&shell, &id, &token).done().out;
    assert!(
        again.starts_with(&format!("{id} already completed at 2"))
            && again.contains("nothing changed"),
        "{again}"
    );
    complete(&shell, &id, &format!("{token} --json")).done();
    assert_eq!(shell.json(&format!("show {id}")), before);
}

#[test]
fn a_refused_completion_shows_what_to_fill_in() {
    let shell = Shell::with_database();
    let (id, token) = held(&shell);
    let token = token.to_string();
    let told = shell
        .run(["complete", &id, "--token", &token, "--did", "fixed"])
        .ends(2);
    for part in [
        "error: did: ",
        "--did 'what was done",
        "--results ",
        "--evidence - <<'END'",
        "\"tested\": ",
    ] {
        assert!(told.err.contains(part), "{part}: {}", told.err);
    }
    let error = shell
        .run(["complete", &id, "--token", &token, "--json"])
        .ends(2)
        .error();
    assert_eq!(
        (&error["kind"], &error["field"]),
        (&"invalid".into(), &"did".into())
    );
    assert!(
        error["template"]["command"]
            .as_str()
            .unwrap()
            .starts_with(&format!("actifix complete {id} --token {token}"))
    );
    // The JSON form is taken as it is, once it is filled in.
    let evidence = error["template"]["evidence"].to_string();
    shell
        .run_with(
            evidence,
            ["complete", &id, "--token", &token, "--evidence", "-"],
        )
        .done();
}

#[test]
fn promise_1_a_late_completion_counts_unless_a_setting_refuses_it() {
    for (setting, code) in [("yes", 0), ("no", 4)] {
        let shell = Shell::with_database().env("ACTIFIX_LATE_COMPLETIONS", setting);
        shell.json("record --type E --message m");
        let lease = shell.json("claim --lease 100ms")["leases"][0].clone();
        let id = lease["ticket"]["id"].as_str().unwrap();
        // Nothing but time has to pass.
        until(|| shell.json(&format!("show {id}"))["expired"] == true);
        shell
            .run(["renew", id, "--token", &lease["token"].to_string()])
            .ends(4);
        complete(&shell, id, &format!("--token {}", lease["token"])).ends(code);
    }
}

#[test]
fn weaker_evidence_can_be_set() {
    let shell = Shell::with_database().env("ACTIFIX_EVIDENCE", "none");
    let (id, token) = held(&shell);
    shell
        .run(["complete", &id, "--token", &token.to_string()])
        .done();
}

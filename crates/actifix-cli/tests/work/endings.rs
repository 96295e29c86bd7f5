//! How a command ends its ticket: evidence, failure, by itself, with children left behind.

use serde_json::Value;

use crate::bench::{
    EVIDENCE, Hand, gone, nothing_leased, ticket, with_tickets, words, work, written,
};
use crate::shell::Shell;

#[test]
fn evidence_on_stdout_completes_each_ticket_once() {
    let shell = with_tickets(12);
    let script = format!("echo building; {EVIDENCE}");
    let (code, said) = Hand::start(work(&shell, "--drain --concurrency 3", &script)).end();
    assert_eq!(code, Some(0));
    let last = said.last().unwrap();
    assert_eq!(
        (&last["claimed"], &last["completed"]),
        (&12.into(), &12.into())
    );
    assert_eq!(shell.json("stats")["completed"], 12);
    nothing_leased(&shell);
}

#[test]
fn the_command_gets_the_ticket_and_its_facts() {
    let shell = Shell::with_database();
    let id = shell.json(
        "record --type ValueError --message m --source app.py:31 --priority P1 --project shop",
    )["id"]
        .clone();
    let script = format!("cat >ticket.json; env >env.txt; {EVIDENCE}");
    let (code, _) = Hand::start(work(&shell, "--once --as mender", &script)).end();
    assert_eq!(code, Some(0));
    let ticket: Value = serde_json::from_str(&written(&shell.path().join("ticket.json"))).unwrap();
    assert_eq!(
        (&ticket["id"], &ticket["error_type"]),
        (&id, &"ValueError".into())
    );
    let env = written(&shell.path().join("env.txt"));
    let database = shell.database().to_str().unwrap().to_owned();
    for (name, value) in [
        ("TICKET_ID", id.as_str().unwrap()),
        ("AS", "mender"),
        ("ATTEMPT", "1"),
        ("DB", &database),
        ("PRIORITY", "P1"),
        ("PROJECT", "shop"),
        ("SOURCE", "app.py:31"),
    ] {
        assert!(
            env.lines()
                .any(|line| line == format!("ACTIFIX_{name}={value}")),
            "{name}: {env}"
        );
    }
}

#[test]
fn evidence_may_stand_in_a_file_and_an_old_one_does_not_count() {
    let shell = with_tickets(1);
    let id = ticket(&shell)["id"].as_str().unwrap().to_owned();
    shell.write(&format!("{id}.json"), "{\"did\":\"an earlier run's\"}");
    let flags = "--once --evidence {id}.json";
    let (code, _) = Hand::start(work(&shell, flags, "true")).end();
    assert_eq!(code, Some(1), "{}", ticket(&shell));
    shell.json(&format!("update {id} --priority P0"));
    let release = shell.run(["acquire", &id, "--json"]);
    assert_eq!(release.code, Some(0), "{}", release.err);
    let token = release.json()["token"].to_string();
    shell.run(["release", &id, "--token", &token]).done();
    let script = format!("{EVIDENCE} >$ACTIFIX_TICKET_ID.json");
    let (code, _) = Hand::start(work(&shell, flags, &script)).end();
    assert_eq!(code, Some(0));
    assert_eq!(ticket(&shell)["status"], "completed");
}

#[test]
fn a_failure_gives_the_ticket_back_with_what_was_tried() {
    let shell = with_tickets(1);
    let (code, said) = Hand::start(work(&shell, "--once", "echo no such table >&2; exit 3")).end();
    assert_eq!(
        (code, words(&said)),
        (Some(1), vec!["claimed", "failed", "ended_work"])
    );
    let ticket = ticket(&shell);
    assert_eq!(
        (&ticket["status"], &ticket["attempts"]),
        (&"open".into(), &1.into())
    );
    let why = ticket["last_error"].as_str().unwrap();
    assert!(
        why.contains("exit 3") && why.contains("no such table"),
        "{why}"
    );
    // It rests: there is nothing to claim now.
    let (code, _) = Hand::start(work(&shell, "--once", "true")).end();
    assert_eq!(code, Some(3));
}

#[test]
fn evidence_that_does_not_pass_is_given_back_with_the_reason() {
    let big = r#"printf '{"did":"'; head -c 1048576 /dev/zero | tr '\0' x; echo '","files":["a.rs"],"tested":"cargo test a","results":"1 passed, 0 failed"}'"#;
    let thin = r#"echo '{"did":"x","files":["a.rs"],"tested":"t","results":"r"}'"#;
    for (script, reason) in [
        (big, "did is too long"),
        (thin, "did: "),
        ("echo done", "no evidence"),
        ("true", "no evidence"),
    ] {
        let shell = with_tickets(1);
        let (code, _) = Hand::start(work(&shell, "--once", script)).end();
        assert_eq!(code, Some(1));
        let ticket = ticket(&shell);
        assert_eq!(
            (&ticket["status"], &ticket["attempts"]),
            (&"open".into(), &1.into())
        );
        assert!(
            ticket["last_error"].as_str().unwrap().contains(reason),
            "{reason}: {}",
            ticket["last_error"]
        );
        nothing_leased(&shell);
    }
}

#[test]
fn a_command_may_end_its_ticket_itself() {
    for verb in [
        "complete $ACTIFIX_TICKET_ID --token $ACTIFIX_LEASE_TOKEN --did 'Mended it as it should be done' --files a.rs --tested 'cargo test a' --results '1 passed, 0 failed'",
        "release $ACTIFIX_TICKET_ID --token $ACTIFIX_LEASE_TOKEN --not-before 1h",
        "close $ACTIFIX_TICKET_ID --token $ACTIFIX_LEASE_TOKEN --reason wontfix",
    ] {
        let shell = with_tickets(1);
        let script = format!(
            "$ACTIFIX renew $ACTIFIX_TICKET_ID --token $ACTIFIX_LEASE_TOKEN >&2 && $ACTIFIX note $ACTIFIX_TICKET_ID seen >&2 && $ACTIFIX {verb} >&2"
        );
        let (code, said) = Hand::start(work(&shell, "--once", &script)).end();
        assert_eq!(
            (code, words(&said)),
            (Some(0), vec!["claimed", "ended", "ended_work"]),
            "{verb}"
        );
        nothing_leased(&shell);
    }
}

#[test]
fn what_a_command_leaves_behind_ends_with_it() {
    let shell = with_tickets(1);
    // The one left behind holds stdout and stderr: nobody waits for it.
    let script = format!("sleep 1000 & echo $! >left.pid; {EVIDENCE}");
    let (code, _) = Hand::start(work(&shell, "--once", &script)).end();
    assert_eq!(code, Some(0));
    gone(&written(&shell.path().join("left.pid")));
    assert_eq!(ticket(&shell)["status"], "completed");
}

#[test]
fn a_program_that_is_not_there_costs_no_ticket_an_attempt() {
    let shell = with_tickets(1);
    let answer = shell
        .run(["work", "--json", "--once", "--", "no-such-program"])
        .ends(2);
    assert!(
        answer.error()["message"]
            .as_str()
            .unwrap()
            .contains("no-such-program")
    );
    assert_eq!(ticket(&shell)["attempts"], 0);
}

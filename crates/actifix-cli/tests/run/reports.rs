//! What the reports say, and where they go when the database cannot take them.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::stage::Stage;

#[test]
fn context_tells_what_was_around_and_no_secret() {
    let stage = Stage::new();
    let git = stage.path().join(".git");
    fs::create_dir_all(&git).unwrap();
    fs::write(
        git.join("HEAD"),
        "0123456789abcdef0123456789abcdef01234567\n",
    )
    .unwrap();
    let script = "api_key=abcdef0123456789\nset -u\necho $REGION\n";
    fs::write(stage.path().join("a.sh"), script).unwrap();
    let mut command = stage.actifix([
        "run",
        "--tag",
        "job=nightly",
        "--project",
        "web",
        "--",
        "sh",
        "a.sh",
        "--password",
        "hunter22",
    ]);
    let status = command
        .env("NODE_ENV", "production")
        .env("OTHER", "x")
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
    let ticket = stage.ticket();
    let context = &ticket["context"];
    assert_eq!(context["command"], "sh a.sh --password [redacted]");
    assert_eq!(context["ended"], json!({"code": 2}));
    assert_eq!(
        context["git"]["commit"],
        "0123456789abcdef0123456789abcdef01234567"
    );
    assert_eq!(context["lines"]["text"]["3"], "echo $REGION");
    assert!(
        !ticket.to_string().contains("abcdef0123456789\""),
        "{ticket}"
    );
    assert_eq!(context["environment"]["NODE_ENV"], "production");
    assert!(context["environment"].get("OTHER").is_none());
    assert_eq!(context["platform"]["os"], "linux");
    assert_eq!(
        (&ticket["tags"]["job"], &ticket["project"]),
        (&json!("nightly"), &json!("web"))
    );
    assert!(
        ticket["source"] == "a.sh:3" && ticket["message"] == "REGION: parameter not set",
        "{ticket}"
    );
}

#[test]
fn a_link_does_not_lead_out_of_the_project() {
    let stage = Stage::new();
    let outside = tempfile::tempdir().unwrap();
    fs::write(
        outside.path().join("b.sh"),
        "set -u\n\n# nobody's business\necho $X\n",
    )
    .unwrap();
    symlink(outside.path().join("b.sh"), stage.path().join("b.sh")).unwrap();
    stage.run("exec sh b.sh");
    let ticket = stage.ticket();
    assert_eq!(ticket["source"], "b.sh:4");
    assert!(
        !ticket.to_string().contains("business") && ticket["context"].get("lines").is_none(),
        "{ticket}"
    );
}

#[test]
fn only_failures_are_reported_unless_always() {
    let stage = Stage::new();
    stage.run("echo ok");
    assert_eq!(stage.tickets().len(), 0);
    let always = stage
        .actifix(["run", "--always", "--", "sh", "-c", "echo 'error: odd' >&2"])
        .output()
        .unwrap();
    assert_eq!(
        (always.status.code(), stage.ticket()["message"].clone()),
        (Some(0), json!("odd"))
    );
}

#[test]
fn the_tail_is_what_is_kept() {
    let stage = Stage::new();
    let line = "for n in $(seq 1000); do echo line $n >&2; done; exit 1";
    stage
        .actifix(["run", "--tail", "3", "--", "sh", "-c", line])
        .output()
        .unwrap();
    assert_eq!(
        stage.ticket()["stack_trace"],
        "line 998\nline 999\nline 1000"
    );
}

#[test]
fn the_answer_is_told_to_those_who_ask() {
    let stage = Stage::new();
    let told = stage
        .actifix(["--json", "run", "--", "sh", "-c", "echo x >&2; exit 9"])
        .output()
        .unwrap();
    assert_eq!(told.status.code(), Some(9));
    let text = String::from_utf8(told.stderr).unwrap();
    let answer: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&answer["new"], &answer["occurrences"]),
        (&json!(true), &json!(1))
    );
}

#[test]
fn whatever_becomes_of_the_database_the_exit_code_stays_and_the_report_waits() {
    let stage = Stage::new();
    let database = stage.path().join(".actifix/actifix.db");
    let kept = fs::read(&database).unwrap();
    fs::write(
        &database,
        "this is no database at all, only some text that stands in its place",
    )
    .unwrap();
    let ran = stage.run("echo gone >&2; exit 7");
    assert_eq!(
        (ran.status.code(), ran.stderr.as_slice()),
        (Some(7), &b"gone\n"[..])
    );
    assert!(
        stage
            .path()
            .join(".actifix/actifix.db-spool.jsonl")
            .exists()
    );
    fs::write(&database, kept).unwrap();
    stage.run("echo another >&2; exit 7");
    let mut messages: Vec<_> = stage
        .tickets()
        .iter()
        .map(|ticket| ticket["message"].as_str().unwrap().to_owned())
        .collect();
    messages.sort();
    assert_eq!(messages, ["another", "gone"]);
    // A database where none can be: the report is lost, and that is said; the exit code is the command's.
    let nowhere = stage
        .actifix([
            "--db",
            "/nowhere/at/all.db",
            "run",
            "--",
            "sh",
            "-c",
            "exit 8",
        ])
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(8));
    assert!(!nowhere.stderr.is_empty());
}

//! Many reports at once, with nonsense between them.

use std::fs;

use serde_json::{Value, json};

use crate::shell::Shell;

#[test]
fn nonsense_is_put_aside_with_its_reason() {
    let shell = Shell::new();
    let long = "x".repeat(5_001);
    let mut input =
        b"\xEF\xBB\xBF{\"message\":\"a\"}\r\n{\"message\":\"a\"}\n\n{broken\n\xff\xfe\n[1]\n"
            .to_vec();
    input.extend_from_slice(
        format!("{{\"message\":\"{long}\"}}\n{{\"message\":\"m\",\"lease\":1}}\n").as_bytes(),
    );
    input.extend_from_slice(
        b"{\"message\":\"GET https://me:hunter2@host/\",\"error_type\":7}\n{\"message\":\"last\"}",
    );
    shell.write("reports.jsonl", input);
    let imported = shell.json("import reports.jsonl");
    assert_eq!(
        imported,
        json!({ "read": 9, "recorded": 3, "new": 2, "rejected": 6 })
    );
    let rejected = fs::read_to_string(shell.path().join("reports.jsonl.rejected.jsonl")).unwrap();
    let rejected: Vec<Value> = rejected
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let lines: Vec<&Value> = rejected.iter().map(|line| &line["line"]).collect();
    assert_eq!(lines, [4, 5, 6, 7, 8, 9]);
    assert_eq!(
        (&rejected[3]["error"]["kind"], &rejected[3]["error"]["got"]),
        (&"too_long".into(), &5_001.into())
    );
    assert_eq!(rejected[3]["report"]["message"], long);
    assert_eq!(
        rejected[5]["report"]["message"],
        "GET https://me:[redacted]@host/"
    );
    assert!(
        rejected
            .iter()
            .all(|line| line["error"]["message"].is_string())
    );
}

#[test]
fn what_comes_from_stdin_is_put_aside_here() {
    let shell = Shell::new();
    let told = shell
        .run_with("{\"message\":\"a\"}\nnonsense\n", ["import", "-"])
        .done();
    assert_eq!(told.out, "2 read, 1 recorded (1 new), 1 rejected\n");
    assert!(
        told.err.contains("actifix-import.rejected.jsonl"),
        "{}",
        told.err
    );
    assert!(shell.path().join("actifix-import.rejected.jsonl").exists());
}

#[test]
fn many_batches_come_in_and_the_limit_is_an_answer() {
    let shell = Shell::new().env("ACTIFIX_MAX_OPEN_TICKETS", "1500");
    let input: String = (0..3_000)
        .map(|n| {
            format!(
                "{{\"message\":\"error\",\"fingerprint\":\"{}\"}}\n",
                n % 2_000
            )
        })
        .collect();
    shell.write("reports.jsonl", input);
    let imported = shell.json("import reports.jsonl");
    assert_eq!(
        imported,
        json!({ "read": 3_000, "recorded": 2_500, "new": 1_500, "rejected": 500 })
    );
    assert_eq!(shell.json("stats")["open"], 1_500);
    assert_eq!(shell.json("verify")["ok"], true);
}

#[test]
fn an_import_with_a_name_can_be_repeated() {
    let shell = Shell::new();
    let input: String = (0..1_200)
        .map(|n| format!("{{\"message\":\"error\",\"fingerprint\":\"{n}\"}}\n"))
        .collect();
    shell.write("reports.jsonl", input);
    let line = "import reports.jsonl --request-id nightly";
    assert_eq!(shell.json(line), shell.json(line));
    assert_eq!(shell.json("list --limit 1")["tickets"][0]["occurrences"], 1);
}

#[test]
fn empty_files_folders_and_foreign_exports() {
    let shell = Shell::new();
    shell.write("empty.jsonl", "");
    assert_eq!(shell.json("import empty.jsonl")["read"], 0);
    shell.write("head.jsonl", "{\"actifix\":\"export\",\"version\":1}\n");
    assert_eq!(shell.json("import head.jsonl")["read"], 0);
    shell.write(
        "newer.jsonl",
        "{\"actifix\":\"export\",\"version\":2}\n{}\n",
    );
    let error = shell
        .run(["import", "newer.jsonl", "--json"])
        .ends(1)
        .error();
    assert_eq!(error["kind"], "unsupported");
    shell.run(["import", "."]).ends(2);
    shell.write(
        "damaged.jsonl",
        "{\"actifix\":\"export\",\"version\":1}\n{\"id\":\"x\"}\nnonsense\n",
    );
    assert_eq!(
        shell.json("import damaged.jsonl"),
        json!({ "read": 2, "recorded": 0, "new": 0, "rejected": 2 })
    );
}

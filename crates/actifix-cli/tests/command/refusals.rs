//! Values that make no sense: a clear error, exit 2, nothing changed, never a panic.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::shell::{Shell, words};
use crate::snapshot;

/// Lines that are refused.
const REFUSED: &[&str] = &[
    "show ''",
    "show 'a b'",
    "claim --lease 0s",
    "claim --lease -1s",
    "claim --lease 9999999d",
    "claim --lease soon",
    "claim --count 0",
    "claim --count 1001",
    "claim --count -1",
    "claim --priority P9",
    "claim --wait 9999999d",
    "claim --as ''",
    "claim --kind lie",
    "claim --tag team",
    "claim --request-id ''",
    "claim --deadline -5s",
    "acquire ID --lease 1ms",
    "renew ID --token x",
    "renew ID",
    "release ID --token 1 --not-before 99999d",
    "record",
    "record --message ''",
    "record --message m --priority high",
    "record --message m --stack nowhere.txt",
    "record --message m --context {",
    "record --message m --occurred-at yesterday",
    "record --message m --stdin",
    "record --message m --tag =v",
    "add ''",
    "add title --payload nonsense",
    "complete ID --token 1 --evidence nowhere.json",
    "complete ID --token 1 --did @nowhere.txt",
    "close ID --reason later",
    "close ID --reason duplicate",
    "close ID --reason fixed --of ID",
    "close ID",
    "ignore ID --until never",
    "ignore ID --more 0",
    "update ID",
    "assign ID",
    "assign ID ''",
    "note ID ''",
    "list --status lost",
    "list --limit 0",
    "list --cursor nonsense",
    "events --cursor nonsense",
    "import nowhere.jsonl",
    "delete ID --purge --force",
    "list --db ''",
    "list --db mysql://host/db",
    "list --db :memory:",
    "clam",
    "claim --nonsense",
    "claim extra",
];

#[test]
fn nonsense_is_refused_in_words_and_in_json() {
    let shell = Shell::with_database();
    let id = shell.json("record --message m")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let before = shell.json(&format!("show {id}"));
    let mut text = String::new();
    for line in REFUSED {
        let line_with_id = line.replace("ID", &id);
        let told = shell.run(words(&line_with_id)).ends(2);
        assert!(
            told.out.is_empty() && told.err.starts_with("error: "),
            "{line}: {}{}",
            told.out,
            told.err
        );
        let object = shell
            .run(
                words(&line_with_id)
                    .iter()
                    .map(String::as_str)
                    .chain(["--json"]),
            )
            .ends(2)
            .error();
        assert!(
            ["invalid", "too_long"].contains(&object["kind"].as_str().unwrap()),
            "{line}: {object}"
        );
        assert!(
            object["field"]
                .as_str()
                .is_some_and(|field| !field.is_empty()),
            "{line}: {object}"
        );
        text.push_str(&format!(
            "$ actifix {line}\n{}\n",
            object["message"].as_str().unwrap()
        ));
    }
    assert_eq!(shell.json(&format!("show {id}")), before);
    assert_eq!(
        shell.json("stats")["newest_event"],
        before["events"][0]["seq"]
    );
    snapshot!("refusals", shell, text);
}

#[test]
fn invalid_utf8_from_the_shell_is_a_usage_error() {
    let shell = Shell::with_database();
    let bad = OsStr::from_bytes(b"\xff\xfe");
    let lines: [&[&OsStr]; 6] = [
        &["record".as_ref(), "--message".as_ref(), bad],
        &["show".as_ref(), bad],
        &["claim".as_ref(), "--as".as_ref(), bad],
        &["claim".as_ref(), "--lease".as_ref(), bad],
        &[bad],
        &["list".as_ref(), bad],
    ];
    for line in lines {
        let told = shell.run(line).ends(2);
        assert!(told.err.starts_with("error: "), "{line:?}: {}", told.err);
        let json: Vec<OsString> = line
            .iter()
            .map(|word| (*word).to_owned())
            .chain(["--json".into()])
            .collect();
        assert_eq!(shell.run(json).ends(2).error()["kind"], "invalid");
    }
}

#[test]
fn what_is_too_long_names_the_field_the_limit_and_what_came() {
    let shell = Shell::with_database();
    for (flag, field, limit) in [
        ("--message", "message", 5_000),
        ("--source", "source", 500),
        ("--type", "error_type", 200),
    ] {
        let long = "ü".repeat(limit + 1);
        let base = if flag == "--message" {
            &["record"][..]
        } else {
            &["record", "--message", "m"]
        };
        let error = shell
            .run(base.iter().copied().chain([flag, &long, "--json"]))
            .ends(2)
            .error();
        assert_eq!(
            (&error["kind"], &error["field"]),
            (&"too_long".into(), &field.into())
        );
        assert_eq!(
            (&error["limit"], &error["got"]),
            (&limit.into(), &(limit + 1).into())
        );
    }
    let shell = shell.env("ACTIFIX_MAX_MESSAGE_LENGTH", "3");
    shell.run(["record", "--message", "four"]).ends(2);
    shell.run(["record", "--message", "abc"]).done();
}

#[test]
fn settings_that_make_no_sense_are_refused_by_name() {
    for (name, value) in [
        ("ACTIFIX_MAX_OPEN_TICKETS", "many"),
        ("ACTIFIX_MAX_MESSAGE_LENGTH", "-1"),
        ("ACTIFIX_MAX_FILE_CONTEXT_BYTES", "1.5"),
        ("ACTIFIX_EVIDENCE", "some"),
        ("ACTIFIX_LATE_COMPLETIONS", "perhaps"),
    ] {
        let shell = Shell::with_database().env(name, value);
        assert_eq!(shell.run(["list", "--json"]).ends(2).error()["field"], name);
    }
}

#[test]
fn texts_may_begin_with_a_dash() {
    let shell = Shell::with_database();
    shell
        .run([
            "record",
            "--message",
            "--frobnicate is unknown",
            "--type",
            "-E",
        ])
        .done();
    assert_eq!(
        shell.json("list")["tickets"][0]["message"],
        "--frobnicate is unknown"
    );
}

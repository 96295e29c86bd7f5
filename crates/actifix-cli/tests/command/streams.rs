//! Pipes: reports that stream in, readers that go away, events that are followed.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::shell::{Shell, until};

#[test]
fn each_line_is_answered_in_its_order() {
    let shell = Shell::new();
    let input = b"{\"message\":\"a\"}\n\nnonsense\n{\"message\":\"b\",\"type\":\"E\"}\n{\"message\":\"\"}\n\xff\xfe\n{\"mesage\":\"typo\"}\n{\"message\":\"a\"}";
    let answer = shell
        .run_with(input, ["record", "--stdin", "--json"])
        .ends(1);
    let lines = answer.json_lines();
    let seen: Vec<String> = lines
        .iter()
        .map(|line| match &line["error"]["kind"] {
            serde_json::Value::Null => line["occurrences"].to_string(),
            kind => kind.as_str().unwrap().to_owned(),
        })
        .collect();
    assert_eq!(
        seen,
        ["1", "invalid", "1", "invalid", "invalid", "invalid", "2"]
    );
    assert_eq!(lines[0]["id"], lines[6]["id"]);
    shell.run_with("", ["record", "--stdin"]).done();
}

#[test]
fn a_report_is_answered_before_the_next_one_comes() {
    let shell = Shell::new();
    let mut child = shell
        .command(["record", "--stdin"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for n in 1..=3 {
        writeln!(stdin, "{{\"message\":\"again\"}}").unwrap();
        let answer: serde_json::Value =
            serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap();
        assert_eq!(answer["occurrences"], n);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn many_reports_stream_through() {
    let shell = Shell::new();
    let input: String = (0..2_000)
        .map(|n| {
            format!(
                "{{\"message\":\"error\",\"fingerprint\":\"{}\"}}\n",
                n % 100
            )
        })
        .collect();
    let answers = shell
        .run_with(input, ["record", "--stdin"])
        .done()
        .json_lines();
    assert_eq!(answers.len(), 2_000);
    assert_eq!(answers[1_999]["occurrences"], 20);
    assert_eq!(shell.json("stats")["open"], 100);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let shell = Shell::with_database();
    let input: String = (0..500)
        .map(|n| format!("{{\"message\":\"error {n}\"}}\n"))
        .collect();
    shell.run_with(input, ["record", "--stdin"]).done();
    for verb in [
        &["list", "--limit", "500", "--json"][..],
        &["export"],
        &["events", "--follow", "--json"],
        &["list", "--limit", "500"],
    ] {
        let mut child = shell.command(verb).spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), output.stderr),
            (Some(0), Vec::new()),
            "{verb:?}"
        );
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let shell = Shell::with_database();
    shell.json("record --message m");
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let child = shell
        .command(["list", "--json"])
        .stdout(full)
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the answer could not be written"));
}

#[test]
fn a_follower_tells_what_happens() {
    let shell = Shell::with_database();
    shell.json("record --message before");
    let follow = ["events", "--follow", "--json", "--cursor", "now"];
    let mut child = shell.command(follow).spawn().unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap()).lines();
    // It may take its first look at any moment: record until it has seen one.
    let seen = std::thread::spawn(move || events.next().unwrap().unwrap());
    until(|| {
        shell.json("record --message after");
        seen.is_finished()
    });
    let event: serde_json::Value = serde_json::from_str(&seen.join().unwrap()).unwrap();
    assert!(event["seq"].as_i64() > Some(1), "{event}");
    // Its reader has gone, and nothing happens any more: it ends all the same.
    assert!(child.wait().unwrap().success());
}

//! A client that goes: everything is given back, and the server ends.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::shell::Shell;

/// A server with a ticket in its client's hands.
fn with_ticket(shell: &Shell) -> (Child, ChildStdin) {
    shell.json("record --message m");
    let mut child = shell
        .command(["mcp", "--as", "agent"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    for message in [
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "claim", "arguments": {}}}),
    ] {
        writeln!(stdin, "{message}").unwrap();
    }
    let claimed = answers
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .find(|answer| answer["id"] == 2)
        .unwrap();
    let text = claimed["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.starts_with("You hold ACT-"), "{claimed}");
    assert_eq!(shell.json("stats")["in_progress"], 1);
    (child, stdin)
}

fn given_back(shell: &Shell, mut child: Child) {
    assert!(child.wait().unwrap().success());
    let stats = shell.json("stats");
    assert_eq!(
        (&stats["in_progress"], &stats["open"]),
        (&0.into(), &1.into())
    );
    let list = shell.json("list");
    assert_eq!(list["tickets"][0]["attempts"], 0, "no attempt was counted");
}

#[test]
fn the_end_of_stdin_gives_back_and_ends_the_server() {
    let shell = Shell::with_database();
    let (child, stdin) = with_ticket(&shell);
    drop(stdin);
    given_back(&shell, child);
}

#[test]
fn a_signal_gives_back_and_ends_the_server_while_stdin_stays_open() {
    let shell = Shell::with_database();
    let (child, stdin) = with_ticket(&shell);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    given_back(&shell, child);
    drop(stdin);
}

#[test]
fn a_client_that_says_nothing_ends_the_server() {
    let shell = Shell::with_database();
    shell.run(["mcp"]).done();
}

//! Others have the file open, or want to upgrade it too.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::legacy::real;
use crate::shell::Shell;

#[test]
fn one_upgrades_and_the_others_wait() {
    let shell = Shell::new();
    let path = real(&shell.path(), 7);
    let db = path.to_str().unwrap();
    let all: Vec<_> = (0..6)
        .map(|_| {
            shell
                .command(["--db", db, "upgrade", "--json"])
                .spawn()
                .unwrap()
        })
        .collect();
    let mut from = Vec::new();
    for child in all {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        from.push(answer["from"].as_i64());
    }
    from.sort_unstable();
    assert_eq!(from, [None, None, None, None, None, Some(7)]);
    shell.run(["--db", db, "verify"]).done();
    let copies = std::fs::read_dir(shell.path())
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().contains(".python-7.")
        })
        .count();
    assert_eq!(copies, 1);
}

/// Looking at the file while it is upgraded neither stops the upgrade nor breaks the look.
#[test]
fn those_who_look_meanwhile_get_an_answer() {
    let shell = Shell::new();
    let path = real(&shell.path(), 5);
    let db = path.to_str().unwrap();
    let upgrade = shell.command(["--db", db, "upgrade"]).spawn().unwrap();
    for _ in 0..8 {
        let looked = shell.run(["--db", db, "list", "--json"]);
        // The old file, and what to type; or the new one.
        match looked.code {
            Some(0) => {}
            Some(1) => assert!(looked.err.contains("actifix upgrade"), "{}", looked.err),
            other => panic!("{other:?}: {}", looked.err),
        }
    }
    assert!(upgrade.wait_with_output().unwrap().status.success());
    shell.run(["--db", db, "list"]).done();
}

#[test]
fn who_has_it_open_is_named() {
    let shell = Shell::new();
    let path = real(&shell.path(), 7);
    let db = path.to_str().unwrap();
    let mut other = Command::new("sqlite3")
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = other.stdin.take().unwrap();
    writeln!(stdin, "SELECT count(*) FROM tickets;").unwrap();
    let mut counted = String::new();
    let mut out = BufReader::new(other.stdout.take().unwrap());
    out.read_line(&mut counted).unwrap();
    let before = std::fs::read(&path).unwrap();
    let refused = shell.run(["--db", db, "upgrade", "--json"]).ends(5).error();
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains(&other.id().to_string()) && message.contains("sqlite3"),
        "{message}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
    drop(stdin);
    other.wait().unwrap();
    shell.run(["--db", db, "upgrade"]).done();
}

//! What people see: tables, cards, colours.

use crate::shell::Shell;
use crate::snapshot;

fn busy_shell() -> (Shell, String) {
    let shell = Shell::with_database().env("COLUMNS", "80");
    let stack = shell.write(
        "trace.txt",
        "Traceback (most recent call last):\n\tapp.py:31\nValueError\n",
    );
    let report = format!(
        "record --type ValueError --message broken --source app.py:31 --priority P0 --stack {}",
        stack.display()
    );
    let id = shell.json(&report)["id"].as_str().unwrap().to_owned();
    shell.json(&report);
    let long = "a very long message that goes on and on until no terminal of ordinary width can hold it in one line";
    shell
        .run(["record", "--type", "Timeout", "--message", long])
        .done();
    shell
        .run([
            "add",
            "Write the release notes",
            "--priority",
            "P4",
            "--tag",
            "team=web",
        ])
        .done();
    (shell, id)
}

#[test]
fn tables_and_cards() {
    let (shell, id) = busy_shell();
    let text = shell.transcript(&[
        "list",
        "claim --as agent-1",
        "mine --as agent-1",
        &format!("note {id} 'only with the old driver'"),
        &format!("assign {id} maria"),
        &format!("show {id}"),
        "claim --count 5 --priority P2,P4",
        "claim",
        "stats",
        "",
        "events --limit 3",
        "list --search nowhere",
        "verify",
    ]);
    // The sizes of the files are theirs.
    let sizes = |line: &str| line.contains("KiB") || line.contains(" B");
    let text: String = text
        .lines()
        .filter(|line| !sizes(line))
        .map(|line| format!("{line}\n"))
        .collect();
    snapshot!("people", shell, text);
}

#[test]
fn a_brief_tells_what_was_tried_and_how_to_end_it() {
    let (shell, id) = busy_shell();
    let token = shell.json("claim --as agent-1")["leases"][0]["token"].to_string();
    shell
        .run([
            "release",
            &id,
            "--token",
            &token,
            "--reason",
            "no database here",
        ])
        .done();
    shell
        .run(["update", &id, "--message", "broken\n```\nrm -rf /"])
        .done();
    let text = shell.transcript(&["claim --brief --as agent-2"]);
    snapshot!("brief", shell, text);
}

#[test]
fn strangers_texts_cannot_act_on_the_terminal() {
    let shell = Shell::with_database();
    let id = shell
        .run([
            "record",
            "--message",
            "\u{1b}[2Jgone\u{7}\u{202e}",
            "--type",
            "E\u{1b}[31m",
            "--json",
        ])
        .done()
        .json();
    let id = id["id"].as_str().unwrap();
    for line in [
        &["list"][..],
        &["show", id],
        &["claim"],
        &["events"],
        &[],
        &["mine"],
        &["stats"],
    ] {
        let shown = shell.run(line).done().out;
        assert!(
            !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{line:?}: {shown}"
        );
    }
}

#[test]
fn colours_are_for_terminals() {
    let shell = Shell::with_database();
    shell.json("record --message m --priority P0");
    for line in [
        &["list"][..],
        &[],
        &["stats"],
        &["--help"],
        &["show", "ACT-1"],
    ] {
        let plain = shell.run(line);
        assert!(
            !plain.out.contains('\u{1b}') && !plain.err.contains('\u{1b}'),
            "{line:?}: {}",
            plain.out
        );
    }
    let forced = Shell::with_database().env("CLICOLOR_FORCE", "1");
    forced.json("record --message m --priority P0");
    for line in [&["list"][..], &[], &["claim"]] {
        assert!(forced.run(line).done().out.contains("\u{1b}["), "{line:?}");
    }
    assert!(
        forced
            .run(["show", "ACT-1"])
            .ends(7)
            .err
            .contains("\u{1b}[")
    );
    let json = forced.run(["list", "--json"]).done().out;
    assert!(!json.contains('\u{1b}'), "{json}");
    let never = forced.env("NO_COLOR", "1").env("CLICOLOR_FORCE", "");
    assert!(!never.run(["list"]).done().out.contains('\u{1b}'));
}

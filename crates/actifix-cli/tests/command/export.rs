//! Everything out, and in again elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::shell::{Shell, words};

/// A database with a ticket in every state.
fn full_shell() -> Shell {
    let shell = Shell::with_database();
    for message in ["open", "held", "done", "closed", "gone", "ignored"] {
        shell.json(&format!(
            "record --type E --message {message} --tag k={message} --priority P1"
        ));
    }
    shell.json("record --type E --message open");
    shell.json("add later --not-before 1h --payload {\"n\":[1,2]}");
    let id = |n: usize| {
        shell.json("list --status all --limit 100")["tickets"]
            .as_array()
            .unwrap()
            .iter()
            .find(|ticket| {
                ticket["message"] == ["open", "held", "done", "closed", "gone", "ignored"][n]
            })
            .unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    shell.json(&format!("acquire {}", id(1)));
    let lease = shell.json(&format!("acquire {}", id(2)));
    let complete = format!(
        "complete {} --token {} --did 'Closed the connection in every branch' --files a.rs --tested 'cargo test' --results '14 passed, 0 failed'",
        id(2),
        lease["token"]
    );
    shell.run(words(&complete)).done();
    shell.json(&format!("close {} --reason wontfix", id(3)));
    shell.json(&format!("note {} remember", id(0)));
    shell.json(&format!("assign {} maria", id(0)));
    shell.json(&format!("ignore {} --more 5", id(5)));
    shell.json(&format!("delete {}", id(4)));
    shell
}

/// Tickets by id, without what an import may change: leases end, and the import itself is an event.
fn tickets(export: &str) -> Vec<Value> {
    let mut tickets: Vec<Value> = ticket_lines(export)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for ticket in &mut tickets {
        let ticket = ticket.as_object_mut().unwrap();
        if ticket["status"] == "in-progress" {
            ticket["status"] = "open".into();
        }
        for field in ["lease", "updated_at", "ignored", "kept"] {
            ticket.remove(field);
        }
        for event in ticket["events"].as_array_mut().unwrap() {
            event
                .as_object_mut()
                .unwrap()
                .retain(|field, _| !["seq", "token"].contains(&field.as_str()));
        }
        ticket["events"]
            .as_array_mut()
            .unwrap()
            .retain(|event| event["kind"] != "imported");
    }
    tickets.sort_by_key(|ticket| ticket["id"].to_string());
    tickets
}

/// Only the lines that are tickets.
fn ticket_lines(export: &str) -> String {
    let is_ticket = |line: &&str| line.starts_with("{\"id\"");
    export
        .lines()
        .filter(is_ticket)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn into_an_empty_database_everything_comes_in_as_it_was() {
    let shell = full_shell();
    let export = shell.run(["export"]).done().out;
    let head = export.lines().next().unwrap();
    assert!(
        head.starts_with(r#"{"actifix":"export","version":1,"events":"#),
        "{head}"
    );
    assert_eq!(ticket_lines(&export).lines().count(), 7);
    shell.write("all.jsonl", &export);
    let imported = shell.json("--db new.db import all.jsonl");
    assert_eq!(
        imported,
        serde_json::json!({ "read": 7, "recorded": 7, "new": 7, "rejected": 0 })
    );
    let again = shell.run(["--db", "new.db", "export"]).done().out;
    assert_eq!(again, export);
    assert_eq!(shell.json("--db new.db verify")["ok"], true);
    // The holder goes on under its token.
    let mine = shell.json("--db new.db mine");
    let (id, token) = (
        &mine["leases"][0]["ticket"]["id"],
        &mine["leases"][0]["token"],
    );
    shell.json(&format!(
        "--db new.db renew {} --token {token}",
        id.as_str().unwrap()
    ));
    let twice = shell.json("--db new.db import all.jsonl");
    assert_eq!((&twice["recorded"], &twice["new"]), (&7.into(), &0.into()));
    // New tickets go on after the imported ones.
    let new = shell.json("--db new.db record --message new");
    assert!(!export.contains(new["id"].as_str().unwrap()), "{new}");
    assert_eq!(shell.json("--db new.db verify")["ok"], true);
}

#[test]
fn an_import_that_was_cut_off_goes_on_as_it_was() {
    let shell = full_shell();
    let export = shell.run(["export"]).done().out;
    let lines: Vec<&str> = export.lines().collect();
    shell.write("half.jsonl", lines[..lines.len() / 2].join("\n"));
    shell.json("--db new.db import half.jsonl");
    shell.write("all.jsonl", &export);
    shell.json("--db new.db import all.jsonl");
    assert_eq!(shell.run(["--db", "new.db", "export"]).done().out, export);
}

#[test]
fn beside_others_the_tickets_get_new_numbers() {
    let shell = full_shell();
    let export = shell.run(["export"]).done().out;
    shell.write("all.jsonl", &export);
    shell.json("--db new.db record --message mine");
    let imported = shell.json("--db new.db import all.jsonl");
    assert_eq!(
        imported,
        serde_json::json!({ "read": 7, "recorded": 7, "new": 7, "rejected": 0 })
    );
    let again = shell.run(["--db", "new.db", "export"]).done().out;
    let mut theirs = tickets(&again);
    theirs.retain(|ticket| ticket["message"] != "mine");
    for ticket in &mut theirs {
        // The first ticket here had taken the first number.
        if ticket["message"] == "open" {
            ticket["id"] = tickets(&export)[0]["id"].clone();
            for event in ticket["events"].as_array_mut().unwrap() {
                event["ticket"] = tickets(&export)[0]["id"].clone();
            }
        }
    }
    theirs.sort_by_key(|ticket| ticket["id"].to_string());
    pretty_assert(&theirs, &tickets(&export));
    assert_eq!(shell.json("--db new.db verify")["ok"], true);
}

/// Rows that cannot be are refused, and nothing of their ticket stays.
#[test]
fn a_ticket_with_rows_that_cannot_be_is_refused_whole() {
    let shell = full_shell();
    let export = shell.run(["export"]).done().out;
    let forged: Vec<String> = export
        .lines()
        .map(|line| {
            line.replace(r#""leases":[{"#, r#""leases":[{"nonsense":1,"#)
                .replace(r#""parked":["#, r#""parked":[{},"#)
                .replace(r#""trash":[{"#, r#""ready":[],"trash":[{"x y":1,"#)
        })
        .collect();
    shell.write("forged.jsonl", forged.join("\n"));
    let imported = shell.json("--db new.db import forged.jsonl");
    assert_eq!(
        (&imported["recorded"], &imported["rejected"]),
        (&5.into(), &2.into())
    );
    let verdict = shell.json("--db new.db verify");
    assert_eq!(
        (&verdict["ok"], &verdict["tickets"]),
        (&true.into(), &5.into()),
        "{verdict}"
    );
}

#[track_caller]
fn pretty_assert(left: &[Value], right: &[Value]) {
    assert_eq!(left.len(), right.len());
    for (left, right) in left.iter().zip(right) {
        assert_eq!(
            serde_json::to_string_pretty(left).unwrap(),
            serde_json::to_string_pretty(right).unwrap()
        );
    }
}

#[test]
fn a_file_is_put_in_place_whole() {
    let shell = full_shell();
    shell.write("all.jsonl", "old");
    let told = shell.json("export all.jsonl");
    assert_eq!(
        told,
        serde_json::json!({ "file": "all.jsonl", "tickets": 7 })
    );
    let path = shell.path().join("all.jsonl");
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        shell.run(["export", "-"]).done().out
    );
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    shell.run(["export", "missing/all.jsonl"]).ends(1);
    fs::create_dir(shell.path().join("folder")).unwrap();
    shell.run(["export", "folder"]).ends(1);
    let names: Vec<_> = fs::read_dir(shell.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        names
            .iter()
            .all(|name| !name.to_string_lossy().ends_with(".part")),
        "{names:?}"
    );
}

#[test]
fn devices_and_links_stay_what_they_are() {
    let shell = full_shell();
    shell.run(["export", "/dev/null"]).done();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let real = shell.write("real.jsonl", "");
    std::os::unix::fs::symlink(&real, shell.path().join("link.jsonl")).unwrap();
    shell.run(["export", "link.jsonl"]).done();
    assert!(
        fs::symlink_metadata(shell.path().join("link.jsonl"))
            .unwrap()
            .is_symlink()
    );
    assert!(fs::metadata(real).unwrap().len() > 100);
}

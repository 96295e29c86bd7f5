//! `config`, and what a configuration does to the other verbs.

use std::fs;

use serde_json::Value;

use crate::shell::{Shell, words};
use crate::snapshot;

const FILE: &str = ".actifix/config.toml";

fn configured(text: &str) -> Shell {
    let shell = Shell::with_database();
    shell.write(FILE, text);
    shell
}

/// The setting as `config --json` has it.
fn setting(shell: &Shell, key: &str) -> Value {
    shell.json(&format!("config get {key}"))
}

#[test]
fn every_value_is_shown_with_where_it_came_from() {
    let shell = configured("[work]\nlease = '10m'\n[[priority.rule]]\nfield = 'message'\nwords = ['disk full']\npriority = 'P0'\n")
        .env("ACTIFIX_HEALTH_SLA_P1", "2h");
    shell.write(
        ".config/actifix/config.toml",
        "[work]\nlease = '1m'\ngrace = '1s'\n",
    );
    snapshot!(
        "config",
        shell,
        shell.transcript(&[
            "config",
            "config get work",
            "config get work.lease",
            "config path"
        ])
    );
    assert_eq!(setting(&shell, "work.lease")["source"]["line"], 2);
    assert_eq!(setting(&shell, "work.grace")["source"]["from"], "user");
    assert_eq!(
        setting(&shell, "health.sla.P1")["source"]["name"],
        "ACTIFIX_HEALTH_SLA_P1"
    );
    let all = shell.json("config");
    assert_eq!(all["problems"], Value::Array(Vec::new()));
    assert_eq!(all["files"]["project"]["there"], true);
    // What is not there, with what was meant.
    let error = shell
        .run(["config", "get", "work.laese", "--json"])
        .ends(2)
        .error();
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .ends_with("did you mean work.lease?"),
        "{error}"
    );
}

#[test]
fn a_flag_counts_more_than_a_variable_and_that_more_than_a_file() {
    let held = |shell: &Shell, line: &str| {
        let claimed = shell.json(line);
        let lease = &claimed["leases"][0];
        let at = |name: &str| {
            lease[name]
                .as_str()
                .unwrap()
                .parse::<actifix::Timestamp>()
                .unwrap()
        };
        at("expires_at").since(at("acquired_at")).as_secs()
    };
    let shell = configured("actor = 'file'\n[claim]\nlease = '7m'\n");
    for n in 0..3 {
        shell
            .run(["record", "--message", "m", "--fingerprint", &n.to_string()])
            .done();
    }
    assert_eq!(held(&shell, "claim"), 420);
    let shell = shell.env("ACTIFIX_CLAIM_LEASE", "8m");
    assert_eq!(held(&shell, "claim"), 480);
    assert_eq!(held(&shell, "claim --lease 9m"), 540);
    let events = shell.json("events");
    assert_eq!(
        events["events"][0]["actor"], "ann",
        "the variable ACTIFIX_AS"
    );
}

#[test]
fn with_a_broken_file_reports_are_kept_and_every_other_verb_refuses() {
    let shell = configured("[work]\nlaese = '10m'\n[store]\nregression = 'never'\n");
    let file = shell.path().join(FILE);
    for line in [
        "list",
        "status",
        "claim",
        "add title",
        "health",
        "verify",
        "work -- true",
        "redact",
        "mcp",
    ] {
        let error = shell.run(words(&format!("--json {line}"))).ends(1).error();
        assert_eq!(error["kind"], "invalid", "{line}");
        assert_eq!(
            (&error["field"], &error["line"]),
            (&"work.laese".into(), &2.into()),
            "{line}: {error}"
        );
        assert_eq!(error["file"], file.to_str().unwrap(), "{line}");
    }
    shell.write(
        "a.log",
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\n",
    );
    for (line, code) in [
        ("record --message one", 0),
        ("run -- sh -c 'echo boom >&2; exit 3'", 3),
        ("ingest a.log", 0),
    ] {
        for json in [false, true] {
            let mut words = words(line);
            if json {
                words.insert(1, "--json".to_owned());
            }
            let told = shell.run(words).ends(code);
            assert_eq!(
                told.err.matches("work.laese").count(),
                1,
                "{line}: {}",
                told.err
            );
        }
    }
    let looked = shell.run(["doctor"]).ends(1).out;
    assert!(
        looked.contains(":2: work.laese: there is no such key; did you mean work.lease?"),
        "{looked}"
    );
    snapshot!(
        "config_broken",
        shell,
        shell.transcript(&["list", "config get work", "record --message m"])
    );
    shell.run(["config"]).ends(1);
    shell.run(["config", "unset", "store.regression"]).done();
    fs::write(&file, "[work]\nlease = '10m'\n").unwrap();
    assert_eq!(shell.json("list")["tickets"].as_array().unwrap().len(), 4);
    assert!(
        shell
            .run(["doctor"])
            .done()
            .out
            .contains("the configuration is valid")
    );
}

#[test]
fn the_users_rules_hold_on_every_way_in() {
    let shell = configured(
        "[[redact.rule]]\nname = 'customer'\npattern = 'cust-(\\d+)'\nreplacement = '<customer>'
[[redact.rule]]\nname = 'word'\npattern = 'plover\\w*'\nkeywords = ['plover']
[redact]\nallow = ['hunter22']\nwithout = ['email']
[[priority.rule]]\nfield = 'message'\nwords = ['cust']\npriority = 'P0'\n"
            .replace("\\\\", "\\")
            .as_str(),
    );
    let text = "cust-4711 said ploverbay to ann@example.org, password=hunter22 password=hunter23";
    let clean =
        "cust-<customer> said [redacted] to ann@example.org, password=hunter22 password=[redacted]";
    let recorded = shell
        .run(["record", "--type", "E", "--message", text, "--json"])
        .done()
        .json();
    assert_eq!(recorded["priority"], "P0");
    let id = recorded["id"].as_str().unwrap().to_owned();
    assert_eq!(shell.json(&format!("show {id}"))["message"], clean);
    shell.run(["note", &id, text]).done();
    shell.run(["add", text]).done();
    shell
        .run_with(
            format!("{{\"message\":\"{text} 2\"}}\n"),
            ["record", "--stdin"],
        )
        .done();
    shell.write(
        "a.log",
        format!(
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: {text}\n"
        ),
    );
    shell.run(["ingest", "a.log"]).done();
    shell
        .run([
            "run",
            "--",
            "sh",
            "-c",
            &format!("echo '{text}' >&2; exit 1"),
        ])
        .ends(1);
    shell.run(["claim"]).done();
    let token = shell.json(&format!("show {id}"))["events"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .find(|event| event["kind"] == "claimed")
        .unwrap()["token"]
        .clone();
    shell
        .run([
            "complete",
            &id,
            "--token",
            &token.to_string(),
            "--did",
            &format!("{text} was made better"),
            "--files",
            "a.py",
            "--tested",
            "by hand, all",
            "--results",
            "all is well",
        ])
        .done();
    let filtered = shell.run_with(format!("{text}\n"), ["redact"]).done().out;
    assert_eq!(filtered, format!("{clean}\n"));
    // Nowhere on the disk, in whatever file.
    for entry in fs::read_dir(shell.path().join(".actifix")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for secret in ["4711", "ploverbay", "hunter23"] {
            let there = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!there, "{secret} in {}", path.display());
        }
    }
}

#[test]
fn policies_of_the_file_are_the_stores() {
    let shell = configured(
        "[store]\nregression = 'count-only'\nevidence = 'none'\n[limits]\nmessage = 20\n[retry]\nattempts = 1\n",
    );
    let id = shell.json("record --message m")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let lease = shell.json("claim")["leases"][0]["token"].clone();
    shell
        .run(["complete", &id, "--token", &lease.to_string(), "--did", "x"])
        .done();
    assert_eq!(shell.json("record --message m")["status"], "completed");
    let long = shell
        .run(["record", "--message", "more than twenty letters", "--json"])
        .ends(2)
        .error();
    assert_eq!(long["limit"], 20);
    shell.run(["record", "--message", "other"]).done();
    let lease = shell.json("claim")["leases"][0].clone();
    let id = lease["ticket"]["id"].as_str().unwrap();
    shell
        .run([
            "release",
            id,
            "--token",
            &lease["token"].to_string(),
            "--failed",
            "--reason",
            "no",
        ])
        .done();
    assert_eq!(shell.json(&format!("show {id}"))["status"], "quarantined");
}

#[test]
fn what_is_to_be_ignored_makes_no_ticket_by_itself() {
    let shell = configured("[capture]\nignore = ['KeyError']\ncontext = false\ntail = 1\n");
    let trace =
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\n";
    shell.write("a.log", format!("{trace}INFO\nERROR other\n"));
    assert_eq!(shell.json("ingest a.log")["recorded"], 1);
    shell.write("fail.sh", format!("cat >&2 <<'E'\n{trace}E\nexit 1\n"));
    shell.run(["run", "--", "sh", "fail.sh"]).ends(1);
    assert_eq!(shell.json("list")["tickets"].as_array().unwrap().len(), 1);
    shell
        .run(["record", "--type", "KeyError", "--message", "m"])
        .done();
    shell
        .run([
            "run",
            "--",
            "sh",
            "-c",
            "echo one >&2; echo two >&2; exit 1",
        ])
        .ends(1);
    let listed = shell.json("list --full");
    assert_eq!(listed["tickets"].as_array().unwrap().len(), 3, "{listed}");
    let ran = &listed["tickets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|ticket| ticket["stack_trace"].is_string())
        .unwrap();
    assert_eq!(ran["stack_trace"], "two");
    assert!(
        ran["context"].get("platform").is_none(),
        "{}",
        ran["context"]
    );
}

#[test]
fn changes_at_the_same_time_are_all_there() {
    let shell = Shell::with_database();
    let keys = [
        "work.lease",
        "work.grace",
        "claim.lease",
        "retry.pause",
        "health.expired",
        "health.clock",
        "store.deadline",
        "capture.patience",
    ];
    let mut running: Vec<_> = keys
        .iter()
        .map(|key| {
            shell
                .command(["config", "set", key, "77s"])
                .spawn()
                .unwrap()
        })
        .collect();
    for one in &mut running {
        assert!(one.wait().unwrap().success());
    }
    for key in keys {
        assert_eq!(setting(&shell, key)["value"], "1m17s", "{key}");
    }
    let left = fs::read_dir(shell.path().join(".actifix")).unwrap();
    assert!(
        left.flatten()
            .all(|entry| !entry.file_name().to_string_lossy().ends_with(".new"))
    );
}

#[test]
fn a_file_is_made_where_it_is_looked_for() {
    let shell = Shell::new();
    shell.run(["config", "set", "actor", "bob"]).done();
    assert!(
        shell.path().join(FILE).is_file() && shell.path().join(".actifix/.gitignore").is_file()
    );
    shell
        .run(["config", "set", "--user", "work.lease", "1h"])
        .done();
    assert!(shell.path().join(".config/actifix/config.toml").is_file());
    let told = shell.run(["config", "set", "actor", "bob"]).done();
    assert!(
        told.err
            .contains("ACTIFIX_AS is set, and counts instead of the file"),
        "{}",
        told.err
    );
    // A database elsewhere has its file beside it.
    shell
        .run(["--db", "one/two.db", "config", "set", "work.lease", "2m"])
        .done();
    assert!(shell.path().join("one/.actifix/config.toml").is_file());
    for line in [
        "config set work.lease soon",
        "config set redact.rule x",
        "config set nothing 1",
        "config unset nothing",
        "config get nothing",
    ] {
        shell.run(words(line)).ends(2);
    }
}

//! What scripts and agents lean on: the `--json` answer of every verb, as a snapshot.

use crate::shell::Shell;
use crate::snapshot;

/// Runs lines with `--json` on a database with two errors and a task.
fn answers(lines: &[&str]) -> (Shell, String) {
    let shell = Shell::with_database();
    let first =
        shell.json("record --type ValueError --message broken --source app.py:31 --priority P1");
    let first = first["id"]
        .as_str()
        .unwrap()
        .strip_suffix('1')
        .unwrap()
        .to_owned();
    shell.json("record --type Timeout --message slow --tag team=web");
    shell.json("add task --priority P4");
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.replace('#', &first) + " --json")
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let text = shell.transcript(&lines);
    (shell, text)
}

#[test]
fn reports() {
    let (shell, text) = answers(&[
        "record --type ValueError --message broken --source app.py:31",
        "record --message only",
        "add task --priority P3",
        "add keyed --key k1 --body text --payload '{\"n\":1}' --tag a=b --not-before 10m",
        "add keyed --key k1",
    ]);
    snapshot!("answers_reports", shell, text);
}

#[test]
fn work() {
    let (shell, text) = answers(&[
        "claim",
        "claim --as bob --priority P2 --lease 10m",
        "claim --as bob --priority P0",
        "acquire #3",
        "mine",
        "renew #1 --token 4 --lease 2h",
        "release #2 --token 5 --reason 'not mine' --as bob",
        "complete #1 --token 4 --did 'Closed the connection in every branch' --files src/pool.rs,Makefile --tested 'cargo test pool' --results '14 passed, 0 failed' --summary pool --url http://ci/1",
        "close #3 --reason wontfix --token 6 --note 'not worth it'",
    ]);
    snapshot!("answers_work", shell, text);
}

#[test]
fn looks() {
    let (shell, text) = answers(&[
        "list",
        "list --tag team=web --ready --full",
        "list --status completed",
        "show #1",
        "events --limit 2",
        "events --ticket #3",
        "events --follow --limit 2",
    ]);
    snapshot!("answers_looks", shell, text);
}

#[test]
fn keeping() {
    let (shell, text) = answers(&[
        "assign #1 maria",
        "assign #1 --nobody",
        "note #1 'seen with the old driver'",
        "update #1 --priority P0 --message broken --tag team=db --untag nothing",
        "ignore #1 --more 5",
        "reopen #1",
        "delete #1",
        "undelete #1",
        "delete #2",
        "delete #2 --purge",
        "verify",
        "init",
    ]);
    snapshot!("answers_keeping", shell, text);
}

#[test]
fn a_list_goes_on_where_its_page_ended() {
    let shell = Shell::with_database();
    for n in 0..5 {
        shell.json(&format!("record --message error-{n} --fingerprint {n}"));
    }
    let mut page = shell.json("list --limit 2");
    let mut seen = Vec::new();
    loop {
        seen.extend(
            page["tickets"]
                .as_array()
                .unwrap()
                .iter()
                .map(|ticket| ticket["message"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else {
            break;
        };
        page = shell.json(&format!("list --limit 2 --cursor {next}"));
    }
    assert_eq!(
        seen,
        ["error-4", "error-3", "error-2", "error-1", "error-0"]
    );
}

#[test]
fn the_version_names_the_contract() {
    let shell = Shell::new();
    let version = shell.run(["--version", "--json"]).done().json();
    assert_eq!(
        version,
        serde_json::json!({ "actifix": env!("CARGO_PKG_VERSION"), "contract": 1 })
    );
    assert_eq!(
        shell.run(["--version"]).done().out,
        format!("actifix {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn stats_and_status_have_their_fields() {
    let shell = Shell::with_database();
    assert_eq!(
        Shell::new().json("status"),
        serde_json::json!({ "database": null })
    );
    shell.json("record --type E --message m");
    shell.json("claim");
    let stats = shell.json("stats");
    assert_eq!(
        (&stats["open"], &stats["in_progress"]),
        (&0.into(), &1.into()),
        "{stats}"
    );
    assert!(
        stats["newest_event"].as_i64() >= Some(2) && stats["database_bytes"].as_u64() > Some(0),
        "{stats}"
    );
    for line in ["", "status"] {
        let status = shell.json(line);
        assert_eq!(status["database"], shell.database().to_str().unwrap());
        assert_eq!(status["leased"][0]["lease"]["holder"], "ann");
        assert_eq!(status["open"], serde_json::json!([]));
        assert_eq!(status["stats"]["in_progress"], 1);
    }
}

#[test]
fn a_call_repeated_under_its_request_id_answers_the_same() {
    let shell = Shell::with_database();
    shell.json("record --type E --message m");
    let first = shell.json("claim --request-id r1");
    assert_eq!(shell.json("claim --request-id r1"), first);
    assert_eq!(first["leases"].as_array().unwrap().len(), 1);
    let recorded = shell.json("record --type E --message n --request-id r2");
    assert_eq!(
        shell.json("record --type E --message n --request_id r2"),
        recorded
    );
}

#[test]
fn flags_take_the_spelling_of_their_json_keys() {
    let shell = Shell::with_database();
    let stack = shell.write("trace.txt", b"Traceback\n  \xff\n");
    let stack = stack.to_str().unwrap();
    let one = shell.json(&format!(
        "record --error-type E --message m --stack-trace {stack} --key k --correlation_id c"
    ));
    let two = shell.json("record --error_type E --message other --fingerprint k");
    assert_eq!((&two["id"], &two["new"]), (&one["id"], &false.into()));
    let ticket = shell.json(&format!("show {}", one["id"].as_str().unwrap()));
    assert_eq!(ticket["stack_trace"], "Traceback\n  \u{FFFD}");
    assert_eq!(ticket["correlation_id"], "c");
}

//! What looks alike, why, and what fixed it.

use serde_json::{Value, json};

use crate::shell::Shell;
use crate::snapshot;

const STACK: &str = "Traceback (most recent call last):
  File \"/srv/shop/cart.py\", line 31, in load
    pool.get()
  File \"/srv/shop/pool.py\", line 9, in get
    raise PoolError(self)
PoolError: pool exhausted
";

/// Three errors: two from the pool, the older one completed, and another.
fn shop() -> (Shell, Vec<String>) {
    let shell = Shell::with_database().env("COLUMNS", "100");
    let record = |message: &str, stack: &str| {
        let report = json!({"error_type": "PoolError", "message": message, "source": "cart.py:31",
            "stack_trace": stack, "fingerprint": message, "project": "shop"});
        let answer = shell.run_with(report.to_string(), ["record", "--stdin", "--json"]);
        let answer: Value = serde_json::from_str(answer.done().out.trim()).unwrap();
        answer["id"].as_str().unwrap().to_owned()
    };
    let old = record("pool exhausted while loading the cart of user 7", STACK);
    let lease = shell.json(&format!("acquire {old}"));
    let did = "Returned each connection to the pool in every branch";
    let token = lease["token"].to_string();
    let words = [
        "complete", &old, "--token", &token, "--did", did, "--files", "pool.py",
    ];
    let more = [
        "--tested",
        "pytest tests/pool",
        "--results",
        "14 passed, 0 failed",
    ];
    shell.run(words.into_iter().chain(more)).done();
    let other = record("handshake refused by the certificate authority", "");
    let new = record(
        "pool exhausted while saving the basket",
        &STACK.replace("load", "save"),
    );
    (shell, vec![old, other, new])
}

#[test]
fn it_is_told_why_and_what_fixed_it() {
    let (shell, ids) = shop();
    let new = &ids[2];
    let text = shell.transcript(&[
        &format!("similar {new}"),
        &format!("similar {new} --completed --limit 1"),
        &format!("similar {}", ids[1]),
        &format!("similar {new} --limit 0"),
        "similar ACT-20261124-0000FFFF",
    ]);
    snapshot!("similar", shell, text);
    let told = shell.json(&format!("similar {new}"));
    let one = &told["similar"][0];
    assert_eq!(
        (&one["ticket"]["id"], &one["shared_frames"]),
        (&json!(ids[0]), &json!(["pool:get"]))
    );
    assert_eq!(
        (&told["compared"], &told["stopped"]),
        (&json!(2), &json!(false))
    );
}

#[test]
fn a_brief_tells_what_fixed_similar_ones() {
    let (shell, ids) = shop();
    shell.run(["close", &ids[1], "--reason", "wontfix"]).done();
    let brief = shell.run(["claim", "--brief"]).done().out;
    let section = brief.split("## Similar tickets that were completed").nth(1);
    let section = section.unwrap_or_else(|| panic!("{brief}"));
    assert!(section.contains(&ids[0]) && section.contains("Returned each connection"));
    // One that nothing is like has no such section.
    shell.json("record --message lonely --project elsewhere");
    let brief = shell
        .run(["claim", "--brief", "--project", "elsewhere"])
        .done()
        .out;
    assert!(!brief.contains("Similar tickets"), "{brief}");
}

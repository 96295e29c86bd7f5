//! A report that the database cannot take now is not lost.

use serde_json::json;

use crate::shell::Shell;

#[test]
fn promise_4_a_report_waits_beside_a_busy_database_and_comes_in_once() {
    let shell = Shell::with_database();
    let foreign = actifix::rusqlite::Connection::open(shell.database()).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let kept = shell.json("record --type E --message first --deadline 100ms");
    assert_eq!(kept["spooled"], true);
    assert!(kept["why"].as_str().unwrap().contains("busy"), "{kept}");
    let told = shell
        .run(["record", "--message", "second", "--deadline", "100ms"])
        .done();
    assert!(told.out.contains("kept for later"), "{}", told.out);
    let lines = "{\"message\":\"third\"}\nnonsense\n{\"message\":\"first\",\"error_type\":\"E\"}\n";
    let answers = shell
        .run_with(lines, ["record", "--stdin", "--deadline", "100ms"])
        .ends(1)
        .json_lines();
    assert_eq!(
        (&answers[0], &answers[2]),
        (&json!({ "spooled": true }), &json!({ "spooled": true }))
    );
    assert_eq!(answers[1]["error"]["kind"], "invalid");
    assert_eq!(shell.json("stats")["spool"]["reports"], 4);
    let looked = shell.run(["doctor"]).done().out;
    assert!(looked.contains("4 reports wait in"), "{looked}");
    foreign.execute_batch("ROLLBACK").unwrap();
    drop(foreign);
    let claimed = shell.run(["claim", "--count", "9", "--json"]).done();
    assert_eq!(claimed.json()["leases"].as_array().unwrap().len(), 3);
    assert!(
        claimed.err.contains("4 reports that had waited"),
        "{}",
        claimed.err
    );
    let list = shell.json("list --search first");
    assert_eq!(list["tickets"][0]["occurrences"], 2);
    assert_eq!(shell.run(["claim"]).ends(3).err, "");
}

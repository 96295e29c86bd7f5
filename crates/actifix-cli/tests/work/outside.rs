//! What is looked at while others work: `top`, lists that are watched, lines for agents.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::bench::with_tickets;

#[test]
fn top_tells_who_works_and_how_fast() {
    let shell = with_tickets(3);
    shell.json("claim --as ann");
    let mut child = shell
        .command(["top", "--json", "--every", "10ms"])
        .spawn()
        .unwrap();
    let mut looks = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut look = || -> Value { serde_json::from_str(&looks.next().unwrap().unwrap()).unwrap() };
    let first = look();
    assert_eq!(first["leased"]["tickets"][0]["lease"]["holder"], "ann");
    assert_eq!(first["stats"]["open"], 2);
    shell.json("claim --as bob");
    let seen = (0..10_000)
        .map(|_| look())
        .find(|look| look["rates"]["claimed"] == 1);
    assert_eq!(seen.unwrap()["stats"]["in_progress"], 2);
    drop(looks);
    // Its reader has gone: it ends.
    assert!(child.wait().unwrap().success());
    let plain = shell.run(["top", "--count", "2", "--every", "1ms"]).done();
    assert_eq!(plain.out.lines().count(), 2);
    assert!(plain.out.contains("open 1 in-progress 2"), "{}", plain.out);
}

#[test]
fn a_watched_list_tells_what_changed() {
    let shell = with_tickets(1);
    let mut child = shell
        .command(["list", "--watch", "--json"])
        .spawn()
        .unwrap();
    let mut pages = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut count = || {
        let page: Value = serde_json::from_str(&pages.next().unwrap().unwrap()).unwrap();
        page["tickets"].as_array().unwrap().len()
    };
    assert_eq!(count(), 1);
    shell.json("record --message another");
    assert_eq!(count(), 2);
    drop(pages);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_brief_keeps_to_its_budget() {
    let shell = with_tickets(0);
    let stack = "  File \"app.py\", line 3, in f\n".repeat(1_500);
    let report = serde_json::json!({"error_type": "ValueError", "message": "m".repeat(4_000), "stack_trace": stack});
    shell
        .run_with(report.to_string(), ["record", "--stdin"])
        .done();
    let brief = shell
        .run(["claim", "--brief", "--tokens", "1500"])
        .done()
        .out;
    let count = brief.chars().count();
    assert!((2_000..=5_000).contains(&count), "{count}: {brief}");
    assert!(
        brief.contains("characters left out") && brief.contains("actifix --db"),
        "{brief}"
    );
}

//! Equal reports become one group, different ones stay apart, and the answers of a version never change.

#[path = "grouping/reader.rs"]
mod reader;
#[path = "grouping/score.rs"]
mod score;

use std::collections::HashMap;

use actifix::Report;
use actifix::capture::fingerprint::{Fingerprint, of};
use proptest::prelude::*;

/// Puts reports together as the store does: the first fingerprint that is known decides, the others are learned.
fn grouped<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Vec<usize> {
    let mut known: HashMap<Fingerprint, usize> = HashMap::new();
    let mut groups = 0;
    let mut answer = Vec::new();
    for report in reports {
        let prints = of(report);
        let group = prints
            .iter()
            .find_map(|one| known.get(one).copied())
            .unwrap_or_else(|| {
                groups += 1;
                groups
            });
        for one in &prints {
            known.entry(*one).or_insert(group);
        }
        answer.push(group);
    }
    answer
}

/// Where labels and groups differ, for the message of a failure.
fn differences(all: &[reader::Labelled], groups: &[usize]) -> String {
    let mut by_label: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut by_group: HashMap<usize, Vec<&str>> = HashMap::new();
    for (one, group) in all.iter().zip(groups) {
        by_label.entry(&one.group).or_default().push(*group);
        by_group.entry(*group).or_default().push(&one.group);
    }
    let mut told = Vec::new();
    for (label, mut groups) in by_label {
        groups.dedup();
        if groups.len() > 1 {
            told.push(format!("apart: {label} in {} groups", groups.len()));
        }
    }
    for labels in by_group.values_mut() {
        labels.dedup();
        if labels.len() > 1 {
            told.push(format!("together: {}", labels.join(" ")));
        }
    }
    told.sort();
    told.join("\n")
}

#[test]
fn the_labelled_reports_are_grouped_well() {
    let all = reader::all();
    assert!(all.len() >= 400, "{}", all.len());
    let groups = grouped(all.iter().map(|one| &one.report));
    let labels: Vec<&str> = all.iter().map(|one| one.group.as_str()).collect();
    let score = score::score(&labels, &groups);
    let told = differences(&all, &groups);
    let files: std::collections::BTreeSet<&str> = all.iter().map(|one| one.file).collect();
    println!("{} reports of {files:?}: {score:?}\n{told}", all.len());
    assert!(
        score.accuracy >= 0.95 && score.precision >= 0.99 && score.recall >= 0.95,
        "{score:?}\n{told}"
    );
}

/// `kind:hex` of each fingerprint.
fn told(report: &Report) -> Vec<String> {
    let hex = |value: &[u8]| {
        value
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    of(report)
        .iter()
        .map(|one| format!("{:?}:{}", one.kind, hex(&one.value)))
        .collect()
}

/// A report as it came, and what version 1 answers for ever.
#[derive(serde::Deserialize)]
struct Frozen {
    report: Report,
    answer: Vec<String>,
}

#[test]
fn version_1_is_frozen() {
    let lines = include_str!("grouping/frozen-1.jsonl").lines();
    let mut count = 0;
    for line in lines {
        let frozen: Frozen = serde_json::from_str(line).unwrap();
        assert!(of(&frozen.report).iter().all(|one| one.version == 1));
        assert_eq!(
            told(&frozen.report),
            frozen.answer,
            "every known ticket would be split: make a version 2 instead\n{line}"
        );
        count += 1;
    }
    assert!(count > 100, "{count}");
}

#[test]
fn what_is_no_report_has_an_answer_too() {
    let mut deep = String::new();
    for _ in 0..10_000 {
        deep.push_str("{\"a\":[");
    }
    let half = "Traceback (most recent call last):\n  File \"a.py\", line 1, in ";
    let inside = format!("{half}main\nValueError: {half}run\nKeyError: x");
    for text in [
        "",
        "\0",
        " ",
        "\u{1F600}",
        "'",
        "\"",
        "=",
        "a=",
        "a='",
        "/",
        &deep,
        half,
        &inside,
    ] {
        let as_message = Report::error("E", text);
        let as_stack = Report::error("E", "m").stack_trace(text);
        assert!(of(&as_message).first().is_some() && of(&as_stack).first().is_some());
    }
}

#[test]
fn a_hundred_megabytes_of_one_line_take_no_more_than_the_beginning() {
    let long = "x".repeat(100 << 20);
    let report = Report::error("E", long.as_str()).stack_trace(long.as_str());
    let shorter = Report::error("E", &long[..1 << 20]).stack_trace(&long[..1 << 20]);
    assert_eq!(of(&report), of(&shorter));
}

fn pieces() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "user",
        "=",
        "'",
        "\"",
        "`",
        " ",
        "\n",
        "/",
        "\\",
        "C:\\",
        "://",
        "@",
        ".",
        "404",
        "HTTP",
        "E0599",
        ":",
        "1",
        "kb",
        "é",
        "订",
        "\u{85}",
        "\0",
        "{",
        "}",
        "[",
        "(",
        ")",
        "<",
        ",",
        "a.b",
        "x=",
        "=>",
        "true",
        "Nov",
        "Tue",
        "error",
        "-",
        "\u{1F600}",
        "٣",
        "status",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_message_is_normalised(text in pieces()) {
        let once = actifix::capture::normalised(&text);
        prop_assert!(once.len() <= 2 * text.len() + 2);
        prop_assert!(!once.contains("* *"), "{once}");
    }

    #[test]
    fn any_report_has_a_fingerprint(message in ".{0,200}", stack in ".{0,400}", kind in ".{0,40}") {
        let report = Report::error(kind, message).stack_trace(stack);
        prop_assert_eq!(of(&report), of(&report.clone()));
        prop_assert!(of(&report).first().is_some());
    }
}

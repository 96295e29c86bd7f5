//! How well equal reports are found, on the labelled reports that the tests have, and what it costs.

#[path = "../../../crates/actifix/tests/grouping/reader.rs"]
mod reader;
#[path = "../../../crates/actifix/tests/grouping/score.rs"]
mod score;

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use actifix::Report;
use actifix::capture::{fingerprint, guard};

use crate::Answer;
use crate::report::Row;
use crate::session::Session;
use crate::timing::micros;
use reader::Labelled;
use score::{Score, score};

pub fn run(session: &mut Session) -> Answer<()> {
    let all = reader::all();
    let mut files: Vec<&str> = all.iter().map(|one| one.file).collect();
    files.dedup();
    for file in files {
        let part: Vec<&Labelled> = all.iter().filter(|one| one.file == file).collect();
        let (ours, beside) = (scored(&part, ours), scored(&part, digits));
        let what = format!("{file}, {} reports: accuracy", part.len());
        session.row(Row::new(what, told(ours), told(beside), ours.accuracy));
    }
    let part: Vec<&Labelled> = all.iter().collect();
    let (score, plain, old) = (
        scored(&part, ours),
        scored(&part, digits),
        scored(&part, old),
    );
    let beside = format!("{}; old guard {}", told(plain), told(old));
    let what = format!("all {} reports: accuracy", part.len());
    session.row(Row::new(what, told(score), beside, score.accuracy).at_least(0.95));
    session.row(Row::new("precision of pairs", "", told(plain), score.precision).at_least(0.99));
    session.row(Row::new("recall of pairs", "", told(plain), score.recall).at_least(0.95));
    speed(session, &all);
    Ok(())
}

fn told(score: Score) -> String {
    format!(
        "{:.3} {:.3} {:.3}",
        score.accuracy, score.precision, score.recall
    )
}

/// The score of a way to group.
fn scored(reports: &[&Labelled], group: impl Fn(&[&Labelled]) -> Vec<usize>) -> Score {
    let labels: Vec<&str> = reports.iter().map(|one| one.group.as_str()).collect();
    score(&labels, &group(reports))
}

/// As the store does: the first known fingerprint decides, the others are learned.
fn ours(reports: &[&Labelled]) -> Vec<usize> {
    let mut known = HashMap::new();
    let mut groups = Vec::new();
    for (n, one) in reports.iter().enumerate() {
        let prints = fingerprint::of(&one.report);
        let group = prints
            .iter()
            .find_map(|print| known.get(print).copied())
            .unwrap_or(n);
        for print in &prints {
            known.entry(*print).or_insert(group);
        }
        groups.push(group);
    }
    groups
}

/// The yardstick: every blank-separated piece of type and message that has a digit is one.
fn digits(reports: &[&Labelled]) -> Vec<usize> {
    by_key(reports, |report| {
        let kind = report.error_type.as_deref().unwrap_or_default();
        let pieces = report.message.split_whitespace();
        let plain = pieces.map(|piece| {
            if piece.bytes().any(|b| b.is_ascii_digit()) {
                "*"
            } else {
                piece
            }
        });
        format!("{kind}: {}", plain.collect::<Vec<_>>().join(" "))
    })
}

/// The old system's.
fn old(reports: &[&Labelled]) -> Vec<usize> {
    by_key(reports, guard::for_lookup)
}

fn by_key<K: Eq + Hash>(reports: &[&Labelled], key: impl Fn(&Report) -> K) -> Vec<usize> {
    let mut known = HashMap::new();
    let numbered = reports.iter().enumerate();
    numbered
        .map(|(n, one)| *known.entry(key(&one.report)).or_insert(n))
        .collect()
}

/// What a report of 5 KB costs: in each language the longest of its stacks with its frames again and again; a stack whose
/// frames are all different; a message alone.
fn speed(session: &mut Session, all: &[Labelled]) {
    let span = Duration::from_millis(session.size(500, 20) as u64);
    for file in ["python", "rust", "javascript", "java", "go", "ruby"] {
        let of_file = all.iter().filter(|one| one.file == file);
        let stacks = of_file.filter_map(|one| one.report.stack_trace.as_deref());
        let longest = stacks.max_by_key(|stack| stack.len()).unwrap_or_default();
        // A second beginning would end what is read of some.
        let begins = |line: &&str| {
            line.contains("panic") || line.starts_with("goroutine") || line.is_empty()
        };
        let frames: Vec<&str> = longest.lines().filter(|line| !begins(line)).collect();
        let mut stack = longest.to_owned();
        for line in frames.iter().cycle().take_while(|_| !frames.is_empty()) {
            if stack.len() >= 5_000 {
                break;
            }
            stack.push('\n');
            stack.push_str(line);
        }
        cost(
            session,
            span,
            file,
            &Report::error("E", "order 17 failed").stack_trace(stack),
        );
    }
    let frame = |n: u8| {
        let name = format!(
            "step_{}{}",
            char::from(b'a' + n / 26),
            char::from(b'a' + n % 26)
        );
        format!(
            "  File \"/srv/shop/{name}.py\", line {n}, in {name}\n    return next_step(order)\n"
        )
    };
    let frames: String = (0..66).map(frame).collect();
    let stack = format!("Traceback (most recent call last):\n{frames}ValueError: bad\n");
    let what = format!("66 different frames, {} bytes", stack.len());
    cost(
        session,
        span,
        &what,
        &Report::error("E", "order 17 failed").stack_trace(stack),
    );
    let lines = all
        .iter()
        .filter(|one| one.file == "logs")
        .map(|one| one.report.message.as_str());
    let message: String = lines
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(5_000)
        .collect();
    cost(session, span, "message alone", &Report::error("E", message));
}

fn cost(session: &mut Session, span: Duration, what: &str, report: &Report) {
    let took = micros(span, || fingerprint::of(report));
    let what = format!("fingerprints of a report of 5 KB, {what}");
    session.row(Row::new(what, "", "", took).unit("µs").at_most(50.0));
}

//! What a part of a run tried, how often, and what it found: as a table for people and the book, and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::yard::Verdict;

/// Rules whose breach means that something acknowledged is gone.
const LOST: [&str; 2] = ["acknowledged and lost", "one count for two reports"];
/// Rules whose breach means that two held one ticket.
const DOUBLE: [&str; 5] = [
    "leases overlap",
    "token given twice",
    "old token accepted",
    "ended twice",
    "ticket given twice",
];
/// Findings that are kept in full; the rest is counted.
const KEPT: usize = 20;

/// One thing found.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// In which round.
    pub round: u64,
    /// The rule that was broken.
    pub rule: String,
    /// What was seen.
    pub seen: String,
}

/// What came of a part.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// The part.
    pub part: String,
    /// Where its chance began.
    pub seed: u64,
    /// Faults that were made.
    pub faults: u64,
    /// Calls that were made, in all.
    pub calls: u64,
    /// Of these, acknowledged.
    pub acknowledged: u64,
    /// Refused.
    pub refused: u64,
    /// Cut off, or of unknown outcome, until they were asked again.
    pub unknown: u64,
    /// And never settled.
    pub unsettled: u64,
    /// Leases granted.
    pub grants: u64,
    /// Acknowledged changes that were lost.
    pub lost: u64,
    /// Tickets that two held at once.
    pub double: u64,
    /// Everything found, these two included.
    pub found: u64,
    /// The first findings.
    pub findings: Vec<Finding>,
    /// What else was counted.
    pub also: BTreeMap<String, u64>,
    /// Seconds that it took.
    pub seconds: f64,
    /// Why it could not run here.
    pub skipped: Option<String>,
}

impl Tally {
    /// Of a part that has not begun.
    pub fn of(part: &str, seed: u64) -> Self {
        Self {
            part: part.to_owned(),
            seed,
            ..Self::default()
        }
    }

    /// Counts something beside.
    pub fn count(&mut self, what: &str) {
        *self.also.entry(what.to_owned()).or_default() += 1;
    }

    /// Notes a finding of its own.
    pub fn find(&mut self, rule: &str, seen: impl Into<String>) {
        self.found += 1;
        if LOST.contains(&rule) {
            self.lost += 1;
        }
        if DOUBLE.contains(&rule) {
            self.double += 1;
        }
        if self.findings.len() < KEPT {
            self.findings.push(Finding {
                round: self.faults,
                rule: rule.to_owned(),
                seen: seen.into(),
            });
        }
    }

    /// Takes what a look found, after each fault.
    pub fn found(&mut self, verdict: &Verdict) {
        for lie in &verdict.lies {
            self.find(lie.rule, lie.seen.clone());
        }
    }

    /// Takes the figures of a look, once for each file.
    pub fn add(&mut self, verdict: &Verdict) {
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        self.calls += number(verdict.calls);
        self.acknowledged += number(verdict.acknowledged);
        self.refused += number(verdict.refused);
        self.unknown += number(verdict.unknown);
        self.unsettled += number(verdict.unsettled);
        self.grants += number(verdict.grants);
    }

    /// Takes another in.
    pub fn merge(&mut self, other: Self) {
        self.faults += other.faults;
        self.calls += other.calls;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.unsettled += other.unsettled;
        self.grants += other.grants;
        self.lost += other.lost;
        self.double += other.double;
        self.found += other.found;
        let room = KEPT.saturating_sub(self.findings.len());
        self.findings.extend(other.findings.into_iter().take(room));
        for (what, n) in other.also {
            *self.also.entry(what).or_default() += n;
        }
    }

    /// Whether all is well. What was skipped is not well where nothing may be.
    pub fn is_fine(&self, all_must_run: bool) -> bool {
        self.found == 0 && !(all_must_run && self.skipped.is_some())
    }
}

/// The table, as it stands in the book.
pub fn table(tallies: &[Tally]) -> String {
    let mut text = String::from(
        "| part | faults | calls | acknowledged | unknown at first | lost | double grants | found in all | seed | seconds |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for t in tallies {
        let line = match &t.skipped {
            Some(why) => writeln!(text, "| {} | not run here: {why} |||||||||", t.part),
            None => writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
                t.part,
                t.faults,
                t.calls,
                t.acknowledged,
                t.unknown,
                t.lost,
                t.double,
                t.found,
                t.seed,
                t.seconds
            ),
        };
        let _ = line; // writing to a String does not fail
    }
    for t in tallies {
        let also: Vec<String> = t
            .also
            .iter()
            .map(|(what, n)| format!("{n} {what}"))
            .collect();
        if !also.is_empty() {
            let _ = writeln!(text, "\n{}: {}", t.part, also.join(", "));
        }
        for finding in &t.findings {
            let _ = writeln!(
                text,
                "\n{} fault {}: {}: {}",
                t.part, finding.round, finding.rule, finding.seen
            );
        }
    }
    text
}

//! Judges a run by its event log alone: every ticket was completed once, by the one who held it, and every grant was the
//! only one of its time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::word::{number, text, time};

/// What the log says.
#[derive(Debug, Default)]
pub struct Found {
    kinds: BTreeMap<String, usize>,
    tickets: usize,
    /// What must not be.
    pub lies: Vec<String>,
}

/// A ticket as the log tells of it so far.
#[derive(Default)]
struct Course {
    /// The grant that holds it.
    held: Option<i64>,
    /// The grant that ran out last, when nobody has taken the ticket since.
    ran_out: Option<i64>,
    /// The newest grant.
    newest: i64,
    /// Until when the grant lasts.
    until: Option<String>,
    completed: usize,
}

/// Reads the log, and compares it with the completions that workers were told of.
pub fn check(events: &[Value], acknowledged: &[i64]) -> Found {
    let mut found = Found::default();
    let mut courses: BTreeMap<&str, Course> = BTreeMap::new();
    let (mut before, mut completed) = (0, BTreeSet::new());
    for event in events {
        let (seq, kind) = (number(event, "seq").unwrap_or(0), text(event, "kind"));
        *found.kinds.entry(kind.to_owned()).or_default() += 1;
        if seq <= before {
            found.lies.push(format!("event {seq} comes after {before}"));
        }
        before = seq;
        let course = courses.entry(text(event, "ticket")).or_default();
        if let Some(lie) = course.goes_on(kind, seq, event) {
            found
                .lies
                .push(format!("{}, {kind} at {seq}: {lie}", text(event, "ticket")));
        }
        if kind == "completed" {
            completed.extend(number(event, "token"));
        }
    }
    found.tickets = courses.len();
    for (ticket, course) in courses {
        if course.completed != 1 {
            found
                .lies
                .push(format!("{ticket} was completed {} times", course.completed));
        }
    }
    let missing = acknowledged
        .iter()
        .filter(|token| !completed.contains(*token));
    found.lies.extend(missing.map(|token| {
        format!("a worker was told that {token} completed, and the log has no such completion")
    }));
    if found.tickets == 0 {
        found.lies.push("nothing happened at all".into());
    }
    found
}

impl Course {
    /// The next event of the ticket; what is wrong with it.
    fn goes_on(&mut self, kind: &str, seq: i64, event: &Value) -> Option<String> {
        let token = number(event, "token");
        match kind {
            "claimed" => self.claimed(seq, token, event),
            "renewed" => {
                let right = token.is_some() && token == self.held;
                self.until = time(&event["new"]["expires_at"]);
                (!right).then(|| format!("under {token:?}, and {:?} holds it", self.held))
            }
            "expired" => {
                let early = self.until > time(&event["at"]);
                let right = token.is_some() && token == self.held && !early;
                (self.ran_out, self.held) = (self.held, None);
                (!right).then(|| format!("of {token:?} which lasts until {:?}", self.until))
            }
            "released" | "failed" => {
                let right = token.is_some() && (token == self.held || token == self.ran_out);
                let wrong = format!("under {token:?}, and {:?} holds it", self.held);
                (self.held, self.ran_out) = (None, None);
                (!right).then_some(wrong)
            }
            "completed" => {
                self.completed += 1;
                let right = token.is_some() && (token == self.held || token == self.ran_out);
                let wrong = format!("under {token:?}, and {:?} holds it", self.held);
                (self.held, self.ran_out) = (None, None);
                (!right).then_some(wrong)
            }
            "recorded" | "counted" | "due" | "quarantined" | "reopened" => None,
            other => Some(format!("{other} is no part of a soak")),
        }
    }

    fn claimed(&mut self, seq: i64, token: Option<i64>, event: &Value) -> Option<String> {
        let held = self.held.replace(seq);
        let (newest, completed) = (self.newest, self.completed);
        (self.newest, self.ran_out) = (seq, None);
        self.until = time(&event["new"]["expires_at"]);
        if token != Some(seq) || seq <= newest {
            return Some(format!("its token is {token:?}, after {newest}"));
        }
        if completed > 0 {
            return Some("it was completed before".into());
        }
        held.map(|held| format!("{held} held it"))
    }
}

impl Found {
    /// The figures in a line.
    pub fn told(&self, time: Duration) -> String {
        let of = |kind: &str| self.kinds.get(kind).copied().unwrap_or(0);
        format!(
            "tickets: {} in {:.1} s ({:.0} a second); {} grants, {} renewals, {} expired, {} failed, {} given back, \
             {} quarantined, {} completed; {} lies",
            self.tickets,
            time.as_secs_f64(),
            of("completed") as f64 / time.as_secs_f64(),
            of("claimed"),
            of("renewed"),
            of("expired"),
            of("failed"),
            of("released"),
            of("quarantined"),
            of("completed"),
            self.lies.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `KIND TOKEN [AT [UNTIL]]`, a line an event of one ticket; times are seconds of a minute.
    fn log(lines: &str) -> Vec<Value> {
        let second = |word: Option<&str>| word.map(|word| format!("2026-11-24T12:00:{word}Z"));
        lines
            .lines()
            .enumerate()
            .map(|(at, line)| {
                let mut words = line.split_whitespace();
                let kind = words.next().unwrap();
                let token = words.next().and_then(|word| word.parse::<i64>().ok());
                json!({"seq": at + 1, "ticket": "A", "kind": kind, "token": token, "at": second(words.next()),
                    "new": {"expires_at": second(words.next())}})
            })
            .collect()
    }

    fn lies(lines: &str) -> Vec<String> {
        check(&log(lines), &[]).lies
    }

    #[test]
    fn true_logs_hold_no_lie() {
        for lines in [
            "recorded\nclaimed 2 00 05\nrenewed 2 03 08\ncompleted 2 04",
            "recorded\nclaimed 2 00 05\nexpired 2 05\nclaimed 4 05 09\ncompleted 4 06",
            "recorded\nclaimed 2 00 05\nexpired 2 05\ncompleted 2 06",
            "recorded\nclaimed 2 00 05\nfailed 2 01\ndue\nclaimed 5 02 06\nreleased 5 03\nclaimed 7 04 09\ncompleted 7 05",
            "recorded\nclaimed 2 00 05\nexpired 2 05\nquarantined 2\nreopened\nclaimed 6 07 09\ncompleted 6 08",
        ] {
            assert!(lies(lines).is_empty(), "{lines}: {:?}", lies(lines));
        }
    }

    #[test]
    fn forged_logs_are_found() {
        for (lines, lie) in [
            ("recorded\nclaimed 2 00 05", "completed 0 times"),
            (
                "recorded\nclaimed 2 00 05\ncompleted 2 01\ncompleted 2 02",
                "completed 2 times",
            ),
            (
                "recorded\nclaimed 2 00 05\nclaimed 3 01 06\ncompleted 3 02",
                "2 held it",
            ),
            (
                "recorded\nclaimed 2 00 05\nexpired 2 05\nclaimed 4 05 09\ncompleted 2 06",
                "holds it",
            ),
            (
                "recorded\nclaimed 2 00 05\nexpired 2 05\nclaimed 4 05 09\nrenewed 2 06 09\ncompleted 4 07",
                "holds it",
            ),
            (
                "recorded\nclaimed 2 00 05\nexpired 2 04\nclaimed 4 05 09\ncompleted 4 06",
                "lasts until",
            ),
            (
                "recorded\nclaimed 2 00 05\nrenewed 2 03 08\nexpired 2 06\nclaimed 5 06 09\ncompleted 5 07",
                "lasts until",
            ),
            ("recorded\nclaimed 1 00 05\ncompleted 1 01", "its token is"),
            (
                "recorded\nclaimed 2 00 05\ncompleted 2 01\nclaimed 4 02 07\ncompleted 4 03",
                "completed before",
            ),
            (
                "recorded\nclaimed 2 00 05\ncompleted 2 01\npurged",
                "no part of a soak",
            ),
            ("", "nothing happened"),
        ] {
            let all = lies(lines);
            assert!(
                all.iter().any(|found| found.contains(lie)),
                "{lines}: {all:?}"
            );
        }
    }

    #[test]
    fn a_completion_that_was_told_and_is_not_there_is_a_lie() {
        let events = log("recorded\nclaimed 2 00 05\ncompleted 2 01");
        assert!(check(&events, &[2]).lies.is_empty());
        assert_eq!(check(&events, &[2, 9]).lies.len(), 1);
        let mut turned = events;
        turned.swap(0, 1);
        assert!(!check(&turned, &[]).lies.is_empty());
    }
}

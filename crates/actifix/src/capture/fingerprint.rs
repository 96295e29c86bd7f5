//! What makes two reports equal. Version 1; frozen: a rule that changes would split every known ticket, so a change is a new
//! version beside this one, and `tests/grouping.rs` holds the answers of this one on a file of reports.
//!
//! In this order: the caller's own mark; the frames of the program and the types of its errors; where no frame is the
//! program's, all frames and the message; without a stack the type and the message; without a type the message. A single
//! frame that names no function says too little: the message joins it. The line of a frame never counts.

use sha2::{Digest, Sha256};

use super::message;
use super::message::words;
use super::trace::{self, Thrown, Trace};
use crate::report::Report;
use crate::ticket::Kind as ReportKind;

/// The version of these rules.
pub const VERSION: u8 = 1;

/// What a fingerprint was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The caller's own mark.
    Own,
    /// The frames of the program.
    Program,
    /// All frames.
    Frames,
    /// The message, with its type where it has one.
    Message,
}

/// One answer to "what is this report equal to?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// The version of the rules.
    pub version: u8,
    /// What it was made from.
    pub kind: Kind,
    /// The beginning of a SHA-256.
    pub value: [u8; 16],
}

/// A report's fingerprints. The first that is known tells its ticket, and the others are learned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints(Vec<Fingerprint>);

impl Fingerprints {
    /// The one that counts before all others. `None`: nothing equals the report (a task without a key).
    pub fn first(&self) -> Option<&Fingerprint> {
        self.0.first()
    }

    /// All of them, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Fingerprint> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Fingerprints {
    type Item = &'a Fingerprint;
    type IntoIter = std::slice::Iter<'a, Fingerprint>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The fingerprints of a report.
///
/// ```
/// use actifix::Report;
/// use actifix::capture::fingerprint::of;
/// let report = |n| Report::error("TimeoutError", format!("no answer from 10.0.0.{n}:5432 after {n} s"));
/// assert_eq!(of(&report(1)), of(&report(2)));
/// ```
pub fn of(report: &Report) -> Fingerprints {
    let marked = |mark: &str| fingerprint(Kind::Own, &["own", mark]);
    if let Some(mark) = &report.fingerprint {
        return Fingerprints(vec![marked(mark)]);
    }
    if report.kind == ReportKind::Task {
        return Fingerprints::default();
    }
    let read = report.stack_trace.as_deref().and_then(trace::read);
    // Some hand the whole stack over as the message.
    let read = read.or_else(|| {
        report
            .message
            .contains('\n')
            .then(|| trace::read(&report.message))
            .flatten()
    });
    let message = said(report, read.as_ref());
    match read.filter(|trace| trace.errors.iter().any(|error| !error.frames.is_empty())) {
        Some(trace) => framed(report, &trace, message),
        None => {
            let normalised = message::normalised(message);
            Fingerprints(vec![fingerprint(
                Kind::Message,
                &["message", kind(report, None), &normalised],
            )])
        }
    }
}

/// What the report says, without its type before it.
fn said<'a>(report: &'a Report, trace: Option<&Trace<'a>>) -> &'a str {
    let message = report.message.as_str();
    let told = trace.map_or("", |trace| trace.ended().message);
    let whole = message.contains('\n') && report.stack_trace.is_none();
    let message = if message.trim().is_empty() || (whole && !told.is_empty()) {
        told
    } else {
        message
    };
    let named = report.error_type.as_deref().unwrap_or_default();
    let rest = message
        .strip_prefix(named)
        .and_then(|rest| rest.strip_prefix(": "));
    rest.filter(|_| !named.is_empty()).unwrap_or(message)
}

/// The error's type without its module; empty when nobody said it.
fn kind<'a>(report: &'a Report, trace: Option<&Trace<'a>>) -> &'a str {
    let told = trace
        .map(|trace| trace.ended().kind)
        .filter(|kind| !kind.is_empty());
    let named = told.or(report.error_type.as_deref()).unwrap_or_default();
    if named == "unknown" { "" } else { short(named) }
}

fn short(kind: &str) -> &str {
    kind.rsplit(['.', ':', '/', '\\']).next().unwrap_or(kind)
}

/// The fingerprints of a report with frames.
fn framed(report: &Report, trace: &Trace<'_>, message: &str) -> Fingerprints {
    let kind = kind(report, Some(trace));
    let normalised = message::normalised(message);
    let codes = codes(&normalised);
    let told = Told::of(trace);
    if told.frames == 0 {
        let parts = ["foreign", kind, &told.all, &normalised];
        return Fingerprints(vec![fingerprint(Kind::Frames, &parts)]);
    }
    let beside = if told.frames == 1 && told.nameless {
        &normalised
    } else {
        &codes
    };
    Fingerprints(vec![
        fingerprint(Kind::Program, &["program", kind, &told.own, beside]),
        fingerprint(Kind::Frames, &["frames", kind, &told.all, beside]),
    ])
}

/// The words of a normalised message that have a digit and are no names: HTTP's statuses and codes of errors.
fn codes(normalised: &str) -> String {
    let code = |word: &&str| {
        word.bytes().any(|b| b.is_ascii_digit()) && words::kinds(word) & words::NAME == 0
    };
    normalised
        .split(' ')
        .filter(code)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A chain of errors as text, the innermost frame first: with the program's frames, and with all.
struct Told {
    own: String,
    all: String,
    /// Frames of the program.
    frames: usize,
    /// None of them names a function.
    nameless: bool,
}

impl Told {
    /// The errors of a chain in their order; members of a group come in any order and number.
    fn of(trace: &Trace<'_>) -> Self {
        let mut told = Self {
            own: String::new(),
            all: String::new(),
            frames: 0,
            nameless: true,
        };
        let (mut own_members, mut all_members) = (Vec::new(), Vec::new());
        for error in &trace.errors {
            let (own, all) = told.error(error);
            if error.member {
                own_members.push(own);
                all_members.push(all);
            } else {
                told.own.push_str(&own);
                told.all.push_str(&all);
            }
        }
        for (members, text) in [(own_members, &mut told.own), (all_members, &mut told.all)] {
            let mut members = members;
            members.sort_unstable();
            members.dedup();
            text.extend(members);
        }
        told
    }

    /// An error with its frames. A frame that comes again, also by what is left of its name, is recursion and left out.
    fn error(&mut self, error: &Thrown<'_>) -> (String, String) {
        let mut own = format!("{}\n", short(error.kind));
        let mut all = own.clone();
        let (mut own_seen, mut all_seen) = (Vec::new(), Vec::new());
        let mut key = String::new();
        for frame in &error.frames {
            key.clear();
            key.push_str(frame.module);
            key.push(':');
            trace::function(frame.function, &mut key);
            let hash = fnv(&key);
            if !all_seen.contains(&hash) {
                all_seen.push(hash);
                all.push_str(&key);
                all.push('\n');
            }
            if frame.own && !own_seen.contains(&hash) {
                own_seen.push(hash);
                own.push_str(&key);
                own.push('\n');
                self.frames += 1;
                self.nameless &= is_nameless(key.rsplit(':').next().unwrap_or_default());
            }
        }
        (own, all)
    }
}

/// What languages call code that stands in no function.
fn is_nameless(name: &str) -> bool {
    let names = [
        "",
        "<module>",
        "main",
        "<main>",
        "Object.",
        "<top (required)>",
        "eval",
    ];
    names.contains(&name)
}

/// A hash to tell the frames of one stack apart (Fowler, Noll, Vo).
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    })
}

/// A fingerprint of texts. Each goes in with its length before it, so that no two ways of cutting are one.
fn fingerprint(kind: Kind, parts: &[&str]) -> Fingerprint {
    let mut hash = Sha256::new();
    hash.update([VERSION]);
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut value = [0; 16];
    value.copy_from_slice(&hash.finalize()[..16]);
    Fingerprint {
        version: VERSION,
        kind,
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn python(frames: &[&str], last: &str) -> Report {
        let frames = frames.iter().enumerate().map(|(n, name)| {
            format!("  File \"/srv/{n}/app.py\", line {n}7, in {name}\n    x()\n")
        });
        let stack = format!(
            "Traceback (most recent call last):\n{}{last}\n",
            frames.collect::<String>()
        );
        Report::error("x", "m").stack_trace(stack)
    }

    #[test]
    fn recursion_is_collapsed_and_lines_do_not_count() {
        let twice = of(&python(&["main", "walk", "walk"], "RecursionError: m"));
        let often = of(&python(
            &["main", "walk", "walk", "walk", "walk"],
            "RecursionError: m",
        ));
        assert_eq!(twice, often);
        assert_ne!(twice, of(&python(&["main", "walk"], "ValueError: m")));
        assert_ne!(twice, of(&python(&["main", "other"], "RecursionError: m")));
    }

    #[test]
    fn a_report_without_anything_has_one_too() {
        assert_eq!(of(&Report::default()).iter().count(), 1);
        assert_eq!(of(&Report::task("x")).first(), None);
        assert_eq!(
            of(&Report::task("x").key("k")).first().map(|one| one.kind),
            Some(Kind::Own)
        );
    }

    #[test]
    fn statuses_count_beside_frames() {
        let with = |message: &str| {
            let mut report = python(&["main", "get"], &format!("HTTPError: {message}"));
            report.message = message.to_owned();
            of(&report)
        };
        assert_ne!(
            with("404 Client Error: Not Found for url: http://a/1"),
            with("500 Server Error: for url: http://a/1")
        );
        assert_eq!(
            with("404 Client Error: Not Found for url: http://a/1"),
            with("404 Client Error: Not Found for url: http://b/2")
        );
    }
}

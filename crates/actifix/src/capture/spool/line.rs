//! The lines of a spool: a head that names it, then reports, each with the checksum of its own text.

use std::hash::{BuildHasher, RandomState};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::report::Report;
use crate::time::{Clock, SystemClock, Timestamp};

/// Bytes of a line that is still looked at: more than any report that the door takes.
pub(super) const LONGEST: usize = 64 << 20;

/// The first line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// The spool's name: never the same for two files.
    pub spool: String,
    pub version: u32,
}

impl Head {
    /// Of a new file: named after its moment and a random number.
    pub fn new() -> Self {
        let random = RandomState::new().hash_one(std::process::id());
        Self {
            spool: format!("{:x}-{random:016x}", SystemClock.now().micros()),
            version: 1,
        }
    }

    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// When it was begun, which its name tells.
    pub fn begun(&self) -> Option<Timestamp> {
        let micros = i64::from_str_radix(self.spool.split('-').next()?, 16).ok()?;
        Some(Timestamp::from_micros(micros))
    }

    /// `None`: it is no head of a spool that is known.
    pub fn read(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line)
            .ok()
            .filter(|head: &Self| head.version == 1)
    }
}

/// A report on its line.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    sum: String,
    report: Box<RawValue>,
}

impl Kept {
    pub fn of(report: &Report) -> Self {
        let text = serde_json::to_string(report).unwrap_or_default();
        Self {
            sum: checksum(&text),
            report: RawValue::from_string(text).unwrap_or_default(),
        }
    }

    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The report on a line, or why there is none.
    pub fn read(line: &[u8]) -> Result<Report, String> {
        if line.len() > LONGEST {
            return Err(format!("{} bytes are no report", line.len()));
        }
        let kept: Self = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let text = kept.report.get();
        if checksum(text) != kept.sum {
            return Err("its checksum is wrong".to_owned());
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

/// 64 bits of SHA-256, as 16 hex digits.
fn checksum(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lines that end in a newline; what comes after the last is still being written, or was cut off.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
        .filter_map(|line| line.strip_suffix(b"\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_comes_back_and_a_changed_one_does_not() {
        let report = Report::error("E", "a \u{0} \"quoted\"\nline").source("a.py:1");
        let line = Kept::of(&report).text();
        assert_eq!(Kept::read(line.as_bytes()).unwrap(), report);
        assert!(!line.contains('\n'));
        let changed = line.replace("a.py", "b.py");
        assert!(
            Kept::read(changed.as_bytes())
                .unwrap_err()
                .contains("checksum")
        );
        for cut in 0..line.len() {
            assert!(Kept::read(&line.as_bytes()[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn two_spools_never_have_one_name() {
        let names: std::collections::HashSet<_> = (0..100).map(|_| Head::new().spool).collect();
        assert_eq!(names.len(), 100);
    }
}

//! The old system's answer to what is equal, bit for bit, so that an upgraded database's tickets go on being recognised.
//!
//! It holds the first characters of the message, and so what stands there: [`for_lookup`] makes it from the report as it
//! came, only to look for it; what is stored comes [`for_storing`] from the redacted report.

use regex::Regex;
use sha2::{Digest, Sha256};

use crate::clean::Clean;
use crate::once::Once;
use crate::report::Report;

/// The guard of a report as it came. Not to be stored.
pub fn for_lookup(report: &Report) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    of(
        &report.message,
        &text(&report.error_type),
        &text(&report.stack_trace),
    )
}

/// The guard that may be stored.
pub fn for_storing(report: &Clean<Report>) -> String {
    for_lookup(report.get())
}

/// The guard of a message, a type and a stack.
///
/// ```
/// let guard = actifix::capture::guard::of("Connection to 10.0.0.5:5432 failed after 30s", "ConnectionError", "");
/// assert_eq!(guard, "ACTIFIX-connection-to-0.0.0.0:0-failed-after-0s-4428a676");
/// ```
pub fn of(message: &str, error_type: &str, stack: &str) -> String {
    let message = normalised(message);
    let kind = normalised(if error_type.is_empty() {
        "unknown"
    } else {
        error_type
    });
    let hash = Sha256::digest(format!("{kind}:{message}:{}", signature(stack)));
    let slug: String = match message.as_str() {
        "" => "message".to_owned(),
        message => message.replace(' ', "-").chars().take(40).collect(),
    };
    format!(
        "ACTIFIX-{slug}-{:02x}{:02x}{:02x}{:02x}",
        hash[0], hash[1], hash[2], hash[3]
    )
}

/// White space as Python has it: four separators more than Unicode's property.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Paths, numbers and capitals are one, and 200 characters count.
fn normalised(text: &str) -> String {
    static PATH: Once<Option<Regex>> = Once::new();
    static DIGITS: Once<Option<Regex>> = Once::new();
    let replaced = |known: &'static Once<_>, pattern, text: &str, put| {
        let pattern = known.get(|| Regex::new(pattern).ok()).as_ref();
        pattern.map_or_else(|| text.to_owned(), |it| it.replace_all(text, put).into())
    };
    let text = replaced(&PATH, r"/[^\s\x1c-\x1f]+/", text, "/PATH/");
    let text = replaced(&DIGITS, r"\d+", &text, "0").to_lowercase();
    text.trim_matches(is_blank).chars().take(200).collect()
}

/// The first line that is neither empty nor a traceback's first, by Python's rules of what ends a line.
fn signature(stack: &str) -> String {
    let ends = [
        '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
        '\u{2029}',
    ];
    let mut lines = stack.split(ends).map(|line| line.trim_matches(is_blank));
    let tells = |line: &&str| !line.is_empty() && !line.to_lowercase().starts_with("traceback");
    lines.find(tells).map(normalised).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_examples_are_bit_exact() {
        let stack = "Traceback (most recent call last):\n  File \"/opt/x/app.py\", line 7, in <module>\n    open(path)\nPermissionError: x";
        let long = "a".repeat(300);
        let slug = "a".repeat(40);
        for (message, kind, stack, guard) in [
            (
                "Connection to 10.0.0.5:5432 failed after 30s",
                "ConnectionError",
                "",
                "ACTIFIX-connection-to-0.0.0.0:0-failed-after-0s-4428a676",
            ),
            (
                "Cannot open /var/lib/data/file42.json: Permission denied",
                "PermissionError",
                stack,
                "ACTIFIX-cannot-open-/path/file0.json:-permission-c88c7805",
            ),
            (
                "  Überlauf bei Zähler 99 \u{661}\u{662}  ",
                "",
                "NoneType: None\n",
                "ACTIFIX-überlauf-bei-zähler-0-0-5a06bf9d",
            ),
            ("", "unknown", "", "ACTIFIX-message-b1675e81"),
            (&long, "EEEEE", "", &format!("ACTIFIX-{slug}-f79cf894")),
            // What the old system records without a stack, and what its function says by itself.
            (
                "Disk 7 full at /mnt/a/b",
                "unknown",
                "NoneType: None\n",
                "ACTIFIX-disk-0-full-at-/path/b-ff11aacb",
            ),
            (
                "Disk 7 full at /mnt/a/b",
                "unknown",
                "",
                "ACTIFIX-disk-0-full-at-/path/b-7ed6bfcd",
            ),
        ] {
            assert_eq!(of(message, kind, stack), guard);
        }
    }

    #[test]
    fn what_is_stored_holds_no_secret() {
        let report = Report::error("E", "password=hunter22 refused");
        assert!(for_lookup(&report).contains("hunter"));
        assert!(!for_storing(&report.into()).contains("hunter"));
    }
}

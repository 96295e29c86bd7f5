//! How much of everything is taken at the door. Lengths count characters, sizes of JSON count bytes.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};

/// The limits carried over from the Python system, and those of leases. Each can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Characters of a message or title.
    pub message: usize,
    /// Characters of a source.
    pub source: usize,
    /// Characters of an error type.
    pub error_type: usize,
    /// Characters of a stack trace.
    pub stack_trace: usize,
    /// Characters of a ticket's notes, of a task's text and of each text of evidence.
    pub notes: usize,
    /// Bytes of a context or payload as JSON; they may have 100 levels.
    pub context: usize,
    /// Open tickets; 0 is no limit.
    pub open_tickets: u64,
    /// New tickets a minute from one origin that reports by itself; 0 is no limit.
    pub captured_per_minute: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 5_000,
            source: 500,
            error_type: 200,
            stack_trace: 50_000,
            notes: 50_000,
            context: 1 << 20,
            open_tickets: 10_000,
            captured_per_minute: 200,
        }
    }
}

/// Characters of a name: holder, actor, assignee, project, request id, environment, release, correlation id.
pub const NAME: usize = 200;
/// Tags on one ticket.
pub const TAGS: usize = 64;
/// The shortest lease.
pub const SHORTEST_LEASE: Duration = Duration::from_millis(100);
/// The longest lease.
pub const LONGEST_LEASE: Duration = Duration::from_secs(30 * 86_400);
/// The lease when none is named.
pub const DEFAULT_LEASE: Duration = Duration::from_secs(3_600);
/// Tickets in one claim.
pub const CLAIM: usize = 1_000;
/// The longest that a ticket is put off.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(3_660 * 86_400);

/// Refuses a text of more than `limit` characters, and one with NUL bytes.
pub(crate) fn text(field: &str, value: &str, limit: usize) -> Result<()> {
    // A text of at most `limit` bytes has at most `limit` characters: most texts are not counted.
    if value.len() > limit {
        let got = value.chars().count();
        if got > limit {
            return Err(Error::TooLong {
                field: field.to_owned(),
                limit,
                got,
            });
        }
    }
    if value.contains('\0') {
        return Err(Error::invalid(field, "it holds a NUL byte; leave that out"));
    }
    Ok(())
}

/// [`text`] for what may be left out.
pub(crate) fn opt_text(field: &str, value: Option<&str>, limit: usize) -> Result<()> {
    value.map_or(Ok(()), |value| text(field, value, limit))
}

/// Refuses a name that is empty, blank, over [`NAME`] characters or holds control characters.
pub(crate) fn name(field: &str, value: &str) -> Result<()> {
    if value.trim().is_empty() {
        return Err(Error::invalid(field, "it is empty"));
    }
    if value.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            "it holds a control character; leave that out",
        ));
    }
    text(field, value, NAME)
}

/// [`name`] for what may be left out.
pub(crate) fn opt_name(field: &str, value: Option<&str>) -> Result<()> {
    value.map_or(Ok(()), |value| name(field, value))
}

/// Levels of a JSON value. Readers of JSON stop at 127, and what is exported stands a few levels deep in its line.
const LEVELS: usize = 100;

/// Refuses a JSON value of too many levels, or of more than `limit` bytes as text.
pub(crate) fn json(field: &str, value: Option<&Value>, limit: usize) -> Result<()> {
    let Some(value) = value else { return Ok(()) };
    if is_deeper(value, LEVELS) {
        let why = format!("is nested deeper than {LEVELS} levels");
        return Err(Error::invalid(field, why));
    }
    let got = value.to_string().len();
    if got > limit {
        return Err(Error::TooLong {
            field: field.to_owned(),
            limit,
            got,
        });
    }
    Ok(())
}

/// Whether a value has more levels than these, without a call for each.
fn is_deeper(value: &Value, levels: usize) -> bool {
    let mut waiting = vec![(value, 0)];
    while let Some((value, level)) = waiting.pop() {
        match value {
            Value::Array(_) | Value::Object(_) if level == levels => return true,
            Value::Array(values) => waiting.extend(values.iter().map(|one| (one, level + 1))),
            Value::Object(fields) => waiting.extend(fields.values().map(|one| (one, level + 1))),
            _ => {}
        }
    }
    false
}

/// Refuses a lease of zero or absurd length.
pub(crate) fn lease(span: Duration) -> Result<()> {
    if span < SHORTEST_LEASE || span > LONGEST_LEASE {
        return Err(Error::invalid("lease", "a lease lasts from 100ms to 30d"));
    }
    Ok(())
}

/// Refuses a pause of absurd length.
pub(crate) fn pause(field: &str, span: Duration) -> Result<()> {
    if span > LONGEST_PAUSE {
        return Err(Error::invalid(
            field,
            "a ticket is put off for at most ten years",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_so_many_levels_and_no_more() {
        let nested = |levels| (0..levels).fold(Value::from(1), |inner, _| Value::from(vec![inner]));
        let taken = |levels| json("context", Some(&nested(levels)), 1_000);
        assert_eq!(taken(LEVELS), Ok(()));
        assert!(matches!(taken(LEVELS + 1), Err(Error::Invalid { .. })));
        let wide = serde_json::json!({"a": [1, {"b": nested(LEVELS - 3)}], "c": nested(LEVELS)});
        assert!(matches!(
            json("context", Some(&wide), 10_000),
            Err(Error::Invalid { .. })
        ));
        assert_eq!(json("context", Some(&nested(3)), 7), Ok(()));
        assert!(matches!(
            json("context", Some(&nested(4)), 7),
            Err(Error::TooLong { .. })
        ));
    }

    #[test]
    fn lengths_count_characters() {
        assert_eq!(text("message", &"ü".repeat(10), 10), Ok(()));
        assert_eq!(
            text("message", &"ü".repeat(11), 10),
            Err(Error::TooLong {
                field: "message".into(),
                limit: 10,
                got: 11
            })
        );
    }

    #[test]
    fn nul_bytes_and_blank_names_are_refused() {
        assert!(text("message", "a\0b", 10).is_err());
        for bad in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert!(name("holder", bad).is_err(), "{bad:?}");
        }
        assert!(lease(Duration::ZERO).is_err() && lease(LONGEST_LEASE * 2).is_err());
    }
}

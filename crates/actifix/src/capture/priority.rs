//! How much a report matters that does not say it: the old system's table by whole words and type names, so that
//! `domain.py` is not `main` and an `AuthorError` is no matter of authentication. The user's own rules come first.

pub use crate::priority_rule::{Field, Rule};
use crate::report::Report;
use crate::ticket::Priority;

/// The table; the first row that fits decides.
#[rustfmt::skip]
const TABLE: &[(Field, &[&str], Priority)] = &[
    (Field::ErrorType, &["fatal", "crash", "crashed", "corrupt", "corrupted", "corruption", "dataloss", "data loss"], Priority::P0),
    (Field::Message, &["data loss", "corrupt", "corrupted", "corruption", "crash", "crashed", "crashes", "crashing"], Priority::P0),
    (Field::ErrorType, &["database", "db", "security", "auth", "authentication", "authenticate", "unauthenticated",
        "authorization", "authorisation", "unauthorized", "unauthorised", "oauth"], Priority::P1),
    (Field::Source, &["core", "main"], Priority::P1),
    (Field::ErrorType, &["warning", "deprecated", "deprecation", "deprecate"], Priority::P3),
    (Field::ErrorType, &["style", "lint", "linter", "format", "formatting"], Priority::P4),
];

/// The priority of a report: what it says itself, else what the rules say, else P2.
///
/// ```
/// use actifix::{Priority, Report};
/// use actifix::capture::priority::{Field, Rule, of};
/// assert_eq!(of(&Report::error("DatabaseError", "no such table"), &[]), Priority::P1);
/// let own = [Rule::new(Field::Message, &["no such table"], Priority::P0)];
/// assert_eq!(of(&Report::error("DatabaseError", "no such table"), &own), Priority::P0);
/// ```
pub fn of(report: &Report, own: &[Rule]) -> Priority {
    if let Some(priority) = report.priority {
        return priority;
    }
    let texts = |field| match field {
        Field::ErrorType => report.error_type.as_deref(),
        Field::Message => Some(report.message.as_str()),
        Field::Source => report.source.as_deref(),
    };
    let words = [Field::ErrorType, Field::Message, Field::Source]
        .map(|field| words(texts(field).unwrap_or_default()));
    let has = |field, wanted: &str| {
        let place = match field {
            Field::ErrorType => 0,
            Field::Message => 1,
            Field::Source => 2,
        };
        words[place].contains(&format!(" {wanted} "))
    };
    let own = own
        .iter()
        .find(|rule| rule.words.iter().any(|word| has(rule.field, word)));
    let table = || {
        TABLE
            .iter()
            .find(|(field, words, _)| words.iter().any(|word| has(*field, word)))
    };
    own.map(|rule| rule.priority)
        .or_else(|| table().map(|row| row.2))
        .unwrap_or_default()
}

/// So much of a text is looked at.
const LONGEST: usize = 8 << 10;

/// The words of a text in small letters, each with a blank on both sides: `FatalDBError` is ` fatal db error `.
fn words(text: &str) -> String {
    let mut words = String::from(" ");
    let mut before = ' ';
    let mut chars = text.chars().take(LONGEST).peekable();
    while let Some(c) = chars.next() {
        let next_small = chars.peek().is_some_and(|next| next.is_lowercase());
        let begins =
            c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_small));
        if (begins || !c.is_alphanumeric()) && !words.ends_with(' ') {
            words.push(' ');
        }
        if c.is_alphanumeric() {
            words.extend(c.to_lowercase());
        }
        before = c;
    }
    words.push(' ');
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classified(kind: &str, message: &str, source: &str) -> Priority {
        of(&Report::error(kind, message).source(source), &[])
    }

    #[test]
    fn each_row_of_the_table_is_met() {
        for (kind, message, source, priority) in [
            ("FatalError", "x", "a.py:1", Priority::P0),
            ("DataLossError", "x", "a.py:1", Priority::P0),
            ("IOError", "the index is corrupted", "a.py:1", Priority::P0),
            ("IOError", "possible data loss", "a.py:1", Priority::P0),
            ("sqlite3.DatabaseError", "x", "a.py:1", Priority::P1),
            ("AuthenticationFailed", "x", "a.py:1", Priority::P1),
            ("ValueError", "x", "src/core/run.py:1", Priority::P1),
            ("ValueError", "x", "main.py:1", Priority::P1),
            ("DeprecationWarning", "x", "a.py:1", Priority::P3),
            ("StyleWarning", "x", "a.py:1", Priority::P3),
            ("lint_error", "x", "a.py:1", Priority::P4),
            ("ValueError", "x", "a.py:1", Priority::P2),
        ] {
            assert_eq!(
                classified(kind, message, source),
                priority,
                "{kind} {message} {source}"
            );
        }
    }

    #[test]
    fn parts_of_words_do_not_count() {
        for (kind, source) in [
            ("ValueError", "domain.py:1"),
            ("ValueError", "score.py:1"),
            ("AuthorError", "a.py:1"),
            ("InformationError", "a.py:1"),
        ] {
            assert_eq!(
                classified(kind, "the fatality of it", source),
                Priority::P2,
                "{kind} {source}"
            );
        }
    }

    #[test]
    fn what_the_report_says_wins() {
        let report = Report::error("FatalError", "x").priority(Priority::P4);
        assert_eq!(
            of(
                &report,
                &[Rule::new(Field::ErrorType, &["FATAL"], Priority::P1)]
            ),
            Priority::P4
        );
    }
}

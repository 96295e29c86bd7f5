//! Values that redaction has seen. The store's door takes no others.
//!
//! [`Clean`] has no other way in than [`Redact::redact`], so a text that skipped it does not compile into a call.
//! The rules below are the first few (authorisation headers, passwords in URLs and assignments, well-known token
//! shapes); what they do not know passes.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::archive::ArchiveLine;
use crate::evidence::Evidence;
use crate::lease::Release;
use crate::query::Story;
use crate::report::Report;
use crate::ticket::Ticket;

/// A value whose texts have been through redaction.
///
/// ```
/// use actifix::{Clean, Report};
/// let report: Clean<Report> = Report::error("E", "GET https://me:secret@host/ failed").into();
/// assert_eq!(report.get().message, "GET https://me:[redacted]@host/ failed");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Clean<T>(T);

impl<T> Clean<T> {
    /// The value.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// The value, by itself again.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Clean<Evidence> {
    /// The evidence as it is stored: JSON without what was not said. It holds no other text, so it is clean too.
    pub(crate) fn stored(&self) -> Clean<String> {
        Clean(serde_json::to_string(&StoredEvidence::of(&self.0)).unwrap_or_default())
    }
}

/// [`Evidence`] without empty fields.
#[derive(Serialize)]
struct StoredEvidence<'a> {
    did: &'a str,
    files: &'a [String],
    tested: &'a str,
    results: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

impl<'a> StoredEvidence<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        Self {
            did: &evidence.did,
            files: &evidence.files,
            tested: &evidence.tested,
            results: &evidence.results,
            summary: evidence.summary.as_deref(),
            url: evidence.url.as_deref(),
        }
    }
}

impl<T: Redact> From<T> for Clean<T> {
    fn from(mut value: T) -> Self {
        value.redact();
        Self(value)
    }
}

impl From<&str> for Clean<String> {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// What has texts that may hold secrets.
pub trait Redact {
    /// Takes the secrets out, in place.
    fn redact(&mut self);
}

impl Redact for String {
    fn redact(&mut self) {
        if let Cow::Owned(clean) = redacted(self) {
            *self = clean;
        }
    }
}

impl<T: Redact> Redact for Option<T> {
    fn redact(&mut self) {
        if let Some(value) = self {
            value.redact();
        }
    }
}

impl<T: Redact> Redact for Vec<T> {
    fn redact(&mut self) {
        self.iter_mut().for_each(Redact::redact);
    }
}

impl Redact for Value {
    fn redact(&mut self) {
        match self {
            Self::String(text) => text.redact(),
            Self::Array(values) => values.iter_mut().for_each(Redact::redact),
            Self::Object(fields) => {
                for (key, value) in fields.iter_mut() {
                    match value {
                        Self::String(text) if is_secret(key) => *text = MASK.to_owned(),
                        other => other.redact(),
                    }
                }
            }
            _ => {}
        }
    }
}

impl Redact for Report {
    fn redact(&mut self) {
        self.message.redact();
        for text in [
            &mut self.error_type,
            &mut self.source,
            &mut self.stack_trace,
            &mut self.body,
            &mut self.fingerprint,
            &mut self.environment,
            &mut self.release,
            &mut self.correlation_id,
            &mut self.user,
        ] {
            text.redact();
        }
        self.tags.values_mut().for_each(Redact::redact);
        self.context.redact();
        self.payload.redact();
    }
}

impl Redact for Ticket {
    fn redact(&mut self) {
        self.message.redact();
        self.error_type.redact();
        self.source.redact();
        for text in [
            &mut self.stack_trace,
            &mut self.body,
            &mut self.notes,
            &mut self.last_error,
            &mut self.fingerprint,
        ] {
            text.redact();
        }
        self.tags.values_mut().for_each(Redact::redact);
        self.context.redact();
        self.payload.redact();
        if let Some(completion) = &mut self.completion {
            completion.evidence.redact();
        }
    }
}

impl Redact for Story {
    fn redact(&mut self) {
        self.ticket.redact();
        for event in &mut self.events {
            event.old.redact();
            event.new.redact();
        }
        for sample in &mut self.samples {
            sample.message.redact();
            sample.stack_trace.redact();
            sample.context.redact();
        }
    }
}

impl Redact for ArchiveLine {
    fn redact(&mut self) {
        match self {
            Self::Head(_) | Self::Name(_) => {}
            Self::Ticket(ticket) => {
                ticket.story.redact();
                ticket.kept.values_mut().for_each(Redact::redact);
            }
            Self::Row(row) => row.values.values_mut().for_each(Redact::redact),
        }
    }
}

impl Redact for Release {
    fn redact(&mut self) {
        self.reason.redact();
    }
}

impl Redact for Evidence {
    fn redact(&mut self) {
        for text in [&mut self.did, &mut self.tested, &mut self.results] {
            text.redact();
        }
        self.files.redact();
        self.summary.redact();
        self.url.redact();
    }
}

const MASK: &str = "[redacted]";

/// A rule: how to find a secret, and what stands in its place. `hint` is looked for first, because most texts have
/// nothing to hide and a plain search is far cheaper than an expression.
struct Rule {
    hints: &'static [&'static str],
    find: LazyLock<Option<Regex>>,
    put: &'static str,
}

macro_rules! rule {
    ($hints:expr, $find:literal, $put:literal) => {
        Rule {
            hints: $hints,
            find: LazyLock::new(|| compiled($find)),
            put: $put,
        }
    };
}

static RULES: [Rule; 4] = [
    rule!(
        &["://"],
        r"(?i)\b([a-z][a-z0-9+.-]{0,20}://[^\s/:@]{0,100}):[^\s/@]{1,200}@",
        "$1:[redacted]@"
    ),
    rule!(
        &["uthorization", "AUTHORIZATION", "earer ", "BEARER "],
        r#"(?i)\b(authorization["']?\s*[:=]\s*["']?(?:basic|bearer|token)?|bearer)\s+[a-z0-9._~+/=-]{6,}"#,
        "$1 [redacted]"
    ),
    rule!(
        &[
            "AKIA",
            "ghp_",
            "gho_",
            "ghs_",
            "github_pat_",
            "xox",
            "sk-",
            "sk_live_",
            "glpat-"
        ],
        r"\b(?:AKIA[0-9A-Z]{16}|gh[pos]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,255}|xox[abprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,}|sk_live_[A-Za-z0-9]{16,}|glpat-[A-Za-z0-9_-]{20,})",
        "[redacted]"
    ),
    rule!(
        &[
            "assw", "PASSW", "ecret", "SECRET", "api_key", "apikey", "API_KEY", "oken", "TOKEN"
        ],
        r#"(?i)\b([a-z0-9_-]{0,40}(?:password|passwd|secret|api_?key|access_?token|auth_?token)["']?\s*[:=]\s*["']?)[^\s"',;&]{4,200}"#,
        "$1[redacted]"
    ),
];

static SECRET_KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compiled(
        r"(?i)^(?:.*[_-])?(?:password|passwd|secret|api_?key|access_?token|auth_?token|authorization|cookie)$",
    )
});

/// `None` only for a pattern that does not compile, which a test would find.
fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

fn is_secret(key: &str) -> bool {
    SECRET_KEY.as_ref().is_some_and(|known| known.is_match(key))
}

/// One pass over a text tells whether any rule could have something to do: most texts have nothing to hide.
static HINTS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(RULES.iter().flat_map(|rule| rule.hints)).ok());

fn redacted(text: &str) -> Cow<'_, str> {
    let mut clean = Cow::Borrowed(text);
    if HINTS.as_ref().is_some_and(|hints| !hints.is_match(text)) {
        return clean;
    }
    for rule in &RULES {
        if rule.hints.iter().any(|hint| clean.contains(hint))
            && let Some(find) = &*rule.find
            && let Cow::Owned(changed) = find.replace_all(&clean, rule.put)
        {
            clean = Cow::Owned(changed);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> String {
        Clean::<String>::from(text).into_inner()
    }

    #[test]
    fn known_secrets_are_masked() {
        assert_eq!(
            clean("postgres://app:hunter22@db/x"),
            "postgres://app:[redacted]@db/x"
        );
        assert_eq!(
            clean("Authorization: Bearer abcdef.ghijkl"),
            "Authorization: Bearer [redacted]"
        );
        assert_eq!(
            clean("key AKIAABCDEFGHIJKLMNOP seen"),
            "key [redacted] seen"
        );
        assert_eq!(
            clean("DB_PASSWORD=hunter22 and more"),
            "DB_PASSWORD=[redacted] and more"
        );
        let mut value =
            serde_json::json!({"api_key": "abc", "list": ["password=hunter22"], "n": 1});
        value.redact();
        assert_eq!(
            value,
            serde_json::json!({"api_key": MASK, "list": ["password=[redacted]"], "n": 1})
        );
    }

    #[test]
    fn plain_texts_stay_as_they_are() {
        for text in [
            "no such token in line 3",
            "tokens: 512",
            "see https://host:8080/a@b",
            "ValueError: secret sauce",
        ] {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn every_rule_compiles() {
        assert!(RULES.iter().all(|rule| rule.find.is_some()));
        assert!(SECRET_KEY.is_some() && HINTS.is_some());
    }
}

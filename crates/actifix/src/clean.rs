//! Values that redaction has seen. The store's door takes no others.
//!
//! [`Clean`] has no other way in than [`Redact::redact`], so a text that skipped it does not compile into a call. The
//! rules stand in the files below: `services` has the tokens of well-known services, `finders` what is looked for beside
//! them, `rules` asks those whose keyword is met.

mod addresses;
mod assignments;
mod cards;
mod checksum;
mod finders;
mod headers;
mod logins;
mod names;
mod own;
mod private_keys;
mod rules;
mod services;
mod shape;
mod text;

use std::borrow::Cow;

pub(crate) use names::is_secret as is_secret_name;
pub use own::{Allowed as AllowedSecret, Rule as RedactionRule};
pub use rules::Redaction;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::archive::ArchiveLine;
use crate::evidence::Evidence;
use crate::lease::Release;
use crate::query::Story;
use crate::report::{Mark, Report};
use crate::ticket::{Priority, Tags, Ticket};

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

impl Clean<Report> {
    /// The report with what was found out about it, of its clean texts; `old_mark` is only looked for.
    pub(crate) fn found(
        mut self,
        marks: Vec<Mark>,
        old_mark: Option<String>,
        priority: Priority,
    ) -> Self {
        self.0.marks = marks;
        self.0.old_mark = old_mark;
        self.0.priority = Some(priority);
        self
    }

    /// What another process knew of it beside its words: nothing of it is text that redaction has not seen.
    pub(crate) fn crossed(
        mut self,
        marks: Vec<Mark>,
        old_mark: Option<String>,
        not_before: Option<std::time::Duration>,
    ) -> Self {
        self.0.marks = marks;
        self.0.old_mark = old_mark;
        self.0.not_before = not_before;
        self
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
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<&'a str>,
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
            release: evidence.release.as_deref(),
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

/// A value and all in it, however deep, without a call for each depth.
impl Redact for Value {
    fn redact(&mut self) {
        let mut waiting = vec![(self, false)];
        while let Some((value, secret)) = waiting.pop() {
            match value {
                Self::String(text) if secret && !text.is_empty() => *text = MASK.to_owned(),
                Self::String(text) => text.redact(),
                Self::Array(values) => {
                    waiting.extend(values.iter_mut().map(|value| (value, secret)))
                }
                Self::Object(fields) => {
                    clean_keys(fields);
                    let inside = fields.iter_mut();
                    waiting.extend(inside.map(|(key, value)| (value, names::is_secret(key))));
                }
                _ => {}
            }
        }
    }
}

/// Keys may hold secrets too.
fn clean_keys(fields: &mut serde_json::Map<String, Value>) {
    let rules = rules::in_force();
    let dirty = fields
        .keys()
        .any(|key| matches!(rules.clean(key), Cow::Owned(_)));
    if dirty {
        let all = std::mem::take(fields).into_iter();
        *fields = all
            .map(|(key, value)| (rules.clean(&key).into_owned(), value))
            .collect();
    }
}

/// Tags: a value under a secret's name is one.
impl Redact for Tags {
    fn redact(&mut self) {
        let rules = rules::in_force();
        let dirty = self
            .keys()
            .any(|key| matches!(rules.clean(key), Cow::Owned(_)));
        if dirty {
            let all = std::mem::take(self).into_iter();
            *self = all
                .map(|(key, value)| (rules.clean(&key).into_owned(), value))
                .collect();
        }
        for (key, value) in self {
            if names::is_secret(key) {
                MASK.clone_into(value);
            } else {
                value.redact();
            }
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
            &mut self.project,
            &mut self.origin,
        ] {
            text.redact();
        }
        self.tags.redact();
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
        self.tags.redact();
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
            sample.environment.redact();
            sample.release.redact();
            sample.user.redact();
            sample.tags.redact();
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

/// What stands in a secret's place.
pub(crate) const MASK: &str = "[redacted]";

fn redacted(text: &str) -> Cow<'_, str> {
    rules::in_force().clean(text)
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
}

//! The table of settings: what is read, shown, documented and named in errors. Defaults stand with what uses them.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::kind::Kind::{self, Age, Flag, Number, Secret, Size, Span, Tables, Text, Texts, Word};
use super::sections::{Config, RedactRule};
use crate::clean::{AllowedSecret, Redaction};
use crate::error::Error;
use crate::limits::{LONGEST_LEASE, LONGEST_PAUSE, NAME, SHORTEST_LEASE};
use crate::notify::{Hook, Target, Webhook};
use crate::once::Once;
use crate::outbox::Occasion;
use crate::priority_rule::Rule;
use crate::retention::SHORTEST_PAUSE;
use crate::ticket::Priority;

/// One setting.
#[derive(Clone, Copy)]
pub struct Setting {
    /// Its key, sections and name with dots between.
    pub key: &'static str,
    variable: Option<&'static str>,
    /// What it takes.
    pub kind: Kind,
    /// What it means, a sentence without its full stop.
    pub meaning: &'static str,
}

const fn row(key: &'static str, kind: Kind, meaning: &'static str) -> Setting {
    Setting {
        key,
        variable: None,
        kind,
        meaning,
    }
}

impl Setting {
    /// Whose variable is not called after the key.
    const fn known_as(mut self, variable: &'static str) -> Self {
        self.variable = Some(variable);
        self
    }

    /// The table whose field this is: `hook` of `hook.command`.
    pub fn list(&self) -> Option<&'static Setting> {
        let above = self.key.rsplit_once('.')?.0;
        find(above).filter(|setting| matches!(setting.kind, Tables(_)))
    }

    /// The variable that overrides the files: `ACTIFIX_WORK_LEASE` for `work.lease`. Tables have none.
    pub fn variable(&self) -> Option<Cow<'static, str>> {
        if matches!(self.kind, Tables(_)) || self.list().is_some() {
            return None;
        }
        Some(self.variable.map_or_else(
            || {
                Cow::Owned(format!(
                    "ACTIFIX_{}",
                    self.key.replace('.', "_").to_uppercase()
                ))
            },
            Cow::Borrowed,
        ))
    }

    /// Its default; none for fields of tables.
    pub fn default(&self) -> Option<Value> {
        static DEFAULTS: Once<Value> = Once::new();
        let defaults = || serde_json::to_value(Config::default()).unwrap_or_default();
        let start = Some(DEFAULTS.get(defaults));
        self.key
            .split('.')
            .fold(start, |at, name| at?.get(name))
            .cloned()
    }
}

/// The setting of this key.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Waits that people set.
const WAIT: Kind = Span(Duration::ZERO, ms(365 * 86_400_000));
const LEASE: Kind = Span(SHORTEST_LEASE, LONGEST_LEASE);
const REST: Kind = Span(Duration::ZERO, LONGEST_PAUSE);
const LENGTH: Kind = Number(1, 10_000_000);
const ANY: Kind = Number(0, i64::MAX as u64);
const BYTES: Kind = Size(0, 1 << 50);
const ATTEMPT: Kind = Span(ms(1), ms(600_000));
const SLA: Kind = Span(ms(1_000), LONGEST_PAUSE);

/// All settings, in the order in which they are shown. Who adds a section adds its rows below those of `health`.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    row("actor", Text(NAME), "In whose name changes are made, when --as is not given; user@host when not set").known_as("ACTIFIX_AS"),

    row("store.evidence", Word(&["strict", "lengths", "none"]), "How much evidence a completion needs: lengths and real file names, lengths, or none").known_as("ACTIFIX_EVIDENCE"),
    row("store.late_completions", Flag, "Whether a completion under the last token counts after the lease ran out, until somebody takes the ticket").known_as("ACTIFIX_LATE_COMPLETIONS"),
    row("store.regression", Word(&["reopen", "new-ticket", "count-only"]), "What becomes of an error that comes again after its ticket was completed"),
    row("store.deadline", WAIT, "How long a call waits for the write lock before it answers busy"),
    row("store.line", Word(&["auto", "gate", "shared"]), "Whether processes share their commits: once one lives long, never, from its first write on").known_as("ACTIFIX_LINE"),

    row("limits.message", LENGTH, "Characters of a message or title").known_as("ACTIFIX_MAX_MESSAGE_LENGTH"),
    row("limits.source", LENGTH, "Characters of a source"),
    row("limits.error_type", LENGTH, "Characters of an error's type"),
    row("limits.stack_trace", LENGTH, "Characters of a stack"),
    row("limits.notes", LENGTH, "Characters of notes, of a task's text and of each text of evidence"),
    row("limits.context", Size(2, 64 << 20), "Bytes of a context or payload as JSON").known_as("ACTIFIX_MAX_FILE_CONTEXT_BYTES"),
    row("limits.open_tickets", ANY, "Open tickets; 0 is no limit").known_as("ACTIFIX_MAX_OPEN_TICKETS"),
    row("limits.captured_per_minute", ANY, "New tickets a minute from one origin that reports by itself; 0 is no limit"),

    row("retry.attempts", Number(1, 1_000_000), "Failed attempts after which a ticket is quarantined"),
    row("retry.expiries", Number(1, 1_000_000), "Leases that may run out one after the other before a ticket is quarantined"),
    row("retry.pause", REST, "The rest of a ticket after its first failed attempt; it doubles with each"),
    row("retry.longest_pause", REST, "The longest rest of a ticket"),

    row("claim.lease", LEASE, "How long a lease lasts that is claimed, acquired or renewed by hand"),

    row("work.lease", LEASE, "How long a lease lasts that `work` and `mcp` renew by themselves, at a third of it"),
    row("work.concurrency", Number(1, 256), "How many tickets `work` works on at the same time"),
    row("work.grace", WAIT, "How long what runs may go on after the first signal"),
    row("work.kill_after", WAIT, "How long after SIGTERM a command is killed"),

    row("capture.context", Flag, "Whether reports of `run` gather what was around: source lines, commit, platform, variables"),
    row("capture.variables", Texts(variable), "Variables that a report takes over besides the usual ones").known_as("ACTIFIX_CONTEXT_ENV"),
    row("capture.ignore", Texts(fine), "Types of errors that make no ticket by themselves (`run`, `ingest`, panics); `record` takes them"),
    row("capture.tail", Number(1, 10_000), "Lines of a command's output that its report keeps"),
    row("capture.patience", WAIT, "How long a report of `run` waits for the database before it goes into the spool"),

    row("priority.rule", Tables(fits::<Rule>), "What errors mean that name no priority; the first that fits decides, before the built-in table"),
    row("priority.rule.field", Word(&["error_type", "message", "source"]), "Where the words are looked for"),
    row("priority.rule.words", Texts(fine), "Any of these, as whole words, in capitals or not"),
    row("priority.rule.priority", Word(&["P0", "P1", "P2", "P3", "P4"]), "What it means"),

    row("redact.without", Texts(redaction_rule), "Built-in rules that are switched off; `actifix redact --rules` lists them"),

    row("redact.allow", Texts(allowed), "What looks like a secret and is none: patterns, each matched against the whole of what a rule found"),
    row("redact.rule", Tables(redacts), "Rules besides the built-in ones; those of both files hold"),
    row("redact.rule.name", Text(NAME), "What the rule is called"),
    row("redact.rule.pattern", Text(4096), "A regular expression: what it matches is masked, or its first group when it has one"),
    row("redact.rule.keywords", Texts(fine), "The rule is asked only of texts with one of these, in capitals or not; that is fast"),
    row("redact.rule.replacement", Text(NAME), "What stands in the secret's place, instead of [redacted]"),

    row("health.sla.P0", SLA, "How long a P0 ticket may be open"),
    row("health.sla.P1", SLA, "How long a P1 ticket may be open"),
    row("health.sla.P2", SLA, "How long a P2 ticket may be open"),
    row("health.sla.P3", SLA, "How long a P3 ticket may be open"),
    row("health.sla.P4", SLA, "How long a P4 ticket may be open"),
    row("health.expired", WAIT, "A lease that ran out so long ago and was taken up by nobody is a warning"),
    row("health.quarantined", ANY, "More quarantined tickets than these are a warning"),
    row("health.spool", WAIT, "A report that waits in the spool for so long is a warning"),
    row("health.deliveries", WAIT, "Something that a hook or webhook was not told for so long is a warning"),
    row("health.disk_free", BYTES, "Less room on the database's disk is a warning; a sixteenth of it is failing"),
    row("health.wal", BYTES, "A larger write-ahead log is a warning"),
    row("health.clock", WAIT, "A newest event so far in the future is a warning"),

    row("retention.enabled", Flag, "Whether `work` applies the policy by itself; nothing is removed or closed otherwise, but by `prune`"),
    row("retention.every", Span(SHORTEST_PAUSE, LONGEST_PAUSE), "How long after one run the next begins, whichever process does it"),
    row("retention.completed.P0", Age, "How long a completed ticket of P0 is kept after its end"),
    row("retention.completed.P1", Age, "How long a completed ticket of P1 is kept after its end"),
    row("retention.completed.P2", Age, "How long a completed ticket of P2 is kept after its end"),
    row("retention.completed.P3", Age, "How long a completed ticket of P3 is kept after its end"),
    row("retention.completed.P4", Age, "How long a completed ticket of P4 is kept after its end"),
    row("retention.closed.P0", Age, "How long a closed ticket of P0 is kept after its end"),
    row("retention.closed.P1", Age, "How long a closed ticket of P1 is kept after its end"),
    row("retention.closed.P2", Age, "How long a closed ticket of P2 is kept after its end"),
    row("retention.closed.P3", Age, "How long a closed ticket of P3 is kept after its end"),
    row("retention.closed.P4", Age, "How long a closed ticket of P4 is kept after its end"),
    row("retention.ignored", Age, "How long an ignored ticket is kept; its reports make a new one afterwards"),
    row("retention.deleted", Age, "How long a deleted ticket is kept"),
    row("retention.quarantined", Age, "How long a quarantined ticket is kept that nothing happens to"),
    row("retention.close_open.P0", Age, "After how long an open P0 ticket that nothing happens to is closed as obsolete"),
    row("retention.close_open.P1", Age, "After how long an open P1 ticket that nothing happens to is closed as obsolete"),
    row("retention.close_open.P2", Age, "After how long an open P2 ticket that nothing happens to is closed as obsolete"),
    row("retention.close_open.P3", Age, "After how long an open P3 ticket that nothing happens to is closed as obsolete"),
    row("retention.close_open.P4", Age, "After how long an open P4 ticket that nothing happens to is closed as obsolete"),
    row("retention.tests.remove", Age, "How long a ticket that a test made is kept after its end, whatever that was"),
    row("retention.tests.close_open", Age, "After how long an open ticket that a test made and nothing happens to is closed as obsolete"),
    row("retention.tests.marks.environments", Texts(fine), "A ticket whose environment is one of these was made by a test"),
    row("retention.tests.marks.tags", Texts(fine), "A ticket with one of these tags, KEY or KEY=VALUE, was made by a test"),
    row("retention.tests.marks.sources", Texts(fine), "A ticket whose source has a folder or file that begins like this was made by a test"),

    row("hook", Tables(target::<Hook>), "Commands that are told what happens to tickets"),
    row("hook.name", Text(64), "Its name: letters, digits, -, _ and ."),
    row("hook.command", Texts(fine), "The program and its arguments; no shell reads them"),
    row("hook.on", Texts(occasion), "On what: recorded, regressed, completed, quarantined; all when not said"),
    row("hook.priority", Texts(priority), "Only tickets of these priorities"),
    row("hook.project", Text(NAME), "Only this project's tickets"),
    row("hook.timeout", ATTEMPT, "It is ended after so long; 30s when not said"),
    row("webhook", Tables(target::<Webhook>), "Addresses that are told what happens to tickets"),
    row("webhook.name", Text(64), "Its name: letters, digits, -, _ and ."),
    row("webhook.url", Secret, "Where to"),
    row("webhook.format", Word(&["generic", "slack", "discord"]), "In what form; generic when not said"),
    row("webhook.secret", Secret, "What the generic form is signed with: whsec_ and base64"),
    row("webhook.on", Texts(occasion), "On what: recorded, regressed, completed, quarantined; all when not said"),
    row("webhook.priority", Texts(priority), "Only tickets of these priorities"),
    row("webhook.project", Text(NAME), "Only this project's tickets"),
    row("webhook.timeout", ATTEMPT, "An answer is waited for so long; 15s when not said"),
];

/// Whether a table as a whole makes sense to its reader.
fn fits<T: DeserializeOwned>(table: &Value) -> Result<(), String> {
    T::deserialize(table)
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Whether somebody could be told so.
fn target<T: DeserializeOwned + Into<Target>>(table: &Value) -> Result<(), String> {
    let read = T::deserialize(table).map_err(|error| error.to_string())?;
    read.into().check().map_err(|error| error.to_string())
}

fn occasion(word: &str) -> Result<(), String> {
    word.parse::<Occasion>()
        .map(drop)
        .map_err(|error| error.to_string())
}

fn priority(word: &str) -> Result<(), String> {
    word.parse::<Priority>()
        .map(drop)
        .map_err(|error| error.to_string())
}

fn fine(text: &str) -> Result<(), String> {
    match text.trim() {
        "" => Err("a text in the list is empty; leave it out".to_owned()),
        _ => Ok(()),
    }
}

fn variable(name: &str) -> Result<(), String> {
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(format!(
            "`{}` is no name of a variable",
            name.escape_debug()
        ));
    }
    Ok(())
}

fn redacts(table: &Value) -> Result<(), String> {
    let rule = RedactRule::deserialize(table).map_err(|error| error.to_string())?;
    rule.rule().map(drop).map_err(why)
}

fn allowed(pattern: &str) -> Result<(), String> {
    AllowedSecret::new(pattern).map(drop).map_err(why)
}

/// What is wrong, without the field: the key stands before it.
fn why(error: Error) -> String {
    match error {
        Error::Invalid { why, .. } => why,
        other => other.to_string(),
    }
}

fn redaction_rule(name: &str) -> Result<(), String> {
    let names = Redaction::names();
    if names.contains(&name) {
        return Ok(());
    }
    let meant = super::load::nearest(name, names.into_iter());
    let next = meant.map_or_else(
        || "`actifix redact --rules` lists them".to_owned(),
        |meant| format!("did you mean {meant}?"),
    );
    Err(format!(
        "there is no rule `{}`; {next}",
        name.escape_debug()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(value: &Value, above: &str, into: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let key = if above.is_empty() {
                        name.clone()
                    } else {
                        format!("{above}.{name}")
                    };
                    keys(value, &key, into);
                }
            }
            _ => into.push(above.to_owned()),
        }
    }

    #[test]
    fn the_table_has_what_the_sections_have() {
        let mut sections = Vec::new();
        keys(
            &serde_json::to_value(Config::default()).unwrap(),
            "",
            &mut sections,
        );
        let rows = SETTINGS
            .iter()
            .filter(|setting| setting.variable().is_some());
        let mut rows: Vec<_> = rows.map(|setting| setting.key.to_owned()).collect();
        sections.sort_unstable();
        rows.sort_unstable();
        assert_eq!(rows, sections);
    }

    #[test]
    fn every_default_is_allowed_and_no_variable_means_two_things() {
        let mut variables = Vec::new();
        for setting in SETTINGS {
            let Some(variable) = setting.variable() else {
                continue;
            };
            variables.push(variable);
            let default = setting.default().unwrap();
            let shown = match &default {
                Value::Null => continue,
                Value::Array(texts) if texts.is_empty() => String::new(),
                _ => setting.kind.show(&default),
            };
            assert_eq!(
                setting.kind.read_text(&shown),
                Ok(default),
                "{}",
                setting.key
            );
        }
        let all = variables.len();
        variables.sort_unstable();
        variables.dedup();
        assert_eq!(variables.len(), all);
    }
}

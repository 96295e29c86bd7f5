//! The configuration as its readers take it: a section is a struct with its defaults.
//!
//! To add a section: its struct stands in the room that uses it, with serde's `default` and `deny_unknown_fields`; a field
//! here; its keys in the table of settings. A test compares the two.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clean::{AllowedSecret, Redaction, RedactionRule};
use crate::error::Result;
use crate::evidence::EvidencePolicy;
use crate::keep::HealthRules;
use crate::lease::RetryRules;
use crate::limits::{DEFAULT_LEASE, Limits};
use crate::notify::{Hook, Webhook};
use crate::priority_rule::Rule;
use crate::retention::Retention;
use crate::store::{LineForm, Regression, Settings};

/// Every setting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// In whose name changes are made.
    pub actor: Option<String>,
    /// What the store does.
    pub store: Policy,
    /// How much of everything is taken.
    pub limits: Limits,
    /// When failed tickets come back.
    pub retry: RetryRules,
    /// Claims by hand.
    pub claim: Claims,
    /// The loop that works.
    pub work: Work,
    /// What reports gather.
    pub capture: Capturing,
    /// What errors mean.
    pub priority: Priorities,
    /// What is masked.
    pub redact: Redacting,
    /// From where on something is not well.
    pub health: HealthRules,
    /// How long tickets are kept.
    pub retention: Retention,
    /// Commands that are told what happens.
    #[serde(skip_serializing)]
    pub hook: Vec<Hook>,
    /// Addresses that are told what happens.
    #[serde(skip_serializing)]
    pub webhook: Vec<Webhook>,
}

/// `[store]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// How much evidence a completion needs.
    pub evidence: EvidencePolicy,
    /// Whether a completion under the last token counts although the lease has run out.
    pub late_completions: bool,
    /// What becomes of an error that comes again.
    pub regression: Regression,
    /// How long a call waits for the write lock.
    #[serde(with = "crate::time::span")]
    pub deadline: Duration,
    /// How the processes of a machine take turns.
    pub line: LineForm,
}

impl Default for Policy {
    fn default() -> Self {
        let settings = Settings::default();
        Self {
            evidence: settings.evidence,
            late_completions: settings.late_completions,
            regression: settings.regression,
            deadline: settings.deadline,
            line: settings.line,
        }
    }
}

/// `[claim]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Claims {
    /// A lease by hand.
    #[serde(with = "crate::time::span")]
    pub lease: Duration,
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            lease: DEFAULT_LEASE,
        }
    }
}

/// `[work]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Work {
    /// A lease that is renewed by itself.
    #[serde(with = "crate::time::span")]
    pub lease: Duration,
    /// So many tickets at the same time.
    pub concurrency: usize,
    /// How long a running command may go on after the first signal.
    #[serde(with = "crate::time::span")]
    pub grace: Duration,
    /// Between SIGTERM and SIGKILL.
    #[serde(with = "crate::time::span")]
    pub kill_after: Duration,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(300),
            concurrency: 1,
            grace: Duration::from_secs(30),
            kill_after: Duration::from_secs(5),
        }
    }
}

/// `[capture]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capturing {
    /// Whether reports gather what was around.
    pub context: bool,
    /// Variables that they take over besides the usual ones.
    pub variables: Vec<String>,
    /// Types of errors that make no ticket by themselves.
    pub ignore: Vec<String>,
    /// Lines of a command's output that its report keeps.
    pub tail: usize,
    /// How long a report waits for the database before it goes into the spool.
    #[serde(with = "crate::time::span")]
    pub patience: Duration,
}

impl Default for Capturing {
    fn default() -> Self {
        Self {
            context: true,
            variables: Vec::new(),
            ignore: Vec::new(),
            tail: 200,
            patience: Duration::from_secs(3),
        }
    }
}

/// `[priority]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Priorities {
    /// The rules, the first that fits decides.
    #[serde(skip_serializing)]
    pub rule: Vec<Rule>,
}

/// `[redact]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redacting {
    /// Built-in rules that are switched off.
    pub without: Vec<String>,
    /// What looks like a secret and is none, as patterns.
    pub allow: Vec<String>,
    /// Rules besides the built-in ones.
    #[serde(skip_serializing)]
    pub rule: Vec<RedactRule>,
}

/// `[[redact.rule]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedactRule {
    /// What it is called.
    pub name: String,
    /// What is masked, or its first group.
    pub pattern: String,
    /// It is asked only where one of these stands.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// What stands in the secret's place.
    pub replacement: Option<String>,
}

impl RedactRule {
    /// As the rule that it is.
    ///
    /// # Errors
    /// Those of [`RedactionRule::new`].
    pub fn rule(&self) -> Result<RedactionRule> {
        let keywords: Vec<&str> = self.keywords.iter().map(String::as_str).collect();
        let rule = RedactionRule::new(&self.name, &keywords, &self.pattern)?;
        Ok(match &self.replacement {
            Some(word) => rule.replacement(word),
            None => rule,
        })
    }
}

impl Config {
    /// The rules of redaction. Each name and pattern has been judged where it was read; one that does not work is left out.
    pub fn redaction(&self) -> Redaction {
        let set = &self.redact;
        let mut rules = Redaction::standard();
        for name in set
            .without
            .iter()
            .filter(|name| Redaction::names().contains(&name.as_str()))
        {
            rules = rules
                .without(name)
                .unwrap_or_else(|_| Redaction::standard());
        }
        rules = set
            .rule
            .iter()
            .filter_map(|rule| rule.rule().ok())
            .fold(rules, Redaction::with);
        let allowed = set
            .allow
            .iter()
            .filter_map(|pattern| AllowedSecret::new(pattern).ok());
        allowed.fold(rules, Redaction::allowing)
    }

    /// The settings of a store that is opened with (`create`) or without making its file.
    pub fn settings(&self, create: bool) -> Settings {
        Settings {
            create,
            limits: self.limits.clone(),
            evidence: self.store.evidence,
            late_completions: self.store.late_completions,
            regression: self.store.regression,
            retry: self.retry.clone(),
            deadline: self.store.deadline,
            line: self.store.line,
            ..Settings::default()
        }
    }
}

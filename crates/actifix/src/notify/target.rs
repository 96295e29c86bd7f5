//! Targets as the configuration names them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::outbox::{self, Occasion, Subscription};
use crate::secret::Secret;
use crate::ticket::{Priority, words};

/// `[[hook]]`: a command that is run. It gets what happened as JSON on its stdin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// Its name, which no other target has.
    pub name: String,
    /// The program and its arguments. No shell reads them; `["sh", "-c", "…"]` asks for one.
    pub command: Vec<String>,
    /// On these occasions; on all when not said.
    #[serde(default)]
    pub on: Vec<Occasion>,
    /// Only of tickets of these priorities.
    #[serde(default)]
    pub priority: Vec<Priority>,
    /// Only of this project's tickets.
    #[serde(default)]
    pub project: Option<String>,
    /// It is ended after so long.
    #[serde(default = "hook_timeout", with = "crate::time::span")]
    pub timeout: Duration,
}

fn hook_timeout() -> Duration {
    Duration::from_secs(30)
}

/// `[[webhook]]`: an address that gets a POST.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Its name, which no other target has.
    pub name: String,
    /// Where to. Who knows the address of a Slack or Discord webhook can write there, so it is a secret.
    pub url: Secret,
    /// In what form.
    #[serde(default)]
    pub format: Format,
    /// What the body is signed with: `whsec_` and base64. Only for the generic form.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// On these occasions; on all when not said.
    #[serde(default)]
    pub on: Vec<Occasion>,
    /// Only of tickets of these priorities.
    #[serde(default)]
    pub priority: Vec<Priority>,
    /// Only of this project's tickets.
    #[serde(default)]
    pub project: Option<String>,
    /// An answer is waited for so long.
    #[serde(default = "webhook_timeout", with = "crate::time::span")]
    pub timeout: Duration,
}

fn webhook_timeout() -> Duration {
    Duration::from_secs(15)
}

/// What a webhook's body looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON with what happened, as Standard Webhooks has it.
    #[default]
    Generic,
    /// A message for Slack.
    Slack,
    /// A message for Discord.
    Discord,
}

words!(Format, "format", Generic => "generic", Slack => "slack", Discord => "discord");

/// A hook or a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A command.
    Hook(Hook),
    /// An address.
    Webhook(Webhook),
}

/// The longest that a target may take.
const LONGEST: Duration = Duration::from_secs(600);
/// What else than its own time an attempt may take: ending a command, telling the store.
#[cfg(feature = "notify")]
const MARGIN: Duration = Duration::from_secs(5);

impl Target {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Hook(hook) => &hook.name,
            Self::Webhook(webhook) => &webhook.name,
        }
    }

    /// How long an attempt may take.
    pub fn timeout(&self) -> Duration {
        match self {
            Self::Hook(hook) => hook.timeout,
            Self::Webhook(webhook) => webhook.timeout,
        }
    }

    /// How long a deliverer keeps the target for one attempt.
    #[cfg(feature = "notify")]
    pub(super) fn lease(&self) -> Duration {
        self.timeout() + MARGIN
    }

    /// What it is told.
    pub fn subscription(&self) -> Subscription {
        let (on, priorities, project) = match self {
            Self::Hook(hook) => (&hook.on, &hook.priority, &hook.project),
            Self::Webhook(webhook) => (&webhook.on, &webhook.priority, &webhook.project),
        };
        Subscription {
            target: self.name().to_owned(),
            on: on.clone(),
            priorities: priorities.clone(),
            project: project.clone(),
        }
    }

    /// Judges it, without looking at secrets.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the target and what is wrong.
    pub fn check(&self) -> Result<()> {
        self.subscription().check()?;
        let wrong = |what: &str| {
            let why = format!("`{}`: {what}", self.name());
            Err(Error::invalid("target", why))
        };
        if self.timeout().is_zero() || self.timeout() > LONGEST {
            return wrong("its timeout goes from 1ms to 10m");
        }
        match self {
            Self::Hook(hook) if hook.command.first().is_none_or(String::is_empty) => {
                wrong("its command is empty; it is a list of a program and its arguments")
            }
            Self::Hook(hook) if hook.command.iter().any(|word| word.contains('\0')) => {
                wrong("its command holds a NUL byte")
            }
            Self::Webhook(webhook)
                if webhook.secret.is_some() && webhook.format != Format::Generic =>
            {
                wrong("only the generic form is signed; leave the secret out")
            }
            _ => Ok(()),
        }
    }
}

impl From<Hook> for Target {
    fn from(hook: Hook) -> Self {
        Self::Hook(hook)
    }
}

impl From<Webhook> for Target {
    fn from(webhook: Webhook) -> Self {
        Self::Webhook(webhook)
    }
}

/// What all of them are told, judged.
///
/// # Errors
/// [`Error::Invalid`] for the first that makes no sense, and for two of one name.
pub fn subscriptions(targets: &[Target]) -> Result<Vec<Subscription>> {
    for target in targets {
        target.check()?;
    }
    let all: Vec<_> = targets.iter().map(Target::subscription).collect();
    outbox::check(&all)?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_target_is_read_with_its_defaults_and_nothing_unknown() {
        let hook: Hook =
            serde_json::from_value(json!({"name": "bell", "command": ["beep"]})).unwrap();
        assert_eq!(hook.timeout.as_secs(), 30);
        let read = serde_json::from_value::<Hook>(json!({"name": "bell", "commands": ["beep"]}));
        assert!(
            read.unwrap_err()
                .to_string()
                .contains("unknown field `commands`")
        );
        let webhook: Webhook = serde_json::from_value(
            json!({"name": "chat", "url": {"env": "CHAT_URL"}, "format": "slack", "on": ["regressed"], "timeout": "3s"}),
        )
        .unwrap();
        assert_eq!(
            (webhook.format, webhook.timeout.as_secs()),
            (Format::Slack, 3)
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let hook = |command: &[&str]| {
            Target::from(Hook {
                name: "bell".to_owned(),
                command: command.iter().map(|word| (*word).to_owned()).collect(),
                on: Vec::new(),
                priority: Vec::new(),
                project: None,
                timeout: Duration::from_secs(1),
            })
        };
        assert!(hook(&["beep"]).check().is_ok());
        for command in [&[][..], &[""], &["beep", "a\0b"]] {
            assert!(
                hook(command)
                    .check()
                    .unwrap_err()
                    .to_string()
                    .contains("`bell`")
            );
        }
    }
}

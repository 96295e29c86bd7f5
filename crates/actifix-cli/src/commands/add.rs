//! `add`: somebody adds a task.

use std::time::Duration;

use actifix::{Priority, Report};
use clap::Args;
use serde_json::Value;

use super::{Outcome, record};
use crate::context::Context;
use crate::input;

/// Add a task
///
/// Tasks are never merged, unless they have the same key: then the second one counts up on the first. Makes the
/// database when there is none.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix add 'Write the release notes' --priority P3
  actifix add 'Rotate the keys' --key rotate-2026-11 --not-before 7d
  actifix add 'Resize images' --payload '{\"folder\":\"img\"}' --tag team=web
  git log -1 | actifix add 'Review this commit' --body -")]
pub struct Add {
    /// What is to be done
    #[arg(value_name = "TITLE", allow_hyphen_values = true)]
    title: String,
    /// More about it, `-` to read it from stdin
    #[arg(long, value_name = "B", allow_hyphen_values = true)]
    body: Option<String>,
    /// How much it matters, from P0 to P4 [default: P2]
    #[arg(long, value_name = "P", value_parser = input::priority)]
    priority: Option<Priority>,
    /// What makes tasks equal
    #[arg(
        long,
        value_name = "K",
        alias = "fingerprint",
        allow_hyphen_values = true
    )]
    key: Option<String>,
    /// The program it belongs to [default: default]
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    project: Option<String>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "K=V", alias = "tags", value_parser = input::tag)]
    tags: Vec<(String, String)>,
    /// What its worker needs
    #[arg(long, value_name = "JSON", value_parser = input::payload, allow_hyphen_values = true)]
    payload: Option<Value>,
    /// Nobody claims it before so long from now
    #[arg(long, value_name = "SPAN", alias = "not_before", value_parser = input::not_before, allow_hyphen_values = true)]
    not_before: Option<Duration>,
    /// What ties it to other records
    #[arg(
        long,
        value_name = "C",
        alias = "correlation_id",
        allow_hyphen_values = true
    )]
    correlation_id: Option<String>,
}

impl Add {
    /// Adds it.
    pub fn run(self, context: &Context) -> Outcome {
        let task = Report {
            body: self
                .body
                .map(|body| input::text_or_stdin("body", body))
                .transpose()?,
            priority: self.priority,
            fingerprint: self.key,
            project: self.project,
            tags: input::tags(self.tags),
            payload: self.payload,
            not_before: self.not_before,
            correlation_id: self.correlation_id,
            ..Report::task(self.title)
        };
        let store = context.store_or_make()?;
        let recorded = context.wait(&store, store.record(task))?;
        record::answer(context, &recorded)
    }
}

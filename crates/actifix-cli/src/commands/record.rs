//! `record`: an error comes in.

use actifix::{Kind, Priority, Recorded, Report, Timestamp, capture};
use clap::Args;
use serde_json::Value;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::input;
use crate::output::card;

pub mod spooled;
pub mod stream;

/// Record an error: a new ticket, or one more of an equal one
///
/// Equal errors of a project become one ticket: those with the same fingerprint; else with the same frames of the program in
/// their stacks; else with the same type and message, numbers and other values left aside. Makes the database when there is none. What the database cannot take now (it is busy, its disk is full) waits
/// beside it and comes in later, exactly once: then the answer is {"spooled":true}.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix record --type ValueError --message 'no such column' --source app.py:31
  actifix record --type Timeout --message 'no answer' --priority P1 --stack t.txt
  make 2>&1 | actifix record --type BuildError --message 'make failed' --stack -
  actifix record --stdin < reports.jsonl

A flag may be spelled as its JSON key too: --type or --error-type, --stack or
--stack-trace, --fingerprint or --key.")]
pub struct Record {
    /// The error's message
    #[arg(
        long,
        value_name = "M",
        allow_hyphen_values = true,
        required_unless_present = "stdin"
    )]
    message: Option<String>,
    /// The error's type
    #[arg(long = "type", value_name = "T", aliases = ["error-type", "error_type"], allow_hyphen_values = true)]
    error_type: Option<String>,
    /// Where it happened
    #[arg(long, value_name = "FILE:LINE", allow_hyphen_values = true)]
    source: Option<String>,
    /// A file with the stack, `-` for stdin
    #[arg(long, value_name = "FILE|-", aliases = ["stack-trace", "stack_trace"])]
    stack: Option<String>,
    /// How much it matters, from P0 (system down) to P4 (trivial) [default: P2]
    #[arg(long, value_name = "P", value_parser = input::priority)]
    priority: Option<Priority>,
    /// Your own mark of what is equal
    #[arg(long, value_name = "S", alias = "key", allow_hyphen_values = true)]
    fingerprint: Option<String>,
    /// The program it belongs to [default: default]
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    project: Option<String>,
    /// error (equal ones become one ticket) or task [default: error]
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// A tag; may be given several times
    #[arg(long = "tag", value_name = "K=V", alias = "tags", value_parser = input::tag)]
    tags: Vec<(String, String)>,
    /// Where the program ran
    #[arg(long, value_name = "E", allow_hyphen_values = true)]
    environment: Option<String>,
    /// The program's version
    #[arg(long, value_name = "R", allow_hyphen_values = true)]
    release: Option<String>,
    /// What ties it to other records
    #[arg(
        long,
        value_name = "C",
        alias = "correlation_id",
        allow_hyphen_values = true
    )]
    correlation_id: Option<String>,
    /// When it happened, such as 2026-11-24T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", alias = "occurred_at")]
    occurred_at: Option<Timestamp>,
    /// What was around it
    #[arg(long, value_name = "JSON", value_parser = input::context, allow_hyphen_values = true)]
    context: Option<Value>,
    /// What a worker needs for it
    #[arg(long, value_name = "JSON", value_parser = input::payload, allow_hyphen_values = true)]
    payload: Option<Value>,
    /// The user it happened to
    #[arg(long, value_name = "U", allow_hyphen_values = true)]
    user: Option<String>,
    /// Read reports from stdin, a JSON object a line; answer each with a line, in the same order (exit 1 when a line was
    /// refused)
    #[arg(long, conflicts_with_all = ["message", "error_type", "source", "stack", "priority", "fingerprint", "project",
        "kind", "tags", "environment", "release", "correlation_id", "occurred_at", "context", "payload", "user"])]
    stdin: bool,
}

impl Record {
    /// Records it.
    pub fn run(self, context: &Context) -> Outcome {
        if self.stdin {
            return stream::run(context);
        }
        let report = self.report()?;
        let store = context.store_or_make()?;
        match context.wait(&store, store.record(capture::prepare(report.clone(), &[]))) {
            Ok(recorded) => {
                spooled::bring_in(context, &store);
                answer(context, &recorded)
            }
            Err(failure) => match spooled::keep(store.path(), &[report], &failure)? {
                Some(kept) => spooled::tell(context, &kept),
                None => Err(failure),
            },
        }
    }

    fn report(self) -> actifix::Result<Report> {
        Ok(Report {
            message: self.message.unwrap_or_default(),
            error_type: self.error_type,
            source: self.source,
            stack_trace: self
                .stack
                .map(|file| input::lossy_file("stack", &file))
                .transpose()?,
            priority: self.priority,
            fingerprint: self.fingerprint,
            project: self.project,
            kind: self.kind.unwrap_or_default(),
            tags: input::tags(self.tags),
            environment: self.environment,
            release: self.release,
            correlation_id: self.correlation_id,
            occurred_at: self.occurred_at,
            context: self.context,
            payload: self.payload,
            user: self.user,
            ..Report::default()
        })
    }
}

/// Tells what became of a report.
pub fn answer(context: &Context, recorded: &Recorded) -> Outcome {
    if context.json() {
        context.out.json(recorded)?;
    } else {
        let (bold, urgent) = (
            context.out.paint.bold(),
            context.out.paint.priority(recorded.priority),
        );
        let news = if recorded.new {
            "new".to_owned()
        } else {
            format!("seen {}", card::times(recorded.occurrences))
        };
        context.out.line(&format!(
            "{bold}{}{bold:#}  {urgent}{}{urgent:#}  {news}, {}",
            recorded.id, recorded.priority, recorded.status
        ))?;
    }
    Ok(Exit::Done)
}

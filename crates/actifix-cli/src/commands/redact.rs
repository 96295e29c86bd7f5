//! `redact`: a filter that masks secrets.

mod stream;

use actifix::{Clean, Error, Redaction, Result};
use clap::Args;
use serde_json::{Value, json};

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::lines::{Line, Lines, Pace};

/// Copy stdin to stdout with the secrets masked
///
/// What reports go through before they are stored. With --json each line is one JSON value, and what stands under a name
/// such as `password` is masked whatever it is.
#[derive(Args)]
#[command(after_help = "\
Examples:
  journalctl -u web | actifix redact > web.log
  actifix redact --without email < trace.txt
  actifix redact --json < events.jsonl
  actifix redact --rules")]
pub struct Redact {
    /// Switch a rule off, as often as needed
    #[arg(long, value_name = "RULE")]
    without: Vec<String>,
    /// List the rules instead
    #[arg(long)]
    rules: bool,
}

/// JSON values that are read before the first is answered.
const BATCH: usize = 256;

impl Redact {
    /// Copies.
    pub fn run(self, context: &Context) -> Outcome {
        let names = self.without.iter();
        let rules = names
            .map(String::as_str)
            .try_fold(context.config()?.redaction(), Redaction::without)?;
        if self.rules {
            return list(context);
        }
        if context.json() {
            // The fields of JSON are cleaned by the rules of the process.
            rules.install();
            return values(context);
        }
        stream::copy(&rules, std::io::stdin().lock(), std::io::stdout().lock())?;
        Ok(Exit::Done)
    }
}

fn list(context: &Context) -> Outcome {
    let names = Redaction::names();
    if context.json() {
        context.out.json(&json!({"rules": names}))?;
    } else {
        context.out.line(&names.join("\n"))?;
    }
    Ok(Exit::Done)
}

/// A value a line, an answer a line.
fn values(context: &Context) -> Outcome {
    let mut lines = Lines::new(std::io::stdin());
    let mut exit = Exit::Done;
    loop {
        let batch = lines.batch(BATCH, Pace::Prompt)?;
        if batch.is_empty() {
            return Ok(exit);
        }
        for line in &batch {
            match value(line) {
                Ok(value) => context.out.json(&value)?,
                Err(error) => {
                    exit = Exit::Error;
                    context.out.json(&Failure::from(error).told())?;
                }
            }
        }
        context.out.flush()?;
    }
}

fn value(line: &Line) -> Result<Clean<Value>> {
    let read = serde_json::from_str::<Value>(line.text()?);
    // The parser's own words may quote the line.
    let unread = |error: serde_json::Error| {
        let why = format!(
            "line {} is no JSON (column {}); without --json any text is taken",
            line.number,
            error.column()
        );
        Error::invalid("line", why)
    };
    Ok(read.map_err(unread)?.into())
}

//! What became of many tickets: in JSON a line a ticket and one for the whole, for people those that were refused.

use actifix::TicketId;
use serde_json::{Value, json};

use super::{Bulk, Found, MOST, ask, exit};
use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};

/// Refusals that people are shown.
const SHOWN: usize = 20;

/// What became of one ticket.
pub enum Became {
    /// It was changed.
    Done,
    /// It is not what it was taken for any more, and was left alone.
    Changed(Failure),
    /// It was refused.
    Refused(Failure),
}

/// Counts and tells.
pub struct Report<'a> {
    context: &'a Context,
    bulk: &'a Bulk<'a>,
    matched: usize,
    done: usize,
    changed: usize,
    refused: usize,
}

impl<'a> Report<'a> {
    pub fn new(context: &'a Context, bulk: &'a Bulk<'a>, matched: usize) -> Self {
        Self {
            context,
            bulk,
            matched,
            done: 0,
            changed: 0,
            refused: 0,
        }
    }

    /// What would be done, without doing it.
    pub fn beforehand(&self, found: &Found) -> Outcome {
        let out = &self.context.out;
        if self.context.json() {
            for id in &found.ids {
                out.json(&json!({"id": id, "outcome": "matched"}))?;
            }
            out.json(&self.summary(true))?;
        } else if found.ids.is_empty() {
            out.line(&format!(
                "no ticket like that is left to {}",
                self.bulk.verb
            ))?;
        } else {
            let many = count(self.matched);
            out.line(&ask::sample(self.context, found))?;
            out.line(&format!(
                "\n{many} would be {}; nothing was changed (--yes does it)",
                self.bulk.done
            ))?;
        }
        self.tell_more(found.more);
        Ok(Exit::Done)
    }

    /// Nobody wanted it.
    pub fn declined(&self) -> Outcome {
        self.context.out.line("nothing was changed")?;
        Ok(Exit::Done)
    }

    /// One ticket.
    pub fn tell(&mut self, id: &TicketId, became: Became) -> Result<(), Failure> {
        let out = &self.context.out;
        let (outcome, count, failure) = match &became {
            Became::Done => ("done", &mut self.done, None),
            Became::Changed(now) => ("changed-meanwhile", &mut self.changed, Some(now)),
            Became::Refused(failure) => ("refused", &mut self.refused, Some(failure)),
        };
        *count += 1;
        let told = *count;
        if self.context.json() {
            let mut line = json!({"id": id, "outcome": outcome});
            if let Some(told) = failure.and_then(Failure::told)
                && let Ok(Value::Object(error)) = serde_json::to_value(told)
                && let Value::Object(line) = &mut line
            {
                line.extend(error);
            }
            out.json(&line)?;
        } else if let Some(error) = failure.and_then(Failure::error)
            && told <= SHOWN
        {
            let word = outcome.replace("changed-meanwhile", "left alone");
            out.line(&format!("{word}: {error}"))?;
        }
        Ok(())
    }

    /// The whole.
    pub fn end(&self, more: bool) -> Outcome {
        let out = &self.context.out;
        if self.context.json() {
            out.json(&self.summary(false))?;
        } else {
            let mut text = format!("{} {}", count(self.done), self.bulk.done);
            for (number, what) in [(self.changed, "left alone"), (self.refused, "refused")] {
                if number > 0 {
                    text.push_str(&format!(", {number} {what}"));
                }
            }
            out.line(&text)?;
        }
        self.tell_more(more);
        Ok(exit(self.refused))
    }

    /// An error in the middle, with what was done before it.
    pub fn cut_off(&self, failure: Failure) -> Failure {
        let (done, matched) = (self.done, self.matched);
        let hint = failure.error().map(|error| {
            let next = error.hint();
            format!(
                "{done} of {matched} were {} before; the same command goes on: {next}",
                self.bulk.done
            )
        });
        failure.hint(hint.unwrap_or_default())
    }

    fn summary(&self, dry_run: bool) -> Value {
        json!({"dry_run": dry_run, "matched": self.matched, "done": self.done,
            "changed_meanwhile": self.changed, "refused": self.refused})
    }

    fn tell_more(&self, more: bool) {
        if more {
            self.context.out.aside(&format!(
                "a run takes {MOST} tickets at most; the same command goes on with the rest"
            ));
        }
    }
}

/// `1 ticket`, `5 tickets`.
pub fn count(tickets: usize) -> String {
    match tickets {
        1 => "1 ticket".to_owned(),
        many => format!("{many} tickets"),
    }
}

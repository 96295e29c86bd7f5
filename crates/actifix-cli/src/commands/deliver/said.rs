//! What a deliverer says: a line for each attempt, plain or in JSON.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use actifix::notify::{Notice, Tally};
use actifix::{Attempt, Delivery, Outbox, format_span};
use serde_json::{Value, json};

use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::text;

/// See the module.
pub struct Said {
    json: bool,
    /// Lines of several targets do not mix.
    line: Mutex<()>,
}

impl Said {
    /// On stdout.
    pub fn new(context: &Context) -> Self {
        Self {
            json: context.json(),
            line: Mutex::default(),
        }
    }

    /// Something happened.
    pub fn notice(&self, notice: Notice<'_>) {
        let line = match self.json {
            true => for_programs(notice).to_string(),
            false => for_people(notice),
        };
        // Whoever stopped reading does not stop the deliveries.
        let _ = self.write(&line);
    }

    /// It is over.
    pub fn end(&self, tally: &Tally, outbox: &Outbox) -> io::Result<()> {
        if self.json {
            return self.write(
                &json!({
                    "what": "ended", "delivered": tally.delivered, "failed": tally.failed, "dead": tally.dead,
                    "outbox": outbox,
                })
                .to_string(),
            );
        }
        let mut line = format!("{} delivered", tally.delivered);
        for (number, what) in [
            (tally.failed, "attempts failed"),
            (tally.dead, "given up"),
            (outbox.waiting, "still wait (`actifix deliver list`)"),
        ] {
            if number > 0 {
                line.push_str(&format!(", {number} {what}"));
            }
        }
        self.write(&line)
    }

    fn write(&self, line: &str) -> io::Result<()> {
        let _one_at_a_time = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let mut to = io::stdout().lock();
        writeln!(to, "{line}")?;
        to.flush()
    }
}

fn for_programs(notice: Notice<'_>) -> Value {
    match notice {
        Notice::Tried { delivery, attempt } => {
            let mut line = json!({
                "what": word(attempt), "id": delivery.id, "on": delivery.on, "ticket": delivery.ticket,
                "message": delivery.message,
            });
            if let Attempt::Failed { error, again, .. } = attempt {
                line["error"] = json!(error);
                line["again_in"] = json!(again.map(format_span));
            }
            line
        }
        Notice::Trouble { target, error } => {
            json!({ "what": "trouble", "target": target, "error": error.to_string() })
        }
    }
}

fn word(attempt: &Attempt) -> &'static str {
    match attempt {
        Attempt::Delivered => "delivered",
        Attempt::Failed { again: Some(_), .. } => "failed",
        Attempt::Failed { again: None, .. } => "given_up",
    }
}

fn for_people(notice: Notice<'_>) -> String {
    match notice {
        Notice::Tried { delivery, attempt } => {
            let Delivery { id, on, ticket, .. } = delivery;
            let became = match attempt {
                Attempt::Delivered => "delivered".to_owned(),
                Attempt::Failed { error, again, .. } => {
                    let again = again.map_or_else(
                        || "given up".to_owned(),
                        |pause| format!("again in {}", format_span(pause)),
                    );
                    format!("failed, {again}: {}", text::one_line(error.get()))
                }
            };
            format!("{id}  {on} {ticket}  {became}")
        }
        Notice::Trouble { target, error } => format!("{target}: {error}"),
    }
}

/// Answers a change of `changed` deliveries of the `asked` that were named.
pub fn changed(context: &Context, what: &str, changed: u64, asked: u64) -> Outcome {
    if context.json() {
        context.out.json(&json!({ (what): changed }))?;
    } else {
        context.out.line(&format!("{changed} {what}"))?;
    }
    if changed < asked {
        context.out.aside(&format!(
            "{} of them are no such deliveries; `actifix deliver list` shows those there are",
            asked - changed
        ));
        return Ok(Exit::NotFound);
    }
    Ok(Exit::Done)
}

//! One ticket, whole, for people.

use actifix::{Completion, Holding, Status, Story, Ticket, Timestamp, WakeRule};
use serde_json::Value;

use super::colour::Paint;
use super::{events, text, tickets, time};

/// Everything that is known of a ticket.
pub fn story(story: &Story, paint: Paint, now: Timestamp) -> String {
    let mut card = Card {
        paint,
        now,
        text: String::new(),
    };
    let ticket = &story.ticket;
    card.head(ticket);
    card.facts(ticket);
    if let Some(completion) = &ticket.completion {
        card.completion(completion);
    }
    card.section("Text", ticket.body.as_deref());
    card.section("Stack", ticket.stack_trace.as_deref());
    card.value("Context", ticket.context.as_ref());
    card.value("Payload", ticket.payload.as_ref());
    card.section("Notes", ticket.notes.as_deref());
    if !story.events.is_empty() {
        card.heading("History");
        card.text
            .push_str(&events::table(&story.events, false, paint, now));
        card.text.push('\n');
    }
    card.text.trim_end().to_owned()
}

struct Card {
    paint: Paint,
    now: Timestamp,
    text: String,
}

impl Card {
    fn head(&mut self, ticket: &Ticket) {
        let (bold, urgent, state) = (
            self.paint.bold(),
            self.paint.priority(ticket.priority),
            self.paint.status(ticket.status),
        );
        self.text.push_str(&format!(
            "{bold}{}{bold:#}  {urgent}{}{urgent:#}  {state}{}{state:#}\n{}\n\n",
            ticket.id,
            ticket.priority,
            tickets::standing(ticket),
            tickets::headline(ticket)
        ));
        if ticket.message.trim().lines().nth(1).is_some() {
            self.section("Message", Some(&ticket.message));
            self.text.push('\n');
        }
    }

    fn facts(&mut self, ticket: &Ticket) {
        let aged = |at| time::with_age(at, self.now);
        let seen = format!(
            "{}, last {}",
            times(ticket.occurrences),
            aged(ticket.last_seen)
        );
        let lease = |lease: &Holding| format!("{} until {}", lease.holder, aged(lease.expires_at));
        let failed = |attempts| format!("{attempts} failed");
        let tags = ticket
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        let facts = [
            ("where", Some(ticket.source.clone())),
            ("project", Some(ticket.project.clone())),
            ("seen", Some(seen)),
            ("made", Some(aged(ticket.created_at))),
            ("lease", ticket.lease.as_ref().map(lease)),
            ("not before", ticket.not_before.map(aged)),
            (
                "attempts",
                Some(ticket.attempts)
                    .filter(|attempts| *attempts > 0)
                    .map(failed),
            ),
            ("last error", ticket.last_error.clone()),
            (
                "given up",
                (ticket.status == Status::Quarantined).then(|| given_up(ticket)),
            ),
            ("assignee", ticket.assignee.clone()),
            ("tags", Some(tags.collect::<Vec<_>>().join(" "))),
            ("environment", ticket.environment.clone()),
            ("release", ticket.release.clone()),
            ("correlation", ticket.correlation_id.clone()),
            ("ignored", ticket.ignored.map(wakes)),
            ("deleted", ticket.deleted_at.map(aged)),
        ];
        for (name, value) in facts {
            self.fact(name, value.as_deref().unwrap_or_default());
        }
    }

    fn fact(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            let dim = self.paint.dim();
            self.text.push_str(&format!(
                "  {dim}{name:<12}{dim:#}{}\n",
                text::one_line(value)
            ));
        }
    }

    fn completion(&mut self, completion: &Completion) {
        let by = format!(
            "{}, {}",
            completion.by,
            time::with_age(completion.at, self.now)
        );
        let evidence = &completion.evidence;
        match &completion.reason {
            Some(reason) => self.fact("closed", &format!("{reason}, by {by}")),
            None => self.fact("completed", &format!("by {by}")),
        }
        if let Some(original) = &completion.of {
            self.fact("of", original.as_str());
        }
        self.fact("summary", evidence.summary.as_deref().unwrap_or_default());
        self.fact("did", &evidence.did);
        self.fact("files", &evidence.files.join(" "));
        self.fact("tested", &evidence.tested);
        self.fact("results", &evidence.results);
        self.fact("url", evidence.url.as_deref().unwrap_or_default());
        self.fact("fixed in", evidence.release.as_deref().unwrap_or_default());
    }

    fn heading(&mut self, name: &str) {
        let bold = self.paint.bold();
        if !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.text.push_str(&format!("{bold}{name}{bold:#}\n"));
    }

    fn section(&mut self, name: &str, body: Option<&str>) {
        if let Some(body) = body.filter(|body| !body.trim().is_empty()) {
            self.heading(name);
            self.text.push_str(&text::block(body.trim_end(), "  "));
            self.text.push('\n');
        }
    }

    fn value(&mut self, name: &str, value: Option<&Value>) {
        let pretty = value.and_then(|value| serde_json::to_string_pretty(value).ok());
        self.section(name, pretty.as_deref());
    }
}

/// What to do with a ticket that nobody tries any more.
fn given_up(ticket: &Ticket) -> String {
    let id = &ticket.id;
    format!("actifix quarantine retry {id} opens it again, drop {id} closes it")
}

/// `once`, `5 times`.
pub fn times(occurrences: u64) -> String {
    match occurrences {
        1 => "once".to_owned(),
        more => format!("{more} times"),
    }
}

fn wakes(rule: WakeRule) -> String {
    match (rule.until, rule.more) {
        (None, None) => "for ever".to_owned(),
        (Some(until), None) => format!("until {}", time::minute(until)),
        (None, Some(more)) => format!("until it is seen {more} more"),
        (Some(until), Some(more)) => format!("until {} or {more} more", time::minute(until)),
    }
}

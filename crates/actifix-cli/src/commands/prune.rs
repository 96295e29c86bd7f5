//! `prune`: old tickets are removed for good.

mod policy;

pub use policy::told;

use std::time::Duration;

use actifix::{
    Clock, Fate, Priority, Prunable, Prune as Rule, SystemClock, exact_span, format_span,
};
use clap::Args;
use comfy_table::{Cell, CellAlignment};
use serde_json::json;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::input;
use crate::output::colour::priority_cell;
use crate::output::progress::Progress;
use crate::output::table::Lines;
use crate::output::{text, time};

/// Remove old tickets for good; without --yes only tell which
///
/// Completed and deleted ones, unless --status names others; a leased ticket is never removed. Their age counts from
/// their end, that of others from their newest event. Of each one event stays, which tells what it was. Others go on
/// working meanwhile. There is no way back but a backup.
///
/// With --policy the ages of the configuration count, and forgotten open tickets may be closed as obsolete. `actifix work`
/// does the same by itself when the policy is enabled; one process at a time does (exit 3 while another is at it).
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix prune
  actifix prune --older-than 30d --status completed,closed --yes
  actifix prune --priority P3,P4 --project shop --json
  actifix prune --policy
  actifix prune --policy --yes")]
pub struct Prune {
    /// Only what ended longer ago [default: 90d]
    #[arg(long, value_name = "SPAN", value_parser = input::older_than, alias = "older_than", allow_hyphen_values = true)]
    older_than: Option<Duration>,
    /// Of these: completed, closed, ignored, deleted, open, quarantined [default: completed,deleted]
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = input::fate)]
    status: Vec<Fate>,
    /// Only of these priorities
    #[arg(long, value_name = "P3,P4", value_delimiter = ',', value_parser = input::priority)]
    priority: Vec<Priority>,
    /// Only of this project
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    project: Option<String>,
    /// Remove them
    #[arg(long)]
    yes: bool,
    /// Only tell which, as without --yes
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// By the policy of the configuration, [retention], rule by rule
    #[arg(long, conflicts_with_all = ["older_than", "status", "priority", "project"])]
    policy: bool,
}

impl Prune {
    /// Tells, or removes.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let yes = self.yes;
        if self.policy {
            return policy::run(context, &store, yes);
        }
        let rule = self.rule();
        if rule.fates.contains(&Fate::InProgress) {
            context
                .out
                .aside("a leased ticket is never removed: release it, or let its lease run out");
        }
        if !yes {
            let groups = context.wait(&store, store.prunable(&rule))?;
            tell_what_would_go(context, &rule, &groups)?;
            return Ok(Exit::Done);
        }
        let mut progress: Option<Progress> = None;
        let pruned = store.prune(&rule, |done, all| {
            progress
                .get_or_insert_with(|| Progress::of(Some(all), context.json()))
                .at(done, &format!("{done} of {all} tickets"));
        })?;
        drop(progress);
        if context.json() {
            context.out.json(&json!({
                "pruned": true, "tickets": pruned.tickets, "events": pruned.events, "left": pruned.left,
            }))?;
            return Ok(Exit::Done);
        }
        context.out.line(&format!(
            "{} tickets and {} events removed for good",
            pruned.tickets, pruned.events
        ))?;
        if pruned.left > 0 {
            context.out.line(&format!(
                "{} left alone: something happened to them meanwhile",
                pruned.left
            ))?;
        }
        Ok(Exit::Done)
    }

    fn rule(self) -> Rule {
        let unsaid = Rule::default();
        Rule {
            older_than: self.older_than.unwrap_or(unsaid.older_than),
            fates: match self.status {
                none if none.is_empty() => unsaid.fates,
                named => named,
            },
            priorities: self.priority,
            project: self.project,
            tests: None,
        }
    }
}

fn tell_what_would_go(context: &Context, rule: &Rule, groups: &[Prunable]) -> std::io::Result<()> {
    let tickets: u64 = groups.iter().map(|group| group.tickets).sum();
    let command = command(context, rule);
    if context.json() {
        return context.out.json(&json!({
            "pruned": false, "tickets": tickets, "groups": groups, "command": command,
        }));
    }
    if groups.is_empty() {
        let span = format_span(rule.older_than);
        return context
            .out
            .line(&format!("no ticket like that is older than {span}"));
    }
    let now = SystemClock.now();
    let mut lines = Lines::new(context.out.paint, &["STATUS", "PRI", "TICKETS", "OLDEST"]);
    for group in groups {
        lines.row(vec![
            Cell::new(group.status),
            priority_cell(group.priority),
            Cell::new(group.tickets).set_alignment(CellAlignment::Right),
            Cell::new(time::with_age(group.oldest, now)),
        ]);
    }
    context.out.line(&lines.text())?;
    context.out.line(&format!(
        "\nnothing was removed; this removes them for good ({tickets} in all):\n  {command}"
    ))
}

/// The command that does it.
fn command(context: &Context, rule: &Rule) -> String {
    let mut words = vec!["actifix".to_owned()];
    words.extend(context.database_words());
    words.push("prune".to_owned());
    words.push(format!("--older-than {}", exact_span(rule.older_than)));
    let list = |all: Vec<&str>| all.join(",");
    words.push(format!(
        "--status {}",
        list(rule.fates.iter().map(|fate| fate.as_str()).collect())
    ));
    if !rule.priorities.is_empty() {
        let priorities = rule.priorities.iter().map(|priority| priority.as_str());
        words.push(format!("--priority {}", list(priorities.collect())));
    }
    if let Some(project) = &rule.project {
        words.push(format!("--project {}", text::shell_word(project)));
    }
    words.push("--yes".to_owned());
    words.join(" ")
}

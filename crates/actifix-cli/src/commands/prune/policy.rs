//! `prune --policy`: the retention policy, by hand.

use std::ops::ControlFlow;

use actifix::keep::{DueRule, Retained, RetentionTimes, RuleDone};
use actifix::{Clock, RuleAction, Store, SystemClock, Timestamp};
use comfy_table::{Cell, CellAlignment};
use serde_json::json;

use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::colour::priority_cell;
use crate::output::progress::Progress;
use crate::output::table::Lines;
use crate::output::time;

/// Tells what the policy would do, or does it.
pub fn run(context: &Context, store: &Store, yes: bool) -> Outcome {
    let policy = context.retention()?;
    if !yes {
        let look = || store.retainable(&policy).wait();
        let due = context.during("looking for old tickets", look)?;
        let times = context.wait(store, store.retention_times())?;
        tell_what_is_due(context, &due, policy.enabled, times)?;
        return Ok(Exit::Done);
    }
    let mut progress: Option<Progress> = None;
    let came = store.retain(&policy, true, |done, all| {
        progress
            .get_or_insert_with(|| Progress::of(Some(all), context.json()))
            .at(done, &format!("{done} of {all} tickets"));
        ControlFlow::Continue(())
    })?;
    drop(progress);
    if context.json() {
        context.out.json(&came)?;
    } else {
        context.out.line(&told(&came))?;
    }
    Ok(match came {
        Retained::Elsewhere { .. } => Exit::Nothing,
        Retained::Stopped { .. } => Exit::Error,
        Retained::Done { .. } | Retained::NotDue { .. } => Exit::Done,
    })
}

fn tell_what_is_due(
    context: &Context,
    due: &[DueRule],
    enabled: bool,
    times: RetentionTimes,
) -> std::io::Result<()> {
    let groups = due.iter().flat_map(|rule| &rule.due);
    let tickets: u64 = groups.map(|group| group.tickets).sum();
    if context.json() {
        return context.out.json(&json!({
            "outcome": "looked", "enabled": enabled, "tickets": tickets, "rules": due,
            "last": times.last, "next": times.next,
        }));
    }
    let now = SystemClock.now();
    let headings = [
        "RULE", "DOES", "KEPT FOR", "STATUS", "PRI", "TICKETS", "OLDEST",
    ];
    let mut lines = Lines::new(context.out.paint, &headings);
    for rule in due {
        let does = match rule.rule.action {
            RuleAction::Remove => "remove",
            RuleAction::Close => "close",
        };
        let span = actifix::format_span(rule.rule.tickets.older_than);
        for group in &rule.due {
            lines.row(vec![
                Cell::new(&rule.rule.name),
                Cell::new(does),
                Cell::new(&span),
                Cell::new(group.status),
                priority_cell(group.priority),
                Cell::new(group.tickets).set_alignment(CellAlignment::Right),
                Cell::new(time::with_age(group.oldest, now)),
            ]);
        }
    }
    if tickets > 0 {
        context.out.line(&lines.text())?;
        context.out.line("")?;
    }
    context.out.line(&verdict(tickets))?;
    context.out.line(&by_itself(enabled, times, now))
}

fn verdict(tickets: u64) -> String {
    match tickets {
        0 => "no ticket is old enough for a rule of the policy".to_owned(),
        1 => "nothing was done; `actifix prune --policy --yes` does it (1 ticket)".to_owned(),
        many => {
            format!("nothing was done; `actifix prune --policy --yes` does it ({many} tickets)")
        }
    }
}

fn by_itself(enabled: bool, times: RetentionTimes, now: Timestamp) -> String {
    let last = match times.last {
        Some(last) => format!("applied last {}", time::with_age(last, now)),
        None => "never applied yet".to_owned(),
    };
    if enabled {
        format!("`actifix work` applies it by itself; {last}")
    } else {
        format!("it is not applied by itself (retention.enabled is off); {last}")
    }
}

/// What came of a run, in a few words.
pub fn told(came: &Retained) -> String {
    match came {
        Retained::Done { rules } if rules.is_empty() => {
            "no ticket is old enough for a rule of the policy".to_owned()
        }
        Retained::Done { rules } => did(rules),
        Retained::Stopped { rules } => {
            format!(
                "stopped before its end, and the next run goes on: {}",
                did(rules)
            )
        }
        Retained::Elsewhere { until } => {
            format!("another process is at it, until {until} at least")
        }
        Retained::NotDue { next } => format!("it is due at {next}"),
    }
}

fn did(rules: &[RuleDone]) -> String {
    let told = rules.iter().map(|rule| {
        let does = match rule.action {
            RuleAction::Remove => "removed for good",
            RuleAction::Close => "closed as obsolete",
        };
        let left = match rule.done.left {
            0 => String::new(),
            left => format!(", {left} left alone: something happened to them meanwhile"),
        };
        format!("{} {does} ({}){left}", rule.done.tickets, rule.rule)
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        "nothing was done".to_owned()
    } else {
        told.join("; ")
    }
}

//! Who holds the locks, in a terminal.

use sqlite_line::locks::State;

use super::{Ink, columns, one_line, time};
use crate::watch::{Held, Sampled, Sight};

/// The longest command line in a table.
const COMMAND: usize = 48;

/// One look.
pub fn sight(it: &Sight, ink: Ink) -> String {
    let sentence = one_line(&it.sentence);
    let sentence = if it.free {
        ink.good(&sentence)
    } else {
        ink.bad(&sentence)
    };
    let mut text = format!("{sentence}\n\n{}\n", ink.dim(&file(it)));
    if !it.held.is_empty() {
        let rows: Vec<_> = it.held.iter().map(held).collect();
        let headings = ["PID", "STATE", "LOCK", "", "SEEN FOR", "BYTES", "COMMAND"];
        text.push_str(&format!("\n{}\n", columns(ink, &headings, &rows)));
    }
    if !it.others.is_empty() {
        let rows: Vec<_> = it
            .others
            .iter()
            .map(|other| {
                let waits = if other.waits_at_gate {
                    "waits at the gate"
                } else {
                    "has it open"
                };
                vec![
                    other.pid.to_string(),
                    state(other.state).to_owned(),
                    waits.to_owned(),
                    cut(&other.command),
                ]
            })
            .collect();
        text.push_str(&format!(
            "\n{}\n",
            columns(ink, &["PID", "STATE", "", "COMMAND"], &rows)
        ));
    }
    let unseen: Vec<_> = it
        .unseen
        .iter()
        .map(|what| format!("not seen: {what}"))
        .collect();
    text.push_str(&format!("\n{}", ink.dim(&unseen.join("\n"))));
    text
}

fn file(it: &Sight) -> String {
    let mut text = it.database.clone();
    if let Some(header) = &it.header {
        text.push_str(&format!(", journal mode {}", header.journal_mode));
    }
    if let Some(log) = &it.log {
        text.push_str(&format!(", log {} KiB", log.bytes / 1024));
        if let Some(backlog) = log.backlog() {
            text.push_str(&format!(
                ", {backlog} pages not yet copied into the database"
            ));
        }
    }
    format!("{text}, on {}", it.file_system.kind)
}

fn held(held: &Held) -> Vec<String> {
    let least = if held.from_the_beginning { "" } else { "≥ " };
    vec![
        held.pid
            .map_or_else(|| "?".to_owned(), |pid| pid.to_string()),
        state(held.state).to_owned(),
        held.lock.name(),
        if held.exclusive { "alone" } else { "shared" }.to_owned(),
        format!("{least}{}", time(held.seen_for_us)),
        held.bytes.clone(),
        cut(&held.command),
    ]
}

fn state(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Stopped => "STOPPED",
        State::Disk => "on disk",
        State::Ended => "ended",
        State::Unknown => "unseen",
    }
}

fn cut(command: &str) -> String {
    let line = one_line(command);
    let mut text: String = line.chars().take(COMMAND).collect();
    if text.len() < line.len() {
        text.push('…');
    }
    text
}

/// Short holders over a while.
pub fn sampled(it: &Sampled, ink: Ink) -> String {
    let looked = format!(
        "{} looks in {}; what was held only between two looks was not seen",
        it.looks,
        time(it.watched_us)
    );
    if it.holders.is_empty() {
        return format!(
            "{}\n{}",
            ink.good("nobody was seen to keep writers out"),
            ink.dim(&looked)
        );
    }
    let rows: Vec<_> = it
        .holders
        .iter()
        .map(|holder| {
            vec![
                holder
                    .pid
                    .map_or_else(|| "?".to_owned(), |pid| pid.to_string()),
                holder.lock.name(),
                holder.times.to_string(),
                time(holder.total_us),
                time(holder.longest_us),
                cut(&holder.command),
            ]
        })
        .collect();
    let headings = ["PID", "LOCK", "TIMES", "IN ALL", "LONGEST", "COMMAND"];
    format!("{}\n\n{}", columns(ink, &headings, &rows), ink.dim(&looked))
}

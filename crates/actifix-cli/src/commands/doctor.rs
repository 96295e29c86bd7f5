//! `doctor`: what is the matter with the database, and what to do about it; `--salvage` takes what can be read.

mod other;

use std::path::{Path, PathBuf};

use actifix::capture::spool::Spool;
use actifix::{Diagnosis, Finding, Level, Salvaged, Settings, Store, Verdict};
use clap::Args;
use comfy_table::{Cell, CellAlignment};
use serde_json::json;

use super::{Outcome, verify};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::locate::Found;
use crate::output::findings;
use crate::output::table::Lines;
use crate::output::text;

/// Look at the database from all sides, with the next step
///
/// The file and its place, who has it open, what is in it: each finding with what to do about it. It works when nothing
/// else does, and changes nothing. Exit 1 when something is bad. With --salvage what can be read of a damaged database is
/// copied into the new file OUT, which is then verified.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix doctor
  actifix --db data/actifix.db doctor --json
  actifix doctor app.db
  actifix doctor --salvage rescued.db")]
pub struct Doctor {
    /// Any SQLite file, also of another program: what about it leads to lock errors
    #[arg(value_name = "FILE", conflicts_with = "salvage")]
    file: Option<PathBuf>,
    /// Copy what can be read into this new file
    #[arg(long, value_name = "OUT")]
    salvage: Option<PathBuf>,
}

impl Doctor {
    /// Looks, or salvages.
    pub fn run(self, context: &Context) -> Outcome {
        let path = match (&self.file, context.find()?) {
            (Some(file), _) => file.clone(),
            (None, Found::There(path)) => path,
            (None, Found::Missing(place)) => place.path(),
        };
        let settings = context.settings(false)?;
        if let Some(out) = self.salvage {
            return salvage(context, &path, &out, settings);
        }
        let mut diagnosis = context.during("looking at every page", || {
            Store::diagnose(&path, &settings)
        });
        if self.file.is_some() {
            as_another(&mut diagnosis);
        }
        if let Some(waits) = spool(&diagnosis.database) {
            diagnosis.ok &= waits.level != Level::Bad;
            diagnosis.findings.push(waits);
        }
        if self.file.is_none() {
            configured(context, &mut diagnosis);
        }
        if context.json() {
            context.out.json(&diagnosis)?;
        } else {
            findings::tell(&context.out, &diagnosis.findings)?;
        }
        Ok(if diagnosis.ok {
            Exit::Done
        } else {
            Exit::Error
        })
    }
}

/// A file of another program is judged as what it is.
fn as_another(diagnosis: &mut Diagnosis) {
    let foreign = diagnosis
        .findings
        .iter_mut()
        .find(|finding| finding.what == Diagnosis::FOREIGN);
    let Some(foreign) = foreign else { return };
    foreign.level = Level::Note;
    foreign.next = Some("what follows holds for any SQLite file".to_owned());
    let found = other::findings(&diagnosis.database);
    diagnosis.findings.extend(found);
    diagnosis.ok = diagnosis
        .findings
        .iter()
        .all(|finding| finding.level != Level::Bad);
}

/// What is wrong with the configuration, or that nothing is.
fn configured(context: &Context, diagnosis: &mut Diagnosis) {
    let problems = &context.loaded().problems;
    if problems.is_empty() {
        diagnosis.findings.push(Finding {
            level: Level::Good,
            what: "the configuration is valid".to_owned(),
            next: None,
        });
    }
    for problem in problems {
        diagnosis.ok = false;
        diagnosis.findings.push(Finding {
            level: Level::Bad,
            what: format!("configuration: {problem}"),
            next: Some("mend that line: until then only record, run and ingest go on".to_owned()),
        });
    }
}

/// What waits beside the database, when anything does.
fn spool(database: &Path) -> Option<Finding> {
    let spool = Spool::beside(database);
    let (level, what, next) = match spool.waiting() {
        Ok(waiting) if waiting.reports + waiting.unreadable == 0 => return None,
        Ok(waiting) => (
            Level::Warn,
            format!(
                "{} reports wait in {}, and {} lines that are none",
                waiting.reports,
                spool.path().display(),
                waiting.unreadable
            ),
            "the next `actifix record` or `claim` that gets through brings them in",
        ),
        Err(error) => (
            Level::Bad,
            error.to_string(),
            "look at the permissions of that file",
        ),
    };
    Some(Finding {
        level,
        what,
        next: Some(next.to_owned()),
    })
}

fn salvage(context: &Context, path: &Path, out: &Path, settings: Settings) -> Outcome {
    let salvaged = context.during("reading what can be read", || {
        Store::salvage(path, out, settings)
    })?;
    let store = Store::open_with(out, context.settings(false)?).map_err(Failure::from)?;
    let verdict = context.wait(&store, store.verify(false))?;
    if context.json() {
        let mut answer = json!(salvaged);
        answer["verify"] = json!(verdict);
        context.out.json(&answer)?;
    } else {
        tell_salvaged(context, &salvaged, &verdict)?;
    }
    Ok(if verdict.ok { Exit::Done } else { Exit::Error })
}

fn tell_salvaged(context: &Context, salvaged: &Salvaged, verdict: &Verdict) -> std::io::Result<()> {
    let mut lines = Lines::new(context.out.paint, &["TABLE", "ROWS", "READ", "NOT READ"]);
    let told = salvaged
        .tables
        .iter()
        .filter(|table| table.rows > 0 || !table.whole);
    for table in told {
        let lost = match (table.whole, table.lost.is_empty()) {
            (true, _) => String::new(),
            (false, false) => format!("keys {}", table.lost.join(", ")),
            (false, true) => table.why.clone().unwrap_or_default(),
        };
        lines.row(vec![
            Cell::new(text::one_line(&table.table)),
            Cell::new(table.rows).set_alignment(CellAlignment::Right),
            Cell::new(if table.whole { "whole" } else { "in part" }),
            Cell::new(text::one_line(&lost)),
        ]);
    }
    context.out.line(&lines.text())?;
    for lost in &salvaged.lost {
        context
            .out
            .line(&format!("not made again: {}", text::one_line(lost)))?;
    }
    if salvaged.opened > 0 {
        context.out.line(&format!(
            "{} tickets are open because where they stood could not be had",
            salvaged.opened
        ))?;
    }
    context.out.line(&format!(
        "\n{} tickets are in {}; the damaged file is as it was",
        salvaged.tickets,
        salvaged.database.display()
    ))?;
    verify::tell(context, verdict)
}

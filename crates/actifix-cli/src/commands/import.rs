//! `import`: many reports, or a full export, come in.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use actifix::{Error, Result};
use clap::Args;
use serde::Serialize;

use self::rejected::Rejected;
use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::lines::Lines;

mod batches;
pub mod full;
mod rejected;

/// Record many reports from JSON Lines, or what `export` wrote
///
/// A line that cannot be taken does not end it: it goes with its reason into FILE.rejected.jsonl beside (for stdin into
/// actifix-import.rejected.jsonl here), where `jq -c .report` gets it back. Makes the database when there is none.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix import reports.jsonl
  zstdcat tickets.jsonl.zst | actifix --db new.db import -
  actifix import reports.jsonl --json --request-id nightly-2026-11-24

With a request id the whole import can be repeated: what was recorded is not
counted again.")]
pub struct Import {
    /// The file, `-` for stdin
    #[arg(value_name = "FILE|-")]
    file: PathBuf,
}

/// What an import answers.
#[derive(Debug, Default, Serialize)]
pub struct Imported {
    /// Lines that were read, blank ones and the head of an export not counted.
    pub read: u64,
    /// Reports or tickets that were taken.
    pub recorded: u64,
    /// Tickets that this made.
    pub new: u64,
    /// Lines that could not be taken.
    pub rejected: u64,
}

impl Import {
    /// Imports.
    pub fn run(self, context: &Context) -> Outcome {
        let (from, size) = open(&self.file)?;
        let beside = rejected::beside(&self.file);
        let mut import = batches::Import::new(context, size, Rejected::at(beside))?;
        let imported = import.all(Lines::new(from))?;
        tell(context, &imported, import.rejected_file())?;
        Ok(Exit::Done)
    }
}

type Source = Box<dyn Read>;

fn open(file: &Path) -> Result<(Source, Option<u64>)> {
    if file.as_os_str() == "-" {
        return Ok((Box::new(std::io::stdin()), None));
    }
    let open = File::open(file).and_then(|open| open.metadata().map(|facts| (open, facts)));
    match open {
        Ok((_, facts)) if facts.is_dir() => Err(unreadable(file, "it is a folder")),
        Ok((open, facts)) => Ok((Box::new(open), facts.is_file().then_some(facts.len()))),
        Err(error) => Err(unreadable(file, &error.to_string())),
    }
}

fn unreadable(file: &Path, why: &str) -> Error {
    Error::invalid("file", format!("{} cannot be read: {why}", file.display()))
}

fn tell(context: &Context, imported: &Imported, rejected: Option<&Path>) -> Result<(), Failure> {
    if context.json() {
        return Ok(context.out.json(imported)?);
    }
    let Imported {
        read,
        recorded,
        new,
        rejected: count,
    } = imported;
    context.out.line(&format!(
        "{read} read, {recorded} recorded ({new} new), {count} rejected"
    ))?;
    if let Some(file) = rejected {
        context.out.flush()?;
        context.out.aside(&format!(
            "the rejected lines are in {}, each with its reason",
            file.display()
        ));
    }
    Ok(())
}

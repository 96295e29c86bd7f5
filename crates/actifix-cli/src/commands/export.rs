//! `export`: everything, as JSON Lines.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use actifix::{ArchiveLine, Error, Store, WayBack};
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::progress::Progress;

/// Write everything as JSON Lines
///
/// One state of the database: a line for each ticket with its history, the deleted ones too, and the lines that belong to
/// no ticket. `import` takes it in again: into an empty database as it was, so that an export of that one is the same. A
/// file is put in place only when it is whole.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix export tickets.jsonl
  actifix export --legacy data/old.db
  actifix export | zstd > tickets.jsonl.zst
  actifix export | jq -c 'select(.status == \"completed\")'")]
pub struct Export {
    /// The file; stdout when not said, or `-`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Make a database for the Python Actifix instead: the way back after an upgrade
    #[arg(long, value_name = "DATABASE", conflicts_with = "file")]
    legacy: Option<PathBuf>,
}

impl Export {
    /// Exports.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        if let Some(to) = &self.legacy {
            let made = context.during("writing the old tables", || store.export_legacy(to))?;
            return back(context, &made);
        }
        match self.file.filter(|file| file.as_os_str() != "-") {
            None => {
                lines(context, &store, &mut io::stdout().lock(), true)?;
            }
            Some(file) => {
                let tickets = into_file(context, &store, &file)?;
                if context.json() {
                    context
                        .out
                        .json(&json!({ "file": file.to_string_lossy(), "tickets": tickets }))?;
                } else {
                    context
                        .out
                        .line(&format!("{tickets} tickets in {}", file.display()))?;
                }
            }
        }
        Ok(Exit::Done)
    }
}

/// Tells what was made for the Python system, and what has no place there.
fn back(context: &Context, made: &WayBack) -> Outcome {
    if context.json() {
        context.out.json(made)?;
        return Ok(Exit::Done);
    }
    context.out.line(&format!(
        "{} tickets in {}, schema 7 of the Python Actifix",
        made.tickets,
        made.file.display()
    ))?;
    for (what, tickets) in &made.lost {
        context
            .out
            .line(&format!("  no place there: {tickets} {what}"))?;
    }
    Ok(Exit::Done)
}

/// Writes all lines, and answers how many tickets there were.
fn lines(
    context: &Context,
    store: &Store,
    to: &mut impl Write,
    silent: bool,
) -> Result<u64, Failure> {
    let mut to = BufWriter::with_capacity(1 << 16, to);
    let mut progress = Progress::of(None, silent || context.json());
    let mut tickets = 0;
    store.export(|line| {
        serde_json::to_writer(&mut to, &line).map_err(io::Error::from)?;
        to.write_all(b"\n")?;
        if let ArchiveLine::Ticket(_) = line {
            tickets += 1;
            progress.at(tickets, &format!("{tickets} tickets"));
        }
        Ok::<_, Failure>(())
    })?;
    to.flush()?;
    Ok(tickets)
}

/// Writes beside the file, and puts the whole one in its place.
fn into_file(context: &Context, store: &Store, file: &Path) -> Result<u64, Failure> {
    let failed = |error: io::Error| {
        let why = format!("{} cannot be written: {error}", file.display());
        Failure::from(Error::Storage { why })
    };
    // A pipe or a device is written as it is, and a link's file stays where it is.
    let target = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    if target.metadata().is_ok_and(|there| !there.is_file()) {
        let mut open = OpenOptions::new()
            .write(true)
            .open(&target)
            .map_err(failed)?;
        return lines(context, store, &mut open, false);
    }
    let part = beside(&target);
    let mut open = new_file(&part).map_err(failed)?;
    let written = lines(context, store, &mut open, false).and_then(|tickets| {
        in_place(&open, &part, &target)
            .map(|()| tickets)
            .map_err(failed)
    });
    if written.is_err() {
        // What is left of a failed export is of no use.
        let _ = fs::remove_file(&part);
    }
    written
}

fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

fn in_place(open: &File, part: &Path, target: &Path) -> io::Result<()> {
    open.sync_all()?;
    fs::rename(part, target)?;
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

//! `ingest`: errors out of log files.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use actifix::capture::ingest::{About, Ingested, Log, contains};
use actifix::{Error, Store};
use clap::Args;
use serde_json::{Value, json};

use super::Outcome;
use super::record::spooled;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;

/// So often a followed log is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// A stack at the end of a followed log is complete when nothing came for so long.
const REST: Duration = Duration::from_secs(1);
/// So often what waits in the spool is tried again.
const AGAIN: Duration = Duration::from_secs(10);

/// Turn the stacks and error lines of log files into tickets
///
/// Each line counts once: how far a log was read is kept with the tickets, also when it is rotated, replaced or truncated.
/// Follows a log until it is interrupted. New tickets are bounded at 200 a minute and log; what is over waits in the spool.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix ingest /var/log/app.log
  actifix ingest --follow --project web app.log worker.log
  actifix ingest --dry-run --match 'database is locked' app.log.*")]
pub struct Ingest {
    /// Go on with what comes
    #[arg(long, short, conflicts_with = "dry_run")]
    follow: bool,
    /// Only count; nothing is recorded and no place is kept
    #[arg(long)]
    dry_run: bool,
    /// Only what contains this text, in capitals or not; with --dry-run lines are counted
    #[arg(long = "match", value_name = "TEXT", allow_hyphen_values = true)]
    matching: Option<String>,
    /// The program they belong to [default: default]
    #[arg(long, value_name = "P")]
    project: Option<String>,
    /// A tag for the tickets, as often as needed
    #[arg(long = "tag", value_name = "K=V", alias = "tags", value_parser = input::tag)]
    tags: Vec<(String, String)>,
    /// The log files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Ingest {
    /// Ingests.
    pub fn run(self, context: &Context) -> Outcome {
        if self.dry_run {
            return self.count(context);
        }
        let about = About {
            project: self.project.clone(),
            tags: input::tags(self.tags.clone()),
            matching: self.matching.clone(),
        };
        let opened = self.files.iter().map(|path| Log::open(path, about.clone()));
        let logs = opened.collect::<Result<Vec<_>, _>>()?;
        let store = context.store_or_make()?;
        if self.follow {
            return self.go_on(context, &store, logs, &about);
        }
        let mut all = Ingested::default();
        for mut log in logs {
            all.add(context.during("reading", || log.read(&store, true))?);
        }
        spooled::bring_in(context, &store);
        if context.json() {
            context.out.json(&all)?;
        } else {
            context.out.line(&told(&all))?;
        }
        Ok(Exit::Done)
    }

    /// Follows the logs for ever. The end is a signal: every place is kept, so nothing has to be put in order.
    fn go_on(&self, context: &Context, store: &Store, logs: Vec<Log>, about: &About) -> Outcome {
        let mut logs: Vec<_> = logs.into_iter().map(|log| (log, Instant::now())).collect();
        let mut replayed = Instant::now();
        loop {
            let mut all = Ingested::default();
            for (number, (log, changed)) in logs.iter_mut().enumerate() {
                match step(store, log, changed, &self.files[number], about) {
                    Ok(ingested) => all.add(ingested),
                    // What could not be recorded is read again.
                    Err(error)
                        if error.is_retryable() || matches!(error, Error::Storage { .. }) =>
                    {
                        context.out.aside(&format!("tried again soon: {error}"));
                        std::thread::sleep(REST);
                        *log = Log::open(&self.files[number], about.clone())?;
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            if all.recorded + all.spooled + all.rejected > 0 {
                if context.json() {
                    context.out.json(&all)?;
                } else {
                    context.out.line(&told(&all))?;
                }
                context.out.flush()?;
            }
            if replayed.elapsed() > AGAIN {
                replayed = Instant::now();
                spooled::bring_in(context, store);
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Counts lines that contain the text, or the stacks and error lines there are.
    fn count(&self, context: &Context) -> Outcome {
        let mut files: Vec<Value> = Vec::new();
        let mut total = 0;
        for path in &self.files {
            let (lines, found) =
                context.during("counting", || counted(path, self.matching.as_deref()))?;
            total += found;
            if !context.json() {
                context
                    .out
                    .line(&format!("{found:>9}  {} ({lines} lines)", path.display()))?;
            }
            files.push(json!({"file": path.display().to_string(), "lines": lines, "found": found}));
        }
        if context.json() {
            context.out.json(&json!({"found": total, "files": files}))?;
        } else if self.files.len() > 1 {
            context.out.line(&format!("{total:>9}  in all"))?;
        }
        Ok(Exit::Done)
    }
}

/// Reads what came. A log that was rotated away is read to its end first.
fn step(
    store: &Store,
    log: &mut Log,
    changed: &mut Instant,
    path: &std::path::Path,
    about: &About,
) -> Result<Ingested, Error> {
    let replaced = log.is_replaced();
    let mut ingested = log.read(store, replaced)?;
    if replaced {
        *log = Log::open(path, about.clone())?;
        ingested.add(log.read(store, false)?);
    }
    if ingested.lines > 0 {
        *changed = Instant::now();
    } else if log.is_open() && changed.elapsed() > REST {
        ingested.add(log.rest(store)?);
    }
    Ok(ingested)
}

/// Lines of a file, and what was found in it.
fn counted(path: &std::path::Path, wanted: Option<&str>) -> Result<(u64, u64), Failure> {
    let wrong = |error: std::io::Error| {
        Failure::from(Error::invalid(
            "file",
            format!("{} cannot be read: {error}", path.display()),
        ))
    };
    let mut lines = actifix::capture::ingest::Lines::new(File::open(path).map_err(wrong)?);
    let mut cutter = actifix::capture::Cutter::default();
    let (mut count, mut found) = (0, 0);
    while let Some(line) = lines.next(true).map_err(wrong)? {
        count += 1;
        found += match wanted {
            Some(wanted) => u64::from(contains(line.text, wanted)),
            None => cutter.line(line.text).len() as u64,
        };
    }
    Ok((count, found + u64::from(cutter.end().is_some())))
}

fn told(all: &Ingested) -> String {
    let mut text = format!(
        "{} lines read, {} errors recorded ({} new)",
        all.lines, all.recorded, all.new
    );
    if all.spooled > 0 {
        text.push_str(&format!(", {} wait in the spool", all.spooled));
    }
    if all.rejected > 0 {
        text.push_str(&format!(", {} refused", all.rejected));
    }
    text
}

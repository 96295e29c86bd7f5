//! `locks`: who holds SQLite's locks on a file, whoever made it.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use actifix::{Error, Result, parse_span};
use actifix_lab::show::{self, Ink};
use actifix_lab::watch::{Sampler, Sight, Watcher};
use clap::Args;

use super::Outcome;
use super::lab::failed;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::locate::Found;
use crate::output::progress::Progress;

/// How long one look takes, so that something can be said about since when.
const LOOK: Duration = Duration::from_millis(200);
/// Between two pictures of `--watch`.
const REFRESH: Duration = Duration::from_millis(250);

/// Who holds the locks of a SQLite file, ours or not
///
/// Works on any SQLite file, read-only, from the kernel's tables (Linux): who holds the write lock and since when as far
/// as it was seen, whether it is stopped, who waits at the gate, who else has the file open, how far the log is behind.
/// Exit 0 when the file is free, 3 when somebody keeps writers out.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix locks
  actifix locks path/to/any.db
  actifix locks any.db --watch
  actifix locks any.db --for 60s --over 500ms")]
pub struct Locks {
    /// The SQLite file [default: the database that the other verbs find]
    #[arg(value_name = "DB")]
    file: Option<PathBuf>,
    /// Look again and again, until interrupted
    #[arg(long, conflicts_with = "span")]
    watch: bool,
    /// Catch short holders: look very often for this long, then tell who held a lock, how often, how long
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    span: Option<Duration>,
    /// Of those only who held one for at least this long
    #[arg(long, value_name = "SPAN", value_parser = over, requires = "span")]
    over: Option<Duration>,
}

fn span(text: &str) -> Result<Duration> {
    let span = parse_span("for", text)?;
    if span.is_zero() || span > Duration::from_secs(86_400) {
        return Err(Error::invalid("for", "give a time from 1ms to a day"));
    }
    Ok(span)
}

fn over(text: &str) -> Result<Duration> {
    parse_span("over", text)
}

impl Locks {
    /// Looks.
    pub fn run(self, context: &Context) -> Outcome {
        let path = match self.file {
            Some(path) => path,
            None => match context.find()? {
                Found::There(path) => path,
                Found::Missing(place) => {
                    let why = format!("there is no database at {}", place.path().display());
                    return Err(Failure::from(Error::Storage { why })
                        .hint("`actifix locks PATH` looks at any SQLite file"));
                }
            },
        };
        if let Some(span) = self.span {
            return sample(context, &path, span, self.over.unwrap_or_default());
        }
        let mut watcher = Watcher::new(&path).map_err(failed)?;
        if self.watch {
            return watch(context, &mut watcher);
        }
        let sight = watcher.look_for(LOOK).map_err(failed)?;
        tell(context, &sight)?;
        Ok(if sight.free {
            Exit::Done
        } else {
            Exit::Nothing
        })
    }
}

fn tell(context: &Context, sight: &Sight) -> std::result::Result<(), Failure> {
    if context.json() {
        context.out.json(sight)?;
    } else {
        let ink = Ink(context.out.paint.is_on());
        context.out.line(&show::sight(sight, ink))?;
    }
    Ok(())
}

/// Until it is interrupted, or its reader has gone. On a terminal the picture stays at its place.
fn watch(context: &Context, watcher: &mut Watcher) -> Outcome {
    let terminal = std::io::stdout().is_terminal() && !context.json();
    loop {
        let sight = watcher.look_for(REFRESH).map_err(failed)?;
        if terminal {
            // To the upper left corner, and what was there is cleared.
            print!("\u{1b}[H\u{1b}[2J");
            std::io::stdout().flush()?;
        }
        tell(context, &sight)?;
        context.out.end()?;
    }
}

fn sample(context: &Context, path: &std::path::Path, span: Duration, over: Duration) -> Outcome {
    let mut sampler = Sampler::new(path).map_err(failed)?;
    let whole = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let mut progress = Progress::of(Some(whole), context.json());
    let began = Instant::now();
    while let Some(left) = span
        .checked_sub(began.elapsed())
        .filter(|left| !left.is_zero())
    {
        sampler.look_for(left.min(REFRESH)).map_err(failed)?;
        let passed = u64::try_from(began.elapsed().as_millis()).unwrap_or(whole);
        progress.at(passed.min(whole), "looking");
        thread::yield_now();
    }
    drop(progress);
    let sampled = sampler.end(over);
    if context.json() {
        context.out.json(&sampled)?;
    } else {
        let ink = Ink(context.out.paint.is_on());
        context.out.line(&show::sampled(&sampled, ink))?;
    }
    Ok(if sampled.holders.is_empty() {
        Exit::Done
    } else {
        Exit::Nothing
    })
}

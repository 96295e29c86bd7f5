//! `run`: a command that reports itself when it fails.

use std::ffi::OsString;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use actifix::capture::spool::Spool;
use actifix::capture::{Failed, is_ignored, prepare};
use actifix::config::Capturing;
use actifix::{Clean, Clock, Error, Recorded, Report, Store, SystemClock};
use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::locate::Found;
use crate::runner::{self, Ran};

/// So much of each output is kept to read the error from, in bytes.
const KEPT: usize = 256 << 10;

/// Run a command; when it fails, its error becomes a ticket
///
/// Its output, its exit code and its signals are as if it stood alone. The report is made from the end of what it printed and
/// from how it ended; where the database cannot take it, it waits in a file beside. A command that was interrupted (Ctrl-C,
/// kill) did not fail. With --json the answer is a line on stderr; without it a terminal is told.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix run -- pytest -q
  actifix run --tag job=nightly --tail 500 -- ./nightly.sh --full
  actifix run --always -- make check")]
pub struct Run {
    /// Lines of output that the report keeps [default: 200]
    #[arg(long, value_name = "N", value_parser = input::limit(10_000))]
    tail: Option<usize>,
    /// Report also when it ends well
    #[arg(long)]
    always: bool,
    /// A tag for the ticket, as often as needed
    #[arg(long = "tag", value_name = "K=V", alias = "tags", value_parser = input::tag)]
    tags: Vec<(String, String)>,
    /// The program it belongs to [default: default]
    #[arg(long, value_name = "P")]
    project: Option<String>,
    /// The command and its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "CMD"
    )]
    command: Vec<OsString>,
}

impl Run {
    /// Runs it, and ends as it ended.
    pub fn run(self, context: &Context) -> Outcome {
        let folder = std::env::current_dir().unwrap_or_default();
        let set = context.config()?.capture.clone();
        let ran = match runner::run(&self.command, KEPT) {
            Ok(ran) => ran,
            Err(error) => return not_started(context, &self.command[0], &error),
        };
        let failed = !ran.ending.well() && !ran.interrupted;
        if failed || self.always {
            let report = self.report(&ran, folder, &set);
            if !is_ignored(&report) {
                let told = record(context, &prepare(report, &[]), set.patience);
                tell(context, told);
            }
        }
        // What was said on the side changes nothing about how the command ended.
        let _ = context.out.end();
        runner::end_as(ran.ending)
    }

    fn report(&self, ran: &Ran, folder: std::path::PathBuf, set: &Capturing) -> Report {
        let command: Vec<String> = self
            .command
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let failed = Failed {
            command: &command,
            folder,
            complained: ran.complained.bytes(),
            printed: ran.printed.bytes(),
            ending: ran.ending,
            lines: self.tail.unwrap_or(set.tail),
        };
        let mut report = failed.report(input::tags(self.tags.clone()));
        report.project.clone_from(&self.project);
        report.origin = Some(origin(&command[0]));
        report.request_id = Some(name());
        report
    }
}

/// What reports here: floods of it are bounded.
fn origin(program: &str) -> String {
    let name = program.rsplit('/').next().unwrap_or(program);
    let name: String = name.chars().filter(|c| !c.is_control()).take(150).collect();
    format!("run {name}")
}

/// A name for this report alone, so that it counts once even where it is told twice.
fn name() -> String {
    let random = RandomState::new().hash_one(std::process::id());
    format!("run-{}-{random:016x}", SystemClock.now().micros())
}

/// What became of a report.
enum Kept {
    Recorded(Recorded),
    Spooled(String),
    Lost(Failure),
}

fn record(context: &Context, report: &Clean<Report>, patience: Duration) -> Kept {
    let found = match context.find() {
        Ok(found) => found,
        Err(failure) => return Kept::Lost(failure),
    };
    let path = match &found {
        Found::There(path) => path.clone(),
        Found::Missing(place) => place.path(),
    };
    let store = context.open_quietly(found, patience);
    let recorded = store.and_then(|store| Ok(into_store(&store, report)?));
    match recorded {
        Ok(recorded) => Kept::Recorded(recorded),
        Err(failure) => match failure.error().filter(|error| spools(error)) {
            Some(error) if Spool::beside(&path).keep(report).is_ok() => {
                Kept::Spooled(error.to_string())
            }
            _ => Kept::Lost(failure),
        },
    }
}

fn into_store(store: &Store, report: &Clean<Report>) -> Result<Recorded, Error> {
    let recorded = store.record(report.clone()).wait()?;
    let spool = Spool::beside(store.path());
    if spool.path().exists() {
        // What cannot come in now is tried by the next.
        let _ = spool.replay(store);
    }
    Ok(recorded)
}

/// Whether time may cure it. Where the outcome is unknown the report's name lets it count once.
fn spools(error: &Error) -> bool {
    !matches!(error, Error::Invalid { .. } | Error::TooLong { .. })
}

/// A word on the side; the command's own output is never touched.
fn tell(context: &Context, kept: Kept) {
    let (json, mut stderr) = (context.json(), io::stderr().lock());
    if !json && !stderr.is_terminal() && !matches!(kept, Kept::Lost(_)) {
        return;
    }
    let _ = match kept {
        Kept::Recorded(recorded) if json => {
            writeln!(
                stderr,
                "{}",
                serde_json::to_string(&recorded).unwrap_or_default()
            )
        }
        Kept::Recorded(recorded) => {
            let news = if recorded.new {
                "new".to_owned()
            } else {
                format!("seen {}×", recorded.occurrences)
            };
            writeln!(
                stderr,
                "actifix: {}  {}  {news}, {}",
                recorded.id, recorded.priority, recorded.status
            )
        }
        Kept::Spooled(why) if json => {
            writeln!(
                stderr,
                "{}",
                serde_json::json!({"spooled": true, "why": why})
            )
        }
        Kept::Spooled(why) => writeln!(stderr, "actifix: the report waits in the spool: {why}"),
        Kept::Lost(failure) => {
            drop(stderr);
            failure.tell(json);
            Ok(())
        }
    };
}

/// A command that is not there, or may not be run, is no failure of a program: no ticket. The exit code is the shells'.
fn not_started(context: &Context, command: &OsString, error: &io::Error) -> Outcome {
    let why = format!("`{}` cannot be started: {error}", command.to_string_lossy());
    let hint = "look at its name and whether it may be run; nothing was run or recorded";
    Failure::from(Error::Storage { why })
        .hint(hint)
        .tell(context.json());
    context
        .out
        .end()
        .map_err(Failure::from)
        .map(|()| Exit::Done)?;
    std::process::exit(if error.kind() == io::ErrorKind::NotFound {
        127
    } else {
        126
    })
}

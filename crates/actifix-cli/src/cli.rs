//! The command line as a whole: what holds for every verb, the verbs in their groups, and the way from arguments to an
//! exit code.

use std::error::Error as _;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use actifix::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, CommandFactory, FromArgMatches, Parser};

use crate::commands::{GROUPS, Verb};
use crate::context::{Context, Trouble};
use crate::failure::{self, Exit, Failure};
use crate::input;

/// The version of what scripts lean on: answers, exit codes, error kinds.
const CONTRACT: u32 = 1;

/// Turns errors into tickets and hands each ticket to exactly one worker at a time.
///
/// Without a verb it shows the state of the database on one screen.
#[derive(Parser)]
#[command(name = "actifix", version, max_term_width = 100, after_help = AFTER)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

const AFTER: &str = "\
Exit codes:
  0  done                                4  the lease is lost
  1  an error, or a bad verdict          5  busy past the deadline: repeat it
  2  usage, or a value that is refused   6  outcome unknown: repeat it under
  3  nothing to claim, or held              the same request id
                                         7  not found, or not in that state

Examples:
  actifix record --type ValueError --message 'no such column' --source app.py:31
  actifix claim --as agent-1
  actifix complete ID --token N --did '…' --files A,B --tested '…' --results '…'";

/// What every verb takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Everywhere")]
pub struct Globals {
    /// The database: a path or sqlite:PATH [env: ACTIFIX_DB] [default: the .actifix/actifix.db or data/actifix.db met
    /// first on the way up from this folder]
    #[arg(long, global = true, value_name = "URL|PATH")]
    pub db: Option<OsString>,
    // Not a doc comment: rustdoc takes what has an @ in brackets for a link.
    #[arg(
        long = "as",
        global = true,
        value_name = "NAME",
        allow_hyphen_values = true,
        help = "Who you are, in claims and in the history; a lease must then be yours [env: ACTIFIX_AS] [default: user@host]"
    )]
    pub name: Option<String>,
    /// Answer in JSON, and tell errors as one JSON object on stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// Names this call: made again under the same name it answers the same and changes nothing
    #[arg(
        long,
        global = true,
        value_name = "R",
        alias = "request_id",
        allow_hyphen_values = true
    )]
    pub request_id: Option<String>,
    /// How long to wait for the write lock before answering busy [default: 30s]
    #[arg(long, global = true, value_name = "SPAN", value_parser = input::deadline, allow_hyphen_values = true)]
    pub deadline: Option<Duration>,
}

/// Reads the arguments, does what they ask, and tells how it went.
pub fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let command = if asks_for_help(&arguments) {
        command()
    } else {
        plain()
    };
    let parsed = command
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => {
            let json = cli.globals.json;
            match perform(cli) {
                Ok(exit) => exit.into(),
                Err(failure) => failure.tell(json).into(),
            }
        }
        Err(refusal) => not_understood(&refusal, asks_for_json(&arguments)).into(),
    }
}

fn perform(cli: Cli) -> Result<Exit, Failure> {
    let trouble = cli.verb.as_ref().map_or(Trouble::Refuse, Verb::on_trouble);
    let context = Context::new(cli.globals, trouble);
    let exit = match cli.verb {
        Some(verb) => verb.run(&context)?,
        None => crate::commands::status::run(&context)?,
    };
    context.out.end()?;
    Ok(exit)
}

/// The command line as clap knows it. A verb's arguments are made when the verb is met: most of the time that a short
/// command spends before its work would go into the others'.
pub fn plain() -> clap::Command {
    Cli::command()
}

/// The command line with all verbs made, its help in groups.
pub fn command() -> clap::Command {
    let mut built = plain();
    built.build();
    let (groups, head) = (grouped(&built), built.get_styles().get_header());
    plain().help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{groups}\n{head}Everywhere:{head:#}\n{{options}}{{after-help}}"
    ))
}

/// The verbs with what they do, in the groups of the design.
fn grouped(built: &clap::Command) -> String {
    let style = built.get_styles();
    let (head, word) = (style.get_header(), style.get_literal());
    let mut text = String::new();
    for (name, verbs) in GROUPS {
        text.push_str(&format!("\n{head}{name}:{head:#}\n"));
        for verb in *verbs {
            let about = built
                .find_subcommand(verb)
                .and_then(clap::Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let about = if *verb == "help" {
                "Tell about a verb"
            } else {
                &about
            };
            text.push_str(&format!("  {word}{verb:<13}{word:#}{about}\n"));
        }
    }
    text
}

/// Whether help may be asked for.
fn asks_for_help(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .skip(1)
        .any(|argument| argument == "-h" || argument == "--help" || argument == "help")
}

/// Whether `--json` stands among arguments that could not be understood as a whole.
fn asks_for_json(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .skip(1)
        .take_while(|argument| *argument != "--")
        .any(|argument| argument == "--json")
}

/// Help and version go to stdout; what is wrong goes to stderr.
fn not_understood(refusal: &clap::Error, json: bool) -> Exit {
    match refusal.kind() {
        ErrorKind::DisplayVersion if json => {
            let version = env!("CARGO_PKG_VERSION");
            failure::print_last(&format!(
                "{{\"actifix\":\"{version}\",\"contract\":{CONTRACT}}}"
            ))
        }
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A reader that has gone has seen enough.
            let _ = refusal.print();
            Exit::Done
        }
        _ if json => usage_failure(refusal).tell(true),
        _ => {
            let _ = refusal.print();
            Exit::Usage
        }
    }
}

/// A usage error as the same object that every other error is.
fn usage_failure(refusal: &clap::Error) -> Failure {
    let inner = refusal
        .source()
        .and_then(|source| source.downcast_ref::<Error>());
    let rendered = refusal.to_string();
    let error = inner
        .cloned()
        .unwrap_or_else(|| Error::invalid(field_of(refusal), first_line(&rendered)));
    let tip = rendered
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    Failure::from(error)
        .hint(tip.unwrap_or("`actifix help` and `actifix VERB --help` tell what is taken"))
}

/// The flag that is wrong, spelled as in JSON.
fn field_of(refusal: &clap::Error) -> String {
    let argument = match refusal.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.as_str(),
        Some(ContextValue::Strings(arguments)) => {
            arguments.first().map_or("arguments", String::as_str)
        }
        _ => "arguments",
    };
    let name = argument.split([' ', '=']).next().unwrap_or(argument);
    name.trim_matches(['-', '<', '>'])
        .replace('-', "_")
        .to_lowercase()
}

/// The sentence of a rendered refusal, without its heading and the usage that follows.
fn first_line(rendered: &str) -> String {
    let sentence: Vec<&str> = rendered
        .lines()
        .take_while(|line| !line.is_empty())
        .map(str::trim)
        .collect();
    sentence.join(" ").trim_start_matches("error: ").to_owned()
}

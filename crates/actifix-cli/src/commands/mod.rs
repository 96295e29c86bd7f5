//! The verbs: a file each, with its arguments (whose doc comment is the help) and its `run`.

mod acquire;
mod add;
mod agents;
mod assign;
mod backup;
mod claim;
mod close;
mod complete;
mod completions;
mod config;
mod delete;
mod deliver;
mod demo;
mod doctor;
mod events;
mod export;
mod health;
mod ignore;
mod import;
mod ingest;
mod init;
mod lab;
mod list;
mod locks;
mod man;
mod mcp;
mod merge;
mod mine;
mod note;
mod prune;
mod quarantine;
pub mod record;
mod redact;
mod release;
mod renew;
mod reopen;
mod restore;
pub mod run;
mod show;
mod similar;
mod stats;
pub mod status;
mod template;
mod top;
mod undelete;
mod update;
mod upgrade;
mod verify;
mod work;

use actifix::{Receipt, Store, TicketId};
use clap::Subcommand;

use crate::context::{Context, Trouble};
use crate::failure::{Exit, Failure};

/// What a verb answers.
pub type Outcome = Result<Exit, Failure>;

/// The groups of the help, each verb in one.
pub const GROUPS: &[(&str, &[&str])] = &[
    ("Report", &["record", "add", "run", "ingest"]),
    (
        "Work",
        &[
            "claim", "acquire", "renew", "release", "complete", "close", "work", "mine", "mcp",
            "agents",
        ],
    ),
    (
        "Look",
        &[
            "status", "list", "show", "similar", "events", "stats", "top", "health",
        ],
    ),
    (
        "Keep",
        &[
            "init",
            "config",
            "demo",
            "ignore",
            "assign",
            "note",
            "update",
            "reopen",
            "merge",
            "delete",
            "undelete",
            "backup",
            "restore",
            "export",
            "import",
            "prune",
            "quarantine",
            "upgrade",
            "verify",
            "doctor",
            "redact",
            "deliver",
            "completions",
            "man",
            "help",
        ],
    ),
    ("Locks", &["locks", "lab"]),
];

/// Makes the enum of verbs and the way from each to its `run`.
macro_rules! verbs {
    ($($variant:ident => $file:ident),+ $(,)?) => {
        /// A verb with its arguments.
        #[derive(Subcommand)]
        #[command(defer = true)]
        pub enum Verb {
            $($variant($file::$variant)),+
        }

        impl Verb {
            /// Does it.
            pub fn run(self, context: &Context) -> Outcome {
                match self {
                    $(Self::$variant(arguments) => arguments.run(context)),+
                }
            }
        }
    };
}

verbs! {
    Record => record, Add => add, Run => run, Ingest => ingest,
    Claim => claim, Acquire => acquire, Renew => renew, Release => release, Complete => complete, Close => close,
    Work => work, Mine => mine, Mcp => mcp, Agents => agents,
    Status => status, List => list, Show => show, Similar => similar, Events => events, Stats => stats, Top => top,
    Health => health,
    Init => init, Config => config, Demo => demo, Ignore => ignore, Assign => assign, Note => note, Update => update, Reopen => reopen,
    Merge => merge,
    Delete => delete, Undelete => undelete, Backup => backup, Restore => restore, Export => export, Import => import,
    Prune => prune, Quarantine => quarantine, Upgrade => upgrade, Verify => verify, Doctor => doctor, Redact => redact,
    Deliver => deliver,
    Completions => completions, Man => man,
    Locks => locks, Lab => lab,
}

impl Verb {
    /// What it does when something is wrong with the configuration.
    pub fn on_trouble(&self) -> Trouble {
        match self {
            Self::Record(_) | Self::Run(_) | Self::Ingest(_) => Trouble::Warn,
            Self::Config(_) | Self::Doctor(_) => Trouble::Tell,
            _ => Trouble::Refuse,
        }
    }
}

/// Answers a change: the ticket as it stands now, or one line that says what was done.
fn changed(
    context: &Context,
    store: &Store,
    ticket: &TicketId,
    receipt: &Receipt,
    done: &str,
) -> Outcome {
    if context.json() {
        context.out.json(&context.wait(store, store.get(ticket))?)?;
    } else if receipt.repeated {
        context.out.line(&format!(
            "{ticket} already {done} at {}, nothing changed",
            receipt.at
        ))?;
    } else {
        context.out.line(&format!("{ticket} {done}"))?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_verb_stands_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, verbs)| verbs.iter().copied())
            .collect();
        let mut command = Cli::command();
        command.build();
        let mut verbs: Vec<&str> = command
            .get_subcommands()
            .map(clap::Command::get_name)
            .collect();
        grouped.sort_unstable();
        verbs.sort_unstable();
        assert_eq!(grouped, verbs);
    }

    #[test]
    fn the_command_line_is_sound_and_everything_is_explained() {
        Cli::command().debug_assert();
        let mut command = Cli::command();
        command.build();
        for verb in command
            .get_subcommands()
            .filter(|verb| verb.get_name() != "help")
        {
            let name = verb.get_name();
            let about = verb
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(!about.is_empty() && about.len() <= 65, "{name}: {about}");
            let after = verb
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(
                after.starts_with("Examples:") && after.contains(name),
                "{name}"
            );
            for argument in verb.get_arguments() {
                assert!(
                    argument.get_help().is_some(),
                    "{name} {}",
                    argument.get_id()
                );
            }
        }
    }
}

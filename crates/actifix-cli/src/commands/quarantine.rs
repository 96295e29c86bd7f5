//! `quarantine`: tickets that were given up after too many attempts.

mod list;

use actifix::{Call, CloseReason, Fate, Filter, Priority, Receipt, Status, Store, TicketId};
use clap::{Args, Subcommand};

use super::Outcome;
use crate::bulk::Bulk;
use crate::context::Context;
use crate::failure::Failure;
use crate::input;

/// Look after tickets that were given up: list, retry, drop
///
/// A ticket whose attempts failed five times, or whose lease ran out three times in a row, is put aside so that it does not
/// go round for ever. `retry` opens it again with no attempts counted; `drop` closes it, and its history stays.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix quarantine list
  actifix quarantine retry ACT-20261124-0000002A
  actifix quarantine retry --all --priority P0,P1 --yes
  actifix quarantine drop --all --older-than 30d --dry-run")]
pub struct Quarantine {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// List them, with why they were given up
    List(Which),
    /// Open them again, with no attempts counted
    Retry(Chosen),
    /// Close them; `reopen` takes that back
    Drop(Dropped),
}

#[derive(Args, Clone)]
pub struct Which {
    /// Only of these priorities
    #[arg(long, value_name = "P0,P1", value_delimiter = ',', value_parser = input::priority)]
    priority: Vec<Priority>,
    /// Only of this project
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    project: Option<String>,
    /// Only those that nothing has happened to for so long
    #[arg(long, value_name = "SPAN", value_parser = input::older_than, alias = "older_than", allow_hyphen_values = true)]
    older_than: Option<std::time::Duration>,
}

#[derive(Args)]
struct Chosen {
    /// The ticket, or several
    #[arg(required_unless_present = "all", conflicts_with_all = ["all", "dry_run", "priority", "project", "older_than"])]
    id: Vec<TicketId>,
    /// All of them that are like this
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    which: Which,
    /// Only tell which they are
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

#[derive(Args)]
struct Dropped {
    #[command(flatten)]
    chosen: Chosen,
    /// wontfix, invalid, obsolete or fixed (elsewhere)
    #[arg(long, value_name = "REASON", default_value = "wontfix", value_parser = reason)]
    reason: CloseReason,
    /// A word on why
    #[arg(long, value_name = "T", allow_hyphen_values = true)]
    note: Option<String>,
}

/// `--reason`. A duplicate is closed by itself, with the ticket that it repeats.
fn reason(text: &str) -> actifix::Result<CloseReason> {
    match text.parse()? {
        CloseReason::Duplicate => Err(actifix::Error::invalid(
            "reason",
            "`actifix close ID --reason duplicate --of ID` closes a duplicate",
        )),
        other => Ok(other),
    }
}

impl Which {
    fn filter(self) -> Filter {
        Filter {
            statuses: vec![Status::Quarantined],
            priorities: self.priority,
            project: self.project,
            older_than: self.older_than,
            ..Filter::default()
        }
    }
}

impl Quarantine {
    /// Lists, retries or drops.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        match self.what {
            What::List(which) => list::run(context, &store, which.filter()),
            What::Retry(chosen) => {
                chosen.change(context, &store, ("retry", "open again"), &|store, id| {
                    store.reopen(id)
                })
            }
            What::Drop(Dropped {
                chosen,
                reason,
                note,
            }) => {
                let mut how = actifix::Close::because(reason);
                if let Some(note) = note {
                    how = how.note(note);
                }
                chosen.change(context, &store, ("drop", "closed"), &|store, id| {
                    store.close(id, how.clone())
                })
            }
        }
    }
}

impl Chosen {
    fn change(
        self,
        context: &Context,
        store: &Store,
        (verb, done): (&str, &str),
        change: &(dyn Fn(&Store, &TicketId) -> Call<Receipt> + Sync),
    ) -> Outcome {
        if let [id] = self.id.as_slice() {
            let store = store.only_while(&[Fate::Quarantined]);
            let receipt = context.wait(&store, change(&store, id)).map_err(unlike)?;
            return super::changed(context, &store, id, &receipt, done);
        }
        let bulk = Bulk {
            verb,
            done,
            already: &|_| false,
            change,
        };
        if self.id.is_empty() {
            bulk.run_on(context, store, &self.which.filter(), self.dry_run, self.yes)
        } else {
            bulk.run_named(context, store, &self.which.filter(), self.id)
        }
    }
}

/// A ticket that is not quarantined.
fn unlike(failure: Failure) -> Failure {
    match failure.error() {
        Some(actifix::Error::NotReady { .. }) => {
            failure.hint("only quarantined tickets; `actifix quarantine list` shows them")
        }
        _ => failure,
    }
}

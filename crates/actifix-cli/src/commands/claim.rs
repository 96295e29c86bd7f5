//! `claim`: a worker takes the next ticket.

use std::time::Duration;

use actifix::{Claimed, Clock, Error, Kind, Priority, Store, SystemClock};
use clap::Args;

use super::Outcome;
use super::record::spooled;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::output::{brief, leases};

/// Take the next open ticket: the most urgent, then the oldest
///
/// Any number of workers may claim at once; each gets another ticket. The token in the answer proves that the ticket is
/// yours: renew, release and complete ask for it. Exit 3 when there is nothing to claim.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix claim --as agent-1
  actifix claim --as agent-1 --lease 10m --priority P0,P1 --json
  actifix claim --count 8 --wait 30s
  actifix claim --as agent-1 --brief | my-agent")]
pub struct Claim {
    /// How long it is yours unless you renew it [default: 1h]
    #[arg(long, value_name = "SPAN", value_parser = input::lease, allow_hyphen_values = true)]
    lease: Option<Duration>,
    /// At most so many tickets [default: 1]
    #[arg(long, value_name = "N", value_parser = input::count::<usize>, allow_hyphen_values = true)]
    count: Option<usize>,
    /// Only of these priorities
    #[arg(long, value_name = "P0,P1", value_delimiter = ',', value_parser = input::priority)]
    priority: Vec<Priority>,
    /// Only errors, or only tasks (looks at 1,000 tickets at most)
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    /// Only of this project
    #[arg(long, value_name = "P", allow_hyphen_values = true)]
    project: Option<String>,
    /// Only with this tag; may be given several times (looks at 1,000 tickets at most)
    #[arg(long = "tag", value_name = "K=V", alias = "tags", value_parser = input::tag)]
    tags: Vec<(String, String)>,
    /// Wait so long for a ticket when there is none
    #[arg(long, value_name = "SPAN", value_parser = input::wait, allow_hyphen_values = true)]
    wait: Option<Duration>,
    /// Answer with a brief in Markdown: what, where, what was tried, and the command that ends it
    #[arg(long, conflicts_with = "count")]
    brief: bool,
    /// The brief is of about so many tokens at most [default: 4000]
    #[arg(long, value_name = "N", requires = "brief", value_parser = input::count::<usize>, allow_hyphen_values = true)]
    tokens: Option<usize>,
}

impl Claim {
    /// Claims.
    pub fn run(self, context: &Context) -> Outcome {
        let (brief, tokens) = (self.brief, self.tokens.unwrap_or(brief::TOKENS));
        let store = context.store()?;
        spooled::bring_in(context, &store);
        let lease = self.lease.unwrap_or(context.config()?.claim.lease);
        let claimed = context.wait(&store, store.claim(self.claim(store.actor(), lease)))?;
        if brief && !claimed.leases.is_empty() {
            return tell_brief(context, &store, &claimed, tokens);
        }
        tell(context, &claimed)
    }

    fn claim(self, holder: &str, lease: Duration) -> actifix::Claim {
        let mut claim = actifix::Claim::by(holder)
            .lease(lease)
            .count(self.count.unwrap_or(1))
            .priorities(self.priority);
        if let Some(kind) = self.kind {
            claim = claim.kind(kind);
        }
        if let Some(project) = self.project {
            claim = claim.project(project);
        }
        if let Some(span) = self.wait {
            claim = claim.wait(span);
        }
        self.tags
            .into_iter()
            .fold(claim, |claim, (key, value)| claim.tag(key, value))
    }
}

fn tell(context: &Context, claimed: &Claimed) -> Outcome {
    let out = &context.out;
    if context.json() {
        out.json(claimed)?;
    } else if let [lease] = claimed.leases.as_slice() {
        out.line(&leases::card(lease, out.paint, SystemClock.now()))?;
    } else if claimed.leases.is_empty() {
        out.line(&nothing(claimed))?;
    } else {
        out.line(&leases::table(
            &claimed.leases,
            out.paint,
            SystemClock.now(),
        ))?;
    }
    Ok(if claimed.leases.is_empty() {
        Exit::Nothing
    } else {
        Exit::Done
    })
}

fn nothing(claimed: &Claimed) -> String {
    match claimed.stopped_after {
        Some(looked) => {
            format!("nothing to claim among the first {looked} tickets that were looked at")
        }
        None => "nothing to claim; `--wait 30s` waits for a ticket".to_owned(),
    }
}

fn tell_brief(context: &Context, store: &Store, claimed: &Claimed, tokens: usize) -> Outcome {
    let Some(lease) = claimed.leases.first() else {
        return Ok(Exit::Nothing);
    };
    let story = context.wait(store, store.show(&lease.ticket.id))?;
    // A brief without them is better than none: the ticket is held.
    let similar = store.similar(&lease.ticket.id, brief::asked()).wait();
    let similar = similar.map(|found| found.similar).unwrap_or_default();
    let path = store.path().to_string_lossy();
    let text = brief::of(lease, &story, &similar, &path, tokens);
    if context.json() {
        let mut answer = serde_json::to_value(claimed).map_err(unwritable)?;
        answer["brief"] = text.into();
        context.out.json(&answer)?;
    } else {
        context.out.line(&text)?;
    }
    Ok(Exit::Done)
}

fn unwritable(error: serde_json::Error) -> Failure {
    Failure::from(Error::Storage {
        why: format!("the answer could not be written: {error}"),
    })
}

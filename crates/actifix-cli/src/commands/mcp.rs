//! `mcp`: the store as tools for agents, over stdio.

use std::time::Duration;

use clap::Args;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::input;
use crate::output::brief;

/// Serve the backlog to an agent as MCP tools, over stdio
///
/// Tools: record, add, list, get, similar, claim, renew, complete, close, release, mine. What is claimed through it is renewed at
/// a third of its lease while the client lives; when stdin ends, everything is given back and the process ends.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix mcp --as agent-1
  {\"mcpServers\": {\"actifix\": {\"command\": \"actifix\", \"args\": [\"mcp\", \"--as\", \"agent-1\"]}}}")]
pub struct Mcp {
    /// How long a lease lasts; it is renewed at a third of that [default: 5m]
    #[arg(long, value_name = "SPAN", value_parser = input::lease, allow_hyphen_values = true)]
    lease: Option<Duration>,
}

impl Mcp {
    /// Serves.
    pub fn run(self, context: &Context) -> Outcome {
        context.lives_long();
        let store = context.store_or_make()?;
        let lease = self.lease.unwrap_or(context.config()?.work.lease);
        actifix_mcp::serve(&store, lease, |lease, story, similar, path| {
            brief::of(lease, story, similar, path, brief::TOKENS)
        })?;
        Ok(Exit::Done)
    }
}

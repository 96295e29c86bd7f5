//! Before many tickets are changed somebody is asked.

use std::io::{self, BufRead, IsTerminal, Write};

use actifix::{Clock, Error, SystemClock};

use super::report::count;
use super::{Bulk, Found};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::tickets;

/// Whether somebody at a terminal agrees. Elsewhere `--yes` is asked for.
pub fn agreed(context: &Context, bulk: &Bulk<'_>, found: &Found) -> Result<bool, Failure> {
    let many = count(found.ids.len());
    let asks = !context.json() && io::stdin().is_terminal() && io::stderr().is_terminal();
    if !asks {
        let why = format!(
            "{many} would be {}, and nobody is there to be asked",
            bulk.done
        );
        let hint = "look with --dry-run, and say --yes to do it; nothing was changed";
        return Err(Failure::from(Error::invalid("yes", why)).hint(hint));
    }
    let mut to = io::stderr().lock();
    writeln!(to, "{}", sample(context, found))?;
    write!(to, "\n{} {many}? [y/N] ", bulk.verb)?;
    to.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// The first of the tickets, and how many more there are.
pub fn sample(context: &Context, found: &Found) -> String {
    let mut text = tickets::table(&found.sample, context.out.paint, SystemClock.now());
    let rest = found.ids.len() - found.sample.len();
    if rest > 0 {
        text.push_str(&format!("\n… and {rest} more"));
    }
    text
}

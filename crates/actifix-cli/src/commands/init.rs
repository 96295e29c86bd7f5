//! `init`: makes the database.

use std::borrow::Cow;

use clap::Args;
use serde::Serialize;

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::locate::{self, Found};

/// Make the database, or say where it is
///
/// It is made in .actifix/ at the git root (of the main checkout, in a worktree), else in this folder; --db names another
/// place. Where there is one already, nothing is changed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix init
  actifix init --here
  actifix --db /var/lib/shop/actifix.db init")]
pub struct Init {
    /// In this very folder, although there is one above
    #[arg(long, conflicts_with = "db")]
    here: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    database: Cow<'a, str>,
    created: bool,
}

impl Init {
    /// Makes it.
    pub fn run(self, context: &Context) -> Outcome {
        let found = if self.here {
            locate::right_here()
        } else {
            context.find()?
        };
        let created = matches!(found, Found::Missing(_));
        let store = context.open_or_make(found)?;
        if context.json() {
            context.out.json(&Answer {
                database: store.path().to_string_lossy(),
                created,
            })?;
        } else if !created {
            context.out.line(&format!(
                "{} is there already; nothing was changed",
                store.path().display()
            ))?;
        }
        Ok(Exit::Done)
    }
}

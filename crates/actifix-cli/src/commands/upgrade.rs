//! `upgrade`: a database of the Python system is taken over.

use actifix::{Store, Upgraded};
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::context::{Context, missing};
use crate::failure::Exit;
use crate::locate::Found;
use crate::output::progress::Progress;
use crate::output::text;

/// Take over a database of the Python Actifix
///
/// Schemas 1 to 7. The file is copied beside itself first, then rewritten in one transaction: it is the old one or the
/// new one, whatever happens. Every value stays readable under its old name, locks become leases, and the Python system
/// stops at open instead of half-working. No other program may have the file open. `export --legacy` is the way back.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix upgrade
  actifix --db data/actifix.db upgrade --json")]
pub struct Upgrade {}

impl Upgrade {
    /// Takes it over.
    pub fn run(self, context: &Context) -> Outcome {
        let path = match context.find()? {
            Found::There(path) => path,
            Found::Missing(place) => return Err(missing(&place)),
        };
        let mut progress: Option<Progress> = None;
        let upgraded = Store::upgrade(
            &path,
            context.name()?.as_deref(),
            context.settings(false)?,
            |done, all| {
                progress
                    .get_or_insert_with(|| Progress::of(Some(all), context.json()))
                    .at(done, &format!("{done} of {all} tickets"));
            },
        )?;
        drop(progress);
        if context.json() {
            let mut answer = json!(upgraded);
            answer["database"] = json!(path.to_string_lossy());
            context.out.json(&answer)?;
        } else {
            context
                .out
                .line(&told(context, &path.to_string_lossy(), &upgraded))?;
        }
        Ok(Exit::Done)
    }
}

fn told(context: &Context, path: &str, upgraded: &Upgraded) -> String {
    let (good, dim) = (context.out.paint.good(), context.out.paint.dim());
    let Some(from) = upgraded.from else {
        return format!("{path} is up to date; nothing was changed");
    };
    let mut lines = vec![format!(
        "{good}upgraded{good:#} {path} from the Python schema {from}: {} tickets ({} open, {} leased, {} completed, {} deleted)",
        upgraded.tickets, upgraded.open, upgraded.leased, upgraded.completed, upgraded.deleted
    )];
    if let Some(backup) = &upgraded.backup {
        lines.push(format!("the old file is kept as {}", backup.display()));
    }
    if upgraded.contradicted > 0 {
        lines.push(format!(
            "{} contradicted themselves; their old values are in `actifix show ID`:",
            match upgraded.contradicted {
                1 => "1 row".to_owned(),
                more => format!("{more} rows"),
            }
        ));
        for row in &upgraded.contradictions {
            lines.push(format!("  {}  {}", text::one_line(&row.ticket), row.why));
        }
        let rest = upgraded.contradicted - upgraded.contradictions.len() as u64;
        if rest > 0 {
            lines.push(format!("  {dim}and {rest} more{dim:#}"));
        }
    }
    for trigger in &upgraded.triggers {
        lines.push(format!(
            "the trigger {} on `tickets` cannot fire any more and was set aside; its text is in the old file",
            text::one_line(trigger)
        ));
    }
    lines.join("\n")
}

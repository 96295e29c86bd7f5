//! `restore`: a copy is put back.

use std::path::{Path, PathBuf};

use actifix::{Restored, Store};
use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::locate::Found;

/// Put a copy in the place of the database
///
/// The copy is checked first, and what it replaces is kept beside. Programs that have the database open go on with the
/// restored content. Ids and tokens that were given out since the copy was made are not given out again. The copy that
/// `upgrade` kept can be put back too.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix restore backups/actifix-20261124T180102Z.db
  actifix --db new/actifix.db restore before-the-move.db --json")]
pub struct Restore {
    /// The copy
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Restore {
    /// Puts it back.
    pub fn run(self, context: &Context) -> Outcome {
        let path = match context.find()? {
            Found::There(path) => path,
            Found::Missing(place) => {
                place.make_folder()?;
                place.path()
            }
        };
        let settings = context.settings(true)?;
        let restored = context.during("checking and copying", || {
            Store::restore(&self.file, &path, &settings)
        })?;
        tell(context, &self.file, &path, &restored)?;
        Ok(Exit::Done)
    }
}

fn tell(context: &Context, file: &Path, path: &Path, restored: &Restored) -> Result<(), Failure> {
    if context.json() {
        let mut answer = json!(restored);
        answer["database"] = json!(path.to_string_lossy());
        return Ok(context.out.json(&answer)?);
    }
    let good = context.out.paint.good();
    context.out.line(&format!(
        "{good}restored{good:#} {} from {}: {} tickets",
        path.display(),
        file.display(),
        restored.tickets
    ))?;
    if let Some(kept) = &restored.kept {
        context
            .out
            .line(&format!("what it replaced is kept as {}", kept.display()))?;
    }
    if let Some(schema) = restored.python_schema {
        context.out.line(&format!(
            "it is a database of the Python Actifix, schema {schema}; `actifix upgrade` takes it over"
        ))?;
    }
    Ok(())
}

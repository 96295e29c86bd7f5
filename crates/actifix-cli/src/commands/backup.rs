//! `backup`: a checked copy, while others go on writing.

use std::fs;
use std::path::{Path, PathBuf};

use actifix::{Backup as Made, Error, Store};
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::counts;

/// Where copies go when nothing is said: beside the database.
const FOLDER: &str = "backups";
/// The moment in a copy's name: `20261124T180102Z`.
const MOMENT: &str = "%Y%m%dT%H%M%SZ";
const MOMENT_LENGTH: usize = 16;

/// Copy the database while it is in use
///
/// The copy is one state of the database, checked, in one private file: `restore` puts it back. Into a folder it goes
/// under a name with the moment in it; a file that is there is never overwritten.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix backup
  actifix backup /mnt/copies/ --keep 14
  actifix backup before-the-move.db")]
pub struct Backup {
    /// A file, or a folder that is there [default: backups/ beside the database]
    #[arg(value_name = "TO")]
    to: Option<PathBuf>,
    /// Remove all but the newest N copies in the folder, once this one is made
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

impl Backup {
    /// Makes it.
    pub fn run(self, context: &Context) -> Outcome {
        let store = context.store()?;
        let stem = stem(store.path());
        let folder = match &self.to {
            Some(to) if to.is_dir() => Some(to.clone()),
            Some(_) => None,
            None => Some(beside(&store)?),
        };
        if self.keep.is_some() && folder.is_none() {
            return Err(
                Error::invalid("keep", "it counts the copies in a folder; name a folder").into(),
            );
        }
        let file = match (&folder, self.to) {
            (Some(folder), _) => fresh(folder, &stem)?,
            (None, to) => to.unwrap_or_default(),
        };
        let made = context.during("copying and checking", || store.backup(&file))?;
        let removed = match (&folder, self.keep) {
            (Some(folder), Some(keep)) => thin_out(folder, &stem, keep as usize)?,
            _ => Vec::new(),
        };
        tell(context, &made, &removed)?;
        Ok(Exit::Done)
    }
}

fn stem(database: &Path) -> String {
    let name = database.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".db").unwrap_or(&name).to_owned()
}

fn beside(store: &Store) -> Result<PathBuf, Error> {
    use std::os::unix::fs::DirBuilderExt;

    let folder = store.path().with_file_name(FOLDER);
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder);
    match made {
        Ok(()) => Ok(folder),
        Err(error) => Err(Error::Storage {
            why: format!("{} cannot be made: {error}", folder.display()),
        }),
    }
}

/// A name with the moment in it, after all that have been made in this very second.
fn fresh(folder: &Path, stem: &str) -> Result<PathBuf, Failure> {
    let now = Timestamp::now().strftime(MOMENT).to_string();
    let made = fs::read_dir(folder)?
        .filter_map(|entry| moment(&entry.ok()?.path(), stem))
        .filter(|(at, _)| *at == now)
        .map(|(_, nth)| nth)
        .max();
    Ok(folder.join(match made {
        None => format!("{stem}-{now}.db"),
        Some(nth) => format!("{stem}-{now}-{}.db", nth + 1),
    }))
}

/// Removes all but the newest copies of this database. Only names of the very form that `fresh` gives are touched.
fn thin_out(folder: &Path, stem: &str, keep: usize) -> Result<Vec<PathBuf>, Failure> {
    let mut copies: Vec<_> = fs::read_dir(folder)?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            Some((moment(&path, stem)?, path))
        })
        .collect();
    copies.sort_unstable();
    copies.truncate(copies.len().saturating_sub(keep));
    let old: Vec<PathBuf> = copies.into_iter().map(|(_, path)| path).collect();
    for copy in &old {
        fs::remove_file(copy)?;
    }
    Ok(old)
}

/// The moment that a copy's name says, and which of that second it was; `None` for what is no copy of this database.
fn moment(path: &Path, stem: &str) -> Option<(String, u32)> {
    let name = path.file_name()?.to_str()?;
    let said = name
        .strip_prefix(stem)?
        .strip_prefix('-')?
        .strip_suffix(".db")?;
    let (at, more) = said.split_at_checked(MOMENT_LENGTH)?;
    let (day, time) = at.split_once('T')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(day) || !digits(time.strip_suffix('Z')?) {
        return None;
    }
    let nth = match more {
        "" => 1,
        more => more.strip_prefix('-')?.parse().ok()?,
    };
    Some((at.to_owned(), nth))
}

fn tell(context: &Context, made: &Made, removed: &[PathBuf]) -> Result<(), Failure> {
    if context.json() {
        let removed: Vec<_> = removed.iter().map(|path| path.to_string_lossy()).collect();
        let mut answer = json!(made);
        answer["removed"] = json!(removed);
        return Ok(context.out.json(&answer)?);
    }
    let good = context.out.paint.good();
    context.out.line(&format!(
        "{good}ok{good:#}: {} tickets, {}, in {}",
        made.tickets,
        counts::bytes(made.bytes),
        made.file.display()
    ))?;
    for path in removed {
        context.out.line(&format!("removed {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_copies_of_this_database_are_thinned_out() {
        for (name, copy) in [
            ("actifix-20261124T180102Z.db", true),
            ("actifix-20261124T180102Z-2.db", true),
            ("actifix-old-20261124T180102Z.db", false),
            ("other-20261124T180102Z.db", false),
            ("actifix-20261124T180102Z.db-wal", false),
            ("actifix-20261124.db", false),
            ("actifix.db", false),
        ] {
            let moment = moment(Path::new(name), "actifix");
            assert_eq!(moment.is_some(), copy, "{name}");
        }
    }
}

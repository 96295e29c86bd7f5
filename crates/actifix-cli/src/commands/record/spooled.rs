//! Reports that the database cannot take now: kept beside it, and brought in later, exactly once.

use std::path::Path;

use actifix::capture::spool::Spool;
use actifix::{Clean, Error, Report, Store};
use serde::Serialize;

use crate::context::Context;
use crate::failure::{Exit, Failure};

/// What is answered for a report that waits in the spool.
#[derive(Serialize)]
pub struct Spooled {
    /// Always true.
    pub spooled: bool,
    /// Why the database could not take it.
    pub why: String,
}

/// Keeps reports that the open database at `path` could not take now. `None`: the failure is none that time cures, or the
/// outcome is unknown, and the reports may be there.
pub fn keep(path: &Path, reports: &[Report], failure: &Failure) -> Result<Option<Spooled>, Error> {
    let why = match failure.error() {
        Some(error @ (Error::Busy { .. } | Error::Storage { .. } | Error::Corrupt { .. })) => {
            error.to_string()
        }
        _ => return Ok(None),
    };
    let spool = Spool::beside(path);
    for report in reports {
        spool.keep(&Clean::from(report.clone()))?;
    }
    Ok(Some(Spooled { spooled: true, why }))
}

/// Tells that a report waits.
pub fn tell(context: &Context, spooled: &Spooled) -> Result<Exit, Failure> {
    if context.json() {
        context.out.json(spooled)?;
    } else {
        context.out.line(&format!(
            "kept for later: {}\nthe next `actifix record` or `claim` that gets through brings it in",
            spooled.why
        ))?;
    }
    Ok(Exit::Done)
}

/// Brings in what waits, if anything does. Only a word on the side: what the caller asked for has been done.
pub fn bring_in(context: &Context, store: &Store) {
    let spool = Spool::beside(store.path());
    if !spool.path().exists() {
        return;
    }
    match spool.replay(store) {
        Ok(replayed) if replayed.recorded + replayed.rejected > 0 => context.out.aside(&format!(
            "{} reports that had waited in the spool came in, {} could not and are in {}.rejected",
            replayed.recorded,
            replayed.rejected,
            spool.path().display()
        )),
        Ok(_) => {}
        Err(error) => context.out.aside(&format!(
            "what waits in the spool could not come in: {error}"
        )),
    }
}

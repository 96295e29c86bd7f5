//! The retention policy beside the work.

use std::sync::Arc;

use actifix::Store;
use actifix::keep::{Keeper, Retained};

use super::log::Log;
use crate::commands::prune::told;
use crate::context::Context;
use crate::failure::Failure;

/// Applies the policy from now on until the keeper is dropped, when the configuration says so.
pub fn start(context: &Context, store: &Store, log: &Arc<Log>) -> Result<Option<Keeper>, Failure> {
    let policy = context.retention()?;
    if !policy.enabled {
        return Ok(None);
    }
    let log = Arc::clone(log);
    let keeper = Keeper::start(store, policy, move |came| match came {
        // Nothing to tell most of the time.
        Ok(Retained::Done { rules }) if rules.is_empty() => {}
        Ok(came) => log.say(&format!("retention: {}", told(came))),
        Err(error) => log.say(&format!("retention: {error}; it is tried again later")),
    })?;
    Ok(Some(keeper))
}

//! A fixed piece of work: each verb once or twice, one call a commit, so that a run can be had again system call by system
//! call.

use std::time::Duration;

use actifix::{CloseReason, Delete, Release, Report, Result, TicketId, Token};

use crate::caller::Caller;
use crate::load::error;

/// A lease that does not run out while this is played.
const LONG: Duration = Duration::from_secs(3_600);
/// Text that takes a few pages of its own.
const FAT: usize = 20_000;
/// Calls at the end that nothing disturbs any more: one fault must not trouble them.
pub const AFTERWARDS: usize = 3;

/// Plays the whole script. A call that fails changes what comes after it, never whether it is played to its end.
pub fn play(caller: &mut Caller) {
    let first = caller.record(error("one")).ok();
    drop(caller.record(error("one")));
    drop(caller.record(fat("two")));
    if let Some((id, token)) = claim(caller) {
        drop(caller.renew(&id, token, LONG));
        drop(caller.complete(&id, token));
        drop(caller.reopen(&id));
    }
    if let Some((id, token)) = claim(caller) {
        drop(caller.release(&id, token, Release::new(), false));
        drop(caller.close(&id, CloseReason::Obsolete, None));
    }
    if let Some(first) = first {
        drop(caller.delete(
            &first.id,
            Delete {
                token: None,
                force: true,
            },
        ));
        drop(caller.undelete(&first.id));
    }
    for n in 0..AFTERWARDS {
        drop(caller.record(error(&format!("afterwards {n}"))));
    }
}

fn fat(name: &str) -> Report {
    error(name).stack_trace("x".repeat(FAT))
}

fn claim(caller: &mut Caller) -> Option<(TicketId, Token)> {
    let lease = caller.claim(LONG, 1).ok()?.into_iter().next()?;
    Some((lease.ticket.id, lease.token))
}

/// Fills the log nearly up to the next checkpoint: renewals, which write the same few pages again and again.
///
/// # Errors
/// What the store says.
pub fn fill(caller: &mut Caller, until: impl Fn() -> bool) -> Result<()> {
    drop(caller.record(error("filler"))?);
    let Some(lease) = caller.claim(LONG, 1)?.into_iter().next() else {
        return Ok(());
    };
    while !until() {
        caller.renew(&lease.ticket.id, lease.token, LONG)?;
    }
    caller.release(&lease.ticket.id, lease.token, Release::new(), false)?;
    Ok(())
}

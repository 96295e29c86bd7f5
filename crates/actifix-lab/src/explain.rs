//! What happened to a worker and why, in words for a person who has never read SQLite's sources.

use rusqlite::ffi;

use crate::code::Refusal;
use crate::mode::Mode;
use crate::setup::{Scene, Setup};
use crate::show::time;
use crate::trace::{Step, WorkerTrace};

/// The story of one worker.
pub fn story(trace: &WorkerTrace, setup: &Setup) -> String {
    if setup.scene == Scene::Record {
        return made(trace, setup);
    }
    let first = match (&trace.refusal, refused_step(trace)) {
        (None, _) => got_it(trace, setup),
        (Some(refusal), Some(step)) if refusal.is_busy() => locked_out(refusal, step, setup),
        (Some(refusal), _) => format!("Refused: {}.", refusal.told()),
    };
    match setup.mode {
        Mode::BlindRetry if trace.refusal.is_some() => format!(
            "{first} The retry around it was never used: the lock call turned the error into \"not acquired\", which is \
             no error."
        ),
        Mode::Retry if trace.tries > 1 => {
            format!(
                "{first} It ran its whole transaction {} times.",
                trace.tries
            )
        }
        _ => first,
    }
}

fn refused_step(trace: &WorkerTrace) -> Option<&Step> {
    trace.attempt().iter().rfind(|step| step.refusal.is_some())
}

fn got_it(trace: &WorkerTrace, setup: &Setup) -> String {
    let slept: u64 = trace.attempt().iter().map(|step| step.slept_us).sum();
    let whole = time(trace.waited_us);
    match setup.mode {
        Mode::Line | Mode::Actifix => {
            format!(
                "It stood in line and got its lock after {whole}, in a commit that may have served others too."
            )
        }
        _ if slept > 0 => format!(
            "It got its lock after {whole}; of that the busy handler slept {}: somebody else was writing.",
            time(slept)
        ),
        _ if setup.mode.reads_first() && trace.tries == 1 => {
            format!(
                "It read, wanted to write before anybody else did, and got its lock after {whole}."
            )
        }
        _ => format!("It got its lock after {whole}, without waiting for anybody."),
    }
}

/// The two refusals, and the third case: a timeout that was really used up.
fn locked_out(refusal: &Refusal, step: &Step, setup: &Setup) -> String {
    let took = time(u64::try_from(step.took_us()).unwrap_or(0));
    let timeout = time(u64::try_from(setup.timeout.as_micros()).unwrap_or(u64::MAX));
    if refusal.extended == ffi::SQLITE_BUSY_SNAPSHOT {
        return format!(
            "It read; then somebody else committed; now it wanted to write on top of what it had read, which is no longer \
             the newest state (517). No waiting helps, only beginning again: SQLite said so after {took}, and the timeout \
             of {timeout} played no part."
        );
    }
    if step.looks > 0 {
        return format!(
            "Somebody else was writing all the time: the busy handler looked {} times and slept {}, then the timeout of \
             {timeout} was used up.",
            step.looks,
            time(step.slept_us)
        );
    }
    if step.before == "read" {
        return format!(
            "It had read, so it held a read transaction; then it wanted to write while somebody else was writing (5). Two \
             such waiting for each other would wait for ever, so SQLite refused at once, after {took}: the busy handler \
             was never called and the timeout of {timeout} was not used."
        );
    }
    format!("Somebody else was writing (5), and it was refused after {took}.")
}

fn made(trace: &WorkerTrace, setup: &Setup) -> String {
    let Some(tally) = &trace.tally else {
        return String::new();
    };
    let mut text = format!("It made {} of {} tickets.", tally.done, setup.each);
    if !tally.refused.is_empty() {
        let each: Vec<_> = tally
            .refused
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        text.push_str(&format!(" Refused: {}.", each.join(", ")));
    }
    text
}

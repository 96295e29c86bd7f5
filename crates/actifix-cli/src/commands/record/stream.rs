//! `record --stdin`: a report a line, an answer a line, in the same order.

use std::thread;

use actifix::{Clean, Error, Recorded, Report, Result, Store, capture};
use serde_json::json;

use super::spooled;
use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::lines::{Line, Lines, Pace};

/// Reports that are recorded in one commit.
const BATCH: usize = 256;

/// Answers each line, and does so before it waits for the next.
pub fn run(context: &Context) -> Outcome {
    let store = context.store_or_make()?;
    let mut lines = Lines::new(std::io::stdin());
    let mut exit = Exit::Done;
    loop {
        let batch = lines.batch(BATCH, Pace::Prompt).map_err(|error| {
            Failure::from(Error::Storage {
                why: format!("stdin cannot be read: {error}"),
            })
        })?;
        if batch.is_empty() {
            spooled::bring_in(context, &store);
            return Ok(exit);
        }
        for answer in answers(context, &store, &batch)? {
            match answer {
                Ok(Some(recorded)) => context.out.json(&recorded)?,
                Ok(None) => context.out.json(&json!({ "spooled": true }))?,
                Err(error) => {
                    exit = Exit::Error;
                    context.out.json(&Failure::from(error).told())?;
                }
            }
        }
        context.out.flush()?;
    }
}

/// What became of each line; nothing yet, where it waits in the spool.
fn answers(
    context: &Context,
    store: &Store,
    batch: &[Line],
) -> Result<Vec<Result<Option<Recorded>>>, Failure> {
    let read: Vec<Result<Report>> = batch
        .iter()
        .map(|line| report(line, context.request_id()))
        .collect();
    let good: Vec<Report> = read.iter().flatten().cloned().collect();
    let recorded = match good.is_empty() {
        true => Ok(Vec::new()),
        false => context.wait(store, store.record_all(prepared(&good))),
    };
    let mut recorded = match recorded {
        Ok(recorded) => recorded.into_iter(),
        Err(failure) => {
            return match spooled::keep(store.path(), &good, &failure)? {
                Some(_) => Ok(read.into_iter().map(|line| line.map(|_| None)).collect()),
                None => Err(failure),
            };
        }
    };
    let answer = |line: Result<Report>| {
        let answer = line.and_then(|_| recorded.next().unwrap_or_else(|| Err(unanswered())));
        answer.map(Some)
    };
    Ok(read.into_iter().map(answer).collect())
}

/// Fewer reports are made ready here and now: starting a thread takes as long as some of them.
const WORTH_A_THREAD: usize = 32;

/// Reports as they go to the store: with what makes them equal, and a priority. Judging a report takes longer than storing
/// it, so many are judged on all cores.
pub fn prepared(reports: &[Report]) -> Vec<Clean<Report>> {
    let ready = |reports: &[Report]| -> Vec<Clean<Report>> {
        let ready = |report: &Report| capture::prepare(report.clone(), &[]);
        reports.iter().map(ready).collect()
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let share = reports.len().div_ceil(cores).max(WORTH_A_THREAD);
    if reports.len() <= share {
        return ready(reports);
    }
    thread::scope(|scope| {
        let parts: Vec<_> = reports
            .chunks(share)
            .map(|part| scope.spawn(move || ready(part)))
            .collect();
        let joined = parts.into_iter().map(|part| {
            part.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        joined.flatten().collect()
    })
}

/// The report on a line. In a stream that has a name, each line has one too, so that the whole can be repeated.
pub fn report(line: &Line, named: Option<&str>) -> Result<Report> {
    let mut report: Report = input::json("report", line.text()?)?;
    if let (Some(name), None) = (named, &report.request_id) {
        report.request_id = Some(format!("{name}/{}", line.number));
    }
    Ok(report)
}

/// For a store that answers fewer reports than it was given.
pub fn unanswered() -> Error {
    Error::Unknown {
        why: "the store gave no answer for this report".to_owned(),
    }
}

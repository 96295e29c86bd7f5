//! `record --stdin`: a report a line, an answer a line, in the same order.

use actifix::{Error, Recorded, Report, Result, Store};

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
            return Ok(exit);
        }
        for answer in answers(context, &store, &batch)? {
            match answer {
                Ok(recorded) => context.out.json(&recorded)?,
                Err(error) => {
                    exit = Exit::Error;
                    context.out.json(&Failure::from(error).told())?;
                }
            }
        }
        context.out.flush()?;
    }
}

/// What became of each line.
fn answers(
    context: &Context,
    store: &Store,
    batch: &[Line],
) -> Result<Vec<Result<Recorded>>, Failure> {
    let read: Vec<Result<Report>> = batch
        .iter()
        .map(|line| report(line, context.request_id()))
        .collect();
    let good: Vec<Report> = read.iter().flatten().cloned().collect();
    let mut recorded = if good.is_empty() {
        Vec::new()
    } else {
        context.wait(store, store.record_all(good))?
    }
    .into_iter();
    let answer = |line: Result<Report>| {
        line.and_then(|_| recorded.next().unwrap_or_else(|| Err(unanswered())))
    };
    Ok(read.into_iter().map(answer).collect())
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

//! What the databases are filled with: reports of 600 bytes (message and stack), each different by its number.

use std::path::Path;

use actifix::{Evidence, Limits, Priority, Report, Settings, Store};

use crate::Answer;
use crate::session::Session;

/// Message and stack together, in bytes.
pub const BYTES: usize = 600;
/// Reports that are recorded in one commit while a database is filled.
const BATCH: usize = 512;
/// A database of more tickets than this says how far it is.
const LARGE: usize = 100_000;

/// Report number `number`. Priorities go round, so that tickets are claimed in another order than they were made in.
pub fn report(number: usize) -> Report {
    let message = format!("no such column: age_{number} while saving row {number} of table people");
    let priority = Priority::ALL[number % Priority::ALL.len()];
    let stack = stack(BYTES - message.len());
    Report::error("ValueError", message)
        .source(format!(
            "service/module_{}.py:{}",
            number % 97,
            number % 1_000
        ))
        .priority(priority)
        .stack_trace(stack)
}

/// A stack of exactly `length` bytes.
fn stack(length: usize) -> String {
    const FRAME: &str =
        "  File \"service/store.py\", line 31, in save\n    cursor.execute(sql, row)\n";
    FRAME.chars().cycle().take(length).collect()
}

/// Evidence as an agent writes it.
pub fn evidence() -> Evidence {
    Evidence {
        did: "Added the missing migration for the age column".into(),
        files: vec!["migrations/0007_age.sql".into(), "service/store.py".into()],
        tested: "pytest tests/test_people.py".into(),
        results: "31 passed, 0 failed".into(),
        ..Evidence::default()
    }
}

/// [`evidence`] as the store keeps it.
pub const KEPT_EVIDENCE: &str = concat!(
    r#"{"did":"Added the missing migration for the age column","#,
    r#""files":["migrations/0007_age.sql","service/store.py"],"#,
    r#""tested":"pytest tests/test_people.py","results":"31 passed, 0 failed"}"#
);

/// Opens the store at `path`, with room for any number of open tickets.
pub fn open(path: &Path) -> Answer<Store> {
    let limits = Limits {
        open_tickets: 0,
        ..Limits::default()
    };
    let settings = Settings {
        limits,
        ..Settings::default()
    };
    Ok(Store::open_with(path, settings)?)
}

/// Records the reports with these numbers, each a new ticket.
pub fn fill(store: &Store, numbers: std::ops::Range<usize>) -> Answer<()> {
    let mut from = numbers.start;
    while from < numbers.end {
        let to = numbers.end.min(from + BATCH);
        for recorded in store.record_all((from..to).map(report)).wait()? {
            if !recorded?.new {
                return Err("a report that should be new was known".into());
            }
        }
        from = to;
    }
    Ok(())
}

/// Makes a closed database of `tickets` open tickets at `path`.
pub fn make(session: &Session, path: &Path, tickets: usize) -> Answer<()> {
    let store = open(path)?;
    let step = if tickets > LARGE {
        tickets / 10
    } else {
        tickets
    };
    let mut done = 0;
    while done < tickets {
        let to = tickets.min(done + step);
        fill(&store, done..to)?;
        done = to;
        if tickets > LARGE {
            session.say(format!("  filling a database: {done} of {tickets} tickets"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_report_has_its_size_and_none_equals_another() {
        for number in [0, 7, 999_999] {
            let report = report(number);
            let stack = report.stack_trace.unwrap();
            assert_eq!(report.message.len() + stack.len(), BYTES);
        }
        assert_ne!(report(1).message, report(98).message);
    }
}

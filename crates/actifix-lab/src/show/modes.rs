//! The table of modes in a terminal.

use super::{Ink, columns};
use crate::modes::Observed;

/// The whole.
pub fn modes(it: &Observed, ink: Ink) -> String {
    let rows: Vec<_> = it
        .observations
        .iter()
        .map(|one| {
            vec![
                one.journal.name().to_owned(),
                one.mode.name().to_owned(),
                one.moment.to_owned(),
                if one.held.is_empty() {
                    "nothing".to_owned()
                } else {
                    one.held.join(", ")
                },
                one.reader.clone(),
                one.writer.clone(),
                one.own_write.clone(),
                if one.as_expected {
                    "as expected".to_owned()
                } else {
                    format!("EXPECTED {}", one.expected)
                },
            ]
        })
        .collect();
    let headings = [
        "JOURNAL",
        "MODE",
        "AFTER",
        "HELD",
        "A SECOND READER",
        "A SECOND WRITER",
        "ITS OWN WRITE THEN",
        "",
    ];
    let good = it.observations.iter().filter(|one| one.as_expected).count();
    let count = format!(
        "{good}/{} observations as the investigation says",
        it.observations.len()
    );
    let verdict = if it.is_success() {
        ink.good(&format!("SUCCESS: {count}"))
    } else {
        ink.bad(&format!("FAILURE: {count}"))
    };
    let note = "With a write-ahead log nobody blocks readers. With a rollback journal an exclusive transaction does from \
                its BEGIN, and any writer does while it commits.";
    format!(
        "{}\n\n{note}\n{}\n{verdict}",
        columns(ink, &headings, &rows),
        ink.dim(&it.machine.told())
    )
}

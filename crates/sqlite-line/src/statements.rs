//! Statements that a transaction has used, at hand for the next use.
//!
//! rusqlite's cache hashes the whole text twice a use and moves the statement through a list; a batch uses the same few
//! statements hundreds of times. They go back to the cache when the transaction ends.

use std::cell::RefCell;

use rusqlite::CachedStatement;

/// More than a program's hot statements; what is over goes back to the cache at once.
const MOST: usize = 64;

/// A handful of statements, found by length and text. One that is in use is not in here, so the same text may be used
/// within its own use.
#[derive(Default)]
pub(crate) struct Statements<'c>(RefCell<Vec<(Box<str>, Option<CachedStatement<'c>>)>>);

impl<'c> Statements<'c> {
    pub(crate) fn take(&self, sql: &str) -> Option<CachedStatement<'c>> {
        let mut kept = self.0.borrow_mut();
        kept.iter_mut()
            .find(|(text, _)| **text == *sql)
            .and_then(|(_, statement)| statement.take())
    }

    pub(crate) fn keep(&self, sql: &str, statement: CachedStatement<'c>) {
        let mut kept = self.0.borrow_mut();
        if let Some((_, place)) = kept.iter_mut().find(|(text, _)| **text == *sql) {
            *place = Some(statement);
        } else if kept.len() < MOST {
            kept.push((sql.into(), Some(statement)));
        }
    }
}

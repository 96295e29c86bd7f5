//! The checkers: one for each promise of the design that this crate keeps. They judge histories and dumps, wherever
//! these come from: a model run of one thread, or the logs of many processes.

#![allow(dead_code, reason = "each binary uses its part")]

pub mod acknowledged;
pub mod every_worker;
pub mod flat_cost;
pub mod no_silence;
pub mod one_holder;
pub mod terms;

use std::fmt;

use crate::proof::dump::Dump;
use crate::proof::history::History;

/// A broken promise: the rule's name, and what was seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Lie {
    pub rule: &'static str,
    pub seen: String,
}

impl Lie {
    /// A lie against `rule`.
    pub fn new(rule: &'static str, seen: impl Into<String>) -> Self {
        Self {
            rule,
            seen: seen.into(),
        }
    }
}

impl fmt::Debug for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.seen)
    }
}

/// All that these callers saw and that is there now, judged for promises 1, 2, 3 and 6.
pub fn judge(history: &History, dump: &Dump) -> Vec<Lie> {
    let mut lies = one_holder::check(history);
    lies.extend(every_worker::check(history));
    lies.extend(acknowledged::check(history, dump));
    lies.extend(no_silence::check(dump));
    lies
}

/// # Panics
/// When there are lies; shows the first few.
pub fn assert_none(lies: &[Lie], what: &str) {
    assert!(
        lies.is_empty(),
        "{what}: {} lies, among them {:#?}",
        lies.len(),
        &lies[..lies.len().min(5)]
    );
}

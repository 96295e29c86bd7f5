//! The checker: a file for each promise of the design. It judges histories and dumps, wherever these come from: a model
//! run of one thread, the logs of many processes, or of processes that were killed on a disk that failed.
//!
//! A general search for an order that explains a history gives out at a few hundred calls on a ticket. Here the token is
//! the order, so that a few sorts and passes are enough: O(n log n) in the number of calls and events.

pub mod acknowledged;
pub mod every_worker;
pub mod flat_cost;
pub mod no_silence;
pub mod one_holder;
pub mod terms;

use std::fmt;

use crate::dump::Dump;
use crate::history::History;

/// A broken promise: the rule's name, and what was seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Lie {
    /// The rule that it breaks.
    pub rule: &'static str,
    /// What was seen.
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

/// What the faults of a run explain. By default there were none.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// All processes read one clock that only rises: spans of the store's clock can be compared.
    pub one_clock: bool,
    /// Kinds of refusals that the faults explain.
    pub refusals: &'static [&'static str],
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            one_clock: true,
            refusals: &[],
        }
    }
}

impl Rules {
    /// Faults that explain refusals of these kinds.
    pub const fn refusing(refusals: &'static [&'static str]) -> Self {
        Self {
            one_clock: true,
            refusals,
        }
    }

    fn explains(&self, kind: &str) -> bool {
        self.refusals.contains(&kind)
    }
}

/// All that these callers saw and that is there now, judged for promises 1, 2, 3 and 6 on a sound machine.
pub fn judge(history: &History, dump: &Dump) -> Vec<Lie> {
    judge_by(&Rules::default(), history, dump)
}

/// The same after faults.
pub fn judge_by(rules: &Rules, history: &History, dump: &Dump) -> Vec<Lie> {
    let mut lies = one_holder::check(history, rules);
    lies.extend(every_worker::check(history, rules));
    lies.extend(acknowledged::check(history, dump));
    lies.extend(no_silence::check(dump));
    let problems = dump.problems.iter();
    lies.extend(problems.map(|seen| Lie::new("the file contradicts itself", seen)));
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

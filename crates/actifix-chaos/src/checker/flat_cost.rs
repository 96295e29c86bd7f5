//! Promise 7: cost does not grow with the backlog. Measured in pages read by a fresh process, so without a clock: a seek
//! reads as many pages as its trees are deep, a scan reads them all.

use std::collections::BTreeMap;

use super::Lie;

/// Pages that each kind of call read, by the call's name.
pub type Pages = BTreeMap<String, u64>;

/// The trees are deeper by a level or two with a thousand times the rows, and a call looks into a dozen of them.
const DEEPER: u64 = 48;

/// Judges the same calls on a small and on a large store.
pub fn check(small: &Pages, large: &Pages) -> Vec<Lie> {
    let mut lies = Vec::new();
    for (call, few) in small {
        match large.get(call) {
            Some(many) if *many <= few + DEEPER => {}
            Some(many) => lies.push(Lie::new(
                "cost grows",
                format!("{call}: {few} pages, then {many}"),
            )),
            None => lies.push(Lie::new("not measured", call.clone())),
        }
    }
    lies
}

//! Since when each lock has been seen.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sqlite_line::locks::{Holding, Lock};

/// Who has which lock.
type Key = (Option<u32>, Lock, bool);

/// What was seen in the latest look, with the look that saw it first.
#[derive(Debug, Default)]
pub struct Memory {
    seen: BTreeMap<Key, (Instant, bool)>,
    looks: u64,
}

impl Memory {
    /// Adds a look: what is no longer there is forgotten.
    pub fn note(&mut self, all: &[Holding]) {
        let now = Instant::now();
        let first_look = self.looks == 0;
        let before = std::mem::take(&mut self.seen);
        for holding in all.iter().filter(|holding| !holding.waits) {
            let key = key(holding);
            let since = before.get(&key).copied();
            self.seen.insert(key, since.unwrap_or((now, !first_look)));
        }
        self.looks += 1;
    }

    /// How long it has been seen, and whether it was seen to be taken.
    pub fn since(&self, holding: &Holding) -> (Duration, bool) {
        let found = self.seen.get(&key(holding));
        found.map_or((Duration::ZERO, false), |(since, whole)| {
            (since.elapsed(), *whole)
        })
    }
}

fn key(holding: &Holding) -> Key {
    (holding.pid, holding.lock, holding.exclusive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_remembered_while_it_is_seen_and_no_longer() {
        let holding = Holding {
            pid: Some(7),
            lock: Lock::WalWrite,
            exclusive: true,
            waits: false,
        };
        let mut memory = Memory::default();
        memory.note(&[]);
        memory.note(std::slice::from_ref(&holding));
        assert!(memory.since(&holding).1);
        memory.note(std::slice::from_ref(&holding));
        assert!(memory.since(&holding).0 > Duration::ZERO);
        memory.note(&[]);
        assert_eq!(memory.since(&holding), (Duration::ZERO, false));
        let mut late = Memory::default();
        late.note(std::slice::from_ref(&holding));
        assert!(!late.since(&holding).1, "nobody saw it being taken");
    }
}

//! The names of calls that cross between processes: session, slot, sequence, as in NFS 4.1.
//!
//! A slot carries one call at a time, so the reply cache needs no more than one reply a slot: the next call in it says
//! that the one before was answered.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of a call that crosses, and whose it is.
#[derive(Debug)]
pub(crate) struct Crossing {
    pub(crate) session: i64,
    pub(crate) slot: u32,
    pub(crate) sequence: u64,
    /// The connection over which another process sent it; 0 for our own.
    pub(crate) guest: u64,
    /// It was handed over before, and may have been applied.
    pub(crate) again: bool,
    _lent: Option<Lent>,
}

impl Crossing {
    /// A call of another process.
    pub(crate) fn of_guest(
        guest: u64,
        session: i64,
        slot: u32,
        sequence: u64,
        again: bool,
    ) -> Self {
        Self {
            session,
            slot,
            sequence,
            guest,
            again,
            _lent: None,
        }
    }
}

/// The session of one line in one process.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: i64,
    slots: Arc<Mutex<Slots>>,
}

#[derive(Debug, Default)]
struct Slots {
    free: Vec<u32>,
    used: u32,
    sequence: u64,
}

/// A slot in use; it is free again when its call is over.
#[derive(Debug)]
struct Lent(u32, Arc<Mutex<Slots>>);

impl Drop for Lent {
    fn drop(&mut self) {
        let mut slots = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        slots.free.push(self.0);
    }
}

impl Session {
    /// A session whose number nobody else has: 63 random bits.
    pub(crate) fn new() -> Self {
        let random = RandomState::new().build_hasher().finish() >> 1;
        Self {
            id: i64::try_from(random).unwrap_or(i64::MAX),
            slots: Arc::default(),
        }
    }

    /// Names a call.
    pub(crate) fn name(&self) -> Crossing {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.sequence += 1;
        let sequence = slots.sequence;
        let slot = slots.free.pop().unwrap_or_else(|| {
            slots.used += 1;
            slots.used
        });
        Crossing {
            session: self.id,
            slot,
            sequence,
            guest: 0,
            again: false,
            _lent: Some(Lent(slot, Arc::clone(&self.slots))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_comes_again_only_after_its_call_and_sequences_rise() {
        let session = Session::new();
        let (first, second) = (session.name(), session.name());
        assert_ne!(first.slot, second.slot);
        let (slot, sequence) = (first.slot, second.sequence);
        drop(first);
        let third = session.name();
        assert_eq!(third.slot, slot);
        assert!(third.sequence > sequence);
        assert_ne!(session.id, Session::new().id);
    }
}

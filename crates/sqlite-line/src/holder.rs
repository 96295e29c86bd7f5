//! Who stands in the way? Read from `/proc/locks`: the holder of SQLite's write lock, else the holder of the gate.
//!
//! SQLite's lock comes first, because the holder of the gate may itself be waiting for a program that knows no gate,
//! and that one is the cause.

use crate::error::Process;
use crate::identity::Place;
use crate::locks::{Files, Holding, LOOKS, Lock, command_of, own_pid};

/// The process that keeps writers of this database waiting, if it can be seen. `None` where the system has no table.
pub(crate) fn find(place: &Place) -> Option<Process> {
    let own = own_pid();
    let files = Files::of(&place.path).ok()?;
    let mut keeper = None;
    let writer = (0..LOOKS).find_map(|_| {
        let all = files.holdings().ok()?;
        keeper = keeper.or_else(|| holder(&all, Lock::Gate).filter(|pid| Some(*pid) != own));
        holder(&all, Lock::WalWrite)
    });
    let pid = writer.or(keeper)?;
    Some(Process {
        pid,
        command: command_of(pid),
    })
}

/// Whether no other process is seen to keep writers waiting.
pub(crate) fn is_no_other(place: &Place) -> bool {
    find(place).is_none_or(|holder| Some(holder.pid) == own_pid())
}

fn holder(all: &[Holding], lock: Lock) -> Option<u32> {
    let held = |holding: &&Holding| holding.lock == lock && holding.exclusive && !holding.waits;
    all.iter().filter(held).find_map(|holding| holding.pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_one_who_holds_and_can_be_named() {
        let holding = |pid, lock, exclusive, waits| Holding {
            pid,
            lock,
            exclusive,
            waits,
        };
        let all = [
            holding(None, Lock::WalWrite, true, false),
            holding(Some(9), Lock::WalRead(0), false, false),
            holding(Some(10), Lock::Gate, true, true),
            holding(Some(11), Lock::Gate, true, false),
        ];
        assert_eq!(holder(&all, Lock::Gate), Some(11));
        assert_eq!(holder(&all, Lock::WalWrite), None);
    }
}

//! Where the replies of a session stand. A row holds those of one batch; it is free when each of its slots has been used
//! again, for the next call in a slot says that the answer before has arrived.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// What is kept of an answer, under the name of its call.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reply {
    pub(super) slot: u32,
    pub(super) sequence: u64,
    #[serde(with = "serde_bytes")]
    pub(super) kept: Vec<u8>,
}

/// The rows of one session.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// In each row, the slots that were not used again.
    live: HashMap<i64, usize>,
    /// The row that has the latest reply of a slot.
    of_slot: HashMap<u32, i64>,
}

impl Rows {
    /// The rows as they were written.
    pub(super) fn read(written: &[(i64, Vec<Reply>)]) -> Self {
        let mut latest: HashMap<u32, (u64, i64)> = HashMap::new();
        for (row, replies) in written {
            for reply in replies {
                let here = (reply.sequence, *row);
                let known = latest.entry(reply.slot).or_insert(here);
                *known = here.max(*known);
            }
        }
        // Also those in which nothing is left.
        let mut live: HashMap<_, _> = written.iter().map(|(row, _)| (*row, 0)).collect();
        for (_, row) in latest.values() {
            *live.entry(*row).or_default() += 1;
        }
        let of_slot = latest.into_iter().map(|(slot, (_, row))| (slot, row));
        Self {
            live,
            of_slot: of_slot.collect(),
        }
    }

    /// These slots were used again. The rows that are free now.
    pub(super) fn leave(&mut self, slots: impl Iterator<Item = u32>) -> Vec<i64> {
        for slot in slots {
            let row = self.of_slot.remove(&slot);
            if let Some(live) = row.and_then(|row| self.live.get_mut(&row)) {
                *live -= 1;
            }
        }
        let free = self.live.extract_if(|_, live| *live == 0);
        free.map(|(row, _)| row).collect()
    }

    /// The replies of these slots are in this row.
    pub(super) fn enter(&mut self, row: i64, slots: impl Iterator<Item = u32>) {
        let new = slots.filter(|slot| self.of_slot.insert(*slot, row) != Some(row));
        let count = new.count();
        *self.live.entry(row).or_default() += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(slot: u32, sequence: u64) -> Reply {
        Reply {
            slot,
            sequence,
            kept: Vec::new(),
        }
    }

    fn left<const N: usize>(rows: &mut Rows, slots: [u32; N]) -> Vec<i64> {
        rows.leave(slots.into_iter())
    }

    #[test]
    fn a_row_is_free_when_all_its_slots_were_used_again() {
        let mut rows = Rows::default();
        rows.enter(1, [7, 8].into_iter());
        assert!(left(&mut rows, [7]).is_empty());
        rows.enter(2, [7, 7].into_iter());
        assert_eq!(left(&mut rows, [8]), [1]);
        assert_eq!(left(&mut rows, [7]), [2]);
        assert!(left(&mut rows, [7, 8]).is_empty());
    }

    #[test]
    fn what_was_written_is_known_again() {
        let written = [
            (1, vec![reply(7, 10), reply(8, 11)]),
            (2, vec![reply(7, 12)]),
            (3, vec![reply(7, 9)]),
        ];
        let mut rows = Rows::read(&written);
        // The third has nothing that was not used again.
        assert_eq!(left(&mut rows, []), [3]);
        assert_eq!(left(&mut rows, [8]), [1]);
        assert_eq!(left(&mut rows, [7]), [2]);
    }
}

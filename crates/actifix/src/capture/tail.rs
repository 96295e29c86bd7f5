//! The end of an output of any length, in bounded memory.

/// Keeps the last bytes of what is written to it.
#[derive(Debug)]
pub struct Tail {
    bytes: Vec<u8>,
    most: usize,
    total: u64,
}

impl Tail {
    /// Keeps `most` bytes.
    pub fn new(most: usize) -> Self {
        Self {
            bytes: Vec::new(),
            most,
            total: 0,
        }
    }

    /// Takes more.
    pub fn push(&mut self, more: &[u8]) {
        self.total += more.len() as u64;
        let more = &more[more.len().saturating_sub(self.most)..];
        // Cut only when twice as much is there: each byte is moved once.
        if self.bytes.len() + more.len() > 2 * self.most {
            let keep = self.most - more.len();
            let from = self.bytes.len().saturating_sub(keep);
            self.bytes.drain(..from);
        }
        self.bytes.extend_from_slice(more);
    }

    /// What is kept.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.bytes.len().saturating_sub(self.most)..]
    }

    /// How much came.
    pub fn total(&self) -> u64 {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_kept_and_no_more() {
        let mut tail = Tail::new(100);
        let all: Vec<u8> = (0..10_000_u32).flat_map(u32::to_le_bytes).collect();
        for piece in all.chunks(37) {
            tail.push(piece);
            assert!(tail.bytes.capacity() < 1_000);
        }
        assert_eq!(tail.bytes(), &all[all.len() - 100..]);
        tail.push(&all);
        assert_eq!(
            (tail.bytes(), tail.total()),
            (&all[all.len() - 100..], 80_000)
        );
    }
}

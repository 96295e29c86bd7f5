//! Chance from a seed that is printed, so that a run can be had again.

use std::hash::{BuildHasher, RandomState};

/// A seed that asks for nothing cannot be had again.
fn dead(text: &str) -> ! {
    eprintln!("ACTIFIX_TEST_SEED is no number: {text}");
    std::process::exit(64)
}

/// A seed: `ACTIFIX_TEST_SEED`, else another one each time. Printed, so that a failure shows it.
pub fn seed() -> u64 {
    let seed = match std::env::var("ACTIFIX_TEST_SEED") {
        Ok(text) => text.parse().unwrap_or_else(|_| dead(&text)),
        Err(_) => fresh(),
    };
    println!("ACTIFIX_TEST_SEED={seed}");
    seed
}

/// Another seed each time.
pub fn fresh() -> u64 {
    RandomState::new().hash_one(std::process::id()) >> 16
}

/// Numbers by chance (splitmix64).
pub struct Chance(u64);

impl Chance {
    /// Numbers that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// One of them, if there is any.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(all.len().max(1) as u64);
        all.get(usize::try_from(at).ok()?)
    }
}

//! The short run of a part, as a test.

#![allow(dead_code, reason = "each binary uses its part")]

use actifix_chaos::chance::seed;
use actifix_chaos::order::Order;
use actifix_chaos::parts::PARTS;
use actifix_chaos::tally::{Tally, table};

/// Runs `part` for `rounds` faults, or to its own end. What a machine does not allow is said in a line, and is a failure
/// where nothing may be left out.
pub fn short(part: &str, rounds: impl Into<Option<u64>>) -> Tally {
    let order = Order {
        program: env!("CARGO_BIN_EXE_chaos").into(),
        seed: seed(),
        rounds: rounds.into(),
        time: None,
    };
    let part = PARTS.iter().find(|known| known.name == part).unwrap();
    let tally = (part.run)(&order).unwrap();
    println!("{}", table(std::slice::from_ref(&tally)));
    if let Some(why) = &tally.skipped {
        println!("{} not run here: {why}", part.name);
    }
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(tally.is_fine(ci), "{}", table(&[tally]));
    tally
}

/// A run in which nothing happened proves nothing.
pub fn busy(tally: &Tally, faults: u64, acknowledged: u64) {
    if tally.skipped.is_none() {
        assert!(
            tally.faults >= faults && tally.acknowledged >= acknowledged,
            "{}",
            table(std::slice::from_ref(tally))
        );
    }
}

//! A file is cut off, or bytes anywhere in it are flipped.

use std::collections::BTreeMap;

use actifix::Error;

use crate::proof::chance::{Chance, seed};
use crate::scene::Sound;
use crate::sound;

#[test]
fn a_file_that_is_cut_off_gives_what_is_left() {
    let whole = Sound::new();
    let pages = whole.bytes.len() / whole.page;
    let (mut read, mut tickets) = (0, 0);
    for left in (1..pages).step_by(pages / 25 + 1).chain([pages - 1]) {
        for odd in [0, 100] {
            let (done, out) = whole.salvage(&whole.bytes[..left * whole.page + odd]);
            if let Ok(done) = done {
                sound(&out);
                read += 1;
                tickets = done.tickets.max(tickets);
            }
        }
    }
    assert!(read > 20, "{read}");
    assert!(tickets > 350, "{tickets}");
}

#[test]
fn flipped_bytes_anywhere() {
    let whole = Sound::new();
    let mut chance = Chance::new(seed());
    let (mut read, mut refused, mut tickets) = (0, BTreeMap::new(), 0);
    for round in 0..60 {
        let mut bytes = whole.bytes.clone();
        for _ in 0..=round % 40 {
            let at = usize::try_from(chance.below(bytes.len() as u64)).unwrap();
            bytes[at] ^= 1 << chance.below(8);
        }
        match whole.salvage(&bytes) {
            (Ok(done), out) => {
                sound(&out);
                read += 1;
                tickets += done.tickets;
            }
            (Err(error), _) => {
                assert!(
                    matches!(error, Error::Corrupt { .. } | Error::Unsupported { .. }),
                    "{error:?}"
                );
                *refused.entry(error.to_string()).or_insert(0) += 1;
            }
        }
    }
    println!("{read} of 60 read, {tickets} tickets; refused: {refused:#?}");
    assert!(read >= 54, "{refused:#?}");
}

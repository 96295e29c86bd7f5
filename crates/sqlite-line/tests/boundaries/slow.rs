//! A leader whose batch takes over a second keeps too many waiting: it resigns, and another leads.

use std::thread;
use std::time::Duration;

use crate::cast::{ROOT, Square};
use crate::stage::{Do, LONG};

/// More than a batch may take.
const TOO_LONG: Duration = Duration::from_millis(1100);

/// A batch with this call takes too long, while others write.
fn resigns_after(call: &Do) -> bool {
    let square = Square::new();
    let mut leader = square.by(ROOT, "pause", 1);
    leader.expect("leads");
    let mut next = square.by(ROOT, "next", 9);
    next.expect("follows");
    let mut writers = [2, 3].map(|n| square.by(ROOT, "follow", n));
    writers.iter_mut().for_each(|writer| writer.expect("ready"));
    let line = square.line();
    let slow = line.write_within(call.clone(), LONG);
    leader.expect("held");
    writers.iter_mut().for_each(|writer| writer.go_on());
    thread::sleep(TOO_LONG);
    leader.go_on();
    leader.expect("resigned");
    next.expect("leads");
    writers.into_iter().for_each(|mut writer| {
        assert!(writer.handed().0 > 0);
        writer.ends_quietly();
    });
    let done = slow.wait().is_ok();
    [leader, next]
        .into_iter()
        .for_each(|player| player.ends_quietly());
    square.all_there([2, 3]);
    done
}

#[test]
fn a_slow_batch_is_the_last_of_its_leader() {
    assert!(resigns_after(&Do::Pause(-50)));
}

#[test]
fn so_is_one_that_fails() {
    assert!(!resigns_after(&Do::Pause(-1)), "the row is there already");
}

//! Containers: processes that see other numbers, other paths and another `/proc`, on one database. They share the line, and
//! nobody takes another's number for one of his own.

use std::fs;

use crate::cast::{ROOT, Square};
use crate::stage::leaders::add;
use crate::stage::numbers;

/// A container: processes and mounts of its own. It ends with the command that made it.
const CONTAINER: &str = "unshare --pid --fork --mount --mount-proc --kill-child";
/// The same with the `/proc` of those around it.
const STRANGE_PROC: &str = "unshare --pid --fork --kill-child";

/// The process in a container, by its number outside.
fn inner(outer: u32) -> u32 {
    let children = fs::read_to_string(format!("/proc/{outer}/task/{outer}/children"));
    children.unwrap().trim().parse().unwrap()
}

#[test]
fn a_leader_outside_commits_for_all_and_nothing_is_lost_when_it_dies() {
    let square = Square::new();
    let mut leader = square.by(ROOT, "lead", 1);
    leader.expect("leads");
    let mut writers = [CONTAINER, STRANGE_PROC, CONTAINER]
        .into_iter()
        .zip(2..)
        .map(|(container, n)| square.behind(container, "follow", n))
        .collect::<Vec<_>>();
    writers.iter_mut().for_each(|writer| writer.expect("ready"));
    writers[..2].iter_mut().for_each(|writer| writer.go_on());
    for writer in &mut writers[..2] {
        assert!(writer.handed().0 > 0);
    }
    let mut last = writers.pop().unwrap();
    last.go_on();
    drop(leader); // kill -9
    last.handed();
    last.ends_quietly();
    writers.into_iter().for_each(|writer| writer.ends_quietly());
    square.all_there(2..5);
}

#[test]
fn a_leader_in_a_container_commits_for_all_and_nothing_is_lost_when_it_dies() {
    let square = Square::new();
    let mut leader = square.behind(CONTAINER, "lead", 1);
    leader.expect("leads");
    let mut outside = square.by(ROOT, "follow", 2);
    let mut beside = square.behind(CONTAINER, "follow", 3);
    let mut last = square.behind(CONTAINER, "follow", 4);
    [&mut outside, &mut beside, &mut last]
        .into_iter()
        .for_each(|writer| writer.expect("ready"));
    [&mut outside, &mut beside]
        .into_iter()
        .for_each(|writer| writer.go_on());
    assert!(outside.handed().0 > 0 && beside.handed().0 > 0);
    last.go_on();
    drop(leader); // with its container
    last.handed();
    [outside, beside, last]
        .into_iter()
        .for_each(|writer| writer.ends_quietly());
    square.all_there(2..5);
}

#[test]
fn a_leader_is_named_where_its_number_means_something_and_nobody_else_is() {
    let square = Square::new();
    let mut leader = square.behind(CONTAINER, "lead", 1);
    leader.expect("leads");
    let leads = inner(leader.pid());
    // From outside; from a container beside it; from one that sees the numbers of those outside.
    let places = [("env", 1, leads), (CONTAINER, 0, 0), (STRANGE_PROC, 1, 0)];
    for ((place, others, pid), n) in places.into_iter().zip(2..) {
        let mut looks = square.behind(place, "look", n);
        let said = looks.hear();
        let seen = format!("{others} others, here true, leader {pid} true");
        assert!(said.starts_with(&seen), "{place}: {said}");
        assert_eq!(place != "env", said.ends_with("in 1"), "{place}: {said}");
        looks.ends_quietly();
    }
    leader.ends_quietly();
}

#[test]
fn who_is_in_the_way_is_named_by_a_number_of_ones_own_or_not_at_all() {
    let square = Square::new();
    let mut leader = square.behind(CONTAINER, "lead", 1);
    leader.expect("leads");
    let mut holder = square.by(ROOT, "hold", 0);
    holder.expect("held");
    let mut outside = square.by(ROOT, "busy", 2);
    let mut beside = square.behind(CONTAINER, "busy", 3);
    assert_eq!(outside.hear(), format!("{} 1", holder.pid()));
    assert_eq!(beside.hear(), "nobody 1");
    [outside, beside, holder, leader]
        .into_iter()
        .for_each(|player| player.ends_quietly());
    let line = square.line();
    add(&line, 4000);
    assert_eq!(numbers(&line), [-1, 4000]);
}

//! A stuck database, a vanished file, a full disk: the worker waits, says so, and goes on.

use std::fs;

use rustix::process::Signal;

use crate::bench::{EVIDENCE, Ear, Hand, nothing_leased, with_tickets, work};
use crate::shell::{Shell, until};

/// Waits for a ticket, meets the trouble, and goes on when it is over.
fn goes_on(shell: &Shell, trouble: impl FnOnce(), over: impl FnOnce()) {
    let mut hand = Hand::start(work(shell, "--deadline 200ms", EVIDENCE));
    let mut ear = Ear::of(&mut hand);
    ear.hear("completed");
    trouble();
    ear.hear("waiting");
    over();
    ear.hear("reached");
    shell.json("record --message another");
    ear.hear("completed");
    hand.signal(Signal::TERM);
    ear.hear("ended_work");
    assert!(hand.0.wait().unwrap().success());
    nothing_leased(shell);
}

#[test]
fn a_stuck_database_is_waited_for() {
    let shell = with_tickets(1);
    shell.json("record --message second");
    let foreign = actifix::rusqlite::Connection::open(shell.database()).unwrap();
    // It waits only where it has to write: there is a ticket to claim.
    let mut hand = Hand::start(work(
        &shell,
        "--deadline 200ms --drain",
        &format!("while [ ! -e go ]; do sleep 0.05; done; {EVIDENCE}"),
    ));
    let mut ear = Ear::of(&mut hand);
    ear.hear("claimed");
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    shell.write("go", "");
    let waiting = ear.hear("waiting");
    assert_eq!(waiting["error"]["kind"], "busy");
    foreign.execute_batch("COMMIT").unwrap();
    ear.hear("reached");
    ear.hear("completed");
    ear.hear("completed");
    ear.hear("ended_work");
    assert!(hand.0.wait().unwrap().success());
    nothing_leased(&shell);
}

#[test]
fn a_lease_in_doubt_ends_the_command() {
    let shell = with_tickets(1);
    let foreign = actifix::rusqlite::Connection::open(shell.database()).unwrap();
    let mut hand = Hand::start(work(
        &shell,
        "--deadline 200ms --once --lease 2s",
        "exec sleep 1000",
    ));
    let mut ear = Ear::of(&mut hand);
    ear.hear("claimed");
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    ear.hear("waiting");
    ear.hear("lost");
    foreign.execute_batch("COMMIT").unwrap();
    assert_eq!(hand.0.wait().unwrap().code(), Some(4));
}

#[test]
fn a_vanished_file_is_waited_for() {
    let shell = with_tickets(1);
    let (here, away) = (shell.path().join(".actifix"), shell.path().join("away"));
    goes_on(
        &shell,
        || fs::rename(&here, &away).unwrap(),
        || fs::rename(&away, &here).unwrap(),
    );
}

#[test]
fn a_full_disk_is_waited_for() {
    let Some(disk) = small_disk::SmallDisk::mount() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "a disk cannot be mounted here"
        );
        println!("not run: a disk cannot be mounted without root");
        return;
    };
    let shell = Shell::new().env("ACTIFIX_DB", disk.path().join("a.db").to_str().unwrap());
    shell.run(["init"]).done();
    shell.json("record --message m");
    let filler = disk.path().join("filler");
    let mut hand = Hand::start(work(
        &shell,
        "--drain",
        &format!("while [ ! -e go ]; do sleep 0.05; done; {EVIDENCE}"),
    ));
    let mut ear = Ear::of(&mut hand);
    ear.hear("claimed");
    fill(&filler);
    shell.write("go", "");
    ear.hear("waiting");
    fs::remove_file(&filler).unwrap();
    ear.hear("completed");
    ear.hear("ended_work");
    assert!(hand.0.wait().unwrap().success());
    nothing_leased(&shell);
}

/// Fills the disk to its last byte.
fn fill(path: &std::path::Path) {
    use std::io::Write;
    let mut file = fs::File::create(path).unwrap();
    let piece = [0_u8; 512];
    until(|| file.write_all(&piece).is_err());
}

#[path = "../../../actifix/tests/proof/small_disk.rs"]
mod small_disk;

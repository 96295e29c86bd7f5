//! Power cuts under two working processes: what was acknowledged is on the disk.
//!
//! And the known-bad machine: with syncs that lie, the same cuts must lose something, or they prove nothing.

use std::io;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::wait_until_written;
use crate::chance::Chance;
use crate::checker::Rules;
use crate::disk::Disk;
use crate::hand::{Hand, arguments, command};
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::tools;
use crate::worker::{Lot, Work};
use crate::yard::{Yard, memory};

/// Cuts on one file.
const A_FILE: u64 = 10;
/// Bytes of log that are written at most before a cut.
const MUCH: u64 = 40_000;
/// The disk, in MiB.
const DISK: u64 = 48;
const PROCESSES: usize = 2;
const WORK: Work = Work::Wander {
    threads: 3,
    names: 60,
    lease: (400, 1_500),
};
/// What a disk without power answers is explained.
const RULES: Rules = Rules::refusing(&["storage", "outcome_unknown", "busy", "corrupt"]);

/// The machine's syncs hold what they promise.
///
/// # Errors
/// When a worker cannot be started, or the disk not be made.
pub fn run(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("powercut", order.seed);
    if let Err(why) = tools::loop_device() {
        tally.skipped = Some(why);
        return Ok(tally);
    }
    cuts(order, tally, 100, |lot| command(&order.program, lot))
}

/// The machine's syncs lie: passes when that was found out.
///
/// # Errors
/// As [`run`].
pub fn lying(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("lying-fsync", order.seed);
    if let Err(why) = tools::loop_device().and_then(|()| tools::strace()) {
        tally.skipped = Some(why);
        return Ok(tally);
    }
    let found = cuts(order, tally.clone(), 5, |lot| liar(&order.program, lot))?;
    tally = Tally {
        found: 0,
        lost: 0,
        double: 0,
        findings: Vec::new(),
        ..found.clone()
    };
    tally
        .also
        .insert("losses found out, as must be".to_owned(), found.lost);
    if found.lost == 0 {
        tally.find(
            "a lie was not found out",
            format!("{} cuts with syncs that lie lost nothing", found.faults),
        );
    }
    Ok(tally)
}

/// A worker on a machine whose syncs do nothing.
fn liar(program: &Path, lot: &Lot) -> io::Result<Command> {
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-qqq",
        "--seccomp-bpf",
        "-o",
        "/dev/null",
        "-e",
        "trace=fdatasync,fsync",
    ]);
    command
        .args(["-e", "inject=fdatasync,fsync:retval=0"])
        .arg(program)
        .args(arguments(lot)?);
    Ok(command)
}

fn cuts(
    order: &Order,
    mut tally: Tally,
    usual: u64,
    worker: impl Fn(&Lot) -> io::Result<Command>,
) -> io::Result<Tally> {
    let mut progress = Progress::new(&tally.part.clone(), order);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, usual) {
        let home = memory()?;
        let mut disk = Disk::new(home.path(), DISK)?;
        let mut yard = Yard::on(disk.place())?;
        let mut latest = None;
        for _ in 0..A_FILE {
            if !progress.goes_on(&tally, usual) {
                break;
            }
            cut(&mut yard, &mut disk, tally.faults, &mut chance, &worker)?;
            tally.faults += 1;
            match yard.judge(&RULES) {
                Ok(verdict) => {
                    tally.found(&verdict);
                    let sound = verdict.lies.is_empty();
                    latest = Some(verdict);
                    if !sound {
                        break; // what is lost once is missed at every further look
                    }
                }
                Err(error) => {
                    tally.find(
                        "acknowledged and lost",
                        format!("it does not open again: {error}"),
                    );
                    break;
                }
            }
        }
        latest.iter().for_each(|verdict| tally.add(verdict));
        gone(yard, disk, home);
    }
    Ok(progress.done(tally))
}

/// The store has closed its files before the disk goes.
fn gone(yard: Yard, disk: Disk, home: TempDir) {
    drop(yard);
    drop(disk);
    drop(home);
}

/// Works for a while, loses its power, and has it back.
fn cut(
    yard: &mut Yard,
    disk: &mut Disk,
    round: u64,
    chance: &mut Chance,
    worker: &impl Fn(&Lot) -> io::Result<Command>,
) -> io::Result<()> {
    let mut hands = Vec::new();
    for n in 0..PROCESSES {
        let lot = yard.lot(&format!("c{round}p{n}"), chance.below(u64::MAX >> 1), WORK);
        hands.push(Hand::start(worker(&lot)?)?);
    }
    for hand in &mut hands {
        hand.expect("open")?;
    }
    wait_until_written(yard, chance.below(MUCH))?;
    // The moment itself is what chance picks.
    thread::sleep(Duration::from_micros(chance.below(5_000)));
    // Without power nobody is answered any more. The kernel of a disk that is shut down says of a sync under way that it
    // succeeded, when the journal was given up in between; a stopped process does not hear that.
    for hand in &hands {
        hand.freeze()?;
    }
    disk.cut()?;
    hands.into_iter().for_each(Hand::kill);
    disk.back()
}

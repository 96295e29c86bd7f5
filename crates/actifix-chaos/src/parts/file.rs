//! Something happens to the file while it is open: deleted, replaced by another database, truncated, its log removed.
//!
//! The true files are kept under a second name, so that it can be judged what was acknowledged: the call that was under
//! way may still come to rest there, every later one is refused in words, and the workers live on.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use actifix::Store;

use super::crew::{self, Crew};
use super::wait_until_written;
use crate::checker::Rules;
use crate::history::{Answer, History};
use crate::order::{Order, Progress};
use crate::tally::Tally;
use crate::yard::Yard;

const RULES: Rules = Rules::refusing(&["corrupt", "storage", "outcome_unknown", "busy"]);
/// Nothing takes as long on a sound machine.
const BOUND: Duration = Duration::from_secs(30);

/// What happens to the file.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Deleted,
    Replaced,
    LogRemoved,
    Truncated,
}

const DEEDS: [Deed; 4] = [
    Deed::Deleted,
    Deed::Replaced,
    Deed::LogRemoved,
    Deed::Truncated,
];

/// Runs it.
///
/// # Errors
/// When a worker cannot be started or a database not be read.
pub fn run(order: &Order) -> io::Result<Tally> {
    let mut tally = Tally::of("file", order.seed);
    let mut progress = Progress::new("file", order);
    let mut chance = progress.chance();
    while progress.goes_on(&tally, 12) {
        let deed = DEEDS[usize::try_from(tally.faults % DEEDS.len() as u64).unwrap_or(0)];
        let mut yard = Yard::new()?;
        let crew = Crew {
            order,
            yard: &yard,
            name: "w".into(),
            deadline_ms: 2_000,
        };
        let hands = crew.start(2, &mut chance)?;
        wait_until_written(&yard, 10_000 + chance.below(20_000))?;
        let kept = keep(&yard)?;
        done_to(&yard, deed)?;
        tally.faults += 1;
        tally.count(&format!("{deed:?}").to_lowercase());
        if matches!(deed, Deed::Truncated) {
            wait_until_written(&yard, 4_000)?; // it may go on for as long as its log has all pages
        } else {
            noticed(&yard, deed, &mut tally)?;
        }
        if let Err(error) = crew::end(hands) {
            tally.find("a worker did not live on", format!("{deed:?}: {error}"));
        }
        if matches!(deed, Deed::Truncated) {
            after_truncation(&mut yard, &mut tally);
            continue;
        }
        give_back(&yard, &kept)?;
        let verdict = yard.judge(&RULES)?;
        tally.found(&verdict);
        tally.add(&verdict);
    }
    Ok(progress.done(tally))
}

/// What was cut off is gone, by whoever did that: then it does not open, or the store finds it out itself. What must not
/// be is that something is missing and nobody says so.
fn after_truncation(yard: &mut Yard, tally: &mut Tally) {
    match yard.judge(&RULES) {
        Err(_) => tally.count("truncated, refused at the next look"),
        Ok(verdict) if verdict.lies.is_empty() => {
            tally.count("truncated, and all of it was in the log");
            tally.add(&verdict);
        }
        Ok(verdict)
            if verdict
                .lies
                .iter()
                .any(|lie| lie.rule == "the file contradicts itself") =>
        {
            tally.count("truncated, found out by verify");
        }
        Ok(verdict) => tally.found(&verdict),
    }
}

/// Second names for the database and its log.
fn keep(yard: &Yard) -> io::Result<[(PathBuf, PathBuf); 2]> {
    let kept = [
        (yard.path.clone(), yard.home().join("kept")),
        (yard.wal(), yard.home().join("kept-log")),
    ];
    for (file, name) in &kept {
        fs::hard_link(file, name)?;
    }
    Ok(kept)
}

fn done_to(yard: &Yard, deed: Deed) -> io::Result<()> {
    match deed {
        Deed::Deleted => fs::remove_file(&yard.path),
        Deed::LogRemoved => fs::remove_file(yard.wal()),
        Deed::Truncated => File::options().write(true).open(&yard.path)?.set_len(4_096),
        Deed::Replaced => {
            let other = yard.home().join("other.db");
            drop(Store::open(&other).map_err(io::Error::other)?);
            fs::rename(&other, &yard.path)
        }
    }
}

/// Somebody is refused in words, and soon.
fn noticed(yard: &Yard, deed: Deed, tally: &mut Tally) -> io::Result<()> {
    let since = Instant::now();
    let told = |history: &History| {
        let kind =
            |answer: &Answer| matches!(answer, Answer::Refused { kind, .. } if kind == "corrupt");
        history
            .calls
            .iter()
            .any(|call| call.answer.as_ref().is_some_and(kind))
    };
    while !told(&History::read(&yard.logs)?) {
        if since.elapsed() > BOUND {
            tally.find(
                "not noticed",
                format!("{deed:?}: nobody was told within {BOUND:?}"),
            );
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Puts the true files back under their names.
fn give_back(yard: &Yard, kept: &[(PathBuf, PathBuf); 2]) -> io::Result<()> {
    for tail in ["", "-wal", "-shm"] {
        match fs::remove_file(yard.beside(tail)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    for (file, name) in kept {
        fs::rename(name, file)?;
    }
    Ok(())
}

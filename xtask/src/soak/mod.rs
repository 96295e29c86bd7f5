//! `cargo xtask soak`: many workers on one backlog, some of them killed, stopped and ended all the time; then a checker
//! that knows nothing of how it went reads the event log and says whether every ticket was completed once.

mod backlog;
mod checker;
mod crew;
mod word;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Answer;
use crate::metadata;
use crate::run::cargo;
use backlog::Backlog;
use crew::Crew;

/// What a run is asked for.
#[derive(Debug, PartialEq)]
struct Wish {
    time: Duration,
    workers: usize,
    seed: u64,
}

/// Runs the soak that the arguments ask for.
pub fn main(args: &[String]) -> Answer {
    let wish = wish(args)?;
    let status = cargo()
        .args(["build", "--quiet", "-p", "actifix-cli"])
        .status();
    if !status.is_ok_and(|status| status.success()) {
        return Err("the command does not build".into());
    }
    let target = metadata::workspace()?.target;
    let program = target.join("debug/actifix");
    let folder = target.join(format!("soak-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))?;
    println!(
        "soak: {} workers for {} s, seed {}, in {}",
        wish.workers,
        wish.time.as_secs(),
        wish.seed,
        folder.display()
    );
    let well = run(&wish, &program, &folder)?;
    if well {
        // A folder that stays is only in the way.
        let _ = fs::remove_dir_all(&folder);
    } else {
        println!("the folder is left to be looked at: {}", folder.display());
    }
    Ok(well)
}

/// All of it: work with trouble, work without, judgement.
fn run(wish: &Wish, program: &Path, folder: &Path) -> Answer {
    let backlog = Backlog::make(program, folder)?;
    let begun = Instant::now();
    let mut crew = Crew::start(&backlog, wish.workers, wish.seed)?;
    // Failures end early: a ticket that failed rests for a while, and the end waits for it.
    let calm = begun + wish.time / 3;
    while begun.elapsed() < wish.time {
        backlog.keep_filled(4 * wish.workers)?;
        crew.trouble(Instant::now() + Duration::from_millis(250))?;
        if Instant::now() > calm {
            backlog.calm()?;
        }
    }
    crew.end()?;
    let troubled = begun.elapsed();
    backlog.drain()?;
    let events = backlog.events()?;
    let found = checker::check(&events, &crew.acknowledged()?);
    println!("{}", crew.told());
    println!("{}", found.told(troubled));
    for lie in found.lies.iter().take(10) {
        println!("LIE: {lie}");
    }
    let sound = backlog.is_sound()?;
    println!(
        "the store's own verify: {}",
        if sound { "ok" } else { "NOT SOUND" }
    );
    Ok(found.lies.is_empty() && sound)
}

/// Reads the arguments.
fn wish(args: &[String]) -> Result<Wish, String> {
    let mut wish = Wish {
        time: Duration::from_secs(600),
        workers: 32,
        seed: u64::from(std::process::id()),
    };
    let mut words = args.iter();
    while let Some(flag) = words.next() {
        let number = words.next().and_then(|word| word.parse::<u64>().ok());
        let number = number
            .filter(|n| *n > 0)
            .ok_or(format!("`{flag}` takes a number"))?;
        match flag.as_str() {
            "--minutes" => wish.time = Duration::from_secs(60 * number),
            "--seconds" => wish.time = Duration::from_secs(number),
            "--workers" => {
                wish.workers = usize::try_from(number).map_err(|_| "too many workers")?;
            }
            "--seed" => wish.seed = number,
            other => {
                return Err(format!(
                    "`soak` has no flag {other}: --minutes N, --seconds N, --workers N, --seed N"
                ));
            }
        }
    }
    Ok(wish)
}

/// A command of the program on this database, without what is around it.
fn actifix(program: &Path, database: &PathBuf) -> Command {
    let mut command = Command::new(program);
    command
        .arg("--db")
        .arg(database)
        .env_remove("ACTIFIX_AS")
        .env_remove("ACTIFIX_DB")
        .stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Wish, String> {
        wish(
            &line
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn ten_minutes_and_thirty_two_workers_unless_said_otherwise() {
        let wish = asked("").unwrap();
        assert_eq!((wish.time.as_secs(), wish.workers), (600, 32));
        let wish = asked("--seconds 30 --workers 4 --seed 7").unwrap();
        assert_eq!((wish.time.as_secs(), wish.workers, wish.seed), (30, 4, 7));
    }

    #[test]
    fn nonsense_is_refused() {
        for line in ["--minutes", "--minutes x", "--minutes 0", "--hours 1"] {
            assert!(asked(line).is_err(), "{line}");
        }
    }
}

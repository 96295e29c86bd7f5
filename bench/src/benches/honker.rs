//! Beside honker, a queue on SQLite from PyPI: its batch call of 64 at `synchronous=FULL`, and ours; then both again
//! with 10,000 tickets leased. (It keeps no fence, no history and no evidence.)

use std::path::{Path, PathBuf};
use std::process::Command;

use actifix::{Claim, Store};

use crate::Answer;
use crate::callers::{self, Bound};
use crate::report::{Row, rate};
use crate::rounds::{self, Lane, figure};
use crate::session::Session;
use crate::tickets;

/// Jobs of a batch call, and concurrent callers.
const BATCH: usize = 64;
/// The version that is measured.
const HONKER: &str = "honker==0.2.4";
const HERE: &str = env!("CARGO_MANIFEST_DIR");

pub fn run(session: &mut Session) -> Answer<()> {
    let python = installed(session)?;
    let jobs = session.size(20_032, 1_024);
    let leased = session.size(10_000, 1_000);
    let seed = session.made(leased + callers::needed(BATCH, jobs))?;
    let here: &Session = session;
    let (python, seed) = (python.as_path(), seed.as_path());
    let theirs = |name, series: &'static str, held| {
        Lane::new(name, move |_| {
            Ok(figure(series, honker(here, python, jobs, held)?))
        })
    };
    let ours = |name, series: &'static str, callers, held| {
        Lane::new(name, move |_| {
            Ok(figure(series, actifix(here, seed, callers, jobs, held)?))
        })
    };
    let mut lanes = [
        theirs("honker", "honker", 0),
        ours("batch call of 64", "call", 1, 0),
        ours("64 callers", "callers", BATCH, 0),
        theirs("honker, leased", "honker+", leased),
        ours("batch call of 64, leased", "call+", 1, leased),
        ours("64 callers, leased", "callers+", BATCH, leased),
    ];
    let series = rounds::run(here, &mut lanes)?;
    drop(lanes);
    let against = format!("{} honker's batch call", rate(series.median("honker")?));
    for (what, name) in [("batch call of 64", "call"), ("64 callers", "callers")] {
        let ratio = series.ratio(name, "honker")?;
        session.row(Row::new(what, rate(series.median(name)?), &*against, ratio).at_least(1.0));
    }
    let honker = series.ratio("honker", "honker+")?;
    for (what, name) in [("batch call", "call"), ("64 callers", "callers")] {
        let with = format!("{name}+");
        let (shown, slower) = (rate(series.median(&with)?), series.ratio(name, &with)?);
        let what = format!("{what}, {leased} leased, times slower");
        session
            .row(Row::new(what, shown, format!("honker {honker:.2} times"), slower).at_most(1.15));
    }
    Ok(())
}

/// Cycles a second of the store, with `held` tickets leased by another.
fn actifix(
    session: &Session,
    seed: &Path,
    callers: usize,
    jobs: usize,
    held: usize,
) -> Answer<f64> {
    let copy = session.scratch.copy(seed, "ours")?;
    let store = tickets::open(copy.path())?;
    hold(&store, held)?;
    callers::cycles(&store, callers, Bound::of(callers::WARM_UP))?;
    let run = if callers == 1 {
        callers::batch_cycles(&store, BATCH, Bound::of(jobs - BATCH))?
    } else {
        callers::cycles(&store, callers, Bound::of(jobs - BATCH))?
    };
    Ok(run.rate())
}

/// Leases `held` tickets.
fn hold(store: &Store, held: usize) -> Answer<()> {
    let mut left = held;
    while left > 0 {
        let claim = Claim::by("holder").count(left.min(1_000));
        left -= store.claim(claim).wait()?.leases.len();
    }
    Ok(())
}

/// Cycles a second of honker.
fn honker(session: &Session, python: &Path, jobs: usize, held: usize) -> Answer<f64> {
    let database = session.scratch.path("honker");
    let numbers = [jobs - BATCH, BATCH, tickets::BYTES, held].map(|number| number.to_string());
    let script = Path::new(HERE).join("honker.py");
    // Isolated: the script's own folder holds a file of the package's name.
    let output = Command::new(python)
        .arg("-I")
        .arg(script)
        .arg(&database)
        .args(numbers)
        .output()?;
    if !output.status.success() {
        return Err(format!(
            "honker.py failed: {}",
            String::from_utf8_lossy(&output.stderr)
        )
        .into());
    }
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    if answer["synchronous"] != 2 {
        return Err("honker did not run at synchronous=FULL".into());
    }
    answer["rate"]
        .as_f64()
        .ok_or_else(|| "honker.py gave no rate".into())
}

/// Sets up a Python with honker in `bench/.venv`, once, and answers its path.
fn installed(session: &Session) -> Answer<PathBuf> {
    let folder = Path::new(HERE).join(".venv");
    let python = folder.join("bin/python");
    let asked = "import importlib.metadata as m; print('honker==' + m.version('honker'))";
    let found = Command::new(&python).args(["-c", asked]).output();
    if found.is_ok_and(|found| String::from_utf8_lossy(&found.stdout).trim() == HONKER) {
        return Ok(python);
    }
    session.say(format!("  installing {HONKER} into bench/.venv"));
    step(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )
    .map_err(|why| format!("{why}; `apt-get install python3-venv` brings what is missing"))?;
    let install = step(Command::new(&python).args(["-m", "pip", "install", "--quiet", HONKER]));
    install.map_err(|why| {
        format!("{why}\nit is built from source: `apt-get install libsqlite3-dev` beside the Rust toolchain")
    })?;
    Ok(python)
}

fn step(command: &mut Command) -> Answer<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{} failed: {}",
        command.get_program().display(),
        words.trim()
    )
    .into())
}

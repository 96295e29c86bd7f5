//! One `actifix claim` on the command line, from start to exit, with 1,000,000 open tickets, beside the least that a
//! program with SQLite does: `sqlite3 FILE "SELECT 1"`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Answer;
use crate::report::Row;
use crate::rounds::median;
use crate::session::Session;
use crate::worker::{Role, Worker};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

pub fn run(session: &mut Session) -> Answer<()> {
    if Command::new("sqlite3")
        .arg("-version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        return Err("there is no sqlite3; `apt-get install sqlite3` brings it".into());
    }
    let actifix = built(session)?;
    let copy = session.scratch.copy(session.large()?, "cli")?;
    let times = session.size(200, 10);
    let (mut ours, mut theirs, mut led) = (Vec::new(), Vec::new(), Vec::new());
    timed(&mut claim(&actifix, copy.path()))?;
    // The same beside a process that commits for all.
    let other = session.scratch.copy(session.large()?, "led")?;
    let idle = Duration::ZERO;
    let mut leader = Worker::start("shared", Role::Store, other.path(), ("leader", 1), idle)?;
    for _ in 0..times {
        led.push(timed(&mut claim(&actifix, other.path()))?);
        theirs.push(timed(
            Command::new("sqlite3").arg(copy.path()).arg("SELECT 1"),
        )?);
        ours.push(timed(&mut claim(&actifix, copy.path()))?);
    }
    leader.go()?;
    leader.done()?;
    let (ours, theirs, led) = (median(&ours), median(&theirs), median(&led));
    let (shown, beside) = (
        format!("{ours:.2} ms"),
        format!("{theirs:.2} ms sqlite3 \"SELECT 1\""),
    );
    let what = format!("one claim, median of {times}");
    session.row(Row::new(what, shown, beside, ours / theirs).at_most(3.0));
    let (shown, beside) = (format!("{led:.2} ms"), format!("{ours:.2} ms without"));
    session.row(Row::new("one claim beside a leader", shown, beside, led / ours).at_most(1.0));
    Ok(())
}

fn claim(actifix: &Path, database: &Path) -> Command {
    let mut command = Command::new(actifix);
    command
        .arg("--db")
        .arg(database)
        .args(["--as", "bench", "--json", "claim"]);
    command
}

/// From start to exit, in milliseconds.
fn timed(command: &mut Command) -> Answer<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status()?;
    let millis = start.elapsed().as_secs_f64() * 1e3;
    if status.success() {
        Ok(millis)
    } else {
        Err(format!("{} ended with {status}", command.get_program().display()).into())
    }
}

/// Builds the command as it is shipped, and answers where it lies.
fn built(session: &Session) -> Answer<PathBuf> {
    session.say("  building the command");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(ROOT)
        .args([
            "build",
            "--release",
            "-p",
            "actifix-cli",
            "--bin",
            "actifix",
        ])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("the command does not build".into());
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut executables = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        message["executable"].as_str().map(PathBuf::from)
    });
    executables
        .next_back()
        .ok_or_else(|| "cargo names no executable".into())
}

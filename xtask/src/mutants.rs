//! `cargo xtask mutants [NAME…] [--turn]`: known-bad versions of the code, each of which must turn its test red.
//!
//! Each is a small patch beside the tests (`crates/actifix-chaos/mutants/NAME.patch`) whose head says what is bad about it,
//! which test to run and which must fail. It is applied to a copy of the tree in `target/mutants`, so that the product
//! needs no switches. A patch that does not build fails the task; one that no longer applies is found before its turn, by
//! the house rules (`tidy/mutants.rs`).

pub mod copy;
pub mod patch;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Answer;
use crate::metadata;
use crate::run::cargo;
use patch::Patch;

/// Where the patches stand.
pub const PATCHES: &str = "crates/actifix-chaos/mutants";
/// How many are tried in the test command.
const TURN: usize = 3;
/// A mutant may make a test hang, which is as good as red.
const PATIENCE: Duration = Duration::from_secs(300);

/// What became of a mutant.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// The test that was named failed.
    Caught,
    /// It never ended.
    Hung,
    /// The test passed, or another one failed instead.
    Survived,
    /// It did not build, or the patch did not apply.
    Broken(String),
}

/// Tries the mutants that the arguments name, all of them, or the next three.
pub fn main(args: &[String]) -> Answer {
    let all = patches()?;
    let chosen = choose(&all, args)?;
    let target = std::path::absolute(metadata::workspace()?.target.join("mutants"))
        .map_err(|e| e.to_string())?;
    let tree = target.join("tree");
    let mut rows = Vec::new();
    for patch in chosen {
        print!("{:<32} ", patch.name);
        _ = std::io::stdout().flush();
        let before = Instant::now();
        copy::fresh(Path::new("."), &tree)?;
        let fate = try_one(patch, &target, &tree)?;
        let (word, took) = (word(&fate), before.elapsed().as_secs());
        println!("{word} ({took} s)");
        rows.push((patch, fate, took));
    }
    println!(
        "\n| known-bad version | test that must turn red | what became of it | seconds |\n|---|---|---|--:|"
    );
    for (patch, fate, took) in &rows {
        println!(
            "| {} | `{}` | {} | {took} |",
            patch.what,
            patch.red,
            word(fate)
        );
    }
    let caught = rows
        .iter()
        .filter(|(_, fate, _)| matches!(fate, Fate::Caught | Fate::Hung))
        .count();
    println!("\n{caught} passed, {} failed", rows.len() - caught);
    Ok(caught == rows.len())
}

fn word(fate: &Fate) -> String {
    match fate {
        Fate::Caught => "caught".to_owned(),
        Fate::Hung => "caught: the test hung".to_owned(),
        Fate::Survived => "SURVIVED".to_owned(),
        Fate::Broken(why) => format!("BROKEN: {why}"),
    }
}

/// All patches, by name.
fn patches() -> Result<Vec<Patch>, String> {
    let read = fs::read_dir(PATCHES).map_err(|e| format!("cannot read {PATCHES}: {e}"))?;
    let mut all = Vec::new();
    for entry in read {
        let path = entry.map_err(|e| e.to_string())?.path();
        if path.extension().is_some_and(|e| e == "patch") {
            all.push(Patch::read(&path)?);
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

fn choose<'p>(all: &'p [Patch], args: &[String]) -> Result<Vec<&'p Patch>, String> {
    if args.first().is_some_and(|arg| arg == "--turn") {
        let count = commits()?;
        let turn = in_turn(all.len(), count);
        let names: Vec<&str> = turn.iter().map(|at| all[*at].name.as_str()).collect();
        println!("commit {count}: it is the turn of {}\n", names.join(", "));
        return Ok(turn.into_iter().map(|at| &all[at]).collect());
    }
    let known = |name: &String| {
        all.iter()
            .find(|patch| patch.name == *name)
            .ok_or_else(|| format!("there is no mutant `{name}`"))
    };
    match args {
        [] => Ok(all.iter().collect()),
        names => names.iter().map(known).collect(),
    }
}

/// The number of commits: the same for everybody who has this tree, and another one with the next.
fn commits() -> Result<usize, String> {
    let output = Command::new("git")
        .args(["rev-list", "--count", "HEAD"])
        .output();
    let output = output.map_err(|e| format!("cannot run git: {e}"))?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(|e| format!("git counts no commits: {e}"))
}

/// The next three of `all`, counted round.
fn in_turn(all: usize, count: usize) -> Vec<usize> {
    (0..TURN.min(all))
        .map(|n| (count * TURN + n) % all)
        .collect()
}

/// Applies a patch, runs its test, and takes the patch back.
fn try_one(patch: &Patch, target: &Path, tree: &Path) -> Result<Fate, String> {
    if let Err(why) = copy::apply(&patch.path, tree) {
        return Ok(Fate::Broken(why));
    }
    let log = target.join(format!("{}.log", patch.name));
    let (ended, output) = run(patch, target, tree, &log)?;
    if !ended {
        return Ok(Fate::Hung);
    }
    Ok(fate(patch, &output, &log))
}

fn fate(patch: &Patch, output: &str, log: &Path) -> Fate {
    let failed = |line: &str| {
        line.starts_with("test ") && line.contains(&patch.red) && line.ends_with("FAILED")
    };
    if output.lines().any(failed) {
        Fate::Caught
    } else if output.contains("test result:") {
        Fate::Survived
    } else {
        Fate::Broken(format!("no test ran, see {}", log.display()))
    }
}

/// Runs the test; false when it had to be ended.
fn run(patch: &Patch, target: &Path, tree: &Path, log: &PathBuf) -> Result<(bool, String), String> {
    let file = fs::File::create(log).map_err(|e| format!("cannot write {}: {e}", log.display()))?;
    let errors = file.try_clone().map_err(|e| e.to_string())?;
    let mut command = cargo();
    command
        .arg("test")
        .args(patch.run.split(' '))
        .arg("--")
        .arg(&patch.red);
    command
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target.join("build"))
        .env_remove("CARGO_MANIFEST_DIR");
    command
        .stdin(std::process::Stdio::null())
        .stdout(file)
        .stderr(errors);
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command
        .spawn()
        .map_err(|e| format!("cannot run cargo: {e}"))?;
    let begun = Instant::now();
    let ended = loop {
        if child.try_wait().map_err(|e| e.to_string())?.is_some() {
            break true;
        }
        if begun.elapsed() > PATIENCE {
            // The group that was made for it, and nobody else.
            let group = format!("-{}", child.id());
            _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            _ = child.wait();
            break false;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    Ok((
        ended,
        String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_turn() {
        assert_eq!(in_turn(7, 0), [0, 1, 2]);
        assert_eq!(in_turn(7, 1), [3, 4, 5]);
        assert_eq!(in_turn(7, 2), [6, 0, 1]);
        assert_eq!(in_turn(2, 5), [1, 0]);
    }

    #[test]
    fn only_the_named_test_counts() {
        let patch = Patch::parse(
            "x",
            "what: w\nrun: -p a --test b\nred: it_holds\n\n--- a/x\n",
        )
        .expect("a head");
        let fate = |output: &str| fate(&patch, output, Path::new("l"));
        assert_eq!(
            fate("test it_holds ... FAILED\ntest result: FAILED."),
            Fate::Caught
        );
        assert_eq!(
            fate("test other ... FAILED\ntest result: FAILED."),
            Fate::Survived
        );
        assert_eq!(
            fate("test it_holds ... ok\ntest result: ok."),
            Fate::Survived
        );
        assert!(matches!(fate("error: could not compile"), Fate::Broken(_)));
    }
}

//! The cures of the book, each run as it stands there: what comes before fails with "database is locked", what comes after
//! does not. What a cure needs is installed once, by its ordinary package client, below the build folder.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[path = "../examples/cure_rusqlite.rs"]
mod cure_rusqlite;

/// Where the cures stand.
fn cure(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/cures")
        .join(name)
}

/// Where what they need is kept.
fn kept(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("cures")
        .join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a command that has to succeed for a cure to be tested. Where it does not, the test says so in a line; where
/// everything must run, that is a failure.
fn there(what: &str, command: &mut Command) -> bool {
    let output = command.output();
    let fine = output.as_ref().is_ok_and(|output| output.status.success());
    if !fine {
        let why = match output {
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        let last = why.lines().last().unwrap_or_default();
        let line = format!("{what} is not to be had here, its cure was not tested: {last}");
        let all = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!all, "{line}\n{why}");
        eprintln!("{line}");
    }
    fine
}

/// The last line that was printed, and how it ended.
fn said(output: &Output) -> (String, Option<i32>) {
    let text = String::from_utf8_lossy(&output.stdout);
    let all = format!("{text}{}", String::from_utf8_lossy(&output.stderr));
    (
        text.lines().last().map_or(all, str::to_owned),
        output.status.code(),
    )
}

/// What comes before fails by the defect, what comes after gives every lock.
fn cures(name: &str, command: impl Fn(&str) -> Command) {
    let run = |which| said(&command(which).output().unwrap());
    let (before, code) = run("before");
    let defect = before.starts_with("before: ") && before.contains("database is locked");
    assert!(defect, "{name}: {before}");
    assert_eq!(code, Some(1), "{name}: {before}");
    let (after, code) = run("after");
    assert!(after.starts_with("after: 60/60 locks"), "{name}: {after}");
    assert_eq!(code, Some(0), "{name}: {after}");
}

/// A Python with what the cures need, made once.
fn python() -> Option<PathBuf> {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _held = ONE_AT_A_TIME.lock().unwrap();
    let (folder, needs) = (kept("python"), cure("requirements.txt"));
    let (python, mark) = (folder.join("bin/python"), folder.join("installed.txt"));
    let wanted = std::fs::read_to_string(&needs).unwrap();
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return Some(python);
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&folder);
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet", "-r"])
        .arg(&needs);
    if !there("a virtual environment", &mut make) || !there("SQLAlchemy or Django", &mut install) {
        return None;
    }
    std::fs::write(mark, wanted).unwrap();
    Some(python)
}

fn script(program: &Path, name: &str, which: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(cure(name)).arg(which);
    command
}

#[test]
fn python_sqlite3() {
    if there("Python", Command::new("python3").arg("--version")) {
        let python = Path::new("python3");
        cures("Python", |which| {
            script(python, "python-sqlite3/cure.py", which)
        });
    }
}

#[test]
fn sqlalchemy() {
    let Some(python) = python() else { return };
    cures("SQLAlchemy", |which| {
        script(&python, "sqlalchemy/cure.py", which)
    });
}

#[test]
fn django() {
    let Some(python) = python() else { return };
    cures("Django", |which| script(&python, "django/cure.py", which));
}

#[test]
fn rusqlite() {
    let dir = tempfile::tempdir().unwrap();
    let all = 3 * cure_rusqlite::ROUNDS;
    let (locked, errors) = cure_rusqlite::rounds(dir.path(), false).unwrap();
    assert!(
        locked < all && errors == ["database is locked"],
        "{locked}: {errors:?}"
    );
    let cured = cure_rusqlite::rounds(dir.path(), true).unwrap();
    assert_eq!(cured, (all, Vec::new()));
}

#[test]
fn sqlx() {
    let target = kept("sqlx");
    let mut build = Command::new(env!("CARGO"));
    build
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(cure("sqlx/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target);
    if there("sqlx", &mut build) {
        cures("sqlx", |which| {
            let mut command = Command::new(target.join("debug/cure-sqlx"));
            command.arg(which);
            command
        });
    }
}

#[test]
fn better_sqlite3() {
    let folder = kept("node");
    let package = std::fs::read_to_string(cure("better-sqlite3/package.json")).unwrap();
    let mark = folder.join("installed.json");
    if !std::fs::read_to_string(&mark).is_ok_and(|found| found == package) {
        std::fs::write(folder.join("package.json"), &package).unwrap();
        let mut install = Command::new("npm");
        install
            .args(["install", "--no-audit", "--no-fund"])
            .current_dir(&folder);
        // Where the system has Node's headers beside it they are used, and nothing else is looked for.
        if Path::new("/usr/include/node/node.h").exists() {
            install.env("npm_config_nodedir", "/usr");
        }
        let mut load = Command::new("node");
        load.args(["-e", "new (require('better-sqlite3'))(':memory:')"])
            .current_dir(&folder);
        if !there("better-sqlite3", &mut install) || !there("better-sqlite3", &mut load) {
            return;
        }
        std::fs::write(mark, package).unwrap();
    }
    cures("better-sqlite3", |which| {
        let mut command = script(Path::new("node"), "better-sqlite3/cure.cjs", which);
        command.env("NODE_PATH", folder.join("node_modules"));
        command
    });
}

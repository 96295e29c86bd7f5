//! Twelve programs that really fail, in seven languages, under `actifix run`: what they print and how they end is as if they
//! stood alone, and each makes its ticket. Those whose language is not on the machine are said in one line; where CI is
//! set, Python, Node, the shell, Rust and C must be there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A program and the ticket that must come of it: kind, message, place.
struct Program {
    file: &'static str,
    kind: &'static str,
    message: &'static str,
    source: &'static str,
}

const fn program(
    file: &'static str,
    kind: &'static str,
    message: &'static str,
    source: &'static str,
) -> Program {
    Program {
        file,
        kind,
        message,
        source,
    }
}

#[rustfmt::skip]
const PROGRAMS: [Program; 12] = [
    program("average.py", "ZeroDivisionError", "division by zero", "average.py:2"),
    program("config.py", "RuntimeError", "the settings cannot be read", "config.py:8"),
    program("workers.py", "ExceptionGroup", "two workers failed (2 sub-exceptions)", "workers.py:11"),
    program("cart.js", "TypeError", "Cannot read properties of undefined (reading 'reduce')", "cart.js:2"),
    program("later.js", "RangeError", "no page called start", "later.js:2"),
    program("report.sh", "exit 2", "REGION: parameter not set", "report.sh:3"),
    program("names.sh", "exit 127", "sotr: not found", "names.sh:3"),
    program("index.rs", "panic", "index out of bounds: the len is 0 but the index is 2", "index.rs:4"),
    program("port.rs", "panic", "a port is a number: ParseIntError { kind: InvalidDigit }", "port.rs:4"),
    program("pointer.c", "SIGSEGV", "pointer killed by SIGSEGV", "./pointer"),
    program("shop.pl", "exit 255", "no price for tea", "shop.pl:2"),
    program("Shop.java", "java.lang.IllegalStateException", "the shop stays closed", "Shop.java:10"),
];

/// The language of a file: what must be there, and whether CI must have it.
fn language(file: &str) -> (&'static str, bool) {
    match file.rsplit_once('.').unwrap().1 {
        "py" => ("python3", true),
        "js" => ("node", true),
        "sh" => ("sh", true),
        "rs" => ("rustc", true),
        "c" => ("cc", true),
        "pl" => ("perl", false),
        "java" => ("java", false),
        other => panic!("no language for {other}"),
    }
}

fn is_there(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}

/// The command that runs the program, in `folder`; compiled first where its language asks for it.
fn command(folder: &Path, file: &str) -> Vec<String> {
    let (tool, _) = language(file);
    let stem = file.rsplit_once('.').unwrap().0;
    if !matches!(tool, "rustc" | "cc") {
        return vec![tool.to_owned(), file.to_owned()];
    }
    let compiled = Command::new(tool)
        .args([file, "-o", stem])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stderr)
    );
    vec![format!("./{stem}")]
}

fn output(folder: &Path, words: &[String]) -> Output {
    Command::new(&words[0])
        .args(&words[1..])
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn actifix(folder: &Path, words: &[&str]) -> Output {
    let this = env!("CARGO_BIN_EXE_actifix").to_owned();
    let words: Vec<String> = [this]
        .into_iter()
        .chain(words.iter().map(|word| (*word).to_owned()))
        .collect();
    output(folder, &words)
}

/// What was printed, without the number of the thread that Rust's panics tell.
fn printed(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.split_once("thread 'main' (") {
        Some((before, rest)) => {
            format!("{before}thread 'main' {}", rest.split_once(')').unwrap().1)
        }
        None => text.into_owned(),
    }
}

fn under_run(folder: &Path, words: &[String]) -> Output {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    actifix(folder, &[&["run", "--"], &words[..]].concat())
}

#[test]
fn each_makes_its_ticket_and_runs_as_if_it_stood_alone() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().canonicalize().unwrap();
    assert!(actifix(&folder, &["init"]).status.success());
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
    let mut table = String::new();
    let mut missing: Vec<&str> = Vec::new();
    let mut shown = 0;
    for program in &PROGRAMS {
        let (tool, needed) = language(program.file);
        if !is_there(tool) {
            assert!(
                !needed || std::env::var_os("CI").is_none(),
                "{tool} must be there"
            );
            missing.push(tool);
            continue;
        }
        fs::copy(programs.join(program.file), folder.join(program.file)).unwrap();
        let words = command(&folder, program.file);
        let alone = output(&folder, &words);
        for _ in 0..2 {
            let under = under_run(&folder, &words);
            assert_eq!(
                printed(&under.stdout),
                printed(&alone.stdout),
                "{}",
                program.file
            );
            assert_eq!(
                printed(&under.stderr),
                printed(&alone.stderr),
                "{}",
                program.file
            );
            assert_eq!(
                (under.status.code(), under.status.signal()),
                (alone.status.code(), alone.status.signal())
            );
        }
        shown += 1;
        let tickets = tickets(&folder);
        assert_eq!(tickets.len(), shown, "{}: {tickets:?}", program.file);
        let ticket = tickets
            .iter()
            .max_by_key(|ticket| ticket["id"].as_str().unwrap().to_owned())
            .unwrap();
        let told = ["error_type", "message", "source"].map(|field| ticket[field].as_str().unwrap());
        // Whether a core was dumped is a matter of the machine.
        let message = told[1].trim_end_matches(", core dumped");
        assert_eq!(
            [told[0], message, told[2]],
            [program.kind, program.message, program.source],
            "{}",
            program.file
        );
        assert_eq!(ticket["occurrences"], 2, "{}", program.file);
        let _ = writeln!(
            table,
            "{:<11} {:<32} {:<14} {}",
            program.file, told[0], told[2], told[1]
        );
    }
    println!("{table}");
    if !missing.is_empty() {
        println!("not on this machine: {}", missing.join(", "));
    }
}

fn tickets(folder: &Path) -> Vec<Value> {
    let listed = actifix(folder, &["list", "--json"]);
    let all: Value = serde_json::from_slice(&listed.stdout).unwrap();
    all["tickets"].as_array().unwrap().clone()
}

//! `actifix demo` from outside: its verdict, its exit code, and that nothing is left of it however it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

/// Much longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The command in `folder`, with nothing of the environment but the way to other programs.
fn actifix(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_actifix"));
    command.args(arguments).current_dir(folder).env_clear();
    command
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn document(output: &Output) -> Value {
    let stderr = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?} {stderr}"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "waited too long until {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether there is a process with this id that has not ended. One that has ended may not be fetched by whoever
/// inherited it yet.
fn lives(pid: u32) -> bool {
    let id = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let ended = stat
        .rsplit_once(") ")
        .is_some_and(|(_, rest)| rest.starts_with('Z'));
    test_kill_process(id).is_ok() && !ended
}

fn assert_gone(pids: &[u32]) {
    assert_eq!(pids.len(), 4, "{pids:?}");
    for pid in pids {
        wait_until(&format!("worker {pid} is gone"), || !lives(*pid));
    }
}

/// Checks a verdict against itself, and that its workers are gone.
fn judge(output: &Output) -> Value {
    let verdict = document(output);
    assert_eq!(output.status.code(), Some(0), "{verdict}");
    assert_eq!(
        (&verdict["ok"], &verdict["problems"]),
        (&true.into(), &Vec::<Value>::new().into())
    );

    let tickets = verdict["tickets"].as_array().unwrap();
    assert_eq!(tickets.len(), 6, "{verdict}");
    for ticket in tickets {
        assert_eq!(
            ticket["completed"].as_array().map(Vec::len),
            Some(1),
            "{ticket}"
        );
        assert_eq!(
            ticket["completed"][0],
            *ticket["grants"].as_array().unwrap().last().unwrap()
        );
    }
    let seen: Vec<_> = tickets
        .iter()
        .map(|ticket| ticket["occurrences"].as_u64().unwrap())
        .collect();
    assert_eq!(seen, [3, 2, 1, 1, 1, 1]);
    assert_ne!(verdict["killed"]["ticket"], verdict["stopped"]["ticket"]);
    for lost in [&verdict["killed"], &verdict["stopped"]] {
        let fate = tickets
            .iter()
            .find(|ticket| ticket["id"] == lost["ticket"])
            .unwrap();
        assert_eq!(fate["grants"][0]["holder"], lost["worker"]);
        assert_ne!(fate["completed"][0]["holder"], lost["worker"]);
        if *lost == verdict["stopped"] {
            assert_eq!(verdict["refused"]["kind"], "lease_lost");
            assert_eq!(verdict["refused"]["holder"], fate["grants"][1]["holder"]);
        }
    }
    for round in verdict["ours"].as_array().unwrap() {
        assert!(
            round
                .as_array()
                .unwrap()
                .iter()
                .all(|one| one["locked"] == true),
            "{round}"
        );
    }
    assert_eq!(verdict["lock_errors"], 0);

    let workers = verdict["workers"].as_array().unwrap().iter();
    assert_gone(
        &workers
            .map(|one| u32::try_from(one["pid"].as_u64().unwrap()).unwrap())
            .collect::<Vec<_>>(),
    );
    verdict
}

#[test]
fn promise_1_two_demos_at_once_keep_it_and_leave_only_what_they_are_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let start = |arguments: &[&str]| {
        actifix(folder.path(), arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (one, other) = (
        start(&["demo", "--json"]),
        start(&["demo", "--json", "--dir", "left"]),
    );
    let (one, other) = (
        one.wait_with_output().unwrap(),
        other.wait_with_output().unwrap(),
    );
    assert_eq!(judge(&one)["dir"], Value::Null);
    let left = folder.path().join("left");
    assert_eq!(
        Path::new(judge(&other)["dir"].as_str().unwrap()),
        left.canonicalize().unwrap()
    );
    assert_eq!(entries(folder.path()), [left]);

    let mut list = actifix(
        folder.path(),
        &[
            "--db",
            "left/actifix.db",
            "list",
            "--status",
            "completed",
            "--json",
        ],
    );
    let listed = document(&list.output().unwrap());
    assert_eq!(
        listed["tickets"].as_array().map(Vec::len),
        Some(6),
        "{listed}"
    );
}

/// Also a machine without Python and Node: the shell's programs fail instead.
#[test]
fn the_story_is_plain_in_a_pipe_and_needs_no_more_than_a_shell() {
    let (folder, path) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let everywhere = std::env::var_os("PATH").unwrap();
    for program in ["sh", "sort", "sed", "cat", "cp", "mv", "mkdir", "sleep"] {
        let mut places = std::env::split_paths(&everywhere).map(|place| place.join(program));
        symlink(
            places.find(|file| file.is_file()).unwrap(),
            path.path().join(program),
        )
        .unwrap();
    }
    let output = actifix(folder.path(), &["demo"])
        .env("PATH", path.path())
        .output()
        .unwrap();
    let story = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{story}");
    assert!(!story.contains('\u{1b}'), "{story}");
    for part in [
        "1 Four workers wait",
        "2 Programs fail",
        "3 One is killed, one is stopped",
        "4 One comes too late",
        "5 Deferred transactions and ours",
        "6 What became of the tickets",
        "seen 3×",
        "report.sh   new",
        "error: the lease on ACT-",
        "3, 3, 3, 3, 3 of 3",
        "lock errors 0",
        "actifix init",
    ] {
        assert!(story.contains(part), "no `{part}` in:\n{story}");
    }
    assert_eq!(entries(folder.path()), Vec::<PathBuf>::new());
}

/// Reads the story up to the first line with `word`. Answers the processes that it named.
fn read_until(story: &mut impl BufRead, word: &str) -> Vec<u32> {
    let mut pids = Vec::new();
    let mut line = String::new();
    while story.read_line(&mut line).unwrap() > 0 {
        if let Some((_, pid)) = line.split_once(" process ") {
            pids.extend(pid.trim().parse::<u32>());
        }
        if line.contains(word) {
            return pids;
        }
        line.clear();
    }
    panic!("the story ended without `{word}`");
}

fn start(folder: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let mut demo = actifix(folder, &["demo"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let story = BufReader::new(demo.stdout.take().unwrap());
    (demo, story)
}

#[test]
fn an_interrupted_demo_leaves_nothing_behind() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = tempfile::tempdir().unwrap();
        let (mut demo, mut story) = start(folder.path());
        // Now one worker is killed, one is stopped, and two work.
        let pids = read_until(&mut story, " stopped ");
        kill_process(Pid::from_child(&demo), signal).unwrap();
        let status = demo.wait().unwrap();
        assert_eq!(status.signal(), Some(signal.as_raw()), "{status}");
        assert_gone(&pids);
        assert_eq!(entries(folder.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_reader_that_goes_ends_it_and_nothing_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let (mut demo, mut story) = start(folder.path());
    let pids = read_until(&mut story, " new ");
    drop(story);
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    assert_gone(&pids);
    assert_eq!(entries(folder.path()), Vec::<PathBuf>::new());
}

#[cfg(target_os = "linux")]
#[test]
fn workers_end_with_a_demo_that_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut demo, mut story) = start(folder.path());
    let pids = read_until(&mut story, " stopped ");
    demo.kill().unwrap();
    demo.wait().unwrap();
    assert_gone(&pids);
}

#[test]
fn a_folder_with_something_in_it_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.txt"), "mine").unwrap();
    let output = actifix(folder.path(), &["demo", "--dir", "."])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("is not empty"), "{told}");
    let names: Vec<_> = entries(folder.path())
        .iter()
        .filter_map(|path| path.file_name().map(OsStr::to_owned))
        .collect();
    assert_eq!(names, ["mine.txt"]);
}

//! Copies from the command line: made, thinned out, put back under programs that have the database open.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::Value;

use crate::shell::Shell;

#[test]
fn a_copy_has_a_name_with_the_moment_and_old_ones_go() {
    let shell = Shell::with_database();
    shell.json("record --message mine");
    let folder = shell.path().join(".actifix/backups");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("actifix-20200101T000000Z.db"), "old").unwrap();
    std::fs::write(folder.join("mine.db"), "not a copy of this database").unwrap();
    for _ in 0..3 {
        shell.json("backup --keep 2");
    }
    let made = shell.json("backup --keep 2");
    assert_eq!(
        (&made["tickets"], &made["newest_event"]),
        (&1.into(), &1.into())
    );
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(names[2], "mine.db");
    assert!(
        made["file"].as_str().unwrap().ends_with(&names[1]),
        "{names:?} {made}"
    );
    // Never over a file that is there, and no thinning out without a folder.
    shell.run(["backup", "one.db"]).done();
    shell.run(["backup", "one.db"]).ends(1);
    shell.run(["backup", "two.db", "--keep", "1"]).ends(2);
    shell.run(["backup", "--keep", "0"]).ends(2);
    assert!(!shell.path().join("two.db").exists());
}

/// A process that has the database open, and records what it is told.
struct Recorder {
    child: std::process::Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Recorder {
    fn start(shell: &Shell) -> Self {
        let mut child = shell
            .command(["record", "--stdin", "--json"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, answers }
    }

    fn record(&mut self, message: &str) -> Value {
        let line = serde_json::json!({ "message": message, "project": message });
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap()
    }
}

#[test]
fn a_restore_reaches_those_who_have_it_open() {
    let shell = Shell::with_database();
    let mut recorders: Vec<Recorder> = (0..3).map(|_| Recorder::start(&shell)).collect();
    recorders[0].record("before");
    shell.json("backup copy.db");
    // They know names and numbers now that the copy does not have.
    let mut newest = String::new();
    for (nth, recorder) in recorders.iter_mut().enumerate() {
        newest = recorder.record(&format!("lost {nth}"))["id"]
            .as_str()
            .unwrap()
            .to_owned();
    }
    let restored = shell.json("restore copy.db");
    assert_eq!(restored["tickets"], 1);
    for (nth, recorder) in recorders.iter_mut().enumerate() {
        assert_eq!(recorder.record("before")["occurrences"], nth + 2);
        let after = recorder.record(&format!("after {nth}"));
        assert_eq!(after["new"], true);
        assert!(
            after["id"].as_str().unwrap() > newest.as_str(),
            "{after} {newest}"
        );
    }
    // What they knew by a number of the old content is known by another now.
    for (nth, recorder) in recorders.iter_mut().enumerate() {
        assert_eq!(recorder.record(&format!("lost {nth}"))["new"], true);
    }
    for mut recorder in recorders {
        drop(recorder.child.stdin.take());
        assert!(recorder.child.wait().unwrap().success());
    }
    let list = shell.json("list --status all");
    let mut projects: Vec<&str> = list["tickets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ticket| ticket["project"].as_str().unwrap())
        .collect();
    projects.sort_unstable();
    let all = [
        "after 0", "after 1", "after 2", "before", "lost 0", "lost 1", "lost 2",
    ];
    assert_eq!(projects, all);
    assert_eq!(shell.json("verify")["ok"], true);
    let kept = restored["kept"].as_str().unwrap();
    assert_eq!(
        shell.json(&format!("--db {kept} stats"))["counts"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn what_will_not_do_is_refused() {
    let shell = Shell::with_database();
    shell.write("text.db", "no database");
    for (file, kind) in [("missing.db", "storage"), ("text.db", "corrupt")] {
        let refused = shell.run(["restore", file, "--json"]).ends(1).error();
        assert_eq!(refused["kind"], kind, "{refused}");
    }
}

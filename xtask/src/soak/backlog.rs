//! The soak's database: filled while it runs, drained at its end, read for the judgement.

use std::cell::Cell;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::actifix;
use super::word::number;

/// What each ticket's command does, by its token: fail, take longer than the lease, leave a child behind, complete the
/// ticket itself, or just do it.
const SCRIPT: &str = r#"#!/bin/sh
case $((ACTIFIX_LEASE_TOKEN % 10)) in
0) [ -e calm ] || { echo 'no idea' >&2; exit 1; } ;;
1) sleep 3 ;;
2) sleep 60 & ;;
3) exec "$ACTIFIX" complete "$ACTIFIX_TICKET_ID" --token "$ACTIFIX_LEASE_TOKEN" --did 'Completed it from inside the command' \
    --files src/a.rs --tested 'cargo test a' --results '1 passed, 0 failed' >&2 ;;
esac
echo '{"did":"Mended it as it should be done","files":["src/a.rs"],"tested":"cargo test a","results":"1 passed, 0 failed"}'
"#;
/// The longest that draining may take.
const DRAIN: Duration = Duration::from_secs(120);

/// The soak's database.
pub struct Backlog {
    pub program: PathBuf,
    pub folder: PathBuf,
    database: PathBuf,
    made: Cell<usize>,
}

impl Backlog {
    /// An empty one.
    pub fn make(program: &Path, folder: &Path) -> Result<Self, String> {
        let backlog = Self {
            program: program.to_owned(),
            folder: folder.to_owned(),
            database: folder.join("actifix.db"),
            made: Cell::new(0),
        };
        fs::write(folder.join("mend.sh"), SCRIPT).map_err(|e| format!("the script: {e}"))?;
        backlog.answer(&["init"])?;
        Ok(backlog)
    }

    /// `actifix …` on it.
    pub fn command(&self) -> Command {
        let mut command = actifix(&self.program, &self.database);
        command
            .current_dir(&self.folder)
            .env("ACTIFIX", &self.program);
        command
    }

    /// Records new errors until so many tickets are open.
    pub fn keep_filled(&self, open: usize) -> Result<(), String> {
        let stats = self.answer(&["stats"])?;
        let there = usize::try_from(number(&stats, "open").unwrap_or(0)).unwrap_or(0);
        if there >= open {
            return Ok(());
        }
        let (from, to) = (self.made.get(), self.made.get() + open);
        let reports: String = (from..to)
            .map(|n| format!("{{\"message\":\"error number {n}\",\"fingerprint\":\"soak-{n}\"}}\n"))
            .collect();
        self.made.set(to);
        let mut child = self
            .command()
            .args(["record", "--stdin", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|e| format!("record: {e}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(reports.as_bytes())
                .map_err(|e| format!("record: {e}"))?;
        }
        let status = child.wait().map_err(|e| format!("record: {e}"))?;
        if status.success() {
            Ok(())
        } else {
            Err("reports were not taken".into())
        }
    }

    /// From now on no command fails on purpose.
    pub fn calm(&self) -> Result<(), String> {
        fs::write(self.folder.join("calm"), "").map_err(|e| format!("calm: {e}"))
    }

    /// Completes what is left: what rests is waited for, what was quarantined is opened again.
    pub fn drain(&self) -> Result<(), String> {
        let until = Instant::now() + DRAIN;
        loop {
            let parked = self.answer(&["list", "--status", "quarantined", "--limit", "10000"])?;
            for ticket in parked["tickets"].as_array().into_iter().flatten() {
                self.answer(&["reopen", super::word::text(ticket, "id")])?;
            }
            let mut work = self.command();
            work.args([
                "--as",
                "drain",
                "work",
                "--drain",
                "--concurrency",
                "8",
                "--json",
            ]);
            let done = work
                .args(["--", "sh", "mend.sh"])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            done.map_err(|e| format!("draining: {e}"))?;
            let stats = self.answer(&["stats"])?;
            let left = ["open", "in_progress", "quarantined"].map(|name| number(&stats, name));
            if left == [Some(0); 3] {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("not drained in {} s: {left:?}", DRAIN.as_secs()));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The whole event log, the oldest first.
    pub fn events(&self) -> Result<Vec<Value>, String> {
        let (mut all, mut cursor) = (Vec::new(), "0".to_owned());
        loop {
            let page = self.answer(&["events", "--limit", "50000", "--cursor", &cursor])?;
            all.extend(page["events"].as_array().into_iter().flatten().cloned());
            match number(&page, "next") {
                Some(next) => cursor = next.to_string(),
                None => return Ok(all),
            }
        }
    }

    /// What the store says of itself.
    pub fn is_sound(&self) -> Result<bool, String> {
        Ok(self.answer(&["verify"])?["ok"] == true)
    }

    fn answer(&self, words: &[&str]) -> Result<Value, String> {
        let output = self
            .command()
            .args(words)
            .arg("--json")
            .output()
            .map_err(|e| format!("{words:?}: {e}"))?;
        serde_json::from_slice(&output.stdout).map_err(|e| {
            let said = String::from_utf8_lossy(&output.stderr);
            format!("{words:?}: {e}: {said}")
        })
    }
}

//! A run of suites: where the logs go, how a suite is run, what is shown of it, and what counts as a failure.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::libtest::Tally;
use crate::metadata::Workspace;
use crate::report::{self, Row, Verdict};
use crate::run::{self, Outcome, cargo};
use crate::suites::{Suite, Work};
use crate::{libtest, tidy};

/// How many lines of a failed suite's output are shown; its log has them all.
const SHOWN: usize = 1_000;

/// What all suites of a run share.
pub struct Session<'w> {
    workspace: &'w Workspace,
    /// Where the logs go.
    pub logs: PathBuf,
    /// Show the output as it comes.
    pub verbose: bool,
    /// Nobody is watching: a missing tool is a failure, and result lines are printed for the record.
    pub ci: bool,
}

/// Says which suite runs now.
pub fn begin(name: &str) {
    print!("{name:<12} ");
    _ = io::stdout().flush();
}

/// Ends the line that [`begin`] began.
pub fn end(row: &Row) {
    println!(
        "{} ({})",
        report::word(row.verdict),
        report::seconds(row.took)
    );
}

/// How many tests a run must have at the least, so that a suite without tests does not pass for one that holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Least {
    /// It may have none.
    None,
    /// One in all.
    One,
    /// One in each binary.
    Each,
}

/// The row of a run of tests. Too few tests fail too, and so does a test that was passed over.
pub fn counted(name: &str, outcome: &Outcome, least: Least, took: Duration) -> Row {
    let mut tally = libtest::tally(&outcome.output);
    tally.failures.extend(complaints(&tally, outcome.ok, least));
    // Each test that failed has its name there, but a harness of its own may only give the count.
    let failed = tally
        .failed
        .max(tally.failures.len().try_into().unwrap_or(u32::MAX));
    let verdict = if failed == 0 {
        Verdict::Ok
    } else {
        Verdict::Failed
    };
    Row {
        name: name.into(),
        verdict,
        passed: tally.passed,
        failed,
        took,
        notes: tally.failures,
    }
}

/// What is wrong with a run beside the tests that failed.
fn complaints(tally: &Tally, ok: bool, least: Least) -> Vec<String> {
    let mut all = Vec::new();
    if !ok && tally.failed == 0 {
        all.push("cargo failed before or after the tests".to_string());
    }
    if tally.ignored > 0 {
        all.push("a test was ignored: run it or take it out".to_string());
    } else if ok && least == Least::One && tally.passed == 0 {
        all.push("no test ran".to_string());
    } else if ok && least == Least::Each {
        all.extend(
            tally
                .empty
                .iter()
                .map(|binary| format!("no test ran in {binary}")),
        );
    }
    all
}

impl<'w> Session<'w> {
    /// Makes the folder of the logs.
    pub fn open(workspace: &'w Workspace, verbose: bool) -> Result<Self, String> {
        let logs = workspace.target.join("xtask");
        fs::create_dir_all(&logs).map_err(|e| format!("cannot make {}: {e}", logs.display()))?;
        Ok(Self {
            workspace,
            logs,
            verbose,
            ci: std::env::var_os("CI").is_some_and(|ci| ci == "true"),
        })
    }

    /// Runs one suite and says how it went.
    pub fn suite(&self, suite: &Suite) -> Result<Row, String> {
        let before = Instant::now();
        begin(suite.name);
        let row = match suite.needs.map_or(Ok(()), |tool| tool.ready()) {
            Err(why) => self.missing(suite.name, why),
            Ok(()) => self.work(suite, before)?,
        };
        end(&row);
        Ok(row)
    }

    /// The row of a suite whose tool is not there.
    fn missing(&self, name: &str, why: String) -> Row {
        let row = Row::step(name, false, Duration::ZERO);
        let (verdict, failed) = if self.ci {
            (Verdict::Failed, 1)
        } else {
            (Verdict::Skipped, 0)
        };
        Row {
            verdict,
            failed,
            notes: vec![why],
            ..row
        }
    }

    /// Does what the suite is there for.
    fn work(&self, suite: &Suite, before: Instant) -> Result<Row, String> {
        let words = suite.work.command(self.workspace);
        if let Work::Tidy = suite.work {
            return self.tidy(suite.name, before);
        }
        if words.is_empty() {
            return Ok(Row {
                verdict: Verdict::Empty,
                passed: 0,
                ..Row::step(suite.name, true, before.elapsed())
            });
        }
        let mut command = cargo();
        command.args(&words);
        if let Some((name, value)) = suite.sets {
            command.env(name, value);
        }
        let outcome = self.run(suite.name, &mut command)?;
        let row = match suite.work {
            Work::Step(..) => Row::step(suite.name, outcome.ok, before.elapsed()),
            Work::Doctests => counted(suite.name, &outcome, Least::None, before.elapsed()),
            Work::Files(_) | Work::Again(_) => {
                counted(suite.name, &outcome, Least::Each, before.elapsed())
            }
            _ => counted(suite.name, &outcome, Least::One, before.elapsed()),
        };
        Ok(self.show(row, &outcome))
    }

    /// The house rules.
    fn tidy(&self, name: &str, before: Instant) -> Result<Row, String> {
        let findings = tidy::findings()?;
        let output: String = findings
            .iter()
            .map(|finding| format!("{finding}\n"))
            .collect();
        let log = self.log(name);
        fs::write(&log, &output).map_err(|e| format!("cannot write {}: {e}", log.display()))?;
        let row = Row::step(name, findings.is_empty(), before.elapsed());
        Ok(self.show(
            row,
            &Outcome {
                ok: findings.is_empty(),
                output,
            },
        ))
    }

    /// Runs a command with its output in the log of `name`.
    pub fn run(&self, name: &str, command: &mut Command) -> Result<Outcome, String> {
        let log = self.log(name);
        if self.verbose {
            println!();
        }
        run::logged(command, &log, self.verbose)
            .map_err(|e| format!("cannot run {command:?} (log {}): {e}", log.display()))
    }

    fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// Shows the output of what failed, result lines for the record in CI, and notes where the log is.
    pub fn show(&self, mut row: Row, outcome: &Outcome) -> Row {
        if row.is_bad() {
            if !self.verbose {
                println!("\n{}", last_lines(&outcome.output, SHOWN));
            }
            row.notes
                .push(format!("log: {}", relative(&self.log(&row.name)).display()));
        } else if self.ci && !self.verbose {
            let lines: Vec<String> = libtest::summary(&outcome.output).collect();
            if !lines.is_empty() {
                println!("\n{}", lines.join("\n"));
            }
        }
        row
    }
}

/// The path as seen from here, when it lies below.
fn relative(path: &Path) -> &Path {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path)
}

/// The last `count` lines, and a word about what stands before them.
fn last_lines(output: &str, count: usize) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let hidden = lines.len().saturating_sub(count);
    let head = if hidden > 0 {
        format!("({hidden} lines before, see the log)\n")
    } else {
        String::new()
    };
    head + &lines[hidden..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(ok: bool, output: &str, least: Least) -> (u32, u32) {
        let row = counted(
            "x",
            &Outcome {
                ok,
                output: output.into(),
            },
            least,
            Duration::ZERO,
        );
        assert_eq!(row.is_bad(), row.failed > 0);
        (row.passed, row.failed)
    }

    const NONE: &str = "Running a (x)
test result: ok. 0 passed; 0 failed; 0 ignored;
";
    const THREE: &str = "Running b (x)
test result: ok. 3 passed; 0 failed; 0 ignored;
";

    #[test]
    fn a_run_without_a_test_fails() {
        assert_eq!(judge(true, NONE, Least::One), (0, 1));
        assert_eq!(judge(true, NONE, Least::None), (0, 0));
        assert_eq!(judge(true, THREE, Least::One), (3, 0));
    }

    #[test]
    fn a_file_without_a_test_fails_among_others_that_have_some() {
        let both = format!("{NONE}{THREE}");
        assert_eq!(judge(true, &both, Least::Each), (3, 1));
        assert_eq!(judge(true, &both, Least::One), (3, 0));
    }

    #[test]
    fn a_build_that_fails_counts_as_one_failure() {
        assert_eq!(
            judge(false, "error: could not compile", Least::Each),
            (0, 1)
        );
    }

    #[test]
    fn failed_tests_are_counted_once() {
        let text = "Running b (x)
test one ... FAILED
test result: FAILED. 1 passed; 1 failed; 0 ignored;";
        assert_eq!(judge(false, text, Least::Each), (1, 1));
        let nameless = "Running b (x)
test result: FAILED. 1 passed; 2 failed; 0 ignored;";
        assert_eq!(judge(false, nameless, Least::Each), (1, 2));
    }

    #[test]
    fn an_ignored_test_is_a_failure() {
        let text = "Running b (x)
test result: ok. 3 passed; 0 failed; 1 ignored;";
        assert_eq!(judge(true, text, Least::None), (3, 1));
    }

    #[test]
    fn a_missing_tool_is_a_failure_only_where_nobody_watches() {
        let workspace = Workspace::with_tests(&[]);
        let session = |ci| Session {
            workspace: &workspace,
            logs: PathBuf::new(),
            verbose: false,
            ci,
        };
        assert!(session(true).missing("deny", "no".into()).is_bad());
        assert!(!session(false).missing("deny", "no".into()).is_bad());
    }

    #[test]
    fn long_output_is_cut_at_its_beginning() {
        assert_eq!(
            last_lines("a\nb\nc", 2),
            "(1 lines before, see the log)\nb\nc"
        );
        assert_eq!(last_lines("a\nb", 2), "a\nb");
    }
}

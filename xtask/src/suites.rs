//! The table of suites: what `cargo xtask test` runs, in this order.

use crate::metadata::Workspace;
use crate::tools::{self, Tool};

/// One row of the table.
pub struct Suite {
    /// What it is called on the command line, in the table at the end and in the name of its log.
    pub name: &'static str,
    /// It is left out of `--quick`.
    pub slow: bool,
    /// A tool that it needs beside cargo.
    pub needs: Option<Tool>,
    /// A variable that it sets.
    pub sets: Option<(&'static str, &'static str)>,
    /// What it runs.
    pub work: Work,
}

/// What a suite runs.
pub enum Work {
    /// One cargo command that passes or fails as a whole.
    Step(&'static str),
    /// The house rules, in this process.
    Tidy,
    /// The tests that stand beside the code, in libraries and binaries.
    Units,
    /// These test files (`tests/NAME.rs` in any crate).
    Files(&'static [&'static str]),
    /// Test files that stand in another suite, once more in other circumstances.
    Again(&'static [&'static str]),
    /// The examples in the documentation.
    Doctests,
}

/// All suites. A test file that stands in none of them is an error, see [`crate::targets`].
pub const SUITES: &[Suite] = &[
    row("fmt", Work::Step("fmt --all --check")).needs(tools::RUSTFMT),
    row(
        "clippy",
        Work::Step("clippy --workspace --all-targets -- -D warnings"),
    )
    .needs(tools::CLIPPY),
    // The road of systems without the shared line, which no machine here takes.
    row(
        "gate-only",
        Work::Step(
            "rustc --quiet -p sqlite-line --lib --profile check -- --cfg gate_only -D warnings",
        ),
    ),
    row("doc", Work::Step("doc --workspace --no-deps"))
        .sets("RUSTDOCFLAGS", "-D warnings")
        .slow(),
    row("tidy", Work::Tidy).needs(tools::GIT),
    row("deny", Work::Step("deny check bans licenses sources"))
        .needs(tools::DENY)
        .slow(),
    // Apart, so that the times of the suites below are those of their tests.
    row("build", Work::Step("test --workspace --no-run")),
    row("unit", Work::Units),
    row("behaviour", Work::Files(BEHAVIOUR)),
    // One suite for each of the long ones: it can be run by its name, and the table shows where the time goes.
    row("faults", Work::Files(&["faults"]))
        .needs(tools::STRACE)
        .slow(),
    row("compile-fail", Work::Files(&["compile_fail"])).slow(),
    row("scene", Work::Files(&["scene"])).slow(),
    row("model", Work::Files(&["model"])).slow(),
    row("history", Work::Files(&["history"])).slow(),
    row("kill", Work::Files(&["kill"])).slow(),
    row("old-files", Work::Files(&["old_files"]))
        .needs(tools::SQLITE)
        .slow(),
    row("upgrade-killed", Work::Files(&["upgrade_killed"]))
        .needs(tools::STRACE)
        .slow(),
    row("salvage", Work::Files(&["salvage"])).slow(),
    row("syscalls", Work::Files(&["syscalls"]))
        .needs(tools::STRACE)
        .slow(),
    row("powercut", Work::Files(&["powercut"]))
        .needs(tools::XFS_IO)
        .slow(),
    row("limits", Work::Files(&["limits"]))
        .needs(tools::XFS_IO)
        .slow(),
    row("mishaps", Work::Files(&["mishaps"]))
        .needs(tools::FAKETIME)
        .slow(),
    row(
        "line",
        Work::Files(&["shared", "ear", "strangers", "leader"]),
    )
    .slow(),
    row("boundaries", Work::Files(&["boundaries"]))
        .needs(tools::CONTAINERS)
        .slow(),
    // What the store promises, by each form of the line; in the suites above it is whichever comes by itself.
    row("gate", Work::Again(PROMISES))
        .sets("ACTIFIX_LINE", "gate")
        .slow(),
    row("shared-line", Work::Again(PROMISES))
        .sets("ACTIFIX_LINE", "shared")
        .slow(),
    row("mixed-lines", Work::Again(PROMISES))
        .sets("ACTIFIX_TEST_LINE", "mixed")
        .slow(),
    row("mutants", Work::Step("xtask mutants --turn"))
        .needs(tools::XFS_IO)
        .slow(),
    row("demo", Work::Files(&["demo"])).slow(),
    row("lab", Work::Files(&["lab"])).slow(),
    row("locks", Work::Files(&["locks"]))
        .needs(tools::SQLITE)
        .slow(),
    row("cures", Work::Files(&["cures"])).slow(),
    row("pages", Work::Files(&["pages"]))
        .needs(tools::CHROMIUM)
        .slow(),
    row("deliver", Work::Files(&["deliver"])).slow(),
    row("work", Work::Files(&["mcp", "work", "worker"])).slow(),
    row("work-killed", Work::Files(&["work_killed"]))
        .needs(tools::STRACE)
        .slow(),
    row("work-clock", Work::Files(&["work_clock"]))
        .needs(tools::FAKETIME)
        .slow(),
    row("python", Work::Step("xtask python"))
        .needs(tools::PYTHON)
        .slow(),
    row("soak", Work::Step("xtask soak --seconds 30")).slow(),
    row("doctests", Work::Doctests).slow(),
];

/// The test files that take a few seconds at most.
const BEHAVIOUR: &[&str] = &[
    "actors",
    "bad_input",
    "batches",
    "calls",
    "contention",
    "captured",
    "command",
    "configuration",
    "copies",
    "crossing",
    "doctor",
    "due",
    "fair",
    "files",
    "floods",
    "flat_cost",
    "foreign",
    "forged",
    "forked",
    "grouping",
    "guard",
    "health",
    "here",
    "ignore_and_regress",
    "ingest",
    "dropin",
    "legacy_views",
    "merge",
    "notify",
    "outbox",
    "processes",
    "program",
    "programs",
    "redaction",
    "prune",
    "repeat",
    "retention",
    "second_opinion",
    "run",
    "sql",
    "stopped",
    "spool",
    "upgrade",
    "upkeep",
    "verify",
    "waiting",
];

/// The test files in which processes try the store's promises.
const PROMISES: &[&str] = &[
    "fair", "foreign", "history", "kill", "repeat", "scene", "stopped", "waiting",
];

/// A row with a name and something to do.
pub const fn row(name: &'static str, work: Work) -> Suite {
    Suite {
        name,
        slow: false,
        needs: None,
        sets: None,
        work,
    }
}

impl Suite {
    /// Takes too long for `--quick`.
    pub const fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    /// Needs a tool.
    const fn needs(mut self, tool: Tool) -> Self {
        self.needs = Some(tool);
        self
    }

    /// Sets a variable.
    const fn sets(mut self, name: &'static str, value: &'static str) -> Self {
        self.sets = Some((name, value));
        self
    }
}

impl Work {
    /// The words after `cargo`; none for what runs in this process, and for files that are not there.
    pub fn command(&self, workspace: &Workspace) -> Vec<&'static str> {
        let tests =
            |rest: &[&'static str]| [&["test", "--workspace", "--no-fail-fast"], rest].concat();
        match self {
            Self::Step(words) => words.split(' ').collect(),
            Self::Tidy => Vec::new(),
            // The extension has no tests of its own, and links only inside an interpreter.
            Self::Units => tests(&["--exclude", "actifix-python", "--lib", "--bins"]),
            Self::Doctests => tests(&["--exclude", "actifix-python", "--doc"]),
            Self::Files(files) | Self::Again(files) => {
                // A name without its file is reported by itself and must not keep the others from running.
                let there = files.iter().filter(|file| workspace.has_tests(file));
                let named: Vec<_> = there.flat_map(|file| ["--test", file]).collect();
                if named.is_empty() {
                    Vec::new()
                } else {
                    tests(&named)
                }
            }
        }
    }

    /// The test files that this work names.
    pub fn files(&self) -> &'static [&'static str] {
        match self {
            Self::Files(files) => files,
            _ => &[],
        }
    }
}

/// The names of all suites.
pub fn names() -> Vec<&'static str> {
    SUITES.iter().map(|suite| suite.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_has_a_name_of_its_own() {
        let mut all = names();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), SUITES.len());
    }

    #[test]
    fn only_test_files_that_are_there_are_named() {
        let workspace = Workspace::with_tests(&["a", "b", "other"]);
        let words = |files| Work::Files(files).command(&workspace).join(" ");
        assert_eq!(
            words(&["a", "gone", "b"]),
            "test --workspace --no-fail-fast --test a --test b"
        );
        assert_eq!(words(&["gone"]), "");
    }

    #[test]
    fn a_step_sets_its_variable_and_keeps_its_words() {
        let doc = SUITES
            .iter()
            .find(|suite| suite.name == "doc")
            .expect("it is in the table");
        assert_eq!(doc.sets, Some(("RUSTDOCFLAGS", "-D warnings")));
        let words = doc.work.command(&Workspace::with_tests(&[]));
        assert_eq!(words, ["doc", "--workspace", "--no-deps"]);
    }
}

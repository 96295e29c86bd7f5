//! `cargo xtask test promise N`: runs the tests that guard one promise.
//!
//! A test belongs to promise N when `promise_N` stands in its name, in a module around it or in the name of its file.

use std::time::Instant;

use crate::Answer;
use crate::metadata::{self, Workspace};
use crate::report::{self, Row};
use crate::run::cargo;
use crate::session::{Least, Session, counted};

/// Runs the tests of the promise that the arguments name.
pub fn main(args: &[String]) -> Answer {
    let (flags, numbers): (Vec<_>, Vec<_>) = args
        .iter()
        .map(String::as_str)
        .partition(|arg| arg.starts_with('-'));
    if let Some(flag) = flags.iter().find(|flag| **flag != "--verbose") {
        return Err(format!("`test promise` has no flag {flag}: --verbose"));
    }
    let number = number(&numbers)?;
    let workspace = metadata::workspace()?;
    let session = Session::open(&workspace, !flags.is_empty())?;
    let word = format!("promise_{number}");
    let mut rows = Vec::new();
    for (name, words) in commands(&workspace, &word) {
        println!("cargo {}", words.join(" "));
        let before = Instant::now();
        let outcome = session.run(&name, cargo().args(&words))?;
        rows.push(session.show(
            counted(&name, &outcome, Least::None, before.elapsed()),
            &outcome,
        ));
    }
    finish(&rows, &word)
}

/// Prints the table; a promise without a test is an error.
fn finish(rows: &[Row], word: &str) -> Answer {
    print!("\n{}", report::table(rows));
    if rows.iter().all(|row| row.passed + row.failed == 0) {
        return Err(format!(
            "no test has `{word}` in its name, its module or its file"
        ));
    }
    Ok(!rows.iter().any(Row::is_bad))
}

/// The promise that is asked for.
fn number(numbers: &[&str]) -> Result<u8, String> {
    let one = if let [one] = numbers {
        one.parse().ok()
    } else {
        None
    };
    one.filter(|n| (1..=7).contains(n))
        .ok_or_else(|| "say which promise: `cargo xtask test promise 3` (1 to 7)".into())
}

/// The cargo commands, each with the name of its log: files of that name whole, elsewhere the tests of that name.
fn commands(workspace: &Workspace, word: &str) -> Vec<(String, Vec<String>)> {
    let mut files: Vec<&str> = workspace
        .targets
        .iter()
        .filter(|target| target.kind == "test")
        .map(|target| target.name.as_str())
        .collect();
    files.sort_unstable();
    files.dedup();
    let (whole, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| belongs(file, word));
    let mut all = Vec::new();
    if !whole.is_empty() {
        all.push((format!("{word}-files"), command(&[], &whole, None)));
    }
    all.push((
        word.to_string(),
        command(&["--lib", "--bins"], &others, Some(word)),
    ));
    all
}

/// Whether the name has the word with no digit after it.
fn belongs(name: &str, word: &str) -> bool {
    let after = name.find(word).map(|at| &name[at + word.len()..]);
    after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn command(targets: &[&str], files: &[&str], filter: Option<&str>) -> Vec<String> {
    let fixed = ["test", "--workspace", "--no-fail-fast"]
        .iter()
        .chain(targets)
        .copied();
    let files = files.iter().flat_map(|file| ["--test", file]);
    fixed.chain(files).chain(filter).map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_of_that_name_runs_whole_and_once() {
        let all = commands(
            &Workspace::with_tests(&["promise_3_on_disk", "store"]),
            "promise_3",
        );
        let words: Vec<String> = all.iter().map(|(_, words)| words.join(" ")).collect();
        assert_eq!(
            words[0],
            "test --workspace --no-fail-fast --test promise_3_on_disk"
        );
        assert_eq!(
            words[1],
            "test --workspace --no-fail-fast --lib --bins --test store promise_3"
        );
    }

    #[test]
    fn promise_1_is_not_promise_12() {
        assert!(belongs("x_promise_1_y", "promise_1"));
        assert!(!belongs("promise_12", "promise_1"));
    }

    #[test]
    fn only_the_promises_that_exist_can_be_asked_for() {
        assert_eq!(number(&["3"]), Ok(3));
        assert!(number(&["8"]).is_err());
        assert!(number(&[]).is_err());
        assert!(number(&["1", "2"]).is_err());
    }

    #[test]
    fn a_promise_without_a_test_is_an_error() {
        let row = |passed| Row {
            passed,
            ..Row::step("x", true, Duration::ZERO)
        };
        assert!(finish(&[row(0)], "promise_3").is_err());
        assert_eq!(finish(&[row(0), row(2)], "promise_3"), Ok(true));
    }
}

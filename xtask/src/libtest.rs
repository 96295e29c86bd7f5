//! Reads what Rust's test harness prints: how many tests passed and failed, and which.

/// The sum over all test binaries of one run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed, and binaries that died without a result.
    pub failed: u32,
    /// Tests that were passed over.
    pub ignored: u32,
    /// The names of what failed.
    pub failures: Vec<String>,
    /// Binaries in which no test ran.
    pub empty: Vec<String>,
}

/// Reads the output of one `cargo test`.
pub fn tally(output: &str) -> Tally {
    let mut sum = Tally::default();
    // The binary that has begun and has not yet given its result.
    let mut running: Option<String> = None;
    for line in output.lines().map(plain) {
        let line = line.trim();
        if let Some(binary) = binary(line) {
            sum.died(running.replace(binary));
        } else if let Some(counts) = line.strip_prefix("test result: ") {
            // Doctests of edition 2024 give two results for one binary.
            sum.result(running.take(), counts);
        } else if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            sum.failures.push(name.to_string());
        }
    }
    sum.died(running);
    sum
}

/// The lines that sum a run up: each binary and its result.
pub fn summary(output: &str) -> impl Iterator<Item = String> + '_ {
    let wanted = |line: &String| binary(line.trim()).is_some() || line.starts_with("test result: ");
    output.lines().map(plain).filter(wanted)
}

impl Tally {
    /// Adds the result of a binary.
    fn result(&mut self, binary: Option<String>, counts: &str) {
        let (passed, failed) = (count(counts, "passed"), count(counts, "failed"));
        self.passed += passed;
        self.failed += failed;
        self.ignored += count(counts, "ignored");
        self.empty.extend(binary.filter(|_| passed + failed == 0));
    }

    /// A binary that began and gave no result was killed or aborted: that is a failure.
    fn died(&mut self, binary: Option<String>) {
        if let Some(binary) = binary {
            self.failed += 1;
            self.failures
                .push(format!("{binary} ended without a result"));
        }
    }
}

/// The name of the binary that cargo says it runs now.
fn binary(line: &str) -> Option<String> {
    if let Some(rest) = line.strip_prefix("Running ") {
        return rest
            .contains('(')
            .then(|| rest.split(" (").next().unwrap_or(rest).to_string());
    }
    line.strip_prefix("Doc-tests ")
        .map(|name| format!("doctests of {name}"))
}

/// The number that stands before `word`, 0 when there is none.
fn count(counts: &str, word: &str) -> u32 {
    let words: Vec<&str> = counts
        .split([' ', ';', '.'])
        .filter(|w| !w.is_empty())
        .collect();
    let found = words.windows(2).find(|pair| pair[1] == word);
    found.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

/// The line without colour codes.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => _ = chars.find(char::is_ascii_alphabetic),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "\
     Running unittests src/lib.rs (target/debug/deps/a-1)

running 2 tests
test one ... ok
test two ... FAILED

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/kill.rs (target/debug/deps/kill-2)
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s
";

    #[test]
    fn results_of_all_binaries_are_added_up() {
        let sum = tally(TWO);
        assert_eq!((sum.passed, sum.failed, sum.ignored), (13, 1, 1));
        assert_eq!(sum.failures, ["two"]);
    }

    #[test]
    fn a_binary_that_dies_counts_as_a_failure() {
        let sum = tally(
            "     Running tests/a.rs (a)\ntest x ... \n     Running tests/b.rs (b)\ntest result: ok. 1 passed;",
        );
        assert_eq!((sum.passed, sum.failed), (1, 1));
        assert_eq!(sum.failures, ["tests/a.rs ended without a result"]);
        assert_eq!(tally("     Running tests/a.rs (a)\n").failed, 1);
    }

    #[test]
    fn two_results_of_one_doctest_run_are_both_counted() {
        let text = "   Doc-tests actifix\ntest result: ok. 2 passed; 0 failed;\ntest result: ok. 3 passed; 0 failed;\n";
        assert_eq!(
            tally(text),
            Tally {
                passed: 5,
                ..Tally::default()
            }
        );
    }

    #[test]
    fn a_binary_without_a_test_is_named() {
        let text = "     Running tests/a.rs (a)\ntest result: ok. 0 passed; 0 failed;\n     Running tests/b.rs (b)\ntest result: ok. 1 passed; 0 failed;\n";
        assert_eq!(tally(text).empty, ["tests/a.rs"]);
    }

    #[test]
    fn colour_does_not_hide_a_result() {
        assert_eq!(
            tally("test result: \u{1b}[31mFAILED\u{1b}(B. 1 passed; 2 failed;").failed,
            2
        );
    }

    #[test]
    fn the_summary_names_binaries_and_results_only() {
        assert_eq!(summary(TWO).count(), 4);
    }
}

//! The table at the end of a run: what each suite took and its result, then the closing line.

use std::fmt::Write as _;
use std::time::Duration;

/// How a suite ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All passed.
    Ok,
    /// Something failed.
    Failed,
    /// A tool was missing, and that is allowed here.
    Skipped,
    /// It has nothing to run yet.
    Empty,
}

/// One line of the table.
pub struct Row {
    /// The suite.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Tests or steps that passed.
    pub passed: u32,
    /// Tests or steps that failed.
    pub failed: u32,
    /// How long it took.
    pub took: Duration,
    /// What to look at, a line each: failed tests, a missing tool, the log.
    pub notes: Vec<String>,
}

impl Row {
    /// The row of something that counts as one.
    pub fn step(name: &str, ok: bool, took: Duration) -> Self {
        let verdict = if ok { Verdict::Ok } else { Verdict::Failed };
        let (passed, failed) = (u32::from(ok), u32::from(!ok));
        Self {
            name: name.into(),
            verdict,
            passed,
            failed,
            took,
            notes: Vec::new(),
        }
    }

    /// Exit code and closing line follow from this.
    pub fn is_bad(&self) -> bool {
        self.verdict == Verdict::Failed
    }
}

/// The word that stands in the table.
pub fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Failed => "FAILED",
        Verdict::Skipped => "skipped",
        Verdict::Empty => "nothing to run",
    }
}

/// Seconds for people: `0.4 s`, `2 min 05 s`.
pub fn seconds(took: Duration) -> String {
    match took.as_secs() {
        whole @ 60.. => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{:.1} s", took.as_secs_f64()),
    }
}

/// The whole table with the notes of what failed under it, and the closing line alone on the last line.
pub fn table(rows: &[Row]) -> String {
    let width = rows
        .iter()
        .map(|row| row.name.len())
        .max()
        .unwrap_or(0)
        .max("suite".len());
    let mut out = format!(
        "{:width$}  {:>6}  {:>6}  {:>12}  result\n",
        "suite", "passed", "failed", "took"
    );
    for row in rows {
        let took = seconds(row.took);
        let result = word(row.verdict);
        _ = writeln!(
            out,
            "{:width$}  {:>6}  {:>6}  {took:>12}  {result}",
            row.name, row.passed, row.failed
        );
    }
    let total = rows.iter().map(|row| row.took).sum();
    _ = writeln!(
        out,
        "{:width$}  {:>6}  {:>6}  {:>12}",
        "in all",
        "",
        "",
        seconds(total)
    );
    for row in rows.iter().filter(|row| !row.notes.is_empty()) {
        _ = writeln!(out, "\n{} {}:", row.name, word(row.verdict));
        for note in &row.notes {
            _ = writeln!(out, "  {note}");
        }
    }
    _ = writeln!(out, "\n{}", closing(rows));
    out
}

/// `N passed, M failed`.
fn closing(rows: &[Row]) -> String {
    let passed: u32 = rows.iter().map(|row| row.passed).sum();
    let failed: u32 = rows.iter().map(|row| row.failed).sum();
    format!("{passed} passed, {failed} failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, passed: u32, failed: u32) -> Row {
        let verdict = if failed > 0 {
            Verdict::Failed
        } else {
            Verdict::Ok
        };
        Row {
            name: name.into(),
            verdict,
            passed,
            failed,
            took: Duration::from_millis(1_250),
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_table_ends_with_the_sum_alone_on_its_line() {
        let text = table(&[row("fmt", 1, 0), row("unit", 40, 2)]);
        assert_eq!(text.lines().last(), Some("41 passed, 2 failed"));
    }

    #[test]
    fn a_line_shows_what_a_suite_took_and_its_result() {
        let text = table(&[row("unit", 40, 2)]);
        assert_eq!(
            text.lines().nth(1),
            Some("unit       40       2         1.2 s  FAILED")
        );
    }

    #[test]
    fn notes_stand_under_the_table() {
        let text = table(&[Row {
            notes: vec!["one".into()],
            ..row("unit", 0, 1)
        }]);
        assert!(text.contains("\nunit FAILED:\n  one\n"));
    }

    #[test]
    fn long_times_are_in_minutes() {
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
        assert_eq!(seconds(Duration::from_millis(400)), "0.4 s");
    }
}

//! What people read: the lines that they look for, and the whole as snapshots without what differs from run to run.

use crate::shell::Shell;

fn told(line: &str, code: i32) -> String {
    let shell = Shell::new();
    let words = format!("lab {line}");
    shell.run(words.split_whitespace()).ends(code).out
}

/// The text without times, machine and columns.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for line in text.lines() {
        let line: Vec<_> = line.split_whitespace().collect();
        steady.push_str(&line.join(" "));
        steady.push('\n');
    }
    steady
}

macro_rules! snapshot {
    ($name:expr, $text:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.add_filter(r"\d+(\.\d+)? (µs|ms|s)\b", "[T]");
        settings.add_filter(r"SQLite \d+\.\d+\.\d+", "SQLite [V]");
        settings.add_filter(r"on (ext4|xfs|btrfs|overlay|zfs|0x\w+|tmpfs)", "on [FS]");
        settings.add_filter(r"(?m)^.*actifix \d+\.\d+\.\d+, .*UTC$", "[MACHINE]");
        settings.bind(|| insta::assert_snapshot!($name, steady($text)));
    }};
}

#[test]
fn the_scene_in_words() {
    snapshot!("immediate", &told("reproduce --mode immediate", 0));
}

#[test]
fn the_table_of_modes_in_words() {
    snapshot!("modes", &told("modes", 0));
}

#[test]
fn the_lines_of_the_investigation_are_there() {
    let failed = told("reproduce --force", 1);
    assert!(
        failed.contains("ANALYSIS: 3/3 threads completed, 1/3 locks acquired"),
        "{failed}"
    );
    assert!(
        failed.contains("\nFAILURE: not every worker got its lock; refused: "),
        "{failed}"
    );
    assert!(
        failed.contains("CONTROL    3/3 threads passed a bare barrier"),
        "{failed}"
    );
    let fine = told("reproduce --mode actifix", 0);
    assert!(
        fine.contains("ANALYSIS: 3/3 threads completed, 3/3 locks acquired"),
        "{fine}"
    );
    assert!(
        fine.contains("\nSUCCESS: every worker got its lock"),
        "{fine}"
    );
}

#[test]
fn a_diagnosis_draws_each_statement_says_why_and_ends() {
    let text = told("diagnose --force", 1);
    for word in [
        "begin",
        "read",
        "write",
        "commit",
        "none → begun",
        "read → write",
        "read → read",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(
        text.contains('█') && text.contains("the busy handler was never called"),
        "{text}"
    );
    assert!(
        text.lines()
            .last()
            .unwrap()
            .starts_with("DONE; again: actifix lab diagnose"),
        "{text}"
    );
}

//! Reads the labelled reports that stand in this folder: who belongs together was written by hand.

use actifix::Report;

/// A report with the name of its group.
pub struct Labelled {
    /// The file it stands in.
    pub file: &'static str,
    /// Its group: two reports belong together when these are equal.
    pub group: String,
    /// The report.
    pub report: Report,
}

/// All of them. `logs.txt` has a report a line; in the others a block is one, and each `~` line is it again with texts
/// replaced.
pub fn all() -> Vec<Labelled> {
    let mut all = Vec::new();
    for (file, text) in [
        ("python", include_str!("python.txt")),
        ("rust", include_str!("rust.txt")),
        ("javascript", include_str!("javascript.txt")),
        ("java", include_str!("java.txt")),
        ("go", include_str!("go.txt")),
        ("ruby", include_str!("ruby.txt")),
        ("logs", include_str!("logs.txt")),
    ] {
        for block in text.split("\n=== ").skip(1) {
            let (group, body) = block.split_once('\n').unwrap_or((block, ""));
            let reports = if file == "logs" {
                lines(body)
            } else {
                variants(body)
            };
            all.extend(reports.into_iter().map(|report| Labelled {
                file,
                group: group.to_owned(),
                report,
            }));
        }
    }
    all
}

fn lines(body: &str) -> Vec<Report> {
    let line = |line: &str| Report {
        message: line.to_owned(),
        ..Report::default()
    };
    body.lines()
        .filter(|text| !text.is_empty())
        .map(line)
        .collect()
}

fn variants(body: &str) -> Vec<Report> {
    let (block, changes) = match body.split_once("\n~ ") {
        Some((block, rest)) => (block, rest.split("\n~ ").collect()),
        None => (body.trim_end(), Vec::new()),
    };
    let mut reports = vec![report(block)];
    for change in changes {
        let change = change.trim_end_matches('\n');
        let changed = change.split(" ;; ").fold(block.to_owned(), |text, one| {
            let (from, to) = one
                .split_once(" => ")
                .unwrap_or((one.trim_end_matches(" =>"), ""));
            assert!(text.contains(from), "`{from}` is not in {text}");
            text.replace(from, to)
        });
        reports.push(report(&changed));
    }
    reports
}

fn report(block: &str) -> Report {
    let (head, stack) = match block.split_once("\nstack:\n") {
        Some((head, stack)) => (head, Some(stack.to_owned())),
        None => (block, None),
    };
    let field = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(name))
            .map(|text| text.trim().to_owned())
    };
    Report {
        error_type: field("type:"),
        message: field("message:").unwrap_or_default(),
        stack_trace: stack,
        ..Report::default()
    }
}

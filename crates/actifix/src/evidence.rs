//! What a worker shows for a completion, the gate it has to pass, and the legacy notes text made of it.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::limits::{self, Limits};
use crate::ticket::words;
use crate::time::Timestamp;

/// What was done, which files, how it was tested, what the tests showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Evidence {
    /// What was done: 20 characters or more.
    pub did: String,
    /// Paths of the files that were changed.
    pub files: Vec<String>,
    /// How it was tested: 10 characters or more.
    pub tested: String,
    /// What the tests showed: 10 characters or more.
    pub results: String,
    /// One line for lists.
    pub summary: Option<String>,
    /// Where more of it stands.
    pub url: Option<String>,
    /// The version that has it: reports of older versions are only counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
}

/// How much evidence a completion needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EvidencePolicy {
    /// The lengths, and files that look like real paths.
    #[default]
    Strict,
    /// The lengths only.
    Lengths,
    /// Whatever comes.
    None,
}

words!(EvidencePolicy, "evidence policy", Strict => "strict", Lengths => "lengths", None => "none");

/// Why a ticket was closed without a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CloseReason {
    /// It will not be worked on.
    Wontfix,
    /// Another ticket has it.
    Duplicate,
    /// It was none.
    Invalid,
    /// It no longer matters.
    Obsolete,
    /// It was fixed elsewhere.
    Fixed,
}

words!(CloseReason, "reason", Wontfix => "wontfix", Duplicate => "duplicate", Invalid => "invalid",
    Obsolete => "obsolete", Fixed => "fixed");

/// How a ticket ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// The evidence; empty texts when it was closed.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// The reason, when it was closed instead of completed; `ignored` when it is ignored.
    pub reason: Option<String>,
    /// The ticket that has it, when it is a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<crate::ticket::TicketId>,
    /// Who ended it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Characters that `did` needs.
pub const DID: usize = 20;
/// Characters that `tested` and `results` need each.
pub const TESTED: usize = 10;

/// Words that stand for no file (the Python system's gate, section 4.3 of its rules).
const PLACEHOLDERS: [&str; 5] = ["tbd", "todo", "n/a", "na", "none"];

impl Evidence {
    /// Judges the evidence by `policy`.
    ///
    /// # Errors
    /// [`Error::Invalid`] or [`Error::TooLong`] with the first field that does not pass.
    ///
    /// ```
    /// use actifix::{Evidence, EvidencePolicy, Limits};
    /// let evidence = Evidence {
    ///     did: "Closed the connection in every branch".into(),
    ///     files: vec!["src/pool.rs".into()],
    ///     tested: "cargo test pool".into(),
    ///     results: "14 passed".into(),
    ///     ..Evidence::default()
    /// };
    /// let refused = evidence.check(EvidencePolicy::Strict, &Limits::default()).unwrap_err();
    /// assert!(refused.to_string().starts_with("results: "));
    /// ```
    pub fn check(&self, policy: EvidencePolicy, limits: &Limits) -> Result<()> {
        for (field, value) in [
            ("did", &self.did),
            ("tested", &self.tested),
            ("results", &self.results),
        ] {
            limits::text(field, value, limits.notes)?;
        }
        limits::opt_text("summary", self.summary.as_deref(), limits.message)?;
        limits::opt_text("url", self.url.as_deref(), limits.message)?;
        limits::opt_name("release", self.release.as_deref())?;
        for file in &self.files {
            limits::text("files", file, limits.source)?;
        }
        if policy == EvidencePolicy::None {
            return Ok(());
        }
        long_enough("did", &self.did, DID, "what was done")?;
        if policy == EvidencePolicy::Strict {
            real_files(&self.files)?;
        }
        long_enough("tested", &self.tested, TESTED, "how it was tested")?;
        long_enough("results", &self.results, TESTED, "what the tests showed")
    }

    /// The legacy notes text: its `Implementation:` and `Files:` sections.
    pub fn legacy_notes(&self) -> String {
        let mut notes = format!("Implementation: {}\n\nFiles:", self.did);
        for file in &self.files {
            notes.push_str("\n- ");
            notes.push_str(file);
        }
        notes
    }

    /// Evidence from the legacy texts. What has no section stays empty.
    ///
    /// ```
    /// use actifix::Evidence;
    /// let notes = "Implementation: closed the pool\n\nFiles changed:\n- added: src/pool.py\n* Makefile";
    /// let evidence = Evidence::from_legacy(notes, "pytest -q", "12 passed, 0 failed");
    /// assert_eq!(evidence.did, "closed the pool");
    /// assert_eq!(evidence.files, ["src/pool.py", "Makefile"]);
    /// ```
    pub fn from_legacy(notes: &str, tested: &str, results: &str) -> Self {
        Self {
            did: section(notes, implementation_header).join("\n"),
            files: section(notes, files_header)
                .iter()
                .flat_map(|line| line.split(','))
                .map(|entry| normalised(entry).to_owned())
                .filter(|entry| !entry.is_empty())
                .collect(),
            tested: tested.trim().to_owned(),
            results: results.trim().to_owned(),
            summary: None,
            url: None,
            release: None,
        }
    }
}

fn long_enough(field: &str, value: &str, least: usize, what: &str) -> Result<()> {
    let got = value.trim().chars().count();
    if got < least {
        return Err(Error::invalid(
            field,
            format!("say {what} in {least} characters or more ({got} came)"),
        ));
    }
    Ok(())
}

fn real_files(files: &[String]) -> Result<()> {
    if files.iter().all(|file| file.trim().is_empty()) {
        return Err(Error::invalid(
            "files",
            "name the files that were changed, such as src/pool.rs",
        ));
    }
    for file in files.iter().map(|file| normalised(file)) {
        if PLACEHOLDERS
            .iter()
            .any(|word| file.eq_ignore_ascii_case(word))
        {
            return Err(Error::invalid(
                "files",
                format!("`{file}` stands for no file; name real paths"),
            ));
        }
        if !looks_like_path(file) {
            return Err(Error::invalid(
                "files",
                format!("`{}` does not look like a path", file.escape_debug()),
            ));
        }
    }
    Ok(())
}

/// `Makefile`, `Dockerfile`, anything with a `/`, or with a `.` in its last part.
fn looks_like_path(file: &str) -> bool {
    let usable = |c: char| !c.is_control();
    file.chars().any(char::is_alphanumeric)
        && file.chars().all(usable)
        && (matches!(file, "Makefile" | "Dockerfile") || file.contains(['/', '.']))
}

/// Without blanks and one leading `deleted:`, `added:` and the like.
fn normalised(entry: &str) -> &str {
    let entry = entry.trim();
    match entry.split_once(':') {
        Some((verb, rest))
            if ["deleted", "removed", "renamed", "moved", "added", "updated"]
                .iter()
                .any(|word| verb.trim().eq_ignore_ascii_case(word)) =>
        {
            rest.trim()
        }
        _ => entry,
    }
}

/// What stands after a header on its line, when the line is that header.
fn implementation_header(line: &str) -> Option<&str> {
    let (head, rest) = line.split_once(':')?;
    head.trim_end()
        .eq_ignore_ascii_case("implementation")
        .then_some(rest.trim())
}

fn files_header(line: &str) -> Option<&str> {
    let (head, rest) = line.split_once(':')?;
    let head = head.to_ascii_lowercase();
    let mut words = head.split_whitespace();
    let first = matches!(words.next(), Some("file" | "files" | "path" | "paths"));
    let second = matches!(
        words.next(),
        None | Some("changed" | "touched" | "modified" | "updated")
    );
    (first && second && words.next().is_none()).then_some(rest.trim())
}

/// The lines under a header, up to a blank line or a bare header of another section.
fn section(notes: &str, header: fn(&str) -> Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in notes.lines().map(str::trim) {
        if let Some(rest) = header(line) {
            inside = true;
            found.extend((!rest.is_empty()).then(|| rest.to_owned()));
        } else if inside {
            if line.is_empty() || bare_header(line) {
                break;
            }
            found.push(line.trim_start_matches(['-', '*']).trim().to_owned());
        }
    }
    found
}

fn bare_header(line: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '/' | '.' | '-');
    line.strip_suffix(':')
        .is_some_and(|head| (2..=60).contains(&head.len()) && head.chars().all(fine))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Evidence {
        Evidence {
            did: "Closed the connection in every branch".into(),
            files: vec!["src/pool.rs".into(), "Makefile".into()],
            tested: "cargo test pool".into(),
            results: "14 passed, 0 failed".into(),
            ..Evidence::default()
        }
    }

    fn refused(change: impl FnOnce(&mut Evidence)) -> String {
        let mut evidence = good();
        change(&mut evidence);
        match evidence.check(EvidencePolicy::Strict, &Limits::default()) {
            Ok(()) => "taken".into(),
            Err(Error::Invalid { field, .. } | Error::TooLong { field, .. }) => field,
            Err(other) => other.to_string(),
        }
    }

    #[test]
    fn good_evidence_passes_every_policy() {
        for policy in [
            EvidencePolicy::Strict,
            EvidencePolicy::Lengths,
            EvidencePolicy::None,
        ] {
            assert_eq!(good().check(policy, &Limits::default()), Ok(()));
        }
    }

    #[test]
    fn each_field_is_judged() {
        assert_eq!(refused(|e| e.did = "x".repeat(19)), "did");
        assert_eq!(refused(|e| e.did = format!("{}   ", "x".repeat(18))), "did");
        assert_eq!(refused(|e| e.tested = "short".into()), "tested");
        assert_eq!(refused(|e| e.results = String::new()), "results");
        assert_eq!(refused(|e| e.files.clear()), "files");
        assert_eq!(refused(|e| e.did = "x".repeat(50_001)), "did");
        for file in [
            "TBD",
            "n/a",
            "None",
            "todo",
            "na",
            "everything",
            "",
            "deleted: tbd",
            "a\nb.rs",
            "/",
            "...",
        ] {
            assert_eq!(refused(|e| e.files = vec![file.into()]), "files", "{file}");
        }
        assert_eq!(
            refused(|e| e.files = vec!["deleted: src/old.rs".into()]),
            "taken"
        );
    }

    #[test]
    fn weaker_policies_ask_for_less() {
        let mut evidence = good();
        evidence.files = vec!["everything".into()];
        assert_eq!(
            evidence.check(EvidencePolicy::Lengths, &Limits::default()),
            Ok(())
        );
        assert_eq!(
            Evidence::default().check(EvidencePolicy::None, &Limits::default()),
            Ok(())
        );
    }

    #[test]
    fn legacy_notes_are_composed_and_parsed() {
        let evidence = good();
        let back = Evidence::from_legacy(
            &evidence.legacy_notes(),
            &evidence.tested,
            &evidence.results,
        );
        assert_eq!(back, evidence);
        assert_eq!(
            Evidence::from_legacy("Files:\n\na.py", "", "").files,
            Vec::<String>::new()
        );
        let more = "Implementation:\ndid this\nand that\nFiles touched: a.py, b/c\nNotes:\nx";
        let read = Evidence::from_legacy(more, "", "");
        assert_eq!(read.files, ["a.py", "b/c"]);
    }
}

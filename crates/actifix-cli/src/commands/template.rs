//! What a refused completion shows: the same command with everything it needs, filled in as far as the caller was.

use actifix::{DID, Evidence, TESTED, TicketId, Token};
use serde_json::{Value, json};

use crate::output::text::shell_word;

/// The command line and the JSON form.
pub struct Template {
    head: String,
    command: String,
    evidence: Value,
}

/// The template for completing `ticket`, with the given texts where they are long enough.
pub fn of(ticket: &TicketId, token: Token, given: &Evidence) -> Template {
    let did = filled(&given.did, DID, "what was done");
    let tested = filled(&given.tested, TESTED, "how it was tested");
    let results = filled(&given.results, TESTED, "what the tests showed");
    let named: Vec<&str> = given
        .files
        .iter()
        .map(|file| file.trim())
        .filter(|file| !file.is_empty())
        .collect();
    let files = if named.is_empty() {
        vec!["path/of/each.rs", "changed/file.rs"]
    } else {
        named
    };
    let head = format!("actifix complete {ticket} --token {token}");
    let command = format!(
        "{head} \\\n  --did {} \\\n  --files {} \\\n  --tested {} \\\n  --results {}",
        shell_word(&did),
        shell_word(&files.join(",")),
        shell_word(&tested),
        shell_word(&results)
    );
    Template {
        head,
        command,
        evidence: json!({ "did": did, "files": files, "tested": tested, "results": results }),
    }
}

fn filled(given: &str, least: usize, what: &str) -> String {
    match given.trim() {
        text if text.chars().count() >= least => text.to_owned(),
        _ => format!("{what}, in {least} characters or more"),
    }
}

impl Template {
    /// For people.
    pub fn text(&self) -> String {
        format!(
            "fill in and run (a text of @FILE is read from the file):\n\n{}\n\nor as JSON:\n\n{} --evidence - <<'END'\n{:#}\nEND",
            self.command, self.head, self.evidence
        )
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({ "command": self.command, "evidence": self.evidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_good_enough_is_kept() {
        let given = Evidence {
            did: "it's short".into(),
            tested: "cargo test pool".into(),
            ..Evidence::default()
        };
        let template = of(&"ACT-1".parse().unwrap(), Token(7), &given);
        assert!(
            template
                .command
                .starts_with("actifix complete ACT-1 --token 7 \\\n  --did 'what was done, in 20")
        );
        assert!(template.command.contains("--tested 'cargo test pool'"));
        assert_eq!(template.json()["evidence"]["tested"], "cargo test pool");
        assert!(
            template
                .text()
                .contains("actifix complete ACT-1 --token 7 --evidence - <<'END'")
        );
    }
}

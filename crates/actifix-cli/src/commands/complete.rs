//! `complete`: a worker ends its ticket with evidence.

use actifix::{Error, Evidence, Result, TicketId, Token};
use clap::Args;

use super::{Outcome, changed, template};
use crate::context::Context;
use crate::failure::Failure;
use crate::input;

/// End a ticket with evidence
///
/// Say what was done, which files were changed, how it was tested and what the tests showed. The same call again changes
/// nothing and answers the same. Exit 4 when the lease is lost to another.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix complete ACT-20261124-0000002A --token 17 \\
    --did 'Closed the connection in every branch' --files src/pool.rs,Makefile \\
    --tested 'cargo test pool' --results '14 passed, 0 failed'
  actifix complete ACT-20261124-0000002A --token 17 --did @did.txt \\
    --files @files.txt --tested 'pytest -q tests' --results @log.txt
  actifix complete ACT-20261124-0000002A --token 17 --evidence evidence.json

A text of @FILE is read from the file (@- from stdin); @@ stands for one @.")]
pub struct Complete {
    /// The ticket
    id: TicketId,
    /// The token of your lease
    #[arg(long, value_name = "N", value_parser = input::token, allow_hyphen_values = true)]
    token: Token,
    /// What was done: 20 characters or more
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    did: String,
    /// The files that were changed; a file given as @FILE holds one path a line
    #[arg(
        long,
        value_name = "A,B",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    files: Vec<String>,
    /// How it was tested: 10 characters or more
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    tested: String,
    /// What the tests showed: 10 characters or more
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    results: String,
    /// One line for lists
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    summary: Option<String>,
    /// Where more of it stands
    #[arg(long, value_name = "U", allow_hyphen_values = true)]
    url: Option<String>,
    /// The version that has it: reports of older versions are counted, and do not open the ticket again
    #[arg(long, value_name = "R", allow_hyphen_values = true)]
    release: Option<String>,
    /// All of it as JSON: {"did","files":[…],"tested","results","summary","url","release"}; `-` for stdin
    #[arg(long, value_name = "FILE|-",
        conflicts_with_all = ["did", "files", "tested", "results", "summary", "url", "release"])]
    evidence: Option<String>,
}

impl Complete {
    /// Completes it.
    pub fn run(self, context: &Context) -> Outcome {
        let (id, token) = (self.id.clone(), self.token);
        let evidence = self.evidence()?;
        let store = context.store()?;
        let refused = |failure: Failure| with_template(failure, &id, token, &evidence);
        let receipt = context
            .wait(&store, store.complete(&id, token, evidence.clone()))
            .map_err(refused)?;
        changed(context, &store, &id, &receipt, "completed")
    }

    fn evidence(self) -> Result<Evidence> {
        if let Some(file) = self.evidence {
            return input::json("evidence", &input::strict_file("evidence", &file)?);
        }
        Ok(Evidence {
            did: input::text_or_file("did", self.did)?,
            files: files(self.files)?,
            tested: input::text_or_file("tested", self.tested)?,
            results: input::text_or_file("results", self.results)?,
            summary: self
                .summary
                .map(|text| input::text_or_file("summary", text))
                .transpose()?,
            url: self
                .url
                .map(|text| input::text_or_file("url", text))
                .transpose()?,
            release: self.release,
        })
    }
}

/// The paths, also from lists in files.
fn files(given: Vec<String>) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in given {
        if entry.starts_with('@') {
            let list = input::text_or_file("files", entry)?;
            files.extend(
                list.lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned),
            );
        } else {
            files.push(entry);
        }
    }
    Ok(files)
}

/// A refusal for thin evidence shows what to fill in.
fn with_template(failure: Failure, id: &TicketId, token: Token, evidence: &Evidence) -> Failure {
    match failure.error() {
        Some(Error::Invalid { .. } | Error::TooLong { .. }) => {
            let template = template::of(id, token, evidence);
            failure
                .field("template", template.json())
                .afterwards(template.text())
        }
        _ => failure,
    }
}

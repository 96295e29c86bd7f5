//! Evidence as a command gives it: a file, or its stdout.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use actifix::{Error, Evidence, Result, TicketId};

/// Where the evidence comes from.
#[derive(Clone, Debug)]
pub enum From {
    /// Stdout: all of it, or its last line.
    Stdout,
    /// A file, in whose name `{id}` stands for the ticket.
    File(String),
}

impl From {
    /// As it was asked for.
    pub fn new(file: Option<&str>, concurrency: usize) -> Result<Self> {
        match file {
            None => Ok(Self::Stdout),
            Some(file) if concurrency > 1 && !file.contains("{id}") => Err(Error::invalid(
                "evidence",
                "commands that run at the same time need a file each: put {id} into its name",
            )),
            Some(file) => Ok(Self::File(file.to_owned())),
        }
    }

    /// Before the command runs: what an earlier run left is not evidence for this one.
    pub fn clear(&self, ticket: &TicketId) -> Result<()> {
        let Some(path) = self.path(ticket) else {
            return Ok(());
        };
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::Storage {
                why: format!("{} of an earlier run stays: {error}", path.display()),
            }),
            _ => Ok(()),
        }
    }

    /// The evidence, or what is wrong with it.
    pub fn read(&self, ticket: &TicketId, stdout: &[u8]) -> Result<Evidence, String> {
        match self.path(ticket) {
            Some(path) => of_file(&path),
            None => of_stdout(stdout),
        }
    }

    fn path(&self, ticket: &TicketId) -> Option<PathBuf> {
        match self {
            Self::Stdout => None,
            Self::File(name) => Some(name.replace("{id}", ticket.as_str()).into()),
        }
    }
}

fn of_file(path: &Path) -> Result<Evidence, String> {
    let text = fs::read(path)
        .map_err(|error| format!("no evidence: {} cannot be read: {error}", path.display()))?;
    serde_json::from_slice(&text)
        .map_err(|error| format!("{} is no evidence: {error}", path.display()))
}

fn of_stdout(stdout: &[u8]) -> Result<Evidence, String> {
    let text = String::from_utf8_lossy(stdout);
    let whole = text.trim();
    if whole.is_empty() {
        return Err("no evidence: nothing came on stdout".to_owned());
    }
    let last = whole.lines().next_back().unwrap_or(whole);
    serde_json::from_str(whole)
        .or_else(|_| serde_json::from_str(last))
        .map_err(|error| format!("no evidence: the last line on stdout is none: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_all_of_stdout_or_its_last_line() {
        let line = r#"{"did":"d","files":["a.rs"],"tested":"t","results":"r"}"#;
        let pretty = line.replace(',', ",\n");
        for text in [line.to_owned(), format!("building\n{line}\n\n"), pretty] {
            assert_eq!(of_stdout(text.as_bytes()).unwrap().files, ["a.rs"]);
        }
        for text in ["", "  \n", "done", "{}extra", "{\"didd\":1}"] {
            assert!(
                of_stdout(text.as_bytes())
                    .unwrap_err()
                    .starts_with("no evidence")
            );
        }
    }

    #[test]
    fn commands_at_the_same_time_need_a_file_each() {
        assert!(From::new(Some("out.json"), 2).is_err());
        assert!(From::new(Some("{id}.json"), 2).is_ok());
        assert!(From::new(Some("out.json"), 1).is_ok());
    }
}

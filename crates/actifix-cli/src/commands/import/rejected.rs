//! Where lines go that could not be taken: beside the import's file, each with its reason.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use actifix::{Clean, Error, Result};
use serde::Serialize;
use serde_json::Value;

use crate::failure::{Failure, Told};
use crate::lines::Line;

/// The file, made with its first line.
pub struct Rejected {
    path: PathBuf,
    to: Option<BufWriter<File>>,
}

/// A line of it.
#[derive(Serialize)]
struct Kept<'a> {
    line: u64,
    #[serde(flatten)]
    told: Option<Told<'a>>,
    report: Value,
}

/// The file's place beside `import`.
pub fn beside(import: &Path) -> PathBuf {
    if import.as_os_str() == "-" {
        return "actifix-import.rejected.jsonl".into();
    }
    let mut name = import.as_os_str().to_owned();
    name.push(".rejected.jsonl");
    name.into()
}

impl Rejected {
    /// At `path`; an older file there is replaced.
    pub fn at(path: PathBuf) -> Self {
        Self { path, to: None }
    }

    /// The file, when there is one.
    pub fn path(&self) -> Option<&Path> {
        self.to.as_ref().map(|_| self.path.as_path())
    }

    /// Keeps a line.
    pub fn keep(&mut self, line: &Line, error: Error) -> Result<()> {
        // The line has not been through the store's door: secrets are taken out here.
        let report = match line
            .text()
            .ok()
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
        {
            Some(value) => Clean::from(value).into_inner(),
            None => Clean::from(line.shown()).into_inner().into(),
        };
        let reason = Failure::from(error);
        let kept = Kept {
            line: line.number,
            told: reason.told(),
            report,
        };
        let kept = serde_json::to_string(&kept).unwrap_or_default();
        let path = self.path.clone();
        self.file()
            .and_then(|to| writeln!(to, "{kept}"))
            .map_err(|error| unwritable(&path, &error))
    }

    /// Hands on what was kept.
    pub fn flush(&mut self) -> Result<()> {
        let path = self.path.clone();
        self.to
            .as_mut()
            .map_or(Ok(()), Write::flush)
            .map_err(|error| unwritable(&path, &error))
    }

    fn file(&mut self) -> io::Result<&mut BufWriter<File>> {
        let to = match self.to.take() {
            Some(to) => to,
            None => BufWriter::new(
                OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(true)
                    .mode(0o600)
                    .open(&self.path)?,
            ),
        };
        Ok(self.to.insert(to))
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::Storage {
        why: format!(
            "the rejected lines cannot be written to {}: {error}",
            path.display()
        ),
    }
}

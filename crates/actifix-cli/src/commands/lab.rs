//! `lab`: "database is locked" made to happen, explained and cured.

mod diagnose;
mod modes;
mod prove;
mod reproduce;
mod scenes;
mod setting;
mod worker;

use std::fs;
use std::path::Path;

use actifix::Error;
use actifix_lab::{LabError, Launcher};
use clap::{Args, Subcommand};

use super::Outcome;
use crate::context::Context;
use crate::failure::Failure;

/// Make "database is locked" happen, see why, prove the cure
///
/// Everything happens in a folder of its own on a disk, which is removed at the end; no other database is touched.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix lab reproduce
  actifix lab reproduce --mode immediate --rounds 20
  actifix lab diagnose --html lock.html
  actifix lab prove --quick
  actifix lab modes")]
pub struct Lab {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Reproduce(reproduce::Reproduce),
    Diagnose(diagnose::Diagnose),
    Prove(prove::Prove),
    Modes(modes::Modes),
    Record(scenes::Record),
    Create(scenes::Create),
    Stopped(scenes::Stopped),
    Dropped(scenes::Dropped),
    Worker(worker::Worker),
}

impl Lab {
    /// Does it.
    pub fn run(self, context: &Context) -> Outcome {
        match self.what {
            What::Reproduce(it) => it.run(context),
            What::Diagnose(it) => it.run(context),
            What::Prove(it) => it.run(context),
            What::Modes(it) => it.run(context),
            What::Record(it) => it.run(context),
            What::Create(it) => it.run(context),
            What::Stopped(it) => it.run(context),
            What::Dropped(it) => it.run(context),
            What::Worker(it) => it.run(),
        }
    }
}

/// How this program is started as a worker.
fn launcher() -> Result<Launcher, Failure> {
    let program = std::env::current_exe().map_err(|error| {
        Failure::from(Error::Storage {
            why: format!("this program cannot be found to start its workers: {error}"),
        })
    })?;
    Ok(Launcher {
        program,
        arguments: vec!["lab".to_owned(), "worker".to_owned()],
    })
}

/// The lab's error in the command's words.
pub fn failed(error: LabError) -> Failure {
    match error {
        LabError::Invalid { field, why } => Failure::from(Error::invalid(field, why)),
        LabError::Unsupported { why } => Failure::from(Error::Unsupported { version: why })
            .hint("run it on Linux, on the machine that has the file"),
        LabError::File { path, why } => Failure::from(Error::Storage {
            why: format!("{path} {why}"),
        })
        .hint("give the path of a SQLite database that you may read"),
        other => Failure::from(Error::Storage {
            why: other.to_string(),
        })
        .hint("mend what it names, or choose another folder with --dir"),
    }
}

/// Writes a page, and says where.
fn write_page(context: &Context, path: &Path, page: &str) -> Result<(), Failure> {
    fs::write(path, page).map_err(|error| {
        Failure::from(Error::Storage {
            why: format!("{} cannot be written: {error}", path.display()),
        })
        .hint("give --html another path")
    })?;
    context.out.aside(&format!("wrote {}", path.display()));
    Ok(())
}

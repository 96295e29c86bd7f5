//! Changing a file of configuration.

use std::fs;
use std::path::{Path, PathBuf};

use actifix::Error;
use actifix::config::{Setting, edit};
use serde_json::json;

use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::locate::Found;

/// `set`.
pub fn set(context: &Context, setting: &Setting, value: &str, user: bool) -> Outcome {
    let path = file(context, user)?;
    make_folder(context, &path, user)?;
    edit::set(&path, setting, value)?;
    done(context, setting, &path, "set")
}

/// `unset`.
pub fn unset(context: &Context, setting: &Setting, user: bool) -> Outcome {
    let path = file(context, user)?;
    edit::unset(&path, setting)?;
    done(context, setting, &path, "unset")
}

fn file(context: &Context, user: bool) -> Result<PathBuf, Failure> {
    let places = &context.loaded().places;
    let path = if user { &places.user } else { &places.project };
    path.clone().ok_or_else(|| {
        let (why, next) = if user {
            (
                "there is no home folder for it",
                "set HOME or XDG_CONFIG_HOME",
            )
        } else {
            (
                "the database cannot be named",
                "look at --db and ACTIFIX_DB",
            )
        };
        Failure::from(Error::invalid("config", why)).hint(next)
    })
}

fn make_folder(context: &Context, path: &Path, user: bool) -> Result<(), Failure> {
    if let (false, Ok(Found::Missing(place))) = (user, context.find()) {
        place.make_folder()?;
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| {
        let why = format!("the folder {} cannot be made: {error}", folder.display());
        Failure::from(Error::Storage { why })
    })
}

fn done(context: &Context, setting: &Setting, path: &Path, done: &str) -> Outcome {
    if context.json() {
        context
            .out
            .json(&json!({"key": setting.key, "file": path, "done": done}))?;
    } else {
        context
            .out
            .line(&format!("{} {done} in {}", setting.key, path.display()))?;
    }
    // A variable counts more than any file, and whoever set it may have forgotten.
    let variable = setting
        .variable()
        .filter(|name| std::env::var_os(&**name).is_some_and(|value| !value.is_empty()));
    if let Some(variable) = variable {
        context.out.aside(&format!(
            "{variable} is set, and counts instead of the file"
        ));
    }
    Ok(Exit::Done)
}

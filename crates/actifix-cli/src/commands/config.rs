//! `config`: every setting with where its value came from.

mod change;

use std::path::Path;

use actifix::config::{InForce, Kind, Loaded, SETTINGS, Setting, Source, find, unknown};
use actifix::{Error, Result};
use clap::{Args, Subcommand};
use comfy_table::{Attribute, Cell};
use serde_json::{Value, json};

use super::Outcome;
use crate::context::Context;
use crate::failure::Exit;
use crate::output::colour::dim_cell;
use crate::output::table::Lines;
use crate::output::text;

/// Show every setting and where its value came from, or change one
///
/// A value comes from a flag, else from its variable, else from the project's file (.actifix/config.toml beside the
/// database), else from the user's (~/.config/actifix/config.toml), else it is the default. Exit 1 when something is wrong
/// with a file or a variable; secrets are not shown.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix config
  actifix config get work.lease
  actifix config set health.sla.P1 2h
  actifix config set --user actor ann
  actifix config path --json")]
pub struct Config {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Print one value, or those of a section
    Get {
        /// The setting, such as work.lease, or its section
        key: String,
    },
    /// Change a value in the project's file; its comments stay
    Set {
        /// The setting, such as work.lease
        key: String,
        /// The value; lists with commas between
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// In the user's file
        #[arg(long)]
        user: bool,
    },
    /// Take a value out of the project's file
    Unset {
        /// The setting, such as work.lease
        key: String,
        /// Out of the user's file
        #[arg(long)]
        user: bool,
    },
    /// Print where the files are, whether or not they are there
    Path,
}

impl Config {
    /// Shows or changes.
    pub fn run(self, context: &Context) -> Outcome {
        match self.what {
            None => all(context),
            Some(What::Get { key }) => get(context, &key),
            Some(What::Set { key, value, user }) => {
                change::set(context, known(&key)?, &value, user)
            }
            Some(What::Unset { key, user }) => change::unset(context, known(&key)?, user),
            Some(What::Path) => path(context),
        }
    }
}

fn known(key: &str) -> Result<&'static Setting> {
    find(key)
        .ok_or_else(|| Error::invalid("key", format!("{}: {}", key.escape_debug(), unknown(key))))
}

fn all(context: &Context) -> Outcome {
    let loaded = context.loaded();
    let values: Vec<&InForce> = loaded.values.iter().collect();
    if context.json() {
        let settings: Vec<Value> = values.iter().map(|one| of_value(one)).collect();
        context.out.json(
            &json!({"settings": settings, "problems": loaded.problems, "files": files(loaded)}),
        )?;
    } else {
        tell(context, &values)?;
        let (bad, dim) = (context.out.paint.error(), context.out.paint.dim());
        for problem in &loaded.problems {
            context.out.line(&format!(
                "{bad}wrong:{bad:#} {}",
                text::one_line(&problem.to_string())
            ))?;
        }
        if !loaded.problems.is_empty() {
            context.out.line(&format!("{dim} next:{dim:#} mend these lines; until then only record, run and ingest go on, without them"))?;
        }
    }
    Ok(verdict(loaded))
}

fn verdict(loaded: &Loaded) -> Exit {
    if loaded.problems.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    }
}

fn tell(context: &Context, values: &[&InForce]) -> std::io::Result<()> {
    let mut lines = Lines::new(context.out.paint, &["SETTING", "VALUE", "FROM"]);
    for one in values {
        let value = text::one_line(&shown(one)).into_owned();
        if one.source == Source::Default {
            lines.row(vec![
                Cell::new(one.setting.key),
                Cell::new(value),
                dim_cell("default"),
            ]);
        } else {
            let value = Cell::new(value).add_attribute(Attribute::Bold);
            lines.row(vec![
                Cell::new(one.setting.key),
                value,
                Cell::new(one.source.to_string()),
            ]);
        }
    }
    context.out.line(&lines.text())
}

/// The value for people; of a table its fields, without secrets.
fn shown(one: &InForce) -> String {
    let Value::Object(fields) = &one.value else {
        return one.setting.kind.show(&one.value);
    };
    let field = |(name, value): (&String, &Value)| {
        let setting = find(&format!("{}.{name}", one.setting.key));
        let shown = setting.map_or_else(String::new, |setting| setting.kind.show(value));
        format!("{name}={shown}")
    };
    fields.iter().map(field).collect::<Vec<_>>().join("  ")
}

/// A value as programs see it.
fn of_value(one: &InForce) -> Value {
    json!({
        "key": one.setting.key,
        "value": open(one.setting, &one.value),
        "default": one.setting.default(),
        "source": one.source,
        "variable": one.setting.variable(),
        "meaning": one.setting.meaning,
    })
}

/// The value without its secrets.
fn open(setting: &Setting, value: &Value) -> Value {
    match (setting.kind, value) {
        (_, Value::Null) => Value::Null,
        (Kind::Secret, _) => json!(setting.kind.show(value)),
        (Kind::Tables(_), Value::Object(fields)) => fields
            .iter()
            .filter_map(|(name, value)| {
                let setting = find(&format!("{}.{name}", setting.key))?;
                Some((name.clone(), open(setting, value)))
            })
            .collect(),
        _ => value.clone(),
    }
}

fn get(context: &Context, key: &str) -> Outcome {
    let loaded = context.loaded();
    let below = |one: &&InForce| {
        one.setting
            .key
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    let exact = |one: &&InForce| one.setting.key == key;
    if let Some(one) = loaded
        .values
        .iter()
        .find(exact)
        .filter(|one| !one.value.is_object())
    {
        if context.json() {
            context.out.json(&of_value(one))?;
        } else {
            context.out.line(&shown(one))?;
        }
        return Ok(verdict(loaded));
    }
    let values: Vec<&InForce> = loaded
        .values
        .iter()
        .filter(|one| exact(one) || below(one))
        .collect();
    if values.is_empty()
        && !SETTINGS
            .iter()
            .any(|setting| setting.key.starts_with(&format!("{key}.")))
    {
        known(key)?;
    }
    if context.json() {
        let settings: Vec<Value> = values.iter().map(|one| of_value(one)).collect();
        context.out.json(&json!({"settings": settings}))?;
    } else {
        tell(context, &values)?;
    }
    Ok(verdict(loaded))
}

fn path(context: &Context) -> Outcome {
    let loaded = context.loaded();
    if context.json() {
        context.out.json(&files(loaded))?;
        return Ok(Exit::Done);
    }
    let mut lines = Lines::new(context.out.paint, &["FILE", "THERE", "PATH"]);
    for (whose, path) in [
        ("project", &loaded.places.project),
        ("user", &loaded.places.user),
    ] {
        let Some(path) = path else { continue };
        let there = if path.exists() { "yes" } else { "no" };
        lines.row(vec![
            Cell::new(whose),
            Cell::new(there),
            Cell::new(path.display()),
        ]);
    }
    context.out.line(&lines.text())?;
    Ok(Exit::Done)
}

/// The files as programs see them.
fn files(loaded: &Loaded) -> Value {
    let file = |path: Option<&Path>| path.map(|path| json!({"path": path, "there": path.exists()}));
    json!({
        "project": file(loaded.places.project.as_deref()),
        "user": file(loaded.places.user.as_deref()),
    })
}

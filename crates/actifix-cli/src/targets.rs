//! Who is told what happens, as the configuration beside the database says.

use actifix::config::{Loaded, Source};
use actifix::notify::{self, Hook, Target, Webhook};
use actifix::{Error, Result, Store};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The targets of the project's file. Those of a user's own file are refused: a database has one list of them, whoever
/// looks, or each would make it forget the others'.
pub fn of(loaded: &Loaded) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for one in &loaded.values {
        let read = match one.setting.key {
            "hook" => read::<Hook>(&one.value)?,
            "webhook" => read::<Webhook>(&one.value)?,
            _ => continue,
        };
        if !matches!(one.source, Source::Project { .. }) {
            let why = format!(
                "{}: it belongs to a database, so move it to .actifix/config.toml beside that",
                one.source
            );
            return Err(Error::invalid(one.setting.key, why));
        }
        targets.push(read);
    }
    notify::subscriptions(&targets)?;
    Ok(targets)
}

fn read<T: DeserializeOwned + Into<Target>>(value: &Value) -> Result<Target> {
    match T::deserialize(value) {
        Ok(read) => Ok(read.into()),
        Err(error) => Err(Error::invalid("hook", error.to_string())),
    }
}

/// Has them told from now on. Where there is no file, or something in it is wrong, nobody is forgotten. A command that is
/// about something else does not fail for it; `deliver` and `work` say what is wrong.
pub fn subscribe(store: &Store, loaded: &Loaded) {
    let speaks = loaded
        .places
        .project
        .as_ref()
        .is_some_and(|file| file.exists());
    if speaks && loaded.problems.is_empty() {
        let _ = of(loaded).and_then(|targets| notify::subscribe(store, &targets));
    }
}

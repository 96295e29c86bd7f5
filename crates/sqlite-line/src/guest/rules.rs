//! What a guest's SQL may do, whoever the host is: everything that stays on its own tables. Settings of the connection
//! that the line relies on may be asked for, and set to what they are.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, TransactionOperation};

use super::Judged;
use crate::door::looks;
use crate::identity::FileId;

/// What the authorizer has seen while a statement was prepared.
#[derive(Debug, Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Note>>);

#[derive(Debug, Default)]
struct Note {
    refused: Option<String>,
    hosted: bool,
}

impl Notes {
    /// Writes down what was judged; whether the action passes.
    pub fn take(&self, judged: Judged) -> bool {
        let mut note = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match judged {
            Judged::Passes => return true,
            Judged::Hosted => note.hosted = true,
            Judged::Refused(why) => note.refused = Some(why),
        }
        note.hosted && note.refused.is_none()
    }

    /// What was seen since the last time: why something was refused, and whether the host is concerned.
    pub fn read(&self) -> (Option<String>, bool) {
        let mut note = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Note { refused, hosted } = std::mem::take(&mut *note);
        (refused, hosted)
    }
}

/// Settings that may be set to these values only: what they are already, or what changes nothing for others.
const SETTABLE: &[(&str, &[&str])] = &[
    ("analysis_limit", &[]),
    ("automatic_index", &[]),
    ("cache_size", &[]),
    ("case_sensitive_like", &[]),
    ("cache_spill", &[]),
    ("defer_foreign_keys", &[]),
    ("foreign_keys", &["1", "on", "true", "yes"]),
    ("hard_heap_limit", &[]),
    ("incremental_vacuum", &[]),
    ("journal_mode", &["wal"]),
    ("mmap_size", &[]),
    ("optimize", &[]),
    ("shrink_memory", &[]),
    ("soft_heap_limit", &[]),
    ("synchronous", &["2", "full", "3", "extra"]),
    ("threads", &[]),
    ("wal_checkpoint", &[]),
];
/// Questions beside those that the door lets everybody ask.
const QUESTIONS: &[&str] = &[
    "auto_vacuum",
    "legacy_alter_table",
    "locking_mode",
    "secure_delete",
    "temp_store",
    "trusted_schema",
    "writable_schema",
];

/// Judges what does not depend on the host. `None`: the host decides.
pub(super) fn judge(context: &AuthContext<'_>, file: FileId) -> Option<Judged> {
    match &context.action {
        AuthAction::Transaction { operation } => Some(match operation {
            TransactionOperation::Begin => refused(
                "this BEGIN is not understood; say BEGIN, BEGIN IMMEDIATE or BEGIN EXCLUSIVE",
            ),
            _ => Judged::Passes,
        }),
        AuthAction::Savepoint { .. } | AuthAction::Detach { .. } => Some(Judged::Passes),
        AuthAction::Attach { filename } => Some(attach(filename, file)),
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => Some(pragma(pragma_name, *pragma_value)),
        AuthAction::Unknown { .. } => Some(refused("it is something that is not known here")),
        _ => None,
    }
}

fn attach(filename: &str, file: FileId) -> Judged {
    match FileId::at(Path::new(filename)) {
        Ok(there) if there == file => refused(
            "this database cannot be attached to itself: the second connection would wait for the first",
        ),
        _ => Judged::Passes,
    }
}

fn pragma(name: &str, value: Option<&str>) -> Judged {
    let name = name.to_ascii_lowercase();
    if looks(&name, value.is_some()) || (value.is_none() && QUESTIONS.contains(&name.as_str())) {
        return Judged::Passes;
    }
    let Some((_, values)) = SETTABLE.iter().find(|(known, _)| *known == name) else {
        return refused(format!(
            "PRAGMA {name} is not for this connection: its settings are the same for all who write this file"
        ));
    };
    match value.map(str::to_ascii_lowercase) {
        Some(value) if !values.is_empty() && !values.contains(&value.as_str()) => refused(format!(
            "PRAGMA {name} stays {}: it is the same for all who write this file",
            values[values.len() / 2].to_uppercase()
        )),
        _ => Judged::Passes,
    }
}

fn refused(why: impl Into<String>) -> Judged {
    Judged::Refused(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_asked_for_and_stay() {
        let passes = |name, value| pragma(name, value) == Judged::Passes;
        for (name, value) in [
            ("table_info", Some("tickets")),
            ("foreign_keys", None),
            ("foreign_keys", Some("ON")),
            ("journal_mode", Some("WAL")),
            ("Synchronous", Some("FULL")),
            ("wal_checkpoint", Some("RESTART")),
            ("wal_checkpoint", None),
            ("integrity_check", None),
            ("optimize", None),
            ("user_version", None),
        ] {
            assert!(passes(name, value), "{name} {value:?}");
        }
        for (name, value) in [
            ("foreign_keys", Some("OFF")),
            ("journal_mode", Some("DELETE")),
            ("synchronous", Some("NORMAL")),
            ("synchronous", Some("OFF")),
            ("locking_mode", Some("EXCLUSIVE")),
            ("writable_schema", Some("ON")),
            ("user_version", Some("9")),
            ("application_id", Some("9")),
            ("query_only", Some("ON")),
            ("wal_autocheckpoint", Some("1")),
            ("busy_timeout", Some("1")),
            ("recursive_triggers", Some("ON")),
            ("temp_store", Some("1")),
            ("anything_new", None),
        ] {
            assert!(!passes(name, value), "{name} {value:?}");
        }
    }
}

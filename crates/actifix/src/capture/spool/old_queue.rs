//! The Python system's queue file: what its store could not take, without lock, fsync or checksum. It is taken in once.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Replayed;
use crate::capture::prepare;
use crate::error::{Error, Result};
use crate::report::Report;
use crate::store::Store;
use crate::ticket::Tags;

/// Where the Python system kept it, as seen from the folder of the database: beside it, or in the state folder of the
/// project.
const PLACES: [&str; 3] = [
    "actifix_fallback_queue.json",
    "../.actifix/actifix_fallback_queue.json",
    "../actifix/.actifix_fallback_queue.json",
];

/// An element of the queue.
#[derive(Deserialize)]
struct Entry {
    message: Option<String>,
    source: Option<String>,
    run_label: Option<String>,
    created_at: Option<String>,
    priority: Option<String>,
    error_type: Option<String>,
    stack_trace: Option<String>,
    file_context: Option<Value>,
    system_state: Option<Value>,
    duplicate_guard: Option<String>,
    correlation_id: Option<String>,
}

/// Records what stands in an old queue file beside the store's database, and gives the file another name.
pub(super) fn take_in(store: &Store, replayed: &mut Replayed) -> Result<()> {
    let Some(folder) = store.path().parent() else {
        return Ok(());
    };
    for place in PLACES {
        let path = folder.join(place);
        match fs::read(&path) {
            Ok(text) if text.trim_ascii().is_empty() => {} // as the Python system makes it
            Ok(text) => file(store, &path, &text, replayed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, "read", &error)),
        }
    }
    Ok(())
}

fn file(store: &Store, path: &Path, text: &[u8], replayed: &mut Replayed) -> Result<()> {
    let Ok(entries) = serde_json::from_slice::<Vec<Value>>(text) else {
        return Ok(()); // another program's, or damaged: it stays for a person to look at
    };
    // In one transaction under the name of its content: who is killed before the file has its new name finds it done.
    let digest = Sha256::digest(text);
    let name: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let reports = entries
        .into_iter()
        .map(|entry| {
            let entry = serde_json::from_value(entry)
                .map_err(|error| Error::invalid("entry", error.to_string()));
            (0, entry.map(|entry| prepare(report(entry), &[])))
        })
        .collect();
    let source = format!("queue:{name}");
    let read = store.record_all_at(&source, 0, 1, reports).wait()?;
    for answer in read.answers.into_iter().flatten() {
        match answer {
            Ok(recorded) => {
                replayed.recorded += 1;
                replayed.new += u64::from(recorded.new);
            }
            Err(Error::TooManyOpen { .. }) => {
                replayed.full = true;
                return Ok(());
            }
            Err(_) => replayed.rejected += 1,
        }
    }
    let mut taken: PathBuf = path.to_owned();
    taken.as_mut_os_string().push(".taken-in");
    fs::rename(path, taken).map_err(|error| failed(path, "moved", &error))
}

fn report(entry: Entry) -> Report {
    let label = entry.run_label.filter(|label| !label.is_empty());
    let around: serde_json::Map<String, Value> = [
        ("file_context", entry.file_context),
        ("system_state", entry.system_state),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    Report {
        error_type: entry.error_type,
        message: entry.message.unwrap_or_default(),
        source: entry.source,
        stack_trace: entry.stack_trace.filter(|stack| !stack.is_empty()),
        priority: entry.priority.and_then(|text| text.parse().ok()),
        fingerprint: entry.duplicate_guard.filter(|guard| !guard.is_empty()),
        tags: label
            .map(|label| Tags::from([("run_label".to_owned(), label)]))
            .unwrap_or_default(),
        correlation_id: entry.correlation_id,
        occurred_at: entry.created_at.and_then(|at| at.parse().ok()),
        context: (!around.is_empty()).then_some(Value::Object(around)),
        ..Report::default()
    }
}

fn failed(path: &Path, what: &str, error: &io::Error) -> Error {
    let why = format!("the old queue {} cannot be {what}: {error}", path.display());
    Error::Storage { why }
}

//! The company that a database keeps, in one look: who has it open, who keeps a snapshot, who writes.

use std::io;
use std::path::Path;

use crate::error::Process;
use crate::holder;
use crate::identity::{FileId, Place};
use crate::locks::{self, Files, Lock, command_of, own_pid};
use crate::registry;

/// Who has a database open, as far as the system lets us see them (Linux): processes of other users and of other
/// containers stay hidden.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Openers {
    /// The other processes that have the database or its log open.
    pub others: Vec<Process>,
    /// Of them, those that keep a snapshot of it just now: while they do, the log cannot be emptied.
    pub snapshots: Vec<Process>,
    /// The process that keeps its writers waiting just now.
    pub writer: Option<Process>,
    /// This process has the database or its log open.
    pub this_process: bool,
    /// This process has it open through a [`Line`](crate::Line).
    pub through_a_line: bool,
}

/// Who has the database at `path` open. Opens nothing of it.
///
/// # Errors
/// What the system says when the file cannot be looked at.
pub fn openers(path: impl AsRef<Path>) -> io::Result<Openers> {
    let files = Files::of(path.as_ref())?;
    let place = Place::new(files.database().to_owned(), FileId::at(files.database())?);
    let others = others(&place);
    let readers: Vec<u32> = files
        .holdings()
        .unwrap_or_default()
        .into_iter()
        .filter(|holding| matches!(holding.lock, Lock::WalRead(_)))
        .filter_map(|holding| holding.pid)
        .collect();
    Ok(Openers {
        snapshots: others
            .iter()
            .filter(|process| readers.contains(&process.pid))
            .cloned()
            .collect(),
        others,
        writer: holder::find(&place),
        this_process: locks::open_here(&files),
        through_a_line: registry::is_open(place.file),
    })
}

/// The other processes that have the database or its log open.
pub(crate) fn others(place: &Place) -> Vec<Process> {
    let Ok(files) = Files::of(&place.path) else {
        return Vec::new();
    };
    let own = own_pid();
    locks::openers(&files)
        .into_iter()
        .filter(|opener| Some(opener.pid) != own && (opener.database || opener.log))
        .map(|opener| Process {
            pid: opener.pid,
            command: command_of(opener.pid),
        })
        .collect()
}

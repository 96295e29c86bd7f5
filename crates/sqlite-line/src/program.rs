//! What a user of the crate brings: commands, answers, and how one command is applied.

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};

use crate::shared::replies;
use crate::txn::{ReadTxn, WriteTxn};

/// What kind of file this is, as a [`Program`] sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// Nothing in it yet: the schema may be made here.
    Empty,
    /// The program's own file, at this schema version.
    Ours(i32),
    /// Something else; the text tells a person what.
    Foreign(String),
}

/// A set of tables and the commands that change them.
///
/// All methods that take a [`WriteTxn`] run on one thread at a time: the writer's, or that of a caller who waits. They must
/// not call [`Line::write`](crate::Line::write) and wait for it: the writer would wait for itself.
pub trait Program: Send + 'static {
    /// One change. Serializable, so that one process can commit for another: as MessagePack, from which it must come back as it was.
    type Command: Serialize + DeserializeOwned + Send + 'static;
    /// What a caller gets back, refusals included. The same holds for it.
    type Answer: Serialize + DeserializeOwned + Send + 'static;

    /// `PRAGMA application_id` of the program's files; not 0.
    const APPLICATION_ID: i32;
    /// `PRAGMA user_version` of the newest schema this program knows.
    const VERSION: i32;

    /// What is this file? By default: ours when it carries our application id, empty when it carries none and has no
    /// tables, else foreign. Not asked when the file carries our id and our newest version.
    ///
    /// # Errors
    /// What SQLite says while looking.
    fn identify(&self, txn: &ReadTxn<'_>) -> rusqlite::Result<Identity> {
        let id: i32 = txn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
        if id == Self::APPLICATION_ID {
            return Ok(Identity::Ours(txn.query_row(
                "PRAGMA user_version",
                [],
                |row| row.get(0),
            )?));
        }
        let tables: i64 =
            txn.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
        Ok(match (id, tables) {
            (0, 0) => Identity::Empty,
            (0, _) => Identity::Foreign(format!(
                "{tables} tables, indexes and views, and no application id"
            )),
            _ => Identity::Foreign(format!("application id {id:#010x}")),
        })
    }

    /// Makes (`from` = 0, identified as empty) or upgrades the schema, under the gate, in one write transaction. The
    /// line writes application id and version afterwards in the same transaction.
    ///
    /// # Errors
    /// Any error leaves the file as it was.
    fn migrate(&mut self, txn: &WriteTxn<'_>, from: i32) -> rusqlite::Result<()>;

    /// Once a batch, before its first command: read the clock, sweep what is due.
    ///
    /// # Errors
    /// Rolls the batch back; its commands are run again one by one.
    fn begin(&mut self, _txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
        Ok(())
    }

    /// Applies one command. A refusal is an `Answer`, given before anything was written.
    ///
    /// # Errors
    /// An error is unexpected: the whole batch is rolled back, this call gets the error, and the innocent commands are
    /// run again one by one, each in its own transaction with its own `begin` and `finish`. A panic counts as an error.
    fn apply(
        &mut self,
        txn: &WriteTxn<'_>,
        command: &Self::Command,
    ) -> rusqlite::Result<Self::Answer>;

    /// Once a batch, after its last command: write what was accumulated.
    ///
    /// # Errors
    /// Rolls the batch back; its commands are run again one by one.
    fn finish(&mut self, _txn: &WriteTxn<'_>) -> rusqlite::Result<()> {
        Ok(())
    }

    /// The batch was rolled back, or its outcome is unknown: drop every cached thing it may have put in.
    fn forget(&mut self) {}

    /// The batch is on disk. For things in memory only.
    fn committed(&mut self) {}

    /// This call waited over 100 ms in line before the writer took it, and is on disk now: a word for the log.
    fn slow(&mut self, _command: &Self::Command, _waited: Duration) {}

    /// Bytes a command takes in the queue.
    fn weight(_command: &Self::Command) -> usize {
        256
    }

    /// Whose commands this program understands, and applies as they mean it: processes commit for each other only when
    /// they say the same. So it names the program's version, and every setting that changes what a command does. `None`,
    /// the default: this process shares its commits with nobody.
    fn dialect(&self) -> Option<String> {
        None
    }

    /// What has to be kept of an answer to another process, so that it can be given [`again`](Self::again) when it was
    /// lost on its way. By default all of it, as JSON. `None` for an answer to a command that changed nothing: it may
    /// well be applied again.
    ///
    /// # Errors
    /// An answer that cannot be kept: its command fails.
    fn keep(answer: &Self::Answer) -> rusqlite::Result<Option<Vec<u8>>> {
        replies::whole(answer).map(Some)
    }

    /// The answer that `kept` was kept of; the command has been applied.
    ///
    /// # Errors
    /// What SQLite says, or what was kept cannot be read.
    fn again(
        &mut self,
        _txn: &WriteTxn<'_>,
        _command: &Self::Command,
        kept: &[u8],
    ) -> rusqlite::Result<Self::Answer> {
        replies::from_whole(kept)
    }

    /// The file was opened again after an unknown outcome: look at what was touched before anything is served.
    ///
    /// # Errors
    /// Keeps the line from serving; it tries again at the next call.
    fn recheck(&mut self, _txn: &ReadTxn<'_>) -> rusqlite::Result<()> {
        Ok(())
    }
}

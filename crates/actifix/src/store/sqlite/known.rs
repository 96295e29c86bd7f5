//! By what a report's ticket is known: its marks, the exact match, and the old system's guard.

use sha2::{Digest, Sha256};
use sqlite_line::WriteTxn;

use super::desk::{Desk, Found, Step};
use super::facts;
use super::places::Key;
use crate::report::{Mark, Report};
use crate::ticket::Kind;

/// By primary key.
pub(super) const KNOWN: &str =
    "SELECT ticket FROM fingerprints WHERE project = ?1 AND value = ?2 AND version = ?3";
/// By primary key. A row whose ticket is gone or deleted is taken over.
pub(super) const LEARN: &str =
    "INSERT OR REPLACE INTO fingerprints(project, value, version, ticket) VALUES (?1, ?2, ?3, ?4)";
/// By primary key.
pub(super) const LEARN_IF_FREE: &str =
    "INSERT OR IGNORE INTO fingerprints(project, value, version, ticket) VALUES (?1, ?2, ?3, ?4)";

/// The rules of the exact match: type, message and source, or the caller's own mark. Frozen.
pub(super) const EXACT: i64 = 0;
/// By rowid: a deleted ticket's mark.
const MARK: &str = "SELECT mark FROM facts WHERE n = ?1";
/// By primary key, and only when it still leads to this ticket.
const UNLEARN: &str =
    "DELETE FROM fingerprints WHERE project = ?1 AND value = ?2 AND version = ?3 AND ticket = ?4";
/// Whether the file came from the Python system: its first row, if any.
const ANY_OLD: &str = "SELECT EXISTS (SELECT 1 FROM legacy)";

/// What makes reports equal, as 16 bytes of SHA-256. `None`: nothing equals it (a task without a key).
pub(super) fn fingerprint(report: &Report) -> Option<[u8; 16]> {
    let parts = match (&report.fingerprint, report.kind) {
        (Some(key), Kind::Error) => ["fingerprint", key, "", ""],
        (Some(key), Kind::Task) => ["key", key, "", ""],
        (None, Kind::Task) => return None,
        (None, Kind::Error) => [
            "error",
            facts::error_type(report),
            &report.message,
            facts::source(report),
        ],
    };
    Some(digest(parts))
}

/// 16 bytes of SHA-256 over texts.
fn digest(parts: [&str; 4]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        // The length goes first, so that no two ways of cutting a text are one.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut value = [0; 16];
    value.copy_from_slice(&hash.finalize()[..16]);
    value
}

impl Desk {
    /// The ticket of a report: by its marks in their order, then by the exact match. The first that is known decides, and
    /// those before it are learned. Those behind it are not: a ticket would gather a row with each of its reports.
    pub fn known(
        &mut self,
        txn: &WriteTxn<'_>,
        project: i64,
        report: &Report,
        exact: Option<[u8; 16]>,
    ) -> Step<Option<Found>> {
        let marks = report
            .marks
            .iter()
            .map(|mark| (mark.value, i64::from(mark.version)));
        let exact = exact.map(|value| (value, EXACT));
        for (before, (value, version)) in marks.chain(exact).enumerate() {
            if let Some(ticket) =
                txn.query_opt(KNOWN, (project, value, version), |row| row.get(0))?
                && let Some(found) = self.original(txn, ticket)?
            {
                self.learn(txn, project, &report.marks[..before], found.key.ticket)?;
                return Ok(Some(found));
            }
        }
        self.known_of_old(txn, project, report)
    }

    /// The ticket that the Python system would have found, in a database that came from there; it learns the report's marks.
    fn known_of_old(
        &mut self,
        txn: &WriteTxn<'_>,
        project: i64,
        report: &Report,
    ) -> Step<Option<Found>> {
        let Some(mark) = report
            .old_mark
            .as_deref()
            .filter(|_| report.fingerprint.is_none())
        else {
            return Ok(None);
        };
        if !txn.query_row(ANY_OLD, [], |row| row.get(0))? {
            return Ok(None);
        }
        let value = digest(["fingerprint", mark, "", ""]);
        let ticket = txn.query_opt(KNOWN, (project, value, EXACT), |row| row.get(0))?;
        let found = match ticket {
            Some(ticket) => self.original(txn, ticket)?,
            None => None,
        };
        if let Some(found) = &found {
            self.learn(txn, project, &report.marks, found.key.ticket)?;
        }
        Ok(found)
    }

    pub fn learn(&self, txn: &WriteTxn<'_>, project: i64, marks: &[Mark], ticket: i64) -> Step<()> {
        for mark in marks {
            txn.execute(
                LEARN,
                (project, mark.value, i64::from(mark.version), ticket),
            )?;
        }
        Ok(())
    }

    /// A ticket that comes back from deletion has its fingerprint again, where no other has it.
    pub fn learn_again(&mut self, txn: &WriteTxn<'_>, key: &Key) -> Step<()> {
        let Some(mark) =
            txn.query_row(MARK, [key.ticket], |row| row.get::<_, Option<Vec<u8>>>(0))?
        else {
            return Ok(());
        };
        let known = txn.query_opt(KNOWN, (key.project, &mark, EXACT), |row| row.get(0))?;
        let taken = match known {
            Some(ticket) if ticket != key.ticket => self.original(txn, ticket)?.is_some(),
            _ => false,
        };
        if !taken {
            txn.execute(LEARN, (key.project, &mark, EXACT, key.ticket))?;
        }
        Ok(())
    }

    /// A ticket that is removed for good leaves its fingerprint.
    pub fn unlearn(&mut self, txn: &WriteTxn<'_>, key: &Key) -> Step<()> {
        if let Some(mark) =
            txn.query_row(MARK, [key.ticket], |row| row.get::<_, Option<Vec<u8>>>(0))?
        {
            txn.execute(UNLEARN, (key.project, mark, EXACT, key.ticket))?;
        }
        Ok(())
    }
}

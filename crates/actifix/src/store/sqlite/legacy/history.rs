//! The history that an old row tells: when it was made, who holds it, how it ended, and that it was taken over.

use serde_json::json;
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::Result as Sql;

use super::old_row::{Held, OldRow, at};
use super::recognise::Old;
use super::standing::Standing;
use crate::event::EventKind;
use crate::evidence::Evidence;
use crate::store::sqlite::desk::{Desk, Stop};
use crate::store::sqlite::events::{APPEND, Entry};
use crate::store::sqlite::facts;
use crate::store::sqlite::places::{EndRow, LeaseRow, Place};
use crate::ticket::TicketId;
use crate::time::Timestamp;

/// By the audit log's index on table and record.
const COMPLETED_BY: &str = "SELECT user_context FROM database_audit_log WHERE table_name = 'tickets' AND record_id = ?1
  AND operation = 'UPDATE' AND new_values LIKE '%\"status\": \"Completed\"%' ORDER BY id DESC LIMIT 1";

/// Whoever did what the old tables tell of, and is not named there.
const SOMEBODY: &str = "python-actifix";
/// The events of a row.
pub(super) struct History<'a> {
    pub row: &'a OldRow,
    pub id: &'a TicketId,
    pub why: Option<&'static str>,
}

impl History<'_> {
    /// Where the ticket stands, with the event that brought it there.
    pub fn place(
        &self,
        old: &Old,
        txn: &WriteTxn<'_>,
        desk: &mut Desk,
        standing: Standing,
        held: Option<&Held>,
    ) -> Result<Place, Stop> {
        let created = self.row.created(desk.now);
        self.event(
            txn,
            desk,
            EventKind::Recorded,
            created,
            SOMEBODY,
            None,
            None,
        )?;
        match (standing, held) {
            (Standing::Leased, Some(held)) => {
                let holder = desk.names.id(txn, &held.holder)?;
                let (at, expires) = (held.acquired, held.expires.micros());
                let kind = EventKind::Claimed;
                let token = self.event(txn, desk, kind, at, &held.holder, Some(expires), None)?;
                Ok(Place::Leased(LeaseRow {
                    token,
                    holder,
                    acquired: at.micros(),
                    expires,
                }))
            }
            (Standing::Completed, _) => {
                let by = self.completed_by(old, txn)?;
                let at = self.row.moment(at::UPDATED).unwrap_or(created);
                let evidence = facts::json(&self.evidence());
                let kind = EventKind::Completed;
                let done = self.event(txn, desk, kind, at, &by, None, evidence)?;
                Ok(Place::Completed(EndRow {
                    done,
                    token: None,
                    reason: 0,
                    original: None,
                    wake_at: None,
                    wake_count: None,
                }))
            }
            _ => Ok(Place::Ready { last: None }),
        }
    }

    fn completed_by(&self, old: &Old, txn: &WriteTxn<'_>) -> Sql<String> {
        let known = if old.audited {
            txn.query_opt(COMPLETED_BY, [self.id.as_str()], |row| {
                row.get::<_, Option<String>>(0)
            })?
        } else {
            None
        };
        let known = known.flatten().filter(|name| !name.trim().is_empty());
        Ok(known.unwrap_or_else(|| SOMEBODY.to_owned()))
    }

    fn evidence(&self) -> Evidence {
        let text = |column| self.row.text(column).unwrap_or_default();
        let (notes, tested, results) = (text(at::DID), text(at::TESTED), text(at::RESULTS));
        let mut evidence = Evidence::from_legacy(&notes, &tested, &results);
        if evidence.did.is_empty() {
            evidence.did = notes.trim().to_owned();
        }
        evidence.summary = self.row.some(at::SUMMARY);
        evidence.url = self.row.some(at::URL);
        evidence
    }

    /// An event of the past.
    #[allow(clippy::too_many_arguments)] // a row of the table
    fn event(
        &self,
        txn: &WriteTxn<'_>,
        desk: &mut Desk,
        kind: EventKind,
        at: Timestamp,
        actor: &str,
        num: Option<i64>,
        new: Option<String>,
    ) -> Sql<i64> {
        let actor = desk.names.id(txn, actor)?;
        let seq = desk.counters.event();
        let (none, text) = (None::<i64>, None::<String>);
        let row = (
            seq,
            self.row.n,
            at.micros(),
            kind as i64,
            actor,
            none,
            num,
            text,
            new,
        );
        txn.execute(APPEND, row)?;
        Ok(seq)
    }

    /// The event of the upgrade itself, with the old values of a row that contradicted itself.
    pub fn imported(
        &self,
        txn: &WriteTxn<'_>,
        desk: &mut Desk,
        actor: &str,
        version: i64,
    ) -> Sql<i64> {
        let mut was = json!({ "python_schema": version });
        if let Some(why) = self.why {
            let row = self.row;
            was = json!({
                "python_schema": version, "contradiction": why, "id": row.text(at::ID), "status": row.text(at::STATUS),
                "completed": row.text(at::COMPLETED), "locked_by": row.text(at::LOCKED_BY),
                "locked_at": row.text(at::LOCKED_AT), "lease_expires": row.text(at::EXPIRES),
            });
        }
        let actor = desk.names.id(txn, actor)?;
        desk.append(
            txn,
            &Entry::of(self.row.n, EventKind::Imported, actor).was(&was),
        )
    }
}

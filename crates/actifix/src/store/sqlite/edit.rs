//! Changes of a ticket's facts: assignee, notes, priority, texts and tags. Where it stands does not matter.

use serde_json::{Map, Value, json};
use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::ToSql;

use super::claim::not_ready;
use super::desk::{Desk, Found, Step, Who};
use super::events::Entry;
use super::facts;
use super::places::{self, Place};
use crate::change::Update;
use crate::event::{EventKind, Receipt};
use crate::report;
use crate::ticket::{Tags, TicketId};

/// By rowid, all of them.
const ASSIGNEE: &str = "SELECT assignee FROM facts WHERE n = ?1";
const ASSIGN: &str = "UPDATE facts SET assignee = ?2 WHERE n = ?1";
const NOTES: &str = "SELECT notes FROM facts WHERE n = ?1";
const NOTE: &str = "UPDATE facts SET notes = ?2 WHERE n = ?1";
const FILE_UNDER: &str = "UPDATE facts SET priority = ?2 WHERE n = ?1";
/// A text field's old and new value, by rowid.
const TEXTS: [(&str, &str, &str); 4] = [
    (
        "message",
        "SELECT message FROM facts WHERE n = ?1",
        "UPDATE facts SET message = ?2 WHERE n = ?1",
    ),
    (
        "body",
        "SELECT body FROM facts WHERE n = ?1",
        "UPDATE facts SET body = ?2 WHERE n = ?1",
    ),
    (
        "correlation_id",
        "SELECT correlation_id FROM facts WHERE n = ?1",
        "UPDATE facts SET correlation_id = ?2 WHERE n = ?1",
    ),
    (
        "payload",
        "SELECT payload FROM facts WHERE n = ?1",
        "UPDATE facts SET payload = ?2 WHERE n = ?1",
    ),
];
const TAGS: &str = "SELECT tags FROM facts WHERE n = ?1";
const TAG: &str = "UPDATE facts SET tags = ?2 WHERE n = ?1";

impl Desk {
    /// A ticket that may be changed: any that is not deleted.
    fn editable(&mut self, txn: &WriteTxn<'_>, id: &TicketId) -> Step<Found> {
        let found = self.find(txn, id)?;
        match found.place {
            Place::Trash { .. } => Err(not_ready(&found, &found.place).into()),
            _ => Ok(found),
        }
    }

    pub fn assign(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        assignee: Option<&str>,
    ) -> Step<Receipt> {
        let found = self.editable(txn, id)?;
        let actor = self.names.id(txn, who.name)?;
        let old: Option<String> = txn.query_row(ASSIGNEE, [found.key.ticket], |row| row.get(0))?;
        txn.execute(ASSIGN, (found.key.ticket, assignee))?;
        let entry = Entry::of(found.key.ticket, EventKind::Assigned, actor)
            .was(&json!({"assignee": old}))
            .is(&json!({"assignee": assignee}));
        Ok(self.receipt(txn, &found, &entry)?)
    }

    pub fn note(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        text: &str,
    ) -> Step<Receipt> {
        let found = self.editable(txn, id)?;
        let old: Option<String> = txn.query_row(NOTES, [found.key.ticket], |row| row.get(0))?;
        let notes = match old {
            Some(old) => format!("{old}\n\n{text}"),
            None => text.to_owned(),
        };
        crate::limits::text("notes", &notes, self.settings.limits.notes)?;
        let actor = self.names.id(txn, who.name)?;
        txn.execute(NOTE, (found.key.ticket, notes))?;
        let entry = Entry::of(found.key.ticket, EventKind::Noted, actor).is(&json!({"note": text}));
        Ok(self.receipt(txn, &found, &entry)?)
    }

    pub fn update(
        &mut self,
        txn: &WriteTxn<'_>,
        who: &Who<'_>,
        id: &TicketId,
        change: &Update,
    ) -> Step<Receipt> {
        let found = self.editable(txn, id)?;
        let ticket = found.key.ticket;
        let tags = self.new_tags(txn, ticket, change)?;
        let actor = self.names.id(txn, who.name)?;
        let (mut old, mut new) = (Map::new(), Map::new());
        if let Some(priority) = change.priority {
            old.insert(
                "priority".into(),
                json!(facts::priority(found.key.priority)),
            );
            new.insert("priority".into(), json!(priority));
            txn.execute(FILE_UNDER, (ticket, priority as i64))?;
            places::refile(
                txn,
                &mut self.counts,
                &found.key,
                &found.place,
                priority as i64,
            )?;
        }
        let payload = change.payload.as_ref().and_then(facts::json);
        let values = [
            &change.message,
            &change.body,
            &change.correlation_id,
            &payload,
        ];
        for ((field, read, write), value) in TEXTS.into_iter().zip(values) {
            if let Some(value) = value {
                let before: Option<String> = txn.query_row(read, [ticket], |row| row.get(0))?;
                old.insert(field.into(), json!(before));
                new.insert(field.into(), json!(value));
                txn.execute(write, (ticket, value))?;
            }
        }
        if let Some((before, after)) = tags {
            let text = facts::json(&after);
            let row: [&dyn ToSql; 2] = [&ticket, &text];
            txn.execute(TAG, row)?;
            old.insert("tags".into(), json!(before));
            new.insert("tags".into(), json!(after));
        }
        let entry = Entry::of(ticket, EventKind::Updated, actor)
            .was(&Value::Object(old))
            .is(&Value::Object(new));
        Ok(self.receipt(txn, &found, &entry)?)
    }

    /// The tags before and after, when they change. Judged before anything is written.
    fn new_tags(
        &self,
        txn: &WriteTxn<'_>,
        ticket: i64,
        change: &Update,
    ) -> Step<Option<(Tags, Tags)>> {
        if change.tags.is_empty() && change.untag.is_empty() {
            return Ok(None);
        }
        let before: Tags =
            facts::from_json(txn.query_row(TAGS, [ticket], |row| row.get(0))?).unwrap_or_default();
        let mut after = before.clone();
        after.retain(|name, _| !change.untag.contains(name));
        after.extend(change.tags.clone());
        report::tags(&after)?;
        Ok(Some((before, after)))
    }
}

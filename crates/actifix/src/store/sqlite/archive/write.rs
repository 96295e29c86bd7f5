//! Writing an export: one state of the database, line by line.

use serde_json::{Map, Value};
use sqlite_line::ReadTxn;
use sqlite_line::rusqlite::{Error as SqlError, Result as Sql};

use super::{KEPT, LOOSE, raw};
use crate::archive::{ArchiveHead, ArchiveLine, ArchiveName, ArchiveRow, Archived, VERSION};
use crate::error::{Error, Result};
use crate::store::sqlite::Backend;
use crate::store::sqlite::counters::LOAD;
use crate::store::sqlite::legacy;
use crate::store::sqlite::read;
use crate::time::Timestamp;

/// By rowid.
const NAMES: &str = "SELECT id, text FROM names ORDER BY id";
/// By rowid.
const TICKETS: &str = "SELECT n, hex(mark) FROM facts WHERE n > ?1 ORDER BY n LIMIT 256";
/// A walk through all events, with a look at each one's ticket by rowid.
const GONE: &str = "WHERE NOT EXISTS (SELECT 1 FROM facts WHERE n = events.ticket)";

impl Backend {
    /// Calls `each` with every line. The state that is read stays open until the last one was taken.
    pub fn export<E: From<Error>>(
        &self,
        mut each: impl FnMut(ArchiveLine) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let now = self.settings.clock.now();
        let mut refused = None;
        let read = self.line.look(|txn| {
            let mut writer = Writer {
                txn,
                now,
                each: &mut |line| {
                    each(line).map_err(|error| {
                        refused = Some(error);
                        SqlError::ExecuteReturnedResults // ends the reading; nobody sees it
                    })
                },
            };
            writer.all()
        });
        match (refused, read) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(E::from(error.into())),
            (None, Ok(())) => Ok(()),
        }
    }
}

struct Writer<'a, 'c> {
    txn: &'a ReadTxn<'c>,
    now: Timestamp,
    each: &'a mut dyn FnMut(ArchiveLine) -> Sql<()>,
}

impl Writer<'_, '_> {
    fn all(&mut self) -> Sql<()> {
        let head = self.head()?;
        (self.each)(ArchiveLine::Head(head))?;
        let names = self.txn.query_all(NAMES, [], |row| {
            Ok(ArchiveName {
                id: row.get(0)?,
                text: row.get(1)?,
            })
        })?;
        for name in names {
            (self.each)(ArchiveLine::Name(name))?;
        }
        self.tickets()?;
        for (table, order) in LOOSE {
            let which = if table == "events" { GONE } else { "" };
            let rest = format!("{which} ORDER BY {order}");
            let each = &mut *self.each;
            raw::for_each(self.txn, table, &rest, [], |values| {
                each(ArchiveLine::Row(ArchiveRow {
                    table: table.to_owned(),
                    values,
                }))
            })?;
        }
        Ok(())
    }

    fn head(&self) -> Sql<ArchiveHead> {
        let (events, tickets) = self
            .txn
            .query_row(LOAD, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(ArchiveHead {
            actifix: "export".to_owned(),
            version: VERSION,
            events,
            tickets,
            extra: legacy::extra(self.txn)?,
        })
    }

    fn tickets(&mut self) -> Sql<()> {
        let mut last = 0;
        loop {
            let page: Vec<(i64, String)> = self
                .txn
                .query_all(TICKETS, [last], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let Some((end, _)) = page.last() else {
                return Ok(());
            };
            last = *end;
            for (n, mark) in page {
                if let Some(story) = read::whole_story(self.txn, n, self.now)? {
                    let kept = self.kept(n, mark)?;
                    (self.each)(ArchiveLine::Ticket(Box::new(Archived { story, kept })))?;
                }
            }
        }
    }

    fn kept(&self, n: i64, mark: String) -> Sql<Map<String, Value>> {
        let mut kept = Map::new();
        kept.insert("number".to_owned(), n.into());
        kept.insert("mark".to_owned(), mark.into());
        for table in KEPT {
            // By the ticket's number in each; `ready` is found by the key that the facts tell.
            let rest = if table == "ready" {
                "WHERE (project, priority, created, ticket) = (SELECT project, priority, created, n FROM facts WHERE n = ?1)"
            } else {
                "WHERE ticket = ?1"
            };
            let mut rows = Vec::new();
            raw::for_each(self.txn, table, rest, [n], |row| {
                rows.push(Value::Object(row));
                Ok(())
            })?;
            if !rows.is_empty() {
                kept.insert(table.to_owned(), rows.into());
            }
        }
        Ok(kept)
    }
}

/// Makes sure that an export of this version is known.
pub(in crate::store) fn known(head: &ArchiveHead) -> Result<()> {
    if head.actifix == "export" && head.version == VERSION {
        return Ok(());
    }
    Err(Error::Unsupported {
        version: format!(
            "this is an {} of version {}, and an export of version {VERSION} is known",
            head.actifix, head.version
        ),
    })
}

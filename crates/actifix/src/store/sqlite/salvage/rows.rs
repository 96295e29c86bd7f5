//! Rows of our own tables, from the damaged file into the new one.

use std::collections::{BTreeMap, BTreeSet};

use sqlite_line::WriteTxn;
use sqlite_line::rusqlite::types::Value;
use sqlite_line::rusqlite::{Connection, Result as Sql, params, params_from_iter};

use super::fit;
use super::others::{COLUMNS, columns_there, quoted};
use super::outbox;
use super::walk::{self, KEYS, Table, Told};
use crate::event::EventKind;
use crate::store::sqlite::desk::Stop;
use crate::ticket::TicketId;
use crate::time::Timestamp;

const NAME: &str = "INSERT OR IGNORE INTO names(id, text) VALUES (?1, ?2)";
const NAMED: &str = "SELECT EXISTS (SELECT 1 FROM names WHERE id = ?1)";
const FACTS: &str = "INSERT OR IGNORE INTO facts(n, id, project, kind, priority, created, first_seen, error_type, message,
  source, stack_trace, body, tags, assignee, correlation_id, environment, release, fingerprint, user, mark, notes, payload,
  context) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)";
const FACTS_THERE: &str = "SELECT EXISTS (SELECT 1 FROM facts WHERE n = ?1)";
const EVENT: &str =
    "INSERT OR IGNORE INTO events(seq, ticket, at, kind, actor, token, num, old, new, prev)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
/// Numbers that indexes have too.
const NEWEST_FACTS: &str = "SELECT n FROM facts INDEXED BY facts_newest";
const EVENTS_OF_TICKETS: &str =
    "SELECT seq FROM events INDEXED BY events_of_ticket WHERE kind <> 1";
const COUNTERS: &str = "SELECT value FROM counters WHERE name = ?1";

/// The greatest number of a hot row's small counts.
pub(super) const SMALL: i64 = u32::MAX as i64;

/// Reads the tables of a damaged file.
pub(super) struct Source<'a, 't> {
    pub from: &'a Connection,
    pub txn: &'a WriteTxn<'t>,
    /// What was read and what was not, by table.
    pub told: BTreeMap<String, Told>,
    /// Numbers of names that are known.
    names: BTreeSet<i64>,
}

impl<'a, 't> Source<'a, 't> {
    pub fn new(from: &'a Connection, txn: &'a WriteTxn<'t>) -> Self {
        Self {
            from,
            txn,
            told: BTreeMap::new(),
            names: BTreeSet::new(),
        }
    }

    /// Whether everything of a table was read.
    pub fn is_whole(&self, table: &str) -> bool {
        self.told.get(table).is_some_and(|told| told.why.is_none())
    }

    /// Whether there may be rows behind the last that was read.
    pub fn ends_unseen(&self, table: &str) -> bool {
        self.told.get(table).is_none_or(|told| told.open_end)
    }

    /// A counter, when it can be read and can be true.
    pub fn counter(&self, name: &str) -> Option<i64> {
        let found: Sql<Value> = self.from.query_row(COUNTERS, [name], |row| row.get(0));
        found
            .ok()
            .as_ref()
            .map(|value| fit::number(value, 0, KEYS.1, 0))
            .filter(|value| *value > 0)
    }

    /// Reads a table by its number. `row` may be given a row twice.
    pub fn table(
        &mut self,
        table: Table<'_>,
        row: &mut dyn FnMut(&[Value]) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        // A column whose name is damaged is still the same column: by its position.
        let renamed = self.renamed(table.name);
        let theirs = |name: &str| {
            let found = renamed.iter().find(|(ours, _)| ours == name.trim());
            found.map_or_else(|| name.trim().to_owned(), |(_, theirs)| quoted(theirs))
        };
        let columns: Vec<String> = table.columns.split(',').map(theirs).collect();
        let order: Vec<String> = table.order.iter().map(|name| theirs(name)).collect();
        let order: Vec<&str> = order.iter().map(String::as_str).collect();
        let read = Table {
            columns: &columns.join(", "),
            order: &order,
            ..table
        };
        let told = walk::read(self.from, read, row)?;
        self.told.insert(table.name.to_owned(), told);
        Ok(())
    }

    /// The columns of one of our tables that are called otherwise there: (ours, theirs).
    fn renamed(&self, table: &str) -> Vec<(String, String)> {
        let ours = self
            .txn
            .query_all(COLUMNS, [table], |row| row.get::<_, String>(0));
        let theirs = columns_there(self.from, table);
        match ours {
            Ok(ours) if ours.len() == theirs.len() => ours
                .into_iter()
                .zip(theirs)
                .filter(|(ours, theirs)| ours != theirs)
                .collect(),
            _ => Vec::new(),
        }
    }

    pub fn names(&mut self) -> Result<(), Stop> {
        let txn = self.txn;
        let table = Table {
            name: "names",
            columns: "id, text",
            order: &["id"],
            keys: (1, SMALL),
            known: None,
            index: None,
        };
        let mut names = BTreeSet::new();
        self.table(table, &mut |row| {
            if let Some(id) = fit::key(&row[0]) {
                let text = fit::text(&row[1]);
                if txn.execute(NAME, (id, &text))? == 0 && names.insert(id) {
                    txn.execute(NAME, (id, format!("{text} (#{id})")))?;
                }
                names.insert(id);
            }
            Ok(())
        })?;
        self.names = names;
        Ok(())
    }

    pub fn facts(&mut self) -> Result<(), Stop> {
        let txn = self.txn;
        let mut used = BTreeSet::new();
        let table = Table {
            name: "facts",
            columns: "n, id, project, kind, priority, created, first_seen, error_type, message, source, stack_trace, body, tags,
              assignee, correlation_id, environment, release, fingerprint, user, mark, notes, payload, context",
            order: &["n"],
            keys: (KEYS.0, self.counter("ticket").unwrap_or(KEYS.1)),
            known: None,
            index: Some(NEWEST_FACTS),
        };
        self.table(table, &mut |row| {
            let Some(n) = fit::key(&row[0]) else {
                return Ok(());
            };
            let mut facts = fitting(row);
            used.extend(fit::opt(&facts[2]));
            if txn.execute(FACTS, params_from_iter(&facts))? == 0
                && !txn.query_row(FACTS_THERE, [n], |row| row.get::<_, bool>(0))?
            {
                // Its id is another's by now.
                let id = TicketId::of(n, Timestamp::from_micros(fit::any(&facts[5])));
                facts[1] = Value::Text(format!("{id}-{n}"));
                txn.execute(FACTS, params_from_iter(&facts))?;
            }
            Ok(())
        })?;
        self.name_all(used)
    }

    pub fn events(&mut self) -> Result<(), Stop> {
        let txn = self.txn;
        let mut actors = BTreeSet::new();
        let table = Table {
            name: "events",
            columns: "seq, ticket, at, kind, actor, token, num, old, new, prev",
            order: &["seq"],
            keys: KEYS, // their counter is a floor, and tells no end
            known: None,
            index: Some(EVENTS_OF_TICKETS),
        };
        let most = EventKind::ALL.len() as i64 - 1;
        self.table(table, &mut |row| {
            let (Some(seq), Some(ticket)) = (fit::key(&row[0]), fit::key(&row[1])) else {
                return Ok(());
            };
            let actor = fit::number(&row[4], 1, SMALL, 1);
            actors.insert(actor);
            let row = params![
                seq,
                ticket,
                fit::any(&row[2]),
                fit::number(&row[3], 0, most, EventKind::Imported as i64),
                actor,
                fit::opt(&row[5]),
                fit::opt(&row[6]),
                fit::json(&row[7]),
                fit::json(&row[8]),
                fit::opt(&row[9]),
            ];
            txn.execute(EVENT, row)?;
            Ok(())
        })?;
        self.name_all(actors)
    }

    /// The greatest number of a name.
    pub fn last_name(&self) -> i64 {
        self.names.last().copied().unwrap_or(1)
    }

    /// A number whose name is lost is called by its number.
    pub fn name_all(&mut self, numbers: BTreeSet<i64>) -> Result<(), Stop> {
        for number in numbers {
            if self.names.insert(number)
                && !self
                    .txn
                    .query_row(NAMED, [number], |row| row.get::<_, bool>(0))?
            {
                self.txn
                    .execute(NAME, (number, format!("lost name #{number}")))?;
            }
        }
        Ok(())
    }

    /// What hangs on the tickets that are known.
    pub fn belongings(&mut self, known: &[i64]) -> Result<(), Stop> {
        let is_known = |ticket: i64| known.binary_search(&ticket).is_ok();
        let txn = self.txn;
        for (name, columns, order, insert) in BELONGINGS {
            let table = Table {
                name,
                columns,
                order,
                keys: KEYS,
                known: Some(known),
                index: None,
            };
            self.table(table, &mut |row| {
                if fit::key(&row[0]).is_some_and(is_known) {
                    let last = row.len() - 1;
                    let mut values: Vec<Value> = row
                        .iter()
                        .map(|value| Value::Integer(fit::number(value, 0, i64::MAX, 0)))
                        .collect();
                    match *name {
                        "seen" => values[1] = fit::number(&row[1], 1, i64::MAX, 1).into(),
                        "samples" => {
                            values[last] = fit::json(&row[last]).unwrap_or_default().into()
                        }
                        "attempts" => {
                            values[1] = fit::number(&row[1], 0, SMALL, 0).into();
                            values[2] = fit::number(&row[2], 0, SMALL, 0).into();
                            values[last] =
                                fit::opt_text(&row[last]).map_or(Value::Null, Value::Text);
                        }
                        _ => {}
                    }
                    txn.execute(insert, params_from_iter(values))?;
                }
                Ok(())
            })?;
        }
        self.by_text(known)
    }

    /// Tables whose key is no one number.
    fn by_text(&mut self, known: &[i64]) -> Result<(), Stop> {
        let is_known =
            |value: &Value| fit::key(value).is_some_and(|n| known.binary_search(&n).is_ok());
        let txn = self.txn;
        for (name, columns, order, insert) in BY_TEXT.iter().chain(outbox::TABLES) {
            let told = walk::read_ends(self.from, columns, name, order, &mut |row| {
                let values = match *name {
                    "fingerprints" if is_known(&row[3]) => vec![
                        fit::any(&row[0]).into(),
                        fit::mark(&row[1]).map_or(Value::Null, Value::Blob),
                        fit::any(&row[2]).into(),
                        row[3].clone(),
                    ],
                    "aliases" if is_known(&row[1]) => {
                        vec![fit::text(&row[0]).into(), row[1].clone()]
                    }
                    "requests" => vec![
                        fit::text(&row[0]).into(),
                        fit::any(&row[1]).into(),
                        fit::text(&row[2]).into(),
                        fit::text(&row[3]).into(),
                    ],
                    "positions" => vec![fit::text(&row[0]).into(), fit::any(&row[1]).into()],
                    name => match outbox::fitting(txn, name, row)? {
                        Some(values) => values,
                        None => return Ok(()),
                    },
                };
                txn.execute(insert, params_from_iter(values))?;
                Ok(())
            })?;
            self.told.insert((*name).to_owned(), told);
        }
        Ok(())
    }
}

/// A table's name, columns, order, and the statement that takes a row of it.
pub(super) type Described = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
);

const BELONGINGS: &[Described] = &[
    (
        "seen",
        "ticket, count, last",
        &["ticket"],
        "INSERT OR IGNORE INTO seen(ticket, count, last) VALUES (?1, ?2, ?3)",
    ),
    (
        "buckets",
        "ticket, hour, k",
        &["ticket", "hour"],
        "INSERT OR IGNORE INTO buckets(ticket, hour, k) VALUES (?1, ?2, ?3)",
    ),
    (
        "samples",
        "ticket, slot, nth, body",
        &["ticket", "slot"],
        "INSERT OR IGNORE INTO samples(ticket, slot, nth, body) VALUES (?1, ?2, ?3, ?4)",
    ),
    (
        "attempts",
        "ticket, n, lapses, last_error",
        &["ticket"],
        "INSERT OR IGNORE INTO attempts(ticket, n, lapses, last_error) VALUES (?1, ?2, ?3, ?4)",
    ),
];

/// The project of a fingerprint is its ticket's.
const BY_TEXT: &[Described] = &[
    (
        "fingerprints",
        "project, value, version, ticket",
        &["project", "value", "version"],
        "INSERT OR IGNORE INTO fingerprints(project, value, version, ticket)
           SELECT project, ?2, ?3, n FROM facts WHERE n = ?4 AND ?2 IS NOT NULL AND project = ?1",
    ),
    (
        "aliases",
        "id, ticket",
        &["id"],
        "INSERT OR IGNORE INTO aliases(id, ticket) VALUES (?1, ?2)",
    ),
    (
        "requests",
        "id, at, verb, answer",
        &["id"],
        "INSERT OR IGNORE INTO requests(id, at, verb, answer) VALUES (?1, ?2, ?3, ?4)",
    ),
    (
        "positions",
        "source, offset",
        &["source"],
        "INSERT OR IGNORE INTO positions(source, offset) VALUES (?1, ?2)",
    ),
];

/// A ticket's facts, each value made to fit its column.
fn fitting(row: &[Value]) -> Vec<Value> {
    let created = fit::any(&row[5]);
    let opt = |value: Option<String>| value.map_or(Value::Null, Value::Text);
    row.iter()
        .enumerate()
        .map(|(column, value)| match column {
            0 => value.clone(),
            1 | 7..=9 => fit::text(value).into(),
            2 => fit::number(value, 1, SMALL, 1).into(),
            3 => fit::number(value, 0, 1, 0).into(),
            4 => fit::number(value, 0, 4, 2).into(),
            5 => created.into(),
            6 => fit::number(value, i64::MIN, i64::MAX, created).into(),
            12 | 21 | 22 => opt(fit::json(value)),
            19 => fit::mark(value).map_or(Value::Null, Value::Blob),
            _ => opt(fit::opt_text(value)),
        })
        .collect()
}

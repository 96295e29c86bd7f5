//! Reading a damaged table: forwards until it breaks, backwards until it breaks, and what is between by halves, as long
//! as any range gives a row.

use sqlite_line::rusqlite::types::{Value, ValueRef};
use sqlite_line::rusqlite::{Connection, Result as Sql, Row};

use crate::store::sqlite::desk::Stop;

/// So many ranges may fail one after the other before the rest of a table is given up.
const PATIENCE: u32 = 1 << 18;
/// The same where nobody knows how far the keys go.
const SHORT_PATIENCE: u32 = 1 << 12;
/// A gap of so many keys has no end that is known.
const WIDE: i64 = 1 << 32;
/// The smallest and the greatest key that a sound file can have: above it is room for the counters to rise.
pub(super) const KEYS: (i64, i64) = (1, 1 << 61);

/// A table that is read by a whole number.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    pub name: &'a str,
    /// What is read; the first column is the key.
    pub columns: &'a str,
    /// The order of its rows, which begins with the key.
    pub order: &'a [&'a str],
    /// The smallest and the greatest key that is looked for.
    pub keys: (i64, i64),
    /// The keys that are of use, in their order; all when not said.
    pub known: Option<&'a [i64]>,
    /// An index that has keys too, as a query for them: it tells how far they go when the table itself does not.
    pub index: Option<&'a str>,
}

/// What was read of a table, and what was not.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// Ranges of keys that give nothing.
    pub gaps: Vec<(i64, i64)>,
    /// There may be rows behind the last that was read.
    pub open_end: bool,
    /// What SQLite said first.
    pub why: Option<String>,
}

/// Where a range of a table stopped giving rows.
enum Run {
    Ended,
    Broke(Option<i64>),
}

struct Walk<'a, 'f> {
    from: &'a Connection,
    table: Table<'a>,
    forwards: String,
    backwards: String,
    failed: u32,
    patience: u32,
    told: Told,
    row: &'f mut dyn FnMut(&[Value]) -> Result<(), Stop>,
}

/// Reads a table. `row` may be given a row twice.
pub(super) fn read(
    from: &Connection,
    table: Table<'_>,
    row: &mut dyn FnMut(&[Value]) -> Result<(), Stop>,
) -> Result<Told, Stop> {
    let Some(key) = table.order.first() else {
        return Ok(Told::default());
    };
    let sql = |direction: &str| {
        let order: Vec<String> = table
            .order
            .iter()
            .map(|name| format!("{name} {direction}"))
            .collect();
        format!(
            "SELECT {} FROM {} NOT INDEXED WHERE {key} BETWEEN ?1 AND ?2 ORDER BY {}",
            table.columns,
            table.name,
            order.join(", ")
        )
    };
    let mut walk = Walk {
        from,
        table,
        forwards: sql("ASC"),
        backwards: sql("DESC"),
        failed: 0,
        patience: PATIENCE,
        told: Told::default(),
        row,
    };
    walk.whole(table.keys.0, table.keys.1)?;
    let mut told = walk.told;
    told.gaps = joined(told.gaps);
    Ok(told)
}

impl Walk<'_, '_> {
    fn whole(&mut self, from: i64, to: i64) -> Result<(), Stop> {
        let Some((low, high)) = self.ends(from, to)? else {
            return Ok(());
        };
        // The end is not to be seen from behind.
        self.told.open_end = high == to;
        let end = if high == to {
            self.table.index.and_then(|sql| self.greatest(sql))
        } else {
            None
        };
        let high = end.map_or(high, |end| end.clamp(low, high));
        let endless = high.saturating_sub(low) > WIDE && self.table.known.is_none();
        self.patience = if endless { SHORT_PATIENCE } else { PATIENCE };
        self.split(low, high)
    }

    /// The greatest key that an index tells of, as far as it can be read.
    fn greatest(&self, sql: &str) -> Option<i64> {
        let mut greatest = None;
        let _: Sql<()> = self.from.prepare(sql).and_then(|mut statement| {
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                greatest = greatest.max(
                    row.get::<_, i64>(0)
                        .ok()
                        .filter(|key| *key <= self.table.keys.1),
                );
            }
            Ok(())
        });
        greatest
    }

    fn range(&mut self, from: i64, to: i64) -> Result<(), Stop> {
        if self.failed > self.patience {
            self.told.gaps.push((from, to));
            return Ok(());
        }
        match self.ends(from, to)? {
            Some((low, high)) => self.split(low, high),
            None => Ok(()),
        }
    }

    /// Reads a range from both of its ends. Answers what is left between them.
    fn ends(&mut self, from: i64, to: i64) -> Result<Option<(i64, i64)>, Stop> {
        let Run::Broke(first) = self.run(from, to, true)? else {
            return Ok(None);
        };
        let low = first.map_or(from, |last| self.past(last, 1));
        if low > to {
            return Ok(None);
        }
        let Run::Broke(last) = self.run(low, to, false)? else {
            return Ok(None);
        };
        let high = last.map_or(to, |last| self.past(last, -1));
        Ok((low <= high).then_some((low, high)))
    }

    /// The key behind one that was read whole. Where several rows share a key, some of them may be left.
    fn past(&self, key: i64, step: i64) -> i64 {
        if self.table.order.len() == 1 {
            key.saturating_add(step)
        } else {
            key
        }
    }

    /// Neither end of this range gives a row.
    fn split(&mut self, low: i64, high: i64) -> Result<(), Stop> {
        let (low, high, middle) = match self.table.known {
            None => (low, high, low + (high - low) / 2),
            Some(known) => {
                let known = &known[known.partition_point(|key| *key < low)..];
                let known = &known[..known.partition_point(|key| *key <= high)];
                match (known.first(), known.last()) {
                    (Some(low), Some(high)) => (*low, *high, known[(known.len() - 1) / 2]),
                    _ => return Ok(()),
                }
            }
        };
        if low == high && matches!(self.run(low, high, true)?, Run::Ended) {
            return Ok(());
        }
        if low == high {
            self.told.gaps.push((low, high));
            return Ok(());
        }
        self.range(low, middle)?;
        self.range(middle + 1, high)
    }

    /// Reads on from one end of a range until it ends or breaks. Keys that are out of order are damage too.
    fn run(&mut self, low: i64, high: i64, forwards: bool) -> Result<Run, Stop> {
        let sql = if forwards {
            &self.forwards
        } else {
            &self.backwards
        };
        let mut last = None;
        let why = match self.from.prepare_cached(sql).and_then(|mut statement| {
            let mut rows = statement.query([low, high])?;
            while let Some(row) = rows.next()? {
                let values = values(row)?;
                let Some(Value::Integer(key)) = values.first() else {
                    return Ok(Err(None));
                };
                let in_order =
                    last.is_none_or(|last| if forwards { last <= *key } else { last >= *key });
                if !in_order || !(low..=high).contains(key) {
                    return Ok(Err(None));
                }
                last = Some(*key);
                self.failed = 0;
                if let Err(stop) = (self.row)(&values) {
                    return Ok(Err(Some(stop)));
                }
            }
            Ok(Ok(()))
        }) {
            Ok(Ok(())) => return Ok(Run::Ended),
            Ok(Err(Some(stop))) => return Err(stop),
            Ok(Err(None)) => "its keys are out of order".to_owned(),
            Err(error) => error.to_string(),
        };
        self.failed += 1;
        self.told.why.get_or_insert(why);
        Ok(Run::Broke(last))
    }
}

/// A row as it is. Text that is no UTF-8 has its odd bytes replaced.
pub(super) fn values(row: &Row<'_>) -> Sql<Vec<Value>> {
    let columns = row.as_ref().column_count();
    (0..columns)
        .map(|column| {
            Ok(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Real(number) => Value::Real(number),
                ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            })
        })
        .collect()
}

/// Ranges that meet become one.
fn joined(mut gaps: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    gaps.sort_unstable();
    let mut all: Vec<(i64, i64)> = Vec::new();
    for (low, high) in gaps {
        match all.last_mut() {
            Some((_, end)) if low <= end.saturating_add(1) => *end = high.max(*end),
            _ => all.push((low, high)),
        }
    }
    all
}

/// Reads a table whose key is no whole number, from its beginning and from its end: what lies between two breaks is not
/// looked for. `row` may be given a row twice.
pub(super) fn read_ends(
    from: &Connection,
    columns: &str,
    table: &str,
    order: &[&str],
    row: &mut dyn FnMut(&[Value]) -> Result<(), Stop>,
) -> Result<Told, Stop> {
    let mut told = Told::default();
    for direction in ["ASC", "DESC"] {
        let order: Vec<String> = order
            .iter()
            .map(|name| format!("{name} {direction}"))
            .collect();
        let sql = format!(
            "SELECT {columns} FROM {table} NOT INDEXED ORDER BY {}",
            order.join(", ")
        );
        let mut stopped = Ok(());
        let done = from.prepare(&sql).and_then(|mut statement| {
            let mut rows = statement.query([])?;
            while let Some(found) = rows.next()? {
                stopped = row(&values(found)?);
                if stopped.is_err() {
                    break;
                }
            }
            Ok(())
        });
        stopped?;
        match done {
            Ok(()) if told.why.is_none() => return Ok(told),
            Ok(()) => {}
            Err(error) => drop(told.why.get_or_insert(error.to_string())),
        }
    }
    Ok(told)
}

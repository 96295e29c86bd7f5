//! Rows as they are, table and columns by name, on their way into an export and out of one.

use serde_json::{Map, Number, Value as Json, json};
use sqlite_line::rusqlite::types::{Value, ValueRef};
use sqlite_line::rusqlite::{Params, Result as Sql, Row, params_from_iter};
use sqlite_line::{ReadTxn, WriteTxn};

use super::LOOSE;
use crate::archive::ArchiveRow;
use crate::error::Error;
use crate::store::sqlite::desk::Step;
use crate::store::sqlite::legacy::{LIVING, columns_of, quoted};

/// A row as JSON; its columns are named by `columns`.
fn object(row: &Row<'_>, columns: &[String]) -> Sql<Map<String, Json>> {
    let mut fields = Map::new();
    for (at, column) in columns.iter().enumerate() {
        fields.insert(column.clone(), value(row.get_ref(at)?));
    }
    Ok(fields)
}

fn value(value: ValueRef<'_>) -> Json {
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => Number::from_f64(number).map_or(Json::Null, Json::Number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => text.into(),
            Err(_) => json!({ "hex_text": hex(text) }),
        },
        ValueRef::Blob(bytes) => json!({ "hex": hex(bytes) }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// The value that stands in an export; `None` for what never stands there.
fn stored(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Integer(i64::from(*flag)),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Integer(whole),
            None => Value::Real(number.as_f64()?),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Object(fields) => {
            let of = |key| fields.get(key).and_then(Json::as_str);
            match (of("hex"), of("hex_text")) {
                (Some(hex), _) => Value::Blob(bytes(hex)?),
                (_, Some(hex)) => Value::Text(String::from_utf8_lossy(&bytes(hex)?).into_owned()),
                _ => return None,
            }
        }
        Json::Array(_) => return None,
    })
}

/// Calls `each` with every row of `table` for which `rest` (a WHERE, an ORDER BY) holds.
pub(super) fn for_each(
    txn: &ReadTxn<'_>,
    table: &str,
    rest: &str,
    params: impl Params,
    mut each: impl FnMut(Map<String, Json>) -> Sql<()>,
) -> Sql<()> {
    let columns = columns_of(txn, table)?;
    let sql = format!("SELECT {} FROM {table} {rest}", list(&columns));
    txn.for_each(&sql, params, |row| each(object(row, &columns)?))
}

/// Names as SQL takes them, whatever is in them.
fn list<'a>(columns: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<String> = columns.into_iter().map(|name| quoted(name)).collect();
    names.join(", ")
}

/// Refuses a row that the table cannot hold, before anything is written.
pub(super) fn fits(txn: &ReadTxn<'_>, table: &str, fields: &Map<String, Json>) -> Step<()> {
    let known = columns_of(txn, table)?;
    for (column, json) in fields {
        if !known.contains(column) {
            return Err(Error::invalid(column, format!("{table} has no such column")).into());
        }
        if stored(json).is_none() {
            let why = format!("{json} is no value of a row of {table}");
            return Err(Error::invalid(column, why).into());
        }
    }
    Ok(())
}

/// Inserts a row as it is; it [`fits`].
pub(super) fn insert(
    txn: &WriteTxn<'_>,
    verb: &str,
    table: &str,
    fields: &Map<String, Json>,
) -> Sql<()> {
    let marks = vec!["?"; fields.len()].join(", ");
    let sql = format!(
        "{verb} INTO {table}({}) VALUES ({marks})",
        list(fields.keys())
    );
    let values = fields
        .values()
        .map(|json| stored(json).unwrap_or(Value::Null));
    txn.execute(&sql, params_from_iter(values)).map(|_| ())
}

/// Takes a loose row in. `exactly`: under its own number, into a database that was empty.
pub(super) fn take(txn: &WriteTxn<'_>, row: &ArchiveRow, exactly: bool) -> Step<()> {
    let table = row.table.as_str();
    if !LOOSE.iter().any(|(known, _)| *known == table) {
        return Err(
            Error::invalid("table", format!("`{table}` is none that an export has")).into(),
        );
    }
    fits(txn, table, &row.values)?;
    let mut values = row.values.clone();
    if table == "event_log" {
        keep_reference(txn, &mut values)?;
    }
    if exactly {
        // A second import of the same file changes nothing.
        return Ok(insert(txn, "INSERT OR REPLACE", table, &values)?);
    }
    if LIVING.contains(&table) && !is_there(txn, table, &values)? {
        values.remove("id");
        return Ok(insert(txn, "INSERT OR IGNORE", table, &values)?);
    }
    // The others speak of numbers that mean something else here; tickets bring their own.
    Ok(())
}

/// An event of a ticket that is gone comes without it: nothing may refer to what is not there.
fn keep_reference(txn: &WriteTxn<'_>, values: &mut Map<String, Json>) -> Sql<()> {
    let Some(Json::String(id)) = values.get("ticket_id") else {
        return Ok(());
    };
    let known = txn.query_opt("SELECT 1 FROM facts WHERE id = ?1", [id], |_| Ok(()))?;
    if known.is_none() {
        values.insert("ticket_id".to_owned(), Json::Null);
    }
    Ok(())
}

/// Whether the very same row is there under the same number.
fn is_there(txn: &WriteTxn<'_>, table: &str, values: &Map<String, Json>) -> Sql<bool> {
    let Some(id) = values.get("id").and_then(Json::as_i64) else {
        return Ok(false);
    };
    let mut same = false;
    for_each(txn, table, "WHERE id = ?1", [id], |found| {
        same = values
            .iter()
            .all(|(column, value)| found.get(column) == Some(value));
        Ok(())
    })?;
    Ok(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let values = [
            Value::Null,
            Value::Integer(-7),
            Value::Real(0.5),
            Value::Text("a\u{0}é".to_owned()),
            Value::Blob(vec![0, 255, 16]),
        ];
        for was in values {
            assert_eq!(stored(&value(ValueRef::from(&was))), Some(was));
        }
        for bad in [
            json!([1]),
            json!({}),
            json!({ "hex": "0" .repeat(3) + "g" }),
        ] {
            assert_eq!(stored(&bad), None, "{bad}");
        }
    }
}

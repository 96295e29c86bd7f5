//! Files of the Python system are taken over whole, or left as they are.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at its first surprise"
)]

#[path = "../legacy/mod.rs"]
mod legacy;

mod equal;
mod places;
mod values;
mod versions;

use std::path::Path;

use actifix::rusqlite::Connection;
use actifix::{Settings, Store, Upgraded};
use legacy::rows;

fn upgrade(path: &Path) -> actifix::Result<Upgraded> {
    Store::upgrade(path, Some("op"), Settings::default(), |_, _| ())
}

fn names(conn: &Connection, table: &str) -> Vec<String> {
    rows(
        conn,
        &format!("SELECT name FROM pragma_table_info('{table}')"),
    )
    .into_iter()
    .map(|row| match &row[0] {
        actifix::rusqlite::types::Value::Text(name) => name.clone(),
        other => panic!("{other:?}"),
    })
    .collect()
}

//! What can be read of a damaged database comes into a new one that is sound, and the damaged one stays as it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a proof that cannot go on fails"
)]

#[path = "../legacy/mod.rs"]
mod legacy;
#[path = "../proof/mod.rs"]
mod proof;

mod bytes;
mod others;
mod pages;
mod scene;

use std::collections::BTreeSet;
use std::path::Path;

use actifix::Store;
use actifix::rusqlite::Connection;

/// Every row of a table, as text.
fn rows(path: &Path, table: &str) -> BTreeSet<String> {
    let conn = Connection::open(path).unwrap();
    let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = statement.column_count();
    let all = statement.query_map([], |row| {
        let cells = (0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap()));
        Ok(cells.collect::<Vec<_>>().join("|"))
    });
    all.unwrap().map(Result::unwrap).collect()
}

#[track_caller]
fn sound(out: &Path) -> Store {
    let store = Store::open(out).unwrap();
    let verdict = store.verify(false).wait().unwrap();
    assert!(verdict.ok, "{verdict:?}");
    // Everything can be looked at, and worked on.
    let exported: Result<(), actifix::Error> = store.export(|_| Ok(()));
    exported.unwrap();
    store
}

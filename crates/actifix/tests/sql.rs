//! People's own SQL on a store's file.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at its first surprise"
)]

mod legacy;
mod proof;

#[path = "sql/killed.rs"]
mod killed;
#[path = "sql/leases.rs"]
mod leases;
#[path = "sql/rows.rs"]
mod rows;
#[path = "sql/rules.rs"]
mod rules;
#[path = "sql/same.rs"]
mod same;
#[path = "sql/turns.rs"]
mod turns;

use actifix::legacy::{Outcome, Patience, SqlConnection, SqlError, SqlValue};
use actifix::{Report, Store, TicketId};

#[test]
fn role() {
    proof::role::play(&[("writer", killed::writer)]);
}

/// A store with three open tickets, and a connection of people's own.
struct Scene {
    dir: tempfile::TempDir,
    store: Store,
    sql: SqlConnection,
    ids: Vec<TicketId>,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path().join("actifix.db")).unwrap();
        let report = |n: &str| Report::error("E", "no such column").fingerprint(n);
        let ids = ["g-0", "g-1", "g-2"].map(|n| store.record(report(n)).wait().unwrap().id);
        let sql = SqlConnection::open(&store, Patience::default()).unwrap();
        let ids = ids.into();
        Self {
            dir,
            store,
            sql,
            ids,
        }
    }

    /// One statement that goes well; `{0}`, `{1}`, `{2}` are the tickets' ids.
    fn run(&self, sql: &str) -> Outcome {
        self.try_run(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"))
    }

    fn try_run(&self, sql: &str) -> Result<Outcome, SqlError> {
        let mut sql = sql.to_owned();
        for (n, id) in self.ids.iter().enumerate() {
            sql = sql.replace(&format!("{{{n}}}"), id.as_str());
        }
        self.sql.run(&sql, &[])
    }

    /// The first column of the first row, as text.
    fn one(&self, sql: &str) -> String {
        match self.run(sql).rows.into_iter().flatten().next() {
            Some(SqlValue::Text(text)) => text,
            other => format!("{other:?}"),
        }
    }

    /// The file says what it must say.
    fn is_sound(&self) {
        let verdict = self.store.verify(false).wait().unwrap();
        assert!(verdict.ok, "{:?}", verdict.problems);
    }

    /// The ticket's history, a word each.
    fn events(&self, n: usize) -> Vec<String> {
        let story = self.store.show(&self.ids[n]).wait().unwrap();
        let word = |event: &actifix::Event| format!("{} by {}", event.kind, event.actor);
        story.events.iter().map(word).collect()
    }
}

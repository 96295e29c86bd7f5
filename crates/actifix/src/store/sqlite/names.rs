//! Texts that stand in hot rows by number.

use std::collections::HashMap;
use std::sync::Arc;

use sqlite_line::rusqlite::Result;
use sqlite_line::{ReadTxn, WriteTxn};

/// By `names`' unique index on text.
pub(super) const FIND: &str = "SELECT id FROM names WHERE text = ?1";
/// By rowid.
const TEXT: &str = "SELECT text FROM names WHERE id = ?1";
const ADD: &str = "INSERT INTO names(text) VALUES (?1)";

/// So many texts are kept at hand; then all are looked up again.
const KEPT: usize = 50_000;

/// Names looked up before. A name is never changed or removed, so what was committed once stays true.
#[derive(Default)]
pub(super) struct Names {
    ids: HashMap<Arc<str>, i64>,
    texts: HashMap<i64, Arc<str>>,
}

impl Names {
    /// The number of `text`, which is given one when it has none.
    pub fn id(&mut self, txn: &WriteTxn<'_>, text: &str) -> Result<i64> {
        if let Some(id) = self.find(txn, text)? {
            return Ok(id);
        }
        txn.execute(ADD, [text])?;
        let id = txn.last_insert_rowid();
        self.keep(id, text.into());
        Ok(id)
    }

    /// The number of `text`, when it has one.
    pub fn find(&mut self, txn: &ReadTxn<'_>, text: &str) -> Result<Option<i64>> {
        if let Some(id) = self.ids.get(text) {
            return Ok(Some(*id));
        }
        let found = txn.query_opt(FIND, [text], |row| row.get(0))?;
        if let Some(id) = found {
            self.keep(id, text.into());
        }
        Ok(found)
    }

    /// The text of number `id`.
    pub fn text(&mut self, txn: &ReadTxn<'_>, id: i64) -> Result<Arc<str>> {
        if let Some(text) = self.texts.get(&id) {
            return Ok(Arc::clone(text));
        }
        let text: Arc<str> = txn
            .query_row(TEXT, [id], |row| row.get::<_, String>(0))?
            .into();
        self.keep(id, Arc::clone(&text));
        Ok(text)
    }

    /// The batch was rolled back: what it added may not be there.
    pub fn forget(&mut self) {
        self.ids.clear();
        self.texts.clear();
    }

    fn keep(&mut self, id: i64, text: Arc<str>) {
        if self.ids.len() >= KEPT {
            self.forget();
        }
        self.ids.insert(Arc::clone(&text), id);
        self.texts.insert(id, text);
    }
}

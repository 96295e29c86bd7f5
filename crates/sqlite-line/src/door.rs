//! The door of a connection: which SQL may pass. BEGIN, COMMIT and the PRAGMAs that matter belong to the line, so SQL
//! that comes through a transaction cannot even spell a second COMMIT.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// PRAGMAs that only look, whatever their argument.
const LOOKING: &[&str] = &[
    "application_id",
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "page_count",
    "page_size",
    "pragma_list",
    "quick_check",
    "schema_version",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
];
/// Of these, an argument would be a value to set.
const SETTABLE: &[&str] = &[
    "application_id",
    "encoding",
    "page_size",
    "schema_version",
    "user_version",
];
/// Settings that may be asked for, never set.
const ASKABLE: &[&str] = &[
    "busy_timeout",
    "cache_size",
    "foreign_keys",
    "journal_mode",
    "max_page_count",
    "query_only",
    "recursive_triggers",
    "synchronous",
    "wal_autocheckpoint",
];

/// The key to a connection's door: only the line's own statements pass while it is turned.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    open: Arc<AtomicBool>,
    begin: Arc<str>,
    commit: Arc<str>,
}

impl Door {
    /// Puts the door into a connection. Once per connection: a second authorizer would replace it.
    pub(crate) fn fit(conn: &mut Connection) -> rusqlite::Result<Self> {
        Self::fit_with(conn, |context| passes(&context.action))
    }

    /// A door with rules of its own.
    pub(crate) fn fit_with(
        conn: &mut Connection,
        mut passes: impl FnMut(&AuthContext<'_>) -> bool + Send + 'static,
    ) -> rusqlite::Result<Self> {
        let open = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&open);
        conn.authorizer(Some(move |context: AuthContext<'_>| {
            if seen.load(Ordering::Relaxed) || passes(&context) {
                Authorization::Allow
            } else {
                Authorization::Deny
            }
        }))?;
        // Of every door its own.
        let name = RandomState::new().build_hasher().finish();
        Ok(Self {
            open,
            begin: format!("BEGIN IMMEDIATE -- {name:x}").into(),
            commit: format!("COMMIT -- {name:x}").into(),
        })
    }

    /// `BEGIN IMMEDIATE`, ready-made.
    pub(crate) fn begin(&self, conn: &Connection) -> rusqlite::Result<()> {
        self.ready_made(conn, &self.begin)
    }

    /// `COMMIT`, ready-made.
    pub(crate) fn commit(&self, conn: &Connection) -> rusqlite::Result<()> {
        self.ready_made(conn, &self.commit)
    }

    /// What every batch needs stands in the statement cache, by a text that nobody else can know.
    fn ready_made(&self, conn: &Connection, sql: &str) -> rusqlite::Result<()> {
        self.opened(|| conn.prepare_cached(sql)?.execute([]).map(|_| ()))
    }

    /// Runs the line's own SQL. Never through the statement cache, where others would find it ready-made.
    pub(crate) fn own(&self, conn: &Connection, sql: &str) -> rusqlite::Result<()> {
        self.opened(|| conn.execute_batch(sql))
    }

    /// Everything passes while `f` runs.
    pub(crate) fn opened<T>(&self, f: impl FnOnce() -> T) -> T {
        self.open.store(true, Ordering::Relaxed);
        let result = f();
        self.open.store(false, Ordering::Relaxed);
        result
    }
}

fn passes(action: &AuthAction<'_>) -> bool {
    match action {
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => false,
        AuthAction::Attach { .. } | AuthAction::Detach { .. } => false,
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => pragma_passes(pragma_name, pragma_value.is_some()),
        _ => true,
    }
}

fn pragma_passes(name: &str, has_value: bool) -> bool {
    let name = name.to_ascii_lowercase();
    // Ends with the transaction, and a migration that rebuilds tables needs it.
    name == "defer_foreign_keys" || looks(&name, has_value)
}

/// Whether a PRAGMA, in small letters, changes nothing.
pub(crate) fn looks(name: &str, has_value: bool) -> bool {
    if has_value {
        LOOKING.contains(&name) && !SETTABLE.contains(&name)
    } else {
        LOOKING.contains(&name) || ASKABLE.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENIED: &str = "BEGIN; BEGIN IMMEDIATE; COMMIT; END; ROLLBACK; SAVEPOINT a; RELEASE a; \
        ATTACH ':memory:' AS b; DETACH main; PRAGMA query_only=OFF; PRAGMA user_version=7; \
        PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF; PRAGMA wal_checkpoint; \
        PRAGMA writable_schema=ON; PRAGMA foreign_keys(0)";
    const ALLOWED: &str = "CREATE TABLE t(a); PRAGMA user_version; PRAGMA table_info(t); \
        PRAGMA synchronous; PRAGMA defer_foreign_keys=ON";

    #[test]
    fn control_is_denied_and_work_passes() {
        let mut conn = Connection::open_in_memory().unwrap();
        let door = Door::fit(&mut conn).unwrap();
        for sql in DENIED.split("; ") {
            let code = conn.execute_batch(sql).unwrap_err().sqlite_error_code();
            let denied = Some(rusqlite::ErrorCode::AuthorizationForStatementDenied);
            assert_eq!(code, denied, "{sql}");
        }
        for sql in ALLOWED.split("; ") {
            conn.execute_batch(sql).unwrap();
        }
        let ours = "BEGIN IMMEDIATE; INSERT INTO t VALUES(1); COMMIT";
        door.own(&conn, ours).unwrap();
        let closed_again = conn.execute_batch("BEGIN").is_err();
        assert!(closed_again);
    }
}

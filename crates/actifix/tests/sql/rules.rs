//! What people's own SQL may not do: the store's tables, settings that all share, this database under a second name.

use actifix::rusqlite::ffi;

use crate::Scene;

#[test]
fn the_stores_own_tables_are_read_and_not_written() {
    let scene = Scene::new();
    for table in [
        "ready",
        "leases",
        "facts",
        "events",
        "counts",
        "counters",
        "names",
        "legacy",
        "actifix_asked",
    ] {
        scene.run(&format!("SELECT count(*) FROM {table}"));
        for sql in [
            format!("DELETE FROM {table}"),
            format!("DROP TABLE {table}"),
            format!("ALTER TABLE {table} RENAME TO mine"),
            format!("CREATE INDEX mine ON {table}(rowid)"),
            format!("CREATE TRIGGER mine AFTER INSERT ON {table} BEGIN SELECT 1; END"),
            format!(
                "CREATE TEMP TABLE {}(a)",
                if table == "actifix_asked" {
                    "actifix_mine"
                } else {
                    table
                }
            ),
        ] {
            if sql.contains("(rowid)") || (sql.contains("TRIGGER") && table == "actifix_asked") {
                continue; // SQLite itself says no
            }
            let error = scene.try_run(&sql).unwrap_err();
            assert_eq!(error.code, Some(ffi::SQLITE_AUTH), "{sql}: {error}");
            assert!(error.message.contains("Actifix's own"), "{sql}: {error}");
        }
    }
    scene.is_sound();
}

#[test]
fn views_triggers_and_settings_stay() {
    let scene = Scene::new();
    let same_file = format!("ATTACH '{}' AS again", scene.store.path().display());
    for sql in [
        "DROP VIEW tickets",
        "DROP TRIGGER actifix_update",
        "CREATE TEMP VIEW tickets AS SELECT 1",
        "CREATE TEMP TRIGGER x INSTEAD OF DELETE ON tickets BEGIN SELECT 1; END",
        "DROP TABLE event_log",
        "PRAGMA journal_mode=DELETE",
        "PRAGMA synchronous=OFF",
        "PRAGMA foreign_keys=OFF",
        "PRAGMA writable_schema=ON",
        "PRAGMA locking_mode=EXCLUSIVE",
        "PRAGMA user_version=7",
        "BEGIN IMMEDIATE; SELECT 1",
        &same_file,
    ] {
        let error = scene.try_run(sql).unwrap_err();
        assert!(
            error.code == Some(ffi::SQLITE_AUTH) || error.code.is_none(),
            "{sql}: {error:?}"
        );
    }
    for sql in [
        "PRAGMA foreign_keys=ON",
        "PRAGMA journal_mode",
        "PRAGMA journal_mode=WAL",
        "PRAGMA table_info(tickets)",
        "PRAGMA wal_checkpoint(PASSIVE)",
        "PRAGMA integrity_check",
        "PRAGMA optimize",
        "ANALYZE",
        "VACUUM",
        "ATTACH ':memory:' AS other",
        "CREATE TABLE other.ready(a)",
        "INSERT INTO other.ready VALUES (1)",
        "DETACH other",
        "CREATE TABLE IF NOT EXISTS event_log(id)",
        "CREATE INDEX IF NOT EXISTS mine ON event_log(source)",
        "",
        "-- nothing",
    ] {
        scene.run(sql);
    }
    scene.is_sound();
}

#[test]
fn odd_input_is_an_error() {
    let scene = Scene::new();
    let odd = [
        "SELEC 1",
        "SELECT ?",
        "SELECT 1; SELECT 2",
        "SELECT \0",
        "SELECT CAST(x'ff' AS TEXT)",
        "INSERT INTO tickets DEFAULT VALUES",
        "SELECT load_extension('x')",
        "COMMIT",
        "ROLLBACK",
        "RELEASE nothing",
        "UPDATE v_recent_tickets SET id = 1",
    ];
    for sql in odd {
        assert!(scene.try_run(sql).is_err(), "{sql:?}");
    }
    assert!(!scene.sql.in_transaction());
    scene.sql.close();
    let closed = scene.try_run("SELECT 1").unwrap_err();
    assert_eq!(
        (closed.code, closed.message.as_str()),
        (None, "Cannot operate on a closed database.")
    );
    scene.is_sound();
}

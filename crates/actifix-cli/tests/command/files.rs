//! Databases that are none, or cannot be opened: a typed error with the next step, and the file stays as it is.

use std::fs;
use std::path::Path;

use actifix::rusqlite::Connection;

use crate::shell::Shell;

/// Every verb class on `db` ends with 1 and an error of `kind`.
#[track_caller]
fn refused(shell: &Shell, db: &str, kind: &str) {
    for verb in [
        &["claim"][..],
        &["list"],
        &["record", "--message", "m"],
        &["stats"],
        &["init"],
        &["verify"],
        &["status"],
    ] {
        let line = verb.iter().copied().chain(["--db", db, "--json"]);
        let error = shell.run(line).ends(1).error();
        assert_eq!(error["kind"], kind, "{verb:?}: {error}");
        let told = shell.run(verb.iter().copied().chain(["--db", db])).ends(1);
        assert!(
            told.err.starts_with("error: ") && told.err.contains("\n next: "),
            "{}",
            told.err
        );
    }
}

/// The same, and the file stays byte for byte, with nothing beside it.
#[track_caller]
fn refused_untouched(shell: &Shell, path: &Path, kind: &str) {
    let before = fs::read(path).unwrap();
    let files = |of: &Path| {
        fs::read_dir(of.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect::<Vec<_>>()
    };
    let beside = files(path);
    refused(shell, path.to_str().unwrap(), kind);
    assert_eq!(fs::read(path).unwrap(), before);
    assert_eq!(files(path), beside);
}

#[test]
fn a_folder() {
    let shell = Shell::new();
    fs::create_dir(shell.path().join("folder")).unwrap();
    refused(&shell, "folder", "storage");
}

#[test]
fn a_path_below_a_file_or_in_a_missing_folder() {
    let shell = Shell::new();
    shell.write("file", "");
    for db in [
        "file/actifix.db",
        "missing/actifix.db",
        "/proc/nowhere/actifix.db",
    ] {
        for verb in [&["record", "--message", "m"][..], &["init"]] {
            let error = shell
                .run(verb.iter().copied().chain(["--db", db, "--json"]))
                .ends(1)
                .error();
            assert_eq!(error["kind"], "storage", "{db}: {error}");
        }
    }
    assert!(!shell.path().join("missing").exists());
}

#[test]
fn what_is_no_database() {
    let shell = Shell::new();
    refused_untouched(
        &shell,
        &shell.write(
            "a/notes.txt",
            "this is no database, only a text of some length\n".repeat(200),
        ),
        "corrupt",
    );
    let noise: Vec<u8> = (0..8_192_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    refused_untouched(&shell, &shell.write("b/encrypted.db", noise), "corrupt");
}

#[test]
fn a_truncated_database() {
    let shell = Shell::with_database();
    shell.json("record --message m");
    let whole = fs::read(shell.database()).unwrap();
    let cut = shell.write("cut/actifix.db", &whole[..whole.len() / 2]);
    refused_untouched(&shell, &cut, "corrupt");
}

#[test]
fn a_newer_version() {
    let shell = Shell::with_database();
    let conn = Connection::open(shell.database()).unwrap();
    conn.pragma_update(None, "user_version", 9_999).unwrap();
    drop(conn);
    refused(&shell, shell.database().to_str().unwrap(), "unsupported");
}

#[test]
fn another_programs_database() {
    let shell = Shell::new();
    let path = shell.path().join("other.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE songs(title)")
        .unwrap();
    refused_untouched(&shell, &path, "unsupported");
}

#[test]
fn a_database_of_the_python_system_is_left_untouched() {
    let shell = Shell::new();
    let path = shell.write("data/actifix.db", "");
    let legacy = "CREATE TABLE schema_version(version INTEGER PRIMARY KEY); INSERT INTO schema_version VALUES (7);
        CREATE TABLE tickets(id TEXT PRIMARY KEY, priority TEXT, error_type TEXT, message TEXT, source TEXT,
        created_at TEXT, status TEXT, locked_by TEXT);";
    Connection::open(&path)
        .unwrap()
        .execute_batch(legacy)
        .unwrap();
    refused_untouched(&shell, &path, "unsupported");
    let told = shell.run(["list"]).ends(1);
    assert!(
        told.err.contains("Python")
            && told.err.contains("untouched")
            && told.err.contains("`actifix upgrade`"),
        "{}",
        told.err
    );
}

#[test]
fn postgresql_is_told_apart() {
    let error = Shell::new()
        .run(["list", "--db", "postgres://host/db", "--json"])
        .ends(1)
        .error();
    assert_eq!(error["kind"], "unsupported");
    assert!(
        error["message"].as_str().unwrap().contains("PostgreSQL"),
        "{error}"
    );
}

#[test]
fn a_database_is_for_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let shell = Shell::with_database();
    assert_eq!(
        fs::metadata(shell.database()).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

//! Every statement of the Python system, run by a stock SQLite on an upgraded file: the same effect or an error, never a
//! silent lie.

use std::path::Path;
use std::process::Command;

use crate::legacy::real;
use crate::legacy::statements::{READS, WRITES};
use crate::shell::Shell;

fn sqlite(path: &Path, sql: &str) -> Result<String, String> {
    let output = Command::new("sqlite3")
        .arg("-bail")
        .arg(path)
        .arg(sql)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// Everything that people can look at.
fn state(path: &Path) -> Vec<String> {
    ["tickets", "event_log", "database_audit_log", "agent_voice"]
        .iter()
        .map(|table| {
            let columns = sqlite(path, &format!("SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('{table}') ORDER BY name)"));
            sqlite(path, &format!("SELECT {} FROM {table} ORDER BY id", columns.unwrap().trim())).unwrap()
        })
        .collect()
}

fn pair(shell: &Shell) -> (std::path::PathBuf, std::path::PathBuf, String) {
    let old = real(&shell.path(), 7);
    let new = shell.path().join("new.db");
    std::fs::copy(&old, &new).unwrap();
    shell.run(["--db", new.to_str().unwrap(), "upgrade"]).done();
    let id = sqlite(
        &old,
        "SELECT id FROM tickets WHERE status = 'Open' AND deleted = 0 LIMIT 1",
    )
    .unwrap();
    (old, new, id.trim().to_owned())
}

#[test]
fn what_reads_finds_the_same() {
    let shell = Shell::new();
    let (old, new, id) = pair(&shell);
    for sql in READS {
        let sql = sql.replace("{ID}", &id);
        let was = sqlite(&old, &sql).unwrap();
        assert_eq!(sqlite(&new, &sql), Ok(was), "{sql}");
    }
}

#[test]
fn what_writes_has_the_same_effect_or_fails_and_changes_nothing() {
    let shell = Shell::new();
    let (old, new, id) = pair(&shell);
    let mut refused = 0;
    for sql in WRITES {
        let sql = sql.replace("{ID}", &id);
        let fresh = |from: &Path, name: &str| {
            let to = shell.path().join(name);
            std::fs::copy(from, &to).unwrap();
            to
        };
        let (a, b) = (fresh(&old, "a.db"), fresh(&new, "b.db"));
        let (was, told) = (sqlite(&a, &sql), sqlite(&b, &sql));
        if told.is_ok() {
            assert_eq!(told, was, "{sql}");
            assert_eq!(state(&b), state(&a), "{sql}");
        } else {
            refused += 1;
            assert_eq!(state(&b), state(&new), "{sql}");
        }
        shell.run(["--db", b.to_str().unwrap(), "verify"]).done();
    }
    assert!(refused >= 13, "{refused}");
}

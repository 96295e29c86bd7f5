//! The official Python client does everything that an agent does.

use std::process::Command;

use crate::python;
use crate::shell::Shell;

#[test]
fn the_official_client_works_through_the_tools() {
    let Some(python) = python::with_client() else {
        return;
    };
    let shell = Shell::with_database();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp/client.py");
    let output = Command::new(python)
        .args([script, env!("CARGO_BIN_EXE_actifix")])
        .arg(shell.database())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.ends_with("all is well\n"), "{said}");
    let stats = shell.json("stats");
    assert_eq!(
        stats["in_progress"], 0,
        "what the client left is given back"
    );
    assert_eq!(shell.json("verify")["ok"], true);
}

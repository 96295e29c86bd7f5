//! A Python with the official client, in an environment of its own below the target folder: made once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The client, at a fixed version.
const CLIENT: &str = "mcp==2.3.0";

/// The environment's interpreter; none, said in one line, where there is no Python (with `CI` that is a failure).
pub fn with_client() -> Option<PathBuf> {
    if !ran(Command::new("python3").arg("--version")) {
        assert!(std::env::var_os("CI").is_none(), "python3 is missing");
        println!("not run: python3 is missing");
        return None;
    }
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcp-client");
    let (python, made) = (home.join("bin/python"), home.join("made"));
    if fs::read_to_string(&made).is_ok_and(|client| client == CLIENT) {
        return Some(python);
    }
    // What an earlier run left half made.
    let _ = fs::remove_dir_all(&home);
    assert!(
        ran(Command::new("python3").args(["-m", "venv"]).arg(&home)),
        "a venv cannot be made"
    );
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        CLIENT,
    ];
    assert!(
        ran(Command::new(&python).args(install)),
        "{CLIENT} cannot be installed"
    );
    fs::write(&made, CLIENT).unwrap();
    Some(python)
}

fn ran(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| {
        if !output.status.success() {
            println!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        output.status.success()
    })
}

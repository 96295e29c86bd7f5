//! `actifix deliver` with real processes: what is told, by whom, and what is left when one is killed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    dead_code,
    reason = "a test fails by panicking, also in what it calls; what is shared is not all used"
)]

mod book;
mod killed;
#[path = "../../../actifix/tests/notify/receiver.rs"]
mod receiver;
#[path = "../command/shell.rs"]
mod shell;
mod verbs;
mod while_working;

use shell::Shell;

/// A shell with an empty database and this configuration.
pub fn configured(toml: &str) -> Shell {
    let shell = Shell::with_database();
    shell.write(".actifix/config.toml", toml);
    shell
}

/// A webhook with a short time limit.
pub fn webhook(name: &str, url: &str) -> String {
    format!("[[webhook]]\nname = \"{name}\"\nurl = \"{url}\"\ntimeout = \"1s\"\n")
}

/// Records so many different errors.
pub fn record(shell: &Shell, count: usize) {
    let reports: Vec<String> = (0..count)
        .map(|n| format!("{{\"message\":\"error\",\"fingerprint\":\"{n}\"}}"))
        .collect();
    shell
        .run_with(reports.join("\n"), ["record", "--stdin"])
        .done();
}

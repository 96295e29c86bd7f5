//! The tools that suites need beside cargo: is one there, can it be installed, and what to say when not.

use std::process::{Command, Stdio};

use crate::run::cargo;

/// One tool.
#[derive(Clone, Copy)]
pub struct Tool {
    /// Its name in messages.
    pub name: &'static str,
    /// A command that succeeds where the tool is.
    probe: &'static [&'static str],
    /// A command that installs it, and how long that takes; none when only the system can.
    install: Option<(&'static [&'static str], &'static str)>,
    /// What to do by hand.
    hint: &'static str,
}

/// The formatter.
pub const RUSTFMT: Tool = Tool {
    name: "rustfmt",
    probe: &["cargo", "fmt", "--version"],
    install: Some((&["rustup", "component", "add", "rustfmt"], "seconds")),
    hint: "rustup component add rustfmt",
};

/// The linter.
pub const CLIPPY: Tool = Tool {
    name: "clippy",
    probe: &["cargo", "clippy", "--version"],
    install: Some((&["rustup", "component", "add", "clippy"], "seconds")),
    hint: "rustup component add clippy",
};

/// Lists the files of the tree.
pub const GIT: Tool = Tool {
    name: "git",
    probe: &["git", "--version"],
    install: None,
    hint: "apt-get install git",
};

/// Checks the dependencies.
pub const DENY: Tool = Tool {
    name: "cargo-deny",
    probe: &["cargo", "deny", "--version"],
    install: Some((
        &["cargo", "install", "--locked", "--debug", "cargo-deny"],
        "a minute or two on two cores, once",
    )),
    hint: "cargo install --locked --debug cargo-deny",
};

/// Makes system calls fail at an exact point.
pub const STRACE: Tool = Tool {
    name: "strace",
    probe: &["strace", "--version"],
    install: Some((
        &["apt-get", "install", "--yes", "strace"],
        "seconds, as root",
    )),
    hint: "apt-get install strace",
};

/// Makes containers, which takes root; strace makes system calls fail in them.
pub const CONTAINERS: Tool = Tool {
    name: "strace, or leave to make containers,",
    probe: &[
        "unshare",
        "--pid",
        "--fork",
        "--mount",
        "--mount-proc",
        "strace",
        "--version",
    ],
    install: STRACE.install,
    hint: "apt-get install strace util-linux, and run as root",
};

/// SQLite as other programs have it.
pub const SQLITE: Tool = Tool {
    name: "sqlite3",
    probe: &["sqlite3", "--version"],
    install: Some((
        &["apt-get", "install", "--yes", "sqlite3"],
        "seconds, as root",
    )),
    hint: "apt-get install sqlite3",
};

/// Draws the pages.
pub const CHROMIUM: Tool = Tool {
    name: "chromium",
    probe: &["chromium", "--version"],
    install: Some((
        &[
            "sh",
            "-c",
            "apt-get update && apt-get install --yes chromium",
        ],
        "half a minute, as root",
    )),
    hint: "apt-get install chromium",
};

/// Shuts a file system down, which is as good as a power cut.
pub const XFS_IO: Tool = Tool {
    name: "xfs_io",
    probe: &["xfs_io", "-V"],
    install: Some((
        &["apt-get", "install", "--yes", "xfsprogs", "e2fsprogs"],
        "seconds, as root",
    )),
    hint: "apt-get install xfsprogs e2fsprogs",
};

/// Builds the Python package and runs its tests, in virtual environments.
pub const PYTHON: Tool = Tool {
    name: "python3",
    probe: &["python3", "-c", "import ensurepip, venv"],
    install: Some((
        &["apt-get", "install", "--yes", "python3", "python3-venv"],
        "seconds, as root",
    )),
    hint: "apt-get install python3 python3-venv",
};

/// Moves the clock of a process.
pub const FAKETIME: Tool = Tool {
    name: "libfaketime",
    probe: &["faketime", "--version"],
    install: Some((
        &["apt-get", "install", "--yes", "faketime", "libfaketime"],
        "seconds, as root",
    )),
    hint: "apt-get install faketime libfaketime",
};

impl Tool {
    /// Makes sure that the tool is there; the error is one line that names what to install.
    pub fn ready(&self) -> Result<(), String> {
        if works(self.probe) {
            return Ok(());
        }
        if let Some((install, takes)) = self.install {
            println!(
                "{} is missing: installing it by `{}` ({takes})",
                self.name,
                install.join(" ")
            );
            if works(install) && works(self.probe) {
                return Ok(());
            }
        }
        Err(format!(
            "{} is missing: install it by `{}`",
            self.name, self.hint
        ))
    }
}

/// Runs the command without its output and says whether it succeeded.
fn works(words: &[&str]) -> bool {
    let Some((program, args)) = words.split_first() else {
        return false;
    };
    let mut command = if *program == "cargo" {
        cargo()
    } else {
        Command::new(program)
    };
    command
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // A tool's build is not ours: it goes to a folder that cargo removes, without debug information.
    command
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: Tool = Tool {
        name: "absent",
        probe: &["false"],
        install: None,
        hint: "apt-get install absent",
    };

    #[test]
    fn a_tool_that_is_there_is_ready() {
        assert!(GIT.ready().is_ok());
    }

    #[test]
    fn a_missing_tool_is_one_line_that_names_what_to_install() {
        let why = ABSENT.ready().expect_err("it is absent");
        assert_eq!(
            why,
            "absent is missing: install it by `apt-get install absent`"
        );
    }

    #[test]
    fn an_installation_that_does_not_help_is_still_missing() {
        let tool = Tool {
            install: Some((&["true"], "no time")),
            ..ABSENT
        };
        assert!(tool.ready().is_err());
    }
}

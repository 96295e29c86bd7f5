//! Systems and places where no socket can be: everybody commits for himself, and says so once.

use std::fs;
use std::process::Command;

use crate::cast::{ROOT, Square};

/// Writes its rows by the gate, and says why.
fn goes_alone(square: &Square, behind: Option<&str>, why: &str) {
    let mut writer = match behind {
        Some(words) => square.behind(words, "write", 1),
        None => square.by(ROOT, "write", 1),
    };
    writer.expect("ready");
    assert_eq!(writer.handed(), (0, false));
    writer.ends_alone(why);
    square.all_there([1]);
    let unfinished = square.side("-line~");
    assert!(!unfinished.exists(), "{why}: an unfinished socket is left");
}

#[test]
fn something_else_stands_where_the_socket_would() {
    let square = Square::new();
    fs::create_dir(square.side("-line")).unwrap();
    goes_alone(&square, None, "Is a directory");
}

#[test]
fn something_else_stands_where_the_lead_would() {
    let square = Square::new();
    fs::create_dir(square.side("-lead")).unwrap();
    goes_alone(&square, None, "Is a directory");
}

#[test]
fn a_name_too_long_for_a_socket() {
    let square = Square::around(&"n".repeat(120));
    goes_alone(&square, None, "too long");
}

#[test]
fn a_system_that_refuses_sockets_locks_of_the_lead_or_waiting_for_many() {
    if !Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success())
    {
        panic!("strace is missing or may not trace: apt-get install strace, or allow it");
    }
    for (call, error, why) in [
        ("bind", "EOPNOTSUPP", "not supported"),
        ("bind", "EPERM", "not permitted"),
        ("socket", "EAFNOSUPPORT", "not supported"),
        ("epoll_create1", "ENOSYS", "not implemented"),
        ("flock", "ENOLCK", "No locks available"),
    ] {
        let square = Square::new();
        // The gate's own lock must do: a file system without any is another error.
        let only = match call {
            "flock" => format!("-P {}", square.side("-lead").display()),
            _ => String::new(),
        };
        let strace = format!(
            "strace -f -qq -o /dev/null {only} -e trace={call} -e inject={call}:error={error}"
        );
        goes_alone(&square, Some(&strace), why);
    }
}

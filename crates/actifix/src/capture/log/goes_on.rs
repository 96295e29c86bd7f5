//! Which lines belong to a stack that has begun.

use super::begins::{Tongue, is_at};

/// Where in the stack the lines before have led.
#[derive(Default)]
pub struct State {
    lines: usize,
    /// The error's own line is there: only a chain leads on.
    told: bool,
    /// A sentence that leads from one error of a chain to the next was there.
    chained: bool,
}

/// Whether `line` belongs to the stack.
pub fn belongs(tongue: Tongue, state: &mut State, line: &str) -> bool {
    state.lines += 1;
    match tongue {
        Tongue::Python => python(state, line),
        Tongue::Rust => rust(state, line),
        Tongue::Go => go(line),
        Tongue::At => at(line),
        Tongue::Ruby => line.starts_with([' ', '\t']) && !line.trim().is_empty(),
    }
}

const CHAINS: [&str; 2] = [
    "During handling of the above exception",
    "The above exception was the direct cause",
];

fn python(state: &mut State, line: &str) -> bool {
    let inner = line.trim_start_matches([' ', '|', '+', '-']);
    let begins = line.contains("Traceback (most recent call last)");
    if begins {
        let on = !state.told || state.chained;
        (state.told, state.chained) = (false, false);
        return on;
    }
    if CHAINS.iter().any(|chain| inner.starts_with(chain)) {
        state.chained = true;
        return true;
    }
    if line.trim().is_empty() || line.starts_with([' ', '|', '+', '\t']) {
        // Below the error's line only a chain and the members of a group follow.
        return !state.told
            || line.trim().is_empty()
            || line.starts_with("  |")
            || line.starts_with("  +");
    }
    // The first line that stands at the margin is the error's.
    let first = !state.told;
    state.told = true;
    first
}

fn rust(state: &State, line: &str) -> bool {
    let inner = line.trim_start();
    let frame = || {
        inner
            .split_once(": ")
            .is_some_and(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
    };
    state.lines == 1
        || inner.starts_with("note: ")
        || inner.starts_with("stack backtrace:")
        || (line.starts_with(' ') && (frame() || inner.starts_with("at ")))
        || (state.lines < 12
            && (inner.starts_with("left: ")
                || inner.starts_with("right: ")
                || line.starts_with("Caused by:")))
}

fn go(line: &str) -> bool {
    const STARTS: [&str; 6] = [
        "goroutine ",
        "created by ",
        "[signal ",
        "\t",
        "panic: ",
        "exit status ",
    ];
    line.trim().is_empty()
        || STARTS.iter().any(|start| line.starts_with(start))
        || (line.ends_with(')') && line.contains('(') && !line.starts_with(' '))
}

fn at(line: &str) -> bool {
    let inner = line.trim_start();
    let indented = line.len() > inner.len();
    const STARTS: [&str; 4] = ["Caused by: ", "Suppressed: ", "Wrapped by: ", "[cause]: "];
    is_at(line)
        || STARTS.iter().any(|start| inner.starts_with(start))
        || (indented && inner.starts_with("... ") && inner.ends_with(" more"))
        || (indented && !inner.is_empty())
        || line == "}"
}

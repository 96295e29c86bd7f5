//! Rust: panics, with and without their backtrace.

use super::{Frame, Thrown, file, library, numbered};

/// `12: app::run`, with an address before the name or without.
pub fn is_frame(line: &str) -> bool {
    name(line).is_some()
}

fn name(line: &str) -> Option<&str> {
    let (number, rest) = line.trim_start().split_once(": ")?;
    if number.is_empty() || number.len() > 4 || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim();
    let (rest, addressed) = match rest
        .strip_prefix("0x")
        .and_then(|rest| rest.split_once(" - "))
    {
        Some((_, name)) => (name, true),
        None => (rest, false),
    };
    let named = rest.contains("::")
        || addressed
        || matches!(rest, "main" | "_start" | "rust_begin_unwind" | "<unknown>");
    (named && !rest.starts_with("from ")).then_some(rest)
}

/// `thread 'main' panicked at …`.
pub fn is_panic(line: &str) -> bool {
    line.starts_with("thread '") && line.contains("panicked at ")
}

/// The errors in the order of the text: one.
pub fn read(text: &str) -> Vec<Thrown<'_>> {
    let mut error = Thrown::default();
    let mut lines = text.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        if is_panic(line) && error.kind.is_empty() {
            error.kind = "panic";
            (error.message, error.at) = panic(line, lines.peek().copied().unwrap_or(""));
        } else if let Some(name) = name(line) {
            let at = lines.peek().and_then(|next| next.strip_prefix("at "));
            error.frames.push(frame(name, at));
        } else if is_panic(line) {
            // A panic of another thread: it has a stack of its own.
            break;
        }
    }
    if error.frames.is_empty()
        && let Some((path, line)) = error.at
    {
        error.frames.push(Frame {
            module: file(path),
            function: "",
            own: library::rust("", Some(path)),
            path,
            line,
        });
    }
    vec![error]
}

/// Message and place: `panicked at src/main.rs:4:5:` with the message on the next line, or, before Rust 1.73, in quotes.
fn panic<'a>(line: &'a str, next: &'a str) -> (&'a str, Option<(&'a str, u32)>) {
    let (_, rest) = line.split_once("panicked at ").unwrap_or(("", ""));
    match rest
        .strip_prefix('\'')
        .and_then(|rest| rest.rsplit_once("', "))
    {
        Some((message, place)) => (message, numbered(place)),
        None => (next, numbered(rest.trim_end_matches(':'))),
    }
}

fn frame<'a>(name: &'a str, at: Option<&'a str>) -> Frame<'a> {
    let path = at.map(|at| at.split(':').next().unwrap_or(at));
    let own = library::rust(name, path);
    let name = name.trim_end_matches("::{{closure}}");
    // `app::run::h0123456789abcdef`
    let name = match name.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name
        }
        _ => name,
    };
    let name = name.trim_end_matches("::{{closure}}");
    // `<app::Shop as core::ops::Drop>::drop`, `<impl app::Shop>::buy`
    let (module, function) = name.rsplit_once("::").unwrap_or(("", name));
    Frame {
        module,
        function,
        own,
        path: path.unwrap_or(""),
        line: at.and_then(numbered).map_or(0, |(_, line)| line),
    }
}

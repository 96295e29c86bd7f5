//! JavaScript: V8's stacks (Node, Chrome) with their causes, and those of Firefox and Safari.

use super::{Frame, Thrown, file, library, numbered, split_error, without_line};

/// `at run (/srv/app.js:3:5)`, `at /srv/app.js:3:5`, `run@https://host/app.js:3:5`.
pub fn frame(line: &str) -> Option<Frame<'_>> {
    let Some(rest) = line.strip_prefix("at ") else {
        let (function, place) = line.split_once('@')?;
        let plain = |b: u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.' | b'/' | b'<' | b'*')
        };
        let path = without_line(place).and_then(without_line)?;
        let file = path.contains("://") || path.contains(".js") || path.contains(".ts");
        return (file && function.bytes().all(plain)).then(|| found(function, path, place));
    };
    let rest = rest.trim().strip_prefix("async ").unwrap_or(rest.trim());
    if let Some(inside) = rest.strip_suffix(')')
        && let Some((function, place)) = inside.split_once(" (")
    {
        // `eval at run (app.js:1:2), <anonymous>:1:1`
        let place = place.rsplit_once('(').map_or(place, |(_, place)| place);
        let place = place.split_once(')').map_or(place, |(place, _)| place);
        let path = without_line(place).and_then(without_line);
        let known = matches!(place, "<anonymous>" | "native" | "index 0")
            || place.starts_with("index ")
            || place.starts_with("node:");
        return match path {
            Some(path) => Some(found(function, path, place)),
            None => known.then(|| found(function, "<anonymous>", "")),
        };
    }
    let path = without_line(rest).and_then(without_line)?;
    // Rust says where a frame is by such a line too.
    let other = [".rs", ".go", ".py", ".java"]
        .iter()
        .any(|end| path.ends_with(end));
    (!other && !path.contains(' ')).then(|| found("", path, rest))
}

fn found<'a>(function: &'a str, path: &'a str, place: &'a str) -> Frame<'a> {
    let function = function
        .split_once(" [as ")
        .map_or(function, |(name, _)| name);
    let function = function.strip_prefix("async ").unwrap_or(function);
    Frame {
        module: module(path),
        function: function.strip_prefix("new ").unwrap_or(function).trim(),
        own: library::javascript(path),
        path: path.strip_prefix("file://").unwrap_or(path),
        line: numbered(place).map_or(0, |(_, line)| line),
    }
}

/// The file's name; for `index.js` its folder's.
fn module(path: &str) -> &str {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let name = file(path);
    if name != "index" {
        return name;
    }
    path.rsplit('/')
        .nth(1)
        .filter(|folder| !folder.is_empty())
        .unwrap_or(name)
}

/// `Uncaught TypeError: x`, `[cause]: Error: x`, `TypeError: x`, `Error [CODE]: x`.
fn head(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("Uncaught ").unwrap_or(line);
    let line = line.strip_prefix("(in promise) ").unwrap_or(line);
    if let Some((kind, message)) = line.split_once("]: ")
        && let Some((kind, _code)) = kind.split_once(" [")
        && kind.ends_with("Error")
    {
        return Some((kind, message.trim()));
    }
    let (kind, message) = split_error(line)?;
    let capital = kind.starts_with(|c: char| c.is_uppercase()) || kind.ends_with("Error");
    (capital && !kind.contains('/')).then_some((kind, message))
}

/// The errors in the order of the text.
pub fn read(text: &str) -> Vec<Thrown<'_>> {
    let mut errors: Vec<Thrown<'_>> = vec![Thrown::default()];
    for line in text.lines() {
        let line = line.trim();
        let cause = line
            .strip_prefix("[cause]: ")
            .or(line.strip_prefix("Caused by: "));
        let last = errors.len() - 1;
        if let Some(frame) = frame(line) {
            errors[last].frames.push(frame);
        } else if let Some((kind, message)) = cause.and_then(head) {
            errors.push(Thrown {
                kind,
                message: message.trim_end_matches(" {"),
                ..Thrown::default()
            });
        } else if errors[0].frames.is_empty()
            && let Some((kind, message)) = head(line)
        {
            (errors[0].kind, errors[0].message) = (kind, message);
        }
    }
    errors
}

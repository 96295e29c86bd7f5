//! Python: chained exceptions, exception groups, syntax errors.

use super::{Frame, Thrown, file, library, split_error};

/// `File "app.py", line 3, in run`.
pub fn frame(line: &str) -> Option<Frame<'_>> {
    let rest = line.strip_prefix("File \"")?;
    let (path, rest) = rest.split_once('"')?;
    let function = rest.split_once(", in ").map_or("", |(_, name)| name.trim());
    let number = rest.trim_start().strip_prefix(", line")?.trim_start();
    let digits = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    Some(Frame {
        module: module(path),
        function,
        own: library::python(path),
        path,
        line: number[..digits].parse().unwrap_or(0),
    })
}

/// The file's name; of a package its folder's too.
fn module(path: &str) -> &str {
    let name = file(path);
    if !matches!(name, "__init__" | "__main__") {
        return name;
    }
    let folder = path.rsplit(['/', '\\']).nth(1).unwrap_or("");
    if folder.is_empty() { name } else { folder }
}

/// A line without what a group draws before it; the second part says that a member begins here.
fn undrawn(line: &str) -> (&str, bool) {
    let rest = line.trim_start();
    if !rest.starts_with(['|', '+']) {
        return (line, false);
    }
    let drawn = rest.trim_start_matches(['|', '+', '-', ' ']);
    let begins = rest.starts_with('+') && (rest.contains("----") || drawn.is_empty());
    match rest.strip_prefix("| ").or(rest.strip_prefix("+ ")) {
        Some(inside) if !begins => (inside, false),
        _ => ("", begins),
    }
}

/// The errors in the order of the text.
pub fn read(text: &str) -> Vec<Thrown<'_>> {
    let mut errors: Vec<Thrown<'_>> = Vec::new();
    let mut open: Option<Thrown<'_>> = None;
    let mut indent = 0;
    let mut member = false;
    for line in text.lines() {
        let (line, begins) = undrawn(line);
        member |= begins;
        let body = line.trim();
        let depth = line.len() - line.trim_start().len();
        if let Some(frame) = frame(body) {
            let error = open.get_or_insert_with(Thrown::default);
            indent = depth;
            error.frames.push(frame);
        } else if body.starts_with("Traceback (most recent")
            || body.starts_with("Exception Group Traceback")
        {
            errors.extend(open.take().map(|error| closed(error, member)));
            open = Some(Thrown::default());
        } else if let Some(error) = open.as_mut()
            && !error.frames.is_empty()
            && depth < indent
            && let Some((kind, message)) = split_error(body)
        {
            (error.kind, error.message) = (kind, message);
            errors.extend(open.take().map(|error| closed(error, member)));
        }
    }
    errors.extend(open.map(|error| closed(error, member)));
    errors
}

/// The frames stand in the text with the innermost last.
fn closed(mut error: Thrown<'_>, member: bool) -> Thrown<'_> {
    error.frames.reverse();
    Thrown { member, ..error }
}

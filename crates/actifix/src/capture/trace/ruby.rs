//! Ruby: with backticks (before 3.4) and with apostrophes, causes, and stacks that are told upside down.

use super::{Frame, Thrown, file, library, numbered, without_line};

/// `from app.rb:3:in 'run'`, `app.rb:3:in 'Shop#run': no such item (KeyError)`.
pub fn frame(line: &str) -> Option<Frame<'_>> {
    parts(line).map(|(frame, _)| frame)
}

/// A frame, and what follows it on its line.
fn parts(line: &str) -> Option<(Frame<'_>, &str)> {
    let line = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ' || c == '\t');
    let line = line.strip_prefix(": ").unwrap_or(line);
    let line = line.strip_prefix("from ").unwrap_or(line);
    let (place, rest) = line.split_once(":in ")?;
    let path = without_line(place)?;
    let ruby = [".rb", ".ru", ".rake", ".erb", ".haml"]
        .iter()
        .any(|end| path.ends_with(end))
        || path.contains('/')
        || path.starts_with('<');
    let rest = rest.strip_prefix(['`', '\''])?;
    let (name, after) = rest.split_once('\'')?;
    let frame = Frame {
        module: file(path),
        function: function(name),
        own: library::ruby(path),
        path,
        line: numbered(place).map_or(0, |(_, line)| line),
    };
    (ruby && !path.contains(' ')).then_some((frame, after))
}

/// The method: without the block in it, and without its class, which older versions do not say.
fn function(name: &str) -> &str {
    let name = match name.rsplit_once(" in ") {
        Some((_, name)) => name,
        None => name,
    };
    let name = name.rsplit_once('#').map_or(name, |(_, name)| name);
    match name.rsplit_once('.') {
        Some((_, name)) if !name.is_empty() => name,
        _ => name,
    }
}

/// `: no such item (KeyError)`.
fn raised(after: &str) -> Option<(&str, &str)> {
    let (message, kind) = after.strip_prefix(": ")?.rsplit_once('(')?;
    Some((kind.strip_suffix(')')?, message.trim()))
}

/// The line tells an error with its place.
pub fn raises(line: &str) -> bool {
    parts(line).is_some_and(|(_, after)| raised(after).is_some())
}

/// The errors in the order of the text.
pub fn read(text: &str) -> Vec<Thrown<'_>> {
    let mut errors: Vec<Thrown<'_>> = Vec::new();
    // Told upside down, the frames come before their error.
    let mut waiting: Vec<Frame<'_>> = Vec::new();
    let down = text
        .lines()
        .any(|line| line.starts_with("Traceback (most recent call last)"));
    for line in text.lines() {
        let Some((frame, after)) = parts(line) else {
            continue;
        };
        if let Some((kind, message)) = raised(after) {
            let mut frames = vec![frame];
            frames.extend(std::mem::take(&mut waiting).into_iter().rev());
            errors.push(Thrown {
                kind,
                message,
                frames,
                ..Thrown::default()
            });
        } else if let (Some(error), false) = (errors.last_mut(), down) {
            error.frames.push(frame);
        } else {
            waiting.push(frame);
        }
    }
    if !waiting.is_empty() {
        // A stack alone, without its error.
        errors.push(Thrown {
            frames: waiting,
            ..Thrown::default()
        });
    }
    errors
}

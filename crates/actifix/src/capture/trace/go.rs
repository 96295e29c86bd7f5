//! Go: panics and fatal errors, with the stack of the goroutine that had them.

use super::{Frame, Thrown, library};

/// `goroutine 7 [running]:`.
pub fn is_start(line: &str) -> bool {
    line.strip_prefix("goroutine ")
        .and_then(|rest| rest.split_once(" ["))
        .is_some_and(|(number, rest)| {
            number.bytes().all(|b| b.is_ascii_digit()) && rest.contains("]:")
        })
}

/// The errors in the order of the text: one.
pub fn read(text: &str) -> Vec<Thrown<'_>> {
    let mut error = Thrown::default();
    let mut lines = text.lines().peekable();
    let mut stacks = 0;
    while let Some(line) = lines.next() {
        if is_start(line.trim()) {
            stacks += 1;
            // The others only stood somewhere when it happened.
            if stacks > 1 && !error.frames.is_empty() {
                break;
            }
        } else if stacks == 0 {
            head(&mut error, line.trim());
        } else if let Some((path, at)) = lines.peek().copied().and_then(place) {
            let line = line.trim();
            let created = line.strip_prefix("created by ");
            let line = created.unwrap_or(line);
            let line = line
                .split_once(" in goroutine ")
                .map_or(line, |(name, _)| name);
            error.frames.push(frame(line, path, at));
        }
    }
    vec![error]
}

/// `panic: …` or `fatal error: …`; the first, since later ones are of its handling.
fn head<'a>(error: &mut Thrown<'a>, line: &'a str) {
    if !error.kind.is_empty() {
        return;
    }
    for kind in ["panic", "fatal error"] {
        if let Some(message) = line
            .strip_prefix(kind)
            .and_then(|rest| rest.strip_prefix(": "))
        {
            error.kind = kind;
            error.message = message.trim_end_matches(" [recovered]");
        }
    }
}

/// `/srv/app/main.go:12 +0x1d`, behind a tab.
fn place(line: &str) -> Option<(&str, u32)> {
    let line = line.strip_prefix(['\t', ' '])?.trim_start();
    let place = line.split(' ').next()?;
    let (path, digits) = place.rsplit_once(':')?;
    let digits =
        (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)?;
    Some((path, digits.parse().unwrap_or(0)))
}

/// `github.com/acme/app/db.(*Store).Get(0xc000012345, …)`.
fn frame<'a>(line: &'a str, path: &'a str, at: u32) -> Frame<'a> {
    // The arguments are the last brackets; those of a receiver stand before a dot.
    let name = match line.rfind('(') {
        Some(open) if open > 0 && line.ends_with(')') && !line[..open].ends_with('.') => {
            &line[..open]
        }
        _ => line,
    };
    let base = name.rfind('/').map_or(0, |slash| slash + 1);
    let (module, function) = name[base..].split_once('.').unwrap_or(("", &name[base..]));
    Frame {
        module,
        function,
        own: library::go(name, path),
        path,
        line: at,
    }
}

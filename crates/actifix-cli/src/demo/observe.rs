//! From what a failed program left on stderr to a report: type, message, source, stack.

use std::path::Path;

use actifix::Report;

use super::run::Run;

/// What a complaint says of itself.
#[derive(Debug, Default, PartialEq)]
struct Complaint {
    kind: Option<String>,
    message: String,
    source: Option<String>,
}

/// The report of a failed run of the program at `path` in `folder`.
pub fn report(run: &Run, folder: &Path, path: &str) -> Report {
    let stderr = run.stderr.replace(&format!("{}/", folder.display()), "");
    let complaint = match path.rsplit_once('.') {
        Some((_, "py")) => python(&stderr),
        Some((_, "js")) => node(&stderr),
        _ => shell(&stderr, path),
    };
    let complaint = complaint.unwrap_or_else(|| Complaint {
        message: last_line(&stderr),
        ..Complaint::default()
    });
    let kind = complaint.kind.unwrap_or_else(|| run.status.clone());
    Report::error(kind, complaint.message)
        .source(complaint.source.unwrap_or_else(|| path.to_owned()))
        .stack_trace(stderr)
}

/// A traceback: the innermost `File "…", line N` and the last line.
fn python(stderr: &str) -> Option<Complaint> {
    let place = stderr
        .lines()
        .rev()
        .find_map(|line| line.trim_start().strip_prefix("File \""))?;
    let (file, rest) = place.split_once("\", line ")?;
    let (kind, message) = typed(stderr.trim_end().lines().next_back()?)?;
    Some(Complaint {
        kind: Some(kind),
        message,
        source: Some(format!("{file}:{}", number(rest)?)),
    })
}

/// A stack: the first line that is a place, and the first that is an error.
fn node(stderr: &str) -> Option<Complaint> {
    let (file, rest) = stderr.lines().next()?.rsplit_once(':')?;
    let (kind, message) = stderr
        .lines()
        .filter(|line| !line.starts_with(' '))
        .find_map(typed)?;
    // A throw inside Node's own code names that first: the place is then the first of ours in the stack.
    let ours = || {
        stderr.lines().find_map(|line| {
            line.trim_start()
                .strip_prefix("at ")
                .and_then(place_in_stack)
        })
    };
    let source = if file.starts_with("node:") {
        ours()?
    } else {
        format!("{file}:{}", number(rest)?)
    };
    Some(Complaint {
        kind: Some(kind),
        message,
        source: Some(source),
    })
}

/// `Object.<anonymous> (programs/cart.js:5:21)`.
fn place_in_stack(frame: &str) -> Option<String> {
    let place = frame
        .rsplit_once('(')
        .map_or(frame, |(_, place)| place)
        .trim_end_matches(')');
    let (place, _column) = place.rsplit_once(':')?;
    (!place.starts_with("node:")).then(|| place.to_owned())
}

/// `programs/share.sh: 3: …`, or `programs/share.sh: line 3: …`.
fn shell(stderr: &str, path: &str) -> Option<Complaint> {
    stderr.lines().find_map(|line| {
        let rest = line.strip_prefix(path)?.strip_prefix(": ")?;
        let (line, message) = rest
            .strip_prefix("line ")
            .unwrap_or(rest)
            .split_once(": ")?;
        let source = format!("{path}:{}", line.parse::<u32>().ok()?);
        Some(Complaint {
            kind: None,
            message: message.trim().to_owned(),
            source: Some(source),
        })
    })
}

/// `ZeroDivisionError: division by zero`.
fn typed(line: &str) -> Option<(String, String)> {
    let (kind, message) = line.split_once(": ").unwrap_or((line, ""));
    let name = kind.rsplit('.').next()?;
    let is_name = name.starts_with(char::is_uppercase)
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let message = if message.is_empty() { kind } else { message };
    (is_name && !line.contains("Traceback")).then(|| (kind.to_owned(), message.trim().to_owned()))
}

/// The number that a text begins with.
fn number(text: &str) -> Option<&str> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

fn last_line(text: &str) -> String {
    text.trim_end()
        .lines()
        .next_back()
        .unwrap_or("it said nothing")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(kind: Option<&str>, message: &str, source: &str) -> Option<Complaint> {
        Some(Complaint {
            kind: kind.map(str::to_owned),
            message: message.into(),
            source: Some(source.into()),
        })
    }

    #[test]
    fn a_traceback_is_read() {
        let stderr = "Traceback (most recent call last):\n  File \"programs/a.py\", line 4, in <module>\n    f()\n\
            \x20 File \"programs/a.py\", line 2, in f\n    return 1 / 0\n           ~~^~~\nZeroDivisionError: division by zero\n";
        assert_eq!(
            python(stderr),
            complaint(
                Some("ZeroDivisionError"),
                "division by zero",
                "programs/a.py:2"
            )
        );
        assert_eq!(python("bash: python3: not found"), None);
    }

    #[test]
    fn a_stack_of_node_is_read() {
        let stderr = "programs/a.js:2\n  return x.y;\n           ^\n\nTypeError: x is undefined\n    at f (programs/a.js:2:12)\n";
        assert_eq!(
            node(stderr),
            complaint(Some("TypeError"), "x is undefined", "programs/a.js:2")
        );
        let inside = "node:internal/fs:1\n  throw x;\n\nRangeError: too far\n    at g (node:fs:9:1)\n    at f (a.js:3:1)\n";
        assert_eq!(
            node(inside),
            complaint(Some("RangeError"), "too far", "a.js:3")
        );
    }

    #[test]
    fn both_shells_are_read() {
        let expected = || complaint(None, "REGION: unbound", "programs/a.sh:3");
        assert_eq!(
            shell("programs/a.sh: 3: REGION: unbound\n", "programs/a.sh"),
            expected()
        );
        assert_eq!(
            shell(
                "noise\nprograms/a.sh: line 3: REGION: unbound",
                "programs/a.sh"
            ),
            expected()
        );
        assert_eq!(shell("cp: cannot stat", "programs/a.sh"), None);
    }
}

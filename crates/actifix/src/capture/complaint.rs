//! What a failure says of itself: a kind, a message, a place. From a block of a log, or from the last lines that a command
//! left.

use super::log::{Block, told};
use super::trace;

/// What a failure says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// The error's type, where it has one.
    pub kind: Option<String>,
    /// What happened.
    pub message: String,
    /// The file and the line it names.
    pub place: Option<(String, u32)>,
    /// It has a stack.
    pub trace: bool,
    /// A stack that the line itself carried.
    pub stack: Option<String>,
    /// When, where the line says it.
    pub at: Option<String>,
}

impl Complaint {
    /// What a block says.
    pub fn of(block: &Block) -> Self {
        let line = block.text.lines().next().unwrap_or_default();
        let told = told(line);
        if let Some(read) = block.trace.then(|| trace::read(&block.text)).flatten() {
            return Self::of_trace(&read, &block.text, told.map(|told| told.message));
        }
        let Some(told) = told else {
            return Self {
                message: line.trim().to_owned(),
                ..Self::default()
            };
        };
        let stack = told.stack.as_deref().and_then(trace::read);
        let mut complaint = stack.map_or_else(Self::default, |read| {
            Self::of_trace(
                &read,
                told.stack.as_deref().unwrap_or_default(),
                Some(told.message.clone()),
            )
        });
        complaint.kind.get_or_insert(told.kind);
        complaint.message = told.message;
        (complaint.stack, complaint.at) = (told.stack, told.at);
        complaint
    }

    fn of_trace(read: &trace::Trace<'_>, text: &str, beside: Option<String>) -> Self {
        let ended = read.ended();
        let last = || {
            text.lines()
                .rev()
                .find(|line| !line.trim().is_empty())
                .unwrap_or_default()
        };
        let message = [ended.message.trim(), ended.kind]
            .into_iter()
            .find(|text| !text.is_empty());
        Self {
            kind: (!ended.kind.is_empty()).then(|| ended.kind.to_owned()),
            message: message
                .map(str::to_owned)
                .or(beside)
                .unwrap_or_else(|| last().trim().to_owned()),
            place: read.place().map(|(path, line)| (path.to_owned(), line)),
            trace: true,
            ..Self::default()
        }
    }

    /// What a command's line says of a place in a file, in the forms that shells, compilers and interpreters use.
    pub fn of_line(line: &str) -> Option<Self> {
        let line = line.trim();
        shell(line)
            .or_else(|| compiler(line))
            .or_else(|| perl(line))
    }
}

fn placed(path: &str, line: &str, message: &str) -> Option<Complaint> {
    let path = path.trim();
    let named = !path.is_empty() && path.len() < 400 && !path.contains(char::is_whitespace);
    let line = line.trim().parse().ok().filter(|line| *line > 0)?;
    (named && !message.trim().is_empty()).then(|| Complaint {
        message: message.trim().to_owned(),
        place: Some((path.to_owned(), line)),
        ..Complaint::default()
    })
}

/// `share.sh: 3: …`, `share.sh: line 3: …`.
fn shell(line: &str) -> Option<Complaint> {
    let (path, rest) = line.split_once(": ")?;
    let (number, message) = rest
        .strip_prefix("line ")
        .unwrap_or(rest)
        .split_once(": ")?;
    placed(path, number, message)
}

/// `main.c:3:5: error: …`, `main.go:3: …`.
fn compiler(line: &str) -> Option<Complaint> {
    let (place, message) = line.split_once(": ")?;
    let (rest, last) = place.rsplit_once(':')?;
    match rest.rsplit_once(':') {
        Some((path, number)) if number.parse::<u32>().is_ok() => placed(path, number, message),
        _ => placed(rest, last, message),
    }
}

/// `no such item at shop.pl line 3.`
fn perl(line: &str) -> Option<Complaint> {
    let (message, place) = line.rsplit_once(" at ")?;
    let (path, number) = place.split_once(" line ")?;
    let digits = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    placed(path, &number[..digits], message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_commands_name_their_places() {
        for (line, message, path, at) in [
            (
                "programs/a.sh: 3: REGION: parameter not set",
                "REGION: parameter not set",
                "programs/a.sh",
                3,
            ),
            (
                "a.sh: line 12: x: unbound variable",
                "x: unbound variable",
                "a.sh",
                12,
            ),
            (
                "main.c:3:5: error: expected ';'",
                "error: expected ';'",
                "main.c",
                3,
            ),
            ("./main.go:9: undefined: x", "undefined: x", "./main.go", 9),
            (
                "no such item at shop.pl line 3.",
                "no such item",
                "shop.pl",
                3,
            ),
        ] {
            let complaint = Complaint::of_line(line).unwrap();
            assert_eq!(
                (complaint.message.as_str(), complaint.place),
                (message, Some((path.to_owned(), at))),
                "{line}"
            );
        }
        for line in [
            "cp: cannot stat 'x': No such file",
            "at 12:30: nothing",
            "a: b: c",
            "",
            "see you at home line up",
        ] {
            assert_eq!(Complaint::of_line(line), None, "{line}");
        }
    }

    #[test]
    fn a_stack_tells_kind_message_and_the_programs_own_place() {
        let text = "Traceback (most recent call last):\n  File \"/srv/a.py\", line 4, in <module>\n    f()\n  File \"/usr/lib/python3.11/json/decoder.py\", line 355, in raw\n    x()\njson.decoder.JSONDecodeError: Expecting value";
        let complaint = Complaint::of(&Block {
            text: text.into(),
            trace: true,
        });
        assert_eq!(
            complaint.kind.as_deref(),
            Some("json.decoder.JSONDecodeError")
        );
        assert_eq!(
            (complaint.message.as_str(), complaint.place),
            ("Expecting value", Some(("/srv/a.py".into(), 4)))
        );
        let rust = "thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds\nnote: run";
        let complaint = Complaint::of(&Block {
            text: rust.into(),
            trace: true,
        });
        assert_eq!(
            (complaint.kind.as_deref(), complaint.place),
            (Some("panic"), Some(("src/main.rs".into(), 4)))
        );
        let json =
            r#"{"level":"error","msg":"it failed","stack":"TypeError: x\n    at f (a.js:2:12)"}"#;
        let complaint = Complaint::of(&Block {
            text: json.into(),
            trace: false,
        });
        assert_eq!(
            (complaint.kind.as_deref(), complaint.place),
            (Some("TypeError"), Some(("a.js".into(), 2)))
        );
    }
}

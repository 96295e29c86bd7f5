//! Stacks as text, in six languages: which errors there are, and the frames of each. Whatever the text is, the answer is a
//! list that borrows from it, or nothing.

mod generated;
mod go;
mod java;
mod javascript;
mod library;
mod python;
mod ruby;
mod rust;

pub use generated::{file, function};

/// So much of a text is read, from its beginning.
const LONGEST: usize = 256 << 10;

/// Frames of one error that are kept.
const FRAMES: usize = 1_000;

/// One line of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The module, or the base name of the file.
    pub module: &'a str,
    /// The function.
    pub function: &'a str,
    /// It belongs to the program, not to a library.
    pub own: bool,
    /// The file as the stack names it; empty where it names none.
    pub path: &'a str,
    /// The line in the file; 0 where the stack says none.
    pub line: u32,
}

/// An error with its frames.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thrown<'a> {
    /// The error's type.
    pub kind: &'a str,
    /// The first line of its message.
    pub message: &'a str,
    /// The innermost first.
    pub frames: Vec<Frame<'a>>,
    /// One of several that came at once, in no order.
    pub member: bool,
    /// The place that the error's own line names, where it does.
    pub at: Option<(&'a str, u32)>,
}

/// What a stack tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace<'a> {
    /// The errors of the chain in the order of the text.
    pub errors: Vec<Thrown<'a>>,
    /// Which of them the program ended with.
    pub last: usize,
}

impl<'a> Trace<'a> {
    /// The error that the program ended with.
    pub fn ended(&self) -> &Thrown<'a> {
        &self.errors[self.last]
    }

    /// File and line where the program went wrong: the innermost frame of its own, else the innermost.
    pub fn place(&self) -> Option<(&'a str, u32)> {
        let ended = self.ended();
        let placed = || ended.frames.iter().filter(|frame| frame.line > 0);
        let frame = placed().find(|frame| frame.own).or_else(|| placed().next());
        ended
            .at
            .or_else(|| frame.map(|frame| (frame.path, frame.line)))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Rust,
    JavaScript,
    Java,
    Go,
    Ruby,
}

/// Reads a stack. `None` when there is none in the text.
pub fn read(text: &str) -> Option<Trace<'_>> {
    let text = beginning(text);
    let errors = match language(text)? {
        Language::Python => python::read(text),
        Language::Rust => rust::read(text),
        Language::JavaScript => javascript::read(text),
        Language::Java => java::read(text),
        Language::Go => go::read(text),
        Language::Ruby => ruby::read(text),
    };
    let mut errors: Vec<_> = errors
        .into_iter()
        .filter(|error| !error.kind.is_empty() || !error.frames.is_empty())
        .collect();
    for error in &mut errors {
        error.frames.truncate(FRAMES);
    }
    // Python tells the cause first, the others tell it last.
    let chained = errors.iter().rposition(|error| !error.member).unwrap_or(0);
    let last = if language(text) == Some(Language::Python) {
        chained
    } else {
        0
    };
    (!errors.is_empty()).then_some(Trace { errors, last })
}

/// The part of a text that is read.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The language of the first line that has the form of a frame; a line that only begins a panic counts when none has.
fn language(text: &str) -> Option<Language> {
    let mut panic = None;
    for line in text.lines() {
        let line = line.trim_start_matches([' ', '\t', '|', '+']);
        if python::frame(line).is_some() {
            return Some(Language::Python);
        } else if java::frame(line).is_some() {
            return Some(Language::Java);
        } else if rust::is_frame(line) {
            return Some(Language::Rust);
        } else if javascript::frame(line).is_some() {
            return Some(Language::JavaScript);
        } else if go::is_start(line) {
            return Some(Language::Go);
        } else if ruby::frame(line).is_some() {
            return Some(Language::Ruby);
        } else if panic.is_none() {
            panic = rust::is_panic(line).then_some(Language::Rust);
        }
    }
    panic
}

/// A line of Java's and its relatives' stacks, or of JavaScript's.
pub fn is_at_frame(line: &str) -> bool {
    line.starts_with("at ") && (java::frame(line).is_some() || javascript::frame(line).is_some())
}

/// The line of Ruby's that tells the error with its place.
pub fn is_raised_ruby(line: &str) -> bool {
    line.ends_with(')') && ruby::raises(line)
}

/// `Type: message`, when the first part can be a type.
fn split_error(line: &str) -> Option<(&str, &str)> {
    let (kind, message) = match line.split_once(": ") {
        Some(parts) => parts,
        None => (line.strip_suffix(':').unwrap_or(line), ""),
    };
    let fits = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$' | b'/' | b':') || b >= 0x80
    };
    let named = !kind.is_empty() && kind.len() <= 200 && kind.bytes().all(fits);
    (named && kind.bytes().any(|b| b.is_ascii_alphabetic())).then_some((kind, message.trim()))
}

/// `app.rs:3:5` or `app.rs:3` as file and line.
fn numbered(place: &str) -> Option<(&str, u32)> {
    let (rest, last) = place.rsplit_once(':')?;
    let last = last.parse().ok()?;
    match rest
        .rsplit_once(':')
        .map(|(path, line)| (path, line.parse()))
    {
        Some((path, Ok(line))) => Some((path, line)),
        _ => Some((rest, last)),
    }
}

/// The digits at the end of `text` behind a colon, cut off.
fn without_line(text: &str) -> Option<&str> {
    let (rest, digits) = text.rsplit_once(':')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(rest)
}

#[cfg(test)]
mod tests;

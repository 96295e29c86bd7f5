//! A single line that tells of an error: by its level, or by how it begins.

use serde_json::Value;

/// What such a line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The level as it stands there, or the kind that the line names.
    pub kind: String,
    /// What happened, without time and level before it.
    pub message: String,
    /// A stack, where the line carries one (JSON).
    pub stack: Option<String>,
    /// When, as it stands there (JSON).
    pub at: Option<String>,
}

/// Levels that mean an error, as loggers write them.
const LEVELS: [&str; 9] = [
    "ERROR", "FATAL", "CRITICAL", "PANIC", "SEVERE", "EMERG", "ALERT", "CRIT", "ERR",
];
/// How lines of commands begin that tell of an error.
const STARTS: [&str; 5] = ["error: ", "fatal: ", "Error: ", "Fatal: ", "ERROR: "];
/// A level stands among the first words.
const WORDS: usize = 8;
/// So much of a line is looked at.
const LOOKED_AT: usize = 16 << 10;

/// What the line tells when it tells of an error.
pub fn told(line: &str) -> Option<Told> {
    let line = beginning(line);
    if line.starts_with('{') {
        return json(line);
    }
    for start in STARTS {
        if let Some(message) = line
            .strip_prefix(start)
            .filter(|rest| !rest.trim().is_empty())
        {
            return Some(said(start.trim_end_matches([':', ' ']), message));
        }
    }
    if let Some((message, kind)) = in_pairs(line) {
        return Some(said(&kind, &message));
    }
    by_word(line)
}

fn said(kind: &str, message: &str) -> Told {
    Told {
        kind: kind.to_owned(),
        message: message.trim().to_owned(),
        stack: None,
        at: None,
    }
}

fn beginning(line: &str) -> &str {
    let mut end = line.len().min(LOOKED_AT);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line[..end].trim_end()
}

/// `2026-11-24 12:00:00,123 ERROR app: no such table`.
fn by_word(line: &str) -> Option<Told> {
    let mut at = 0;
    for word in line.split_inclusive([' ', '\t', '|']).take(WORDS) {
        at += word.len();
        let bare = word.trim_matches([
            ' ', '\t', '|', ':', '[', ']', '(', ')', '<', '>', '-', ',', '*',
        ]);
        // `ERROR:root:message`
        let level = bare.split(':').next().unwrap_or(bare);
        if LEVELS.contains(&level) {
            let glued = word
                .find(level)
                .map_or(at, |from| at - word.len() + from + level.len());
            let rest = line[glued..].trim_start_matches([':', ']', ')', '>', '|', '-', ' ', '\t']);
            return (!rest.trim().is_empty()).then(|| said(level, rest));
        }
        // Behind the first word of a sentence no level follows.
        if bare.len() > 40 {
            return None;
        }
    }
    None
}

/// `time=… level=error msg="no such table"`.
fn in_pairs(line: &str) -> Option<(String, String)> {
    let at = line.find("level=").or_else(|| line.find("lvl="))?;
    let value = line[at..].split_once('=')?.1.trim_start_matches('"');
    let level = value.split([' ', '"']).next()?;
    if !is_error(level) {
        return None;
    }
    let message = line.split_once("msg=").map_or(line, |(_, message)| message);
    let message = match message.strip_prefix('"') {
        Some(rest) => rest
            .split_once("\" ")
            .map_or(rest.trim_end_matches('"'), |(text, _)| text),
        None => message,
    };
    Some((message.to_owned(), level.to_owned()))
}

fn is_error(level: &str) -> bool {
    LEVELS.contains(&level.to_ascii_uppercase().as_str())
}

/// `{"level":"error","msg":"no such table","stack":"…"}`.
fn json(line: &str) -> Option<Told> {
    let value: Value = serde_json::from_str(line).ok()?;
    let field = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| value.get(*name))
            .filter(|value| !value.is_null())
    };
    let text = |names: &[&str]| field(names).and_then(Value::as_str).map(str::to_owned);
    let level = field(&["level", "severity", "lvl", "levelname", "log.level"])?;
    let kind = match level {
        Value::Number(number) if number.as_u64()? >= 50 => "error".to_owned(),
        Value::String(level) if is_error(level) => level.clone(),
        _ => return None,
    };
    let nested = |name: &str| {
        value
            .get("err")
            .or(value.get("error"))
            .and_then(|error| error.get(name))
            .and_then(Value::as_str)
    };
    let message =
        text(&["msg", "message", "event"]).or_else(|| nested("message").map(str::to_owned))?;
    Some(Told {
        kind: nested("type").map_or(kind, str::to_owned),
        message,
        stack: text(&["stack", "stack_trace", "exc_info", "exception"])
            .or_else(|| nested("stack").map(str::to_owned)),
        at: text(&["time", "timestamp", "ts", "@timestamp"]),
    })
}

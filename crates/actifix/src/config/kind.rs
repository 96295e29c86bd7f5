//! What a setting takes: how its value is read from a file and from a variable, what is allowed, how it is shown.

use std::time::Duration;

use serde_json::{Value, json};

use super::file::{Content, Node};
use crate::retention::Age;
use crate::time::{parse_span, span};

/// The kind of a setting's value.
#[derive(Clone, Copy)]
pub enum Kind {
    /// `true` or `false`; a variable takes `yes`, `no`, `on`, `off`, `1` and `0` too.
    Flag,
    /// A whole number between these two.
    Number(u64, u64),
    /// Bytes between these two: a number, or a text such as `64MiB`.
    Size(u64, u64),
    /// A span of time between these two, such as `30s` or `1h30m`.
    Span(Duration, Duration),
    /// A span of time, or `never`.
    Age,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text of so many characters at most.
    Text(usize),
    /// Texts, each judged by the function; a variable separates them by commas.
    Texts(fn(&str) -> Result<(), String>),
    /// A text that is never shown: itself, or `{ env = "NAME" }`.
    Secret,
    /// Tables under `[[key]]`; the function judges one as a whole. Their fields are rows of the table of settings too.
    Tables(fn(&Value) -> Result<(), String>),
}

/// What stands in a secret's place.
pub const HIDDEN: &str = "[redacted]";

impl Kind {
    /// The value in a file, in the form that [`super::Config`] is read from.
    pub fn read(self, node: &Node) -> Result<Value, String> {
        let Content::Value(value) = &node.content else {
            return self.read_parts(node);
        };
        match (self, value) {
            (Self::Flag, Value::Bool(_)) => Some(value.clone()),
            (Self::Number(..) | Self::Size(..), Value::Number(number)) => {
                number.as_u64().and_then(|number| self.number(number))
            }
            (Self::Flag | Self::Number(..) | Self::Texts(_) | Self::Tables(_), _) => None,
            (_, Value::String(text)) => self.of_text(text),
            _ => None,
        }
        .ok_or_else(|| self.refusal(&value.to_string()))
    }

    /// A list or a table in a file.
    fn read_parts(self, node: &Node) -> Result<Value, String> {
        match (self, &node.content) {
            (Self::Texts(judge), Content::List(parts)) => {
                let text = |part: &Node| match &part.content {
                    Content::Value(Value::String(text)) => judge(text).map(|()| text.clone()),
                    _ => Err(self.refusal(part.name())),
                };
                let texts = parts.iter().map(text);
                Ok(json!(texts.collect::<Result<Vec<_>, _>>()?))
            }
            (Self::Secret, _) if node.variable().is_some() => Ok(json!({"env": node.variable()})),
            _ => Err(self.refusal(node.name())),
        }
    }

    /// The value in a variable or on the command line.
    pub fn read_text(self, text: &str) -> Result<Value, String> {
        if let Self::Texts(judge) = self {
            let texts = text
                .split(',')
                .map(str::trim)
                .filter(|text| !text.is_empty());
            let judged = texts.map(|text| judge(text).map(|()| text));
            return Ok(json!(judged.collect::<Result<Vec<_>, _>>()?));
        }
        let shown = if matches!(self, Self::Secret) {
            HIDDEN
        } else {
            text
        };
        self.of_text(text)
            .ok_or_else(|| self.refusal(&format!("\"{}\"", shown.escape_debug())))
    }

    fn of_text(self, text: &str) -> Option<Value> {
        let word = text.trim();
        match self {
            Self::Flag => match word.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Some(json!(true)),
                "0" | "false" | "no" | "off" => Some(json!(false)),
                _ => None,
            },
            Self::Number(..) => word.parse().ok().and_then(|number| self.number(number)),
            Self::Size(..) => size(word).and_then(|bytes| self.number(bytes)),
            Self::Span(least, most) => {
                let read = parse_span("span", word).ok()?;
                (least..=most)
                    .contains(&read)
                    .then(|| json!(span::text(read)))
            }
            Self::Age => word.parse::<Age>().ok().map(|age| json!(age)),
            Self::Word(words) => words
                .iter()
                .find(|known| known.eq_ignore_ascii_case(word))
                .map(|known| json!(known)),
            Self::Text(most) => {
                let fine = !word.is_empty()
                    && text.chars().count() <= most
                    && !text.contains(char::is_control);
                fine.then(|| json!(text))
            }
            Self::Secret => (!text.is_empty()).then(|| json!(text)),
            Self::Texts(_) | Self::Tables(_) => None,
        }
    }

    fn number(self, number: u64) -> Option<Value> {
        match self {
            Self::Number(least, most) | Self::Size(least, most) => {
                (least..=most).contains(&number).then(|| json!(number))
            }
            _ => None,
        }
    }

    fn refusal(self, got: &str) -> String {
        let got = if matches!(self, Self::Secret) {
            "no text"
        } else {
            got
        };
        format!("got {got}; allowed is {}", self.allowed())
    }

    /// What is allowed, in words.
    pub fn allowed(self) -> String {
        match self {
            Self::Flag => "true or false".to_owned(),
            Self::Number(least, u64::MAX) => format!("a whole number from {least}"),
            Self::Number(least, most) => format!("a whole number from {least} to {most}"),
            Self::Size(least, most) => {
                format!(
                    "a size from {} to {}, such as 64MiB",
                    size_text(least),
                    size_text(most)
                )
            }
            Self::Span(least, most) => {
                let (least, most) = (span::text(least), span::text(most));
                format!("a span from {least} to {most}, such as 500ms, 30s, 10m, 1h30m or 2d")
            }
            Self::Age => "a span such as 90d, or never".to_owned(),
            Self::Word(words) => words.join(", "),
            Self::Text(most) => format!("a line of up to {most} characters"),
            Self::Texts(_) => "a list of texts".to_owned(),
            Self::Secret => "a text or { env = \"NAME\" }".to_owned(),
            Self::Tables(_) => "tables, each under a heading in double brackets".to_owned(),
        }
    }

    /// The value for people.
    pub fn show(self, value: &Value) -> String {
        match (self, value) {
            (_, Value::Null) => "–".to_owned(),
            (Self::Secret, _) => HIDDEN.to_owned(),
            (Self::Size(..), Value::Number(bytes)) => {
                bytes.as_u64().map_or_else(String::new, size_text)
            }
            (Self::Texts(_), Value::Array(texts)) if texts.is_empty() => "–".to_owned(),
            (Self::Texts(_), Value::Array(texts)) => texts
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            (_, Value::String(text)) => text.clone(),
            _ => value.to_string(),
        }
    }
}

/// Units of sizes; a bare number is bytes.
const UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

fn size(text: &str) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = (text[..end].parse::<u64>().ok()?, text[end..].trim());
    let bytes = match unit {
        "" => 1,
        unit => {
            UNITS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(unit))?
                .1
        }
    };
    number.checked_mul(bytes)
}

/// In the largest unit that leaves no rest.
fn size_text(bytes: u64) -> String {
    let whole = UNITS
        .iter()
        .find(|(_, unit)| bytes >= *unit && bytes.is_multiple_of(*unit));
    whole.map_or_else(
        || "0B".to_owned(),
        |(name, unit)| format!("{}{name}", bytes / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::super::file::tree;
    use super::*;

    /// The value of `x` in a file.
    fn read(kind: Kind, text: &str) -> Result<Value, String> {
        match tree(text).unwrap().content {
            Content::Table(keys) => kind.read(&keys[0].1),
            _ => panic!("{text}"),
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Kind::Secret;
        assert_eq!(read(secret, "x = 'hunter22'"), Ok(json!("hunter22")));
        assert_eq!(
            read(secret, "x = { env = 'KEY' }"),
            Ok(json!({"env": "KEY"}))
        );
        for value in [json!("hunter22"), json!({"env": "KEY"})] {
            assert_eq!(secret.show(&value), HIDDEN);
        }
        for text in [
            "x = 4711",
            "x = [4711]",
            "x = { env = 4711 }",
            "x = { file = '4711' }",
        ] {
            let refused = read(secret, text).unwrap_err();
            assert!(!refused.contains("4711"), "{refused}");
        }
    }

    #[test]
    fn sizes_are_read_and_shown_in_their_unit() {
        let size = Kind::Size(0, 1 << 40);
        for (text, bytes) in [
            ("x = 512", 512),
            ("x = '64MiB'", 64 << 20),
            ("x = '1 gib'", 1 << 30),
        ] {
            assert_eq!(read(size, text), Ok(json!(bytes)), "{text}");
        }
        assert_eq!(size.show(&json!(64 << 20)), "64MiB");
        assert_eq!(size.show(&json!(1_500)), "1500B");
        for text in [
            "x = '1XB'",
            "x = -1",
            "x = 1.5",
            "x = '99999999999GiB'",
            "x = 'MiB'",
        ] {
            assert!(read(size, text).is_err(), "{text}");
        }
    }
}

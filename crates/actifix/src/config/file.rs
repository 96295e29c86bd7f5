//! One configuration file as a tree of values with their lines.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use serde_json::{Value, json};
use toml_edit::{Document, Item, TableLike};

/// The most that is read of a file, in bytes.
const MOST: u64 = 1 << 20;

/// A value where it stands.
#[derive(Debug)]
pub struct Node {
    /// Its line, from 1.
    pub line: usize,
    /// What it is.
    pub content: Content,
}

/// What stands in a place.
#[derive(Debug)]
pub enum Content {
    /// A text, a number, `true` or `false`; a date is a text.
    Value(Value),
    /// A list, of tables also.
    List(Vec<Node>),
    /// A table, its keys in the file's order.
    Table(Vec<(String, Node)>),
}

impl Node {
    /// What it is, for a refusal.
    pub fn name(&self) -> &'static str {
        match self.content {
            Content::Value(Value::String(_)) => "a text",
            Content::Value(Value::Bool(_)) => "true or false",
            Content::Value(_) => "a number",
            Content::List(_) => "a list",
            Content::Table(_) => "a table",
        }
    }

    /// The variable that `{ env = "NAME" }` names.
    pub fn variable(&self) -> Option<&str> {
        match &self.content {
            Content::Table(keys) => match keys.as_slice() {
                [(key, node)] if key == "env" => match &node.content {
                    Content::Value(Value::String(name)) => Some(name),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }
}

/// Why a file says nothing: the line where that is known, and what is wrong.
pub type Unread = (Option<usize>, String);

/// The text of a file; `None` when there is none.
pub fn text(path: &Path) -> Result<Option<String>, Unread> {
    let unread = |error: io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(None),
        _ => Err((None, format!("it cannot be read: {error}"))),
    };
    // Looked at first: opening a pipe would wait for its other end.
    match fs::metadata(path) {
        Ok(facts) if facts.is_file() => {}
        Ok(_) => return Err((None, "it is no regular file".to_owned())),
        Err(error) => return unread(error),
    }
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(MOST + 1).read_to_end(&mut bytes)) {
        Err(error) => return unread(error),
        Ok(_) if bytes.len() as u64 > MOST => {
            return Err((None, format!("it holds more than {} MiB", MOST >> 20)));
        }
        Ok(_) => {}
    }
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let at = line(error.as_bytes(), error.utf8_error().valid_up_to());
        (Some(at), "it is not UTF-8 text".to_owned())
    })
}

/// The tree of a file's text.
pub fn tree(text: &str) -> Result<Node, Unread> {
    let document = Document::parse(text).map_err(|error| {
        let at = error.span().map(|span| line(text.as_bytes(), span.start));
        // The parser's message is the first line of it, the rest of what it expected.
        (
            at,
            format!(
                "it is no TOML: {}",
                error.message().trim().replace('\n', ", ")
            ),
        )
    })?;
    Ok(Node {
        line: 1,
        content: table(text, document.as_table()),
    })
}

fn table(text: &str, from: &dyn TableLike) -> Content {
    let node = |(name, item): (&str, &Item)| {
        let key = from.key(name).and_then(toml_edit::Key::span);
        let at = key
            .or_else(|| item.span())
            .map_or(1, |span| line(text.as_bytes(), span.start));
        (name.to_owned(), of(text, item, at))
    };
    Content::Table(from.iter().map(node).collect())
}

fn of(text: &str, item: &Item, line_of_key: usize) -> Node {
    let at = |span: Option<std::ops::Range<usize>>| {
        span.map_or(line_of_key, |span| line(text.as_bytes(), span.start))
    };
    let content = match item {
        Item::None => Content::Value(Value::Null),
        Item::Table(inner) => table(text, inner),
        Item::ArrayOfTables(tables) => Content::List(
            tables
                .iter()
                .map(|one| Node {
                    line: at(one.span()),
                    content: table(text, one),
                })
                .collect(),
        ),
        Item::Value(value) => content(text, value, line_of_key),
    };
    Node {
        line: line_of_key,
        content,
    }
}

fn content(text: &str, value: &toml_edit::Value, line_of_key: usize) -> Content {
    use toml_edit::Value as Toml;
    Content::Value(match value {
        Toml::String(text) => json!(text.value()),
        Toml::Integer(number) => json!(number.value()),
        Toml::Float(number) => json!(number.value()),
        Toml::Boolean(flag) => json!(flag.value()),
        Toml::Datetime(time) => json!(time.value().to_string()),
        Toml::InlineTable(inner) => return table(text, inner),
        Toml::Array(parts) => {
            let part = |part: &Toml| {
                let at = part
                    .span()
                    .map_or(line_of_key, |span| line(text.as_bytes(), span.start));
                Node {
                    line: at,
                    content: content(text, part, at),
                }
            };
            return Content::List(parts.iter().map(part).collect());
        }
    })
}

fn line(text: &[u8], at: usize) -> usize {
    1 + text.iter().take(at).filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(node: &'a Node, path: &str) -> &'a Node {
        path.split('.').fold(node, |node, key| match &node.content {
            Content::Table(keys) => &keys.iter().find(|(name, _)| name == key).unwrap().1,
            Content::List(parts) => &parts[key.parse::<usize>().unwrap()],
            Content::Value(_) => panic!("{path}"),
        })
    }

    #[test]
    fn every_value_knows_its_line() {
        let text = "# head\nactor = 'a'\n[work]\n\nlease = '5m'\n[[hook]]\nname = 'x'\n[[hook]]\nname = 'y'\n[a]\nb.c = 1\nd = [\n 1,\n { e = 2 },\n]\n";
        let tree = tree(text).unwrap();
        for (path, line) in [
            ("actor", 2),
            ("work.lease", 5),
            ("hook.0", 6),
            ("hook.1", 8),
            ("hook.1.name", 9),
            ("a.b.c", 11),
            ("a.d.1.e", 14),
        ] {
            assert_eq!(at(&tree, path).line, line, "{path}");
        }
    }

    #[test]
    fn what_is_no_toml_says_where() {
        let (line, why) = tree("a = 1\nb = \n").unwrap_err();
        assert_eq!(line, Some(2));
        assert!(why.starts_with("it is no TOML: "), "{why}");
        assert!(tree("a = 1\na = 2\n").is_err());
    }
}

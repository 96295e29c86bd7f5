//! The first words of a statement: what kind it is, as far as a guest has to know before SQLite does.

use std::str::FromStr;

use super::error::SqlError;

/// How a transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As SQLite's own default: a reader that becomes the writer at its first write, and may then be refused.
    Deferred,
    /// The writer from its first moment.
    Immediate,
    /// The same; in WAL mode readers go on all the same.
    Exclusive,
}

impl Mode {
    /// The statement that begins it.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Deferred => "BEGIN DEFERRED",
            Self::Immediate => "BEGIN IMMEDIATE",
            Self::Exclusive => "BEGIN EXCLUSIVE",
        }
    }
}

impl FromStr for Mode {
    type Err = SqlError;

    /// Upper and lower case are the same.
    fn from_str(text: &str) -> Result<Self, SqlError> {
        match text.to_ascii_uppercase().as_str() {
            "DEFERRED" => Ok(Self::Deferred),
            "IMMEDIATE" => Ok(Self::Immediate),
            "EXCLUSIVE" => Ok(Self::Exclusive),
            _ => Err(SqlError::misuse(format!(
                "`{}` is no transaction mode; say DEFERRED, IMMEDIATE or EXCLUSIVE",
                text.escape_debug()
            ))),
        }
    }
}

/// The mode of a `BEGIN`; `None` for every other statement.
pub(super) fn begins(sql: &str) -> Option<Mode> {
    let mut words = words(sql);
    if words.next()? != "BEGIN" {
        return None;
    }
    let mut next = words.next();
    let mode = next.as_deref().and_then(|word| word.parse().ok());
    if mode.is_some() {
        next = words.next();
    }
    if next.as_deref() == Some("TRANSACTION") {
        next = words.next();
    }
    next.is_none().then_some(mode.unwrap_or(Mode::Deferred))
}

/// Whether it is an INSERT, UPDATE, DELETE or REPLACE by its first word, which is how drivers tell it.
#[must_use]
pub fn is_change(sql: &str) -> bool {
    let first = words(sql).next();
    first.is_some_and(|word| matches!(word.as_str(), "INSERT" | "UPDATE" | "DELETE" | "REPLACE"))
}

/// Whether it is an INSERT or REPLACE by its first word.
pub(super) fn is_insert(sql: &str) -> bool {
    let first = words(sql).next();
    first.is_some_and(|word| matches!(word.as_str(), "INSERT" | "REPLACE"))
}

/// Whether it is a VACUUM, which begins and commits by itself.
pub(super) fn is_vacuum(sql: &str) -> bool {
    words(sql).next().as_deref() == Some("VACUUM")
}

/// The words of a statement in upper case; what is no word is an empty one. Semicolons are skipped at both ends.
fn words(sql: &str) -> impl Iterator<Item = String> {
    let tokens = Tokens::of(sql).map(|(token, _)| token);
    let mut tokens = tokens
        .skip_while(|token| *token == Token::Semicolon)
        .peekable();
    std::iter::from_fn(move || match tokens.next()? {
        Token::Word(word) => Some(word.to_ascii_uppercase()),
        Token::Semicolon if tokens.peek().is_none() => None,
        _ => Some(String::new()),
    })
}

/// The statements of a script, each with its semicolon.
pub(super) fn split(script: &str) -> Vec<&str> {
    let (mut all, mut start) = (Vec::new(), 0);
    let mut said: Vec<String> = Vec::new();
    for (token, end) in Tokens::of(script) {
        match token {
            Token::Word(word) => said.push(word.to_ascii_uppercase()),
            Token::Other => said.push(String::new()),
            Token::Semicolon if inside_a_trigger(&said) => said.push(";".to_owned()),
            Token::Semicolon => {
                all.push(&script[start..end]);
                (start, said) = (end, Vec::new());
            }
        }
    }
    if !said.is_empty() {
        all.push(&script[start..]);
    }
    all
}

/// A trigger has statements of its own, and ends with `; END`.
fn inside_a_trigger(said: &[String]) -> bool {
    let head = said.iter().take(4).map(String::as_str);
    let mut head = head.filter(|word| !matches!(*word, "EXPLAIN" | "TEMP" | "TEMPORARY"));
    let is_one = (head.next(), head.next()) == (Some("CREATE"), Some("TRIGGER"));
    is_one && !said.ends_with(&[";".to_owned(), "END".to_owned()])
}

#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Semicolon,
    /// A quoted text or name, a number's sign, an operator.
    Other,
}

/// The tokens of SQL, each with the place where it ends; blanks and comments are skipped.
struct Tokens<'a> {
    sql: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn of(sql: &'a str) -> Self {
        Self { sql, at: 0 }
    }

    fn skip(&mut self) {
        loop {
            let rest = self.sql[self.at..].trim_start();
            self.at = self.sql.len() - rest.len();
            let length = if rest.starts_with("--") {
                rest.find('\n').map(|end| end + 1)
            } else if let Some(comment) = rest.strip_prefix("/*") {
                comment.find("*/").map(|end| end + 4)
            } else {
                return;
            };
            self.at += length.unwrap_or(rest.len());
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = (Token<'a>, usize);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip();
        let rest = &self.sql[self.at..];
        let first = rest.chars().next()?;
        let closed = |by: char| rest[1..].find(by).map_or(rest.len(), |end| end + 2);
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let length = match first {
            '\'' | '"' | '`' => closed(first),
            '[' => closed(']'),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        self.at += length;
        let token = match first {
            ';' => Token::Semicolon,
            c if is_word(c) => Token::Word(&rest[..length]),
            _ => Token::Other,
        };
        Some((token, self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begin_is_known_in_every_dress() {
        for (sql, mode) in [
            ("BEGIN", Some(Mode::Deferred)),
            ("begin transaction;", Some(Mode::Deferred)),
            (" -- now\n;/* x */ Begin Immediate ", Some(Mode::Immediate)),
            ("BEGIN EXCLUSIVE TRANSACTION -- x", Some(Mode::Exclusive)),
            ("BEGIN IMMEDIATE; SELECT 1", None),
            ("BEGIN (1)", None),
            ("BEGIN CONCURRENT", None),
            ("BEGINS", None),
            ("SELECT 'BEGIN'", None),
            ("", None),
        ] {
            assert_eq!(begins(sql), mode, "{sql}");
        }
    }

    #[test]
    fn a_script_is_cut_where_its_statements_end() {
        let trigger = "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; DELETE FROM t; END;";
        let script = format!(
            "SELECT ';' ; -- no; end\n{trigger}/* ; */INSERT INTO [a;b] VALUES(\"c;\"); SELECT 1"
        );
        assert_eq!(
            split(&script)
                .iter()
                .map(|one| one.trim())
                .collect::<Vec<_>>(),
            [
                "SELECT ';' ;",
                &format!("-- no; end\n{trigger}"),
                "/* ; */INSERT INTO [a;b] VALUES(\"c;\");",
                "SELECT 1"
            ]
        );
        assert_eq!(split("  -- nothing\n"), Vec::<&str>::new());
        assert_eq!(split("SELECT 'never closed; "), ["SELECT 'never closed; "]);
    }

    #[test]
    fn changes_are_known_by_their_first_word() {
        assert!(is_change("/* a */ insert INTO t VALUES(1)") && is_change("REPLACE INTO t"));
        assert!(!is_change("WITH x AS (SELECT 1) SELECT * FROM x") && !is_change("-- INSERT"));
    }

    #[test]
    fn an_unknown_mode_is_named() {
        let said = "LAZY".parse::<Mode>().unwrap_err();
        assert!(said.message.contains("`LAZY`") && said.code.is_none());
        assert_eq!("immediate".parse(), Ok(Mode::Immediate));
    }
}

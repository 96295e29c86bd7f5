//! Rust text cut into code, string literals and comments: what the rules look at.

/// One Rust file.
pub struct Source {
    /// The text with comments and the insides of literals blanked; every byte keeps its place.
    pub code: String,
    /// String literals.
    pub strings: Vec<Piece>,
    /// Comments, documentation among them.
    pub comments: Vec<Piece>,
    starts: Vec<usize>,
}

/// A literal or a comment.
pub struct Piece {
    /// The byte where it begins.
    pub at: usize,
    /// What stands in it, without quotes or slashes.
    pub text: String,
}

impl Source {
    /// Cuts `text`.
    pub fn read(text: &str) -> Self {
        let mut cutter = Cutter {
            text,
            code: text.as_bytes().to_vec(),
            at: 0,
            strings: Vec::new(),
            comments: Vec::new(),
        };
        while cutter.at < text.len() {
            cutter.step();
        }
        let lines = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            starts: std::iter::once(0).chain(lines).collect(),
            code: String::from_utf8_lossy(&cutter.code).into_owned(),
            strings: cutter.strings,
            comments: cutter.comments,
        }
    }

    /// The line of a byte, counted from 1.
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }
}

/// Whether the character can stand in an identifier.
pub fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

struct Cutter<'t> {
    text: &'t str,
    code: Vec<u8>,
    at: usize,
    strings: Vec<Piece>,
    comments: Vec<Piece>,
}

impl Cutter<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Takes one token.
    fn step(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return;
        };
        if rest.starts_with("//") {
            self.comment(rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            self.comment(block(rest));
        } else if first == '"' {
            self.string(0);
        } else if first == '\'' {
            self.quote();
        } else if is_word(first) {
            self.word();
        } else {
            self.at += first.len_utf8();
        }
    }

    /// A word, or a literal with a prefix such as `r#"…"#` or `b"…"`.
    fn word(&mut self) {
        let rest = self.rest();
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let after = &rest[end..];
        let hashes = after.len() - after.trim_start_matches('#').len();
        let quoted = after[hashes..].starts_with('"');
        match &rest[..end] {
            "r" | "br" | "cr" if quoted => self.raw(end + hashes, hashes),
            "b" | "c" if after.starts_with('"') => self.string(end),
            _ => self.at += end,
        }
    }

    /// A literal with escapes whose quote stands `prefix` bytes on.
    fn string(&mut self, prefix: usize) {
        let open = prefix + 1;
        let mut escaped = false;
        let inside = self.rest()[open..].find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let length = inside.unwrap_or(self.rest().len() - open);
        let text = self.rest()[open..open + length]
            .replace("\\n", "\n")
            .replace("\\\n", "");
        self.literal(open, length, text, 1);
    }

    /// A raw literal whose quote stands `prefix` bytes on.
    fn raw(&mut self, prefix: usize, hashes: usize) {
        let open = prefix + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let length = self.rest()[open..]
            .find(&close)
            .unwrap_or(self.rest().len() - open);
        let text = self.rest()[open..open + length].to_string();
        self.literal(open, length, text, close.len());
    }

    fn literal(&mut self, open: usize, length: usize, text: String, close: usize) {
        self.strings.push(Piece { at: self.at, text });
        self.blank(self.at + open, self.at + open + length);
        self.at = (self.at + open + length + close).min(self.text.len());
    }

    fn comment(&mut self, length: usize) {
        let text = self.rest()[..length].to_string();
        self.comments.push(Piece { at: self.at, text });
        self.blank(self.at, self.at + length);
        self.at += length;
    }

    /// A character literal, or the apostrophe of a lifetime.
    fn quote(&mut self) {
        let mut chars = self.rest().char_indices().skip(1);
        let first = chars.next();
        let end = match first {
            Some((_, '\\')) => self.rest()[3.min(self.rest().len())..]
                .find('\'')
                .map(|at| at + 3),
            _ => chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at),
        };
        match end {
            Some(end) => {
                self.blank(self.at + 1, self.at + end);
                self.at += end + 1;
            }
            None => self.at += 1,
        }
    }

    fn blank(&mut self, from: usize, to: usize) {
        for byte in &mut self.code[from..to] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
}

/// The length of a block comment, nested ones included.
fn block(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::read(text).code
    }

    #[test]
    fn comments_and_literals_are_blanked_in_place() {
        assert_eq!(
            code("a /* b /* c */ d */ e // f\ng"),
            format!("a {} e {}\ng", " ".repeat(17), " ".repeat(4))
        );
        assert_eq!(code(r#"f("x\"y", 1)"#), r#"f("    ", 1)"#);
        assert_eq!(code(r###"r#"a"b"# z"###), r###"r#"   "# z"###);
    }

    #[test]
    fn apostrophes_of_lifetimes_are_no_literals() {
        assert_eq!(
            code("fn f<'a>(x: &'a str) { '\"' }"),
            "fn f<'a>(x: &'a str) { ' ' }"
        );
        assert_eq!(code(r"'\'' 'x' '\u{1f}' b"), r"'  ' ' ' '      ' b");
    }

    #[test]
    fn raw_identifiers_are_words() {
        assert_eq!(code("r#type \"a\""), "r#type \" \"");
    }

    #[test]
    fn strings_are_kept_with_their_lines() {
        let source = Source::read("\nlet a = \"one\\\n   two\";\nb\"3\"");
        let seen: Vec<_> = source
            .strings
            .iter()
            .map(|s| (source.line(s.at), s.text.as_str()))
            .collect();
        assert_eq!(seen, [(2, "one   two"), (4, "3")]);
    }

    #[test]
    fn text_that_never_ends_is_taken_whole() {
        assert_eq!(code("\"abc"), "\"   ");
        assert_eq!(code("/* abc"), "      ");
        assert_eq!(code("r\"abc"), "r\"   ");
        assert_eq!(code("'"), "'");
    }
}

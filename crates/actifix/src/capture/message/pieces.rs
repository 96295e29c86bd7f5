//! Cuts a message into pieces and writes what the judge says of each.

use super::judge;
use super::words::{self, Kinds};

/// So many pieces of a message count.
const PIECES: usize = 256;
/// So long is what stands in quotes.
const QUOTED: usize = 1_000;

/// What was written last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Last {
    Nothing,
    Word,
    Value,
    /// A value that began with a digit: a unit or a plural may follow.
    Number,
}

/// A message that is being read.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    out: String,
    /// What was written last.
    pub last: Last,
    /// The two pieces before this one, as they stand in the message.
    pub before: [&'a str; 2],
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            out: String::with_capacity(text.len()),
            last: Last::Nothing,
            before: ["", ""],
        }
    }

    /// Reads all of it.
    pub fn read(mut self) -> String {
        self.all();
        self.out
    }

    fn all(&mut self) {
        for _ in 0..PIECES {
            self.skip_marks();
            let Some(first) = self.peek() else { break };
            if first == '=' {
                self.given();
            } else if matches!(first, '"' | '\'' | '`') {
                match self.closing(first) {
                    Some(end) => self.quoted(first, end),
                    None => self.at += 1,
                }
            } else {
                self.piece();
            }
        }
    }

    /// Reads a text that stands in quotes, like the rest.
    fn inside(&mut self, text: &'a str) {
        let outside = std::mem::replace(&mut self.text, text);
        let at = std::mem::take(&mut self.at);
        self.all();
        (self.text, self.at) = (outside, at);
    }

    /// `=` with blanks before it: what is behind it belongs to the name before.
    fn given(&mut self) {
        let tells = self.kinds_before() & words::TELLS != 0;
        let gives = self.is_assigned() && self.last != Last::Nothing;
        self.at += 1;
        if gives && !tells {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(' ').len();
            self.skip_value();
            self.value("", Last::Value);
        } else {
            // `==` and `=>` only stand between.
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(['=', '>', '~']).len();
        }
    }

    /// What stands in brackets here is one value.
    pub fn bracket(&mut self) {
        let rest = self.rest();
        if rest.trim_start().starts_with('(') {
            self.at += rest.len() - rest.trim_start().len();
            self.skip_value();
            self.value("", Last::Value);
        }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Moves behind blanks and marks that stand for themselves.
    fn skip_marks(&mut self) {
        let is_mark =
            |c: char| c.is_whitespace() || c.is_control() || ",;()[]{}<>|*#!?&".contains(c);
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_mark).len();
    }

    /// The place of the quote that closes the one here, counted from here.
    fn closing(&self, quote: char) -> Option<usize> {
        let inside = &self.rest().as_bytes()[1..];
        let inside = &inside[..inside.len().min(QUOTED)];
        let ends = |at: &usize| match quote {
            // An apostrophe inside a word closes nothing.
            '\'' => {
                inside[*at] == b'\'' && !inside.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
            }
            // Ruby closes a backtick with an apostrophe.
            '`' => matches!(inside[*at], b'`' | b'\''),
            _ => inside[*at] == b'"',
        };
        (0..inside.len()).find(ends).map(|at| at + 1)
    }

    /// A text in quotes that ends at `end` from here.
    fn quoted(&mut self, quote: char, end: usize) {
        let inside = &self.rest()[1..end];
        self.at += end + 1;
        let after = self.rest().trim_start();
        if quote == '"' && after.starts_with(':') && judge::is_identifier(inside) {
            self.at = self.text.len() - after.len() + 1;
            return self.field(inside);
        }
        if let Some((method, _)) = inside
            .split_once(' ')
            .filter(|(word, _)| judge::is_method(word))
        {
            // `"GET /cart HTTP/1.1"`
            self.word(method, method);
            self.value(inside, Last::Value);
        } else if judge::keeps_quoted(self, quote, inside) {
            self.word(inside, inside);
        } else {
            self.value(inside, Last::Value);
        }
    }

    /// Behind `"key":`.
    fn field(&mut self, key: &'a str) {
        self.word(key, key);
        if words::kinds(key) & words::TELLS != 0 {
            let open = self.rest().trim_start();
            self.at = self.text.len() - open.len();
            self.told();
        } else if !self.rest().trim_start().starts_with(['{', '[']) {
            self.skip_value();
            self.value("", Last::Value);
        }
    }

    /// A piece up to a blank or a mark.
    fn piece(&mut self) {
        let rest = self.rest();
        let ends = |c: char| c.is_whitespace() || c.is_control() || ",;()[]{}<>|\"`=&".contains(c);
        let mut end = rest.find(ends).unwrap_or(rest.len());
        if judge::is_address(&rest[..end]) {
            let ends = |c: char| c.is_whitespace() || c.is_control() || ",;)]}>\"'`".contains(c);
            end = rest.find(ends).unwrap_or(rest.len());
        }
        let piece = &rest[..end];
        self.at += end;
        if piece.is_empty() {
            // A mark that begins no piece.
            self.at += self.peek().map_or(0, char::len_utf8);
            return;
        }
        if self.is_assigned() {
            self.assigned(piece);
        } else {
            judge::piece(self, piece);
        }
    }

    /// `=` follows, and it gives a value rather than compares.
    fn is_assigned(&self) -> bool {
        let next = self.rest().as_bytes();
        next.first() == Some(&b'=') && !matches!(next.get(1), Some(b'=' | b'>' | b'~'))
    }

    /// `key=value`: the key stays, the value only when it tells what happened.
    fn assigned(&mut self, key: &'a str) {
        self.at += 1;
        let name = key.trim_matches(|c: char| c.is_ascii_punctuation());
        if name.is_empty() || !judge::has_digit(name) {
            self.word(name, name);
        } else {
            self.value(name, Last::Value);
        }
        let tells = words::kinds(name) & words::TELLS != 0;
        let start = self.at;
        if tells {
            self.told();
        } else {
            self.skip_value();
            let given = &self.text[start..self.at];
            if judge::is_status(name, given) {
                self.word(given, given);
            } else {
                self.value(given, Last::Value);
            }
        }
    }

    /// Reads what is in the quotes here; without quotes it is read like all that follows.
    fn told(&mut self) {
        let quote = self.peek().filter(|c| matches!(c, '"' | '\''));
        if let Some(end) = quote.and_then(|quote| self.closing(quote)) {
            let text = &self.rest()[1..end];
            self.at += end + 1;
            self.inside(text);
        }
    }

    /// Moves behind a value: in quotes, or up to a blank or a mark outside its own brackets.
    fn skip_value(&mut self) {
        let first = self.rest().trim_start_matches(' ');
        if let Some(quote) = first.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            let blanks = self.rest().len() - first.len();
            self.at += blanks;
            if let Some(end) = self.closing(quote) {
                self.at += end + 1;
                return;
            }
            self.at -= blanks;
        }
        let mut depth = 0_usize;
        for (at, c) in self.rest().char_indices() {
            match c {
                '(' | '[' | '{' | '<' => depth += 1,
                ')' | ']' | '}' | '>' if depth > 0 => depth -= 1,
                ')' | ']' | '}' | '>' | ',' | ';' | '&' | '|' if depth == 0 => {
                    self.at += at;
                    return;
                }
                c if c.is_whitespace() && (depth == 0 || at > QUOTED) => {
                    self.at += at;
                    return;
                }
                _ => {}
            }
        }
        self.at = self.text.len();
    }

    /// What the piece before is.
    pub fn kinds_before(&self) -> Kinds {
        words::kinds(bare(self.before[0]))
    }

    /// The next word, without reading it.
    pub fn next_word(&self) -> &'a str {
        let rest = self
            .rest()
            .trim_start_matches(|c: char| !c.is_alphanumeric());
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        &rest[..end]
    }

    /// Writes a word; `piece` is what stands in the message.
    pub fn word(&mut self, word: &str, piece: &'a str) {
        if !word.is_empty() {
            if !self.out.is_empty() {
                self.out.push(' ');
            }
            self.out.push_str(word);
            self.last = Last::Word;
        }
        self.passed(piece);
    }

    /// Writes a value; values side by side are one.
    pub fn value(&mut self, piece: &'a str, last: Last) {
        if !matches!(self.last, Last::Value | Last::Number) {
            self.word("*", piece);
        } else {
            self.passed(piece);
        }
        self.last = last;
    }

    /// Leaves a piece out.
    pub fn passed(&mut self, piece: &'a str) {
        if !piece.is_empty() {
            self.before = [piece, self.before[0]];
        }
    }
}

/// A piece without the marks around it.
pub fn bare(piece: &str) -> &str {
    piece.trim_matches(|c: char| c.is_ascii_punctuation() && c != '%')
}

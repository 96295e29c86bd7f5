//! Texts of strangers on a terminal: an error message must not be able to move the cursor or turn the reading direction.

use std::borrow::Cow;

/// Characters that act on a terminal instead of showing on it.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A text as one line.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    for c in text.trim_end().chars() {
        match c {
            '\n' | '\t' | '\r' => line.push(' '),
            c if acts(c) => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    Cow::Owned(line)
}

/// The first line of a text.
pub fn first_line(text: &str) -> Cow<'_, str> {
    one_line(text.trim_start().lines().next().unwrap_or_default())
}

/// A text of several lines, each set in by `margin`.
pub fn block(text: &str, margin: &str) -> String {
    let lines = text.lines().map(|line| {
        let shown: String = line.chars().flat_map(shown_in_block).collect();
        format!("{margin}{}", shown.trim_end())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn shown_in_block(c: char) -> Vec<char> {
    match c {
        '\t' => vec![' '; 4],
        '\r' => Vec::new(),
        c if acts(c) => c.escape_unicode().collect(),
        c => vec![c],
    }
}

/// A text as a word of a POSIX shell.
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | ',' | '+' | '%')
    };
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_shown_instead() {
        assert_eq!(one_line("a\u{1b}[31mred\nb"), "a\\u{1b}[31mred b");
        assert_eq!(one_line("\u{202E}evil"), "\\u{202e}evil");
        assert_eq!(block("a\tb\r\n\u{7}c  ", "  "), "  a    b\n  \\u{7}c");
        assert_eq!(first_line("\nfirst\nsecond"), "first");
    }

    #[test]
    fn shell_words_are_quoted_when_they_must() {
        assert_eq!(shell_word("src/a.rs,b.rs"), "src/a.rs,b.rs");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }
}

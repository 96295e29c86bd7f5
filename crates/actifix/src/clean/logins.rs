//! A name and a password side by side, without a word that says so: in command lines, code and files.

use super::headers;
use super::text::Text;

fn is_word(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, 0 | b'"' | b'\'' | b'`' | b',' | b';' | b')')
}

/// `curl -u ann:…`; numbers there are those of users and groups.
pub fn pair(text: &mut Text<'_>, _: usize, start: usize) {
    let start = text.run(start, 2, |b| matches!(b, b' ' | b'"' | b'\''));
    let colon = text.run(start, 64, |b| is_word(b) && b != b':');
    let end = text.run(colon + 1, 256, is_word);
    let word = text.part(colon + 1, end);
    let other = word.starts_with(b"//") || word.iter().all(u8::is_ascii_digit);
    if text.at(colon) == b':' && colon > start && !other {
        text.mask(colon + 1, end);
    }
}

/// `sshpass -p …`, `redis-cli -a …`, `AUTH PLAIN …`: the next word.
pub fn word(text: &mut Text<'_>, _: usize, start: usize) {
    let start = text.run(start, 1, |b| b == b' ');
    let end = text.run(start, 1_024, is_word);
    if end - start >= 4 {
        text.mask(start, end);
    }
}

/// `auth=("ann", "…")`: the second of two texts in quotes.
pub fn tuple(text: &mut Text<'_>, _: usize, start: usize) {
    let is_quote = |b: u8| matches!(b, b'"' | b'\'');
    let name = text.run(start, 2, |b| is_quote(b) || b == b' ');
    let name = text.run(name, 64, |b| !is_quote(b) && b != b'\n');
    let next = text.run(name, 6, |b| is_quote(b) || matches!(b, b',' | b' '));
    let end = text.run(next, 256, |b| !is_quote(b) && b != b'\n');
    if is_quote(text.before(next)) && is_quote(text.at(end)) {
        text.mask(next, end);
    }
}

/// `"auth": "…"` and `_auth=…` of registries: both in base 64.
pub fn registry(text: &mut Text<'_>, _: usize, end: usize) {
    if let Some(from) = headers::given(text, end) {
        let to = text.run(from, 1_024, headers::is_base64);
        if to - from >= 8 && headers::is_pair(text.part(from, to)) {
            text.mask(from, to);
        }
    }
}

/// `jdbc:oracle:thin:ann/…@host`.
pub fn oracle(text: &mut Text<'_>, _: usize, start: usize) {
    let slash = text.run(start, 64, |b| is_word(b) && !matches!(b, b'/' | b'@'));
    let at = text.run(slash + 1, 128, |b| is_word(b) && b != b'@');
    if text.at(slash) == b'/' && text.at(at) == b'@' {
        text.mask(slash + 1, at);
    }
}

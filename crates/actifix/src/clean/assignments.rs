//! Secrets that are given to a name: `password=…`, `"api_key": "…"`, `--token …`, `<password>…</password>`, `?sig=…`.

use super::names::{self, Says};
use super::text::Text;

/// Parts of names that say that a secret may follow.
pub const KEYWORDS: &[&str] = &[
    "pass",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "privatekey",
    "private_key",
    "private-key",
    "accountkey",
    "account_key",
    "signingkey",
    "signing_key",
    "signing-key",
    "encryptionkey",
    "encryption_key",
    "encryption-key",
    "masterkey",
    "master_key",
    "master-key",
    "authkey",
    "auth_key",
    "auth-key",
    "presharedkey",
    "subscription-key",
    "sharedaccesskey",
    "credential",
    "signature",
    "session_id",
    "sessionid",
    "session-id",
    "sessid",
];

/// So long a name is, on each side of its keyword.
const NAME: usize = 64;
/// So long a value in quotes is.
const VALUE: usize = 4_096;

/// How a value stands behind its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// `name=value`, `--name value`, `<name>value<`.
    Bare,
    /// `name: value`, which prose does too.
    Colon,
    /// In quotes.
    Quoted,
}

/// Looks for a value behind a name that has a keyword in it.
pub fn assignment(text: &mut Text<'_>, start: usize, end: usize) {
    let end = text.run(end, NAME, is_name);
    // Most names have nothing behind them: what costs more is asked afterwards.
    if matches!(text.at(end), 0 | b'.' | b'/' | b'\n') {
        return;
    }
    let start = text.run_back(start, NAME, |b| is_name(b) || b == b'.');
    let Some((stands, from)) = separator(text, start, end) else {
        return;
    };
    let Some(says) = names::says(text.part(start, end)) else {
        return;
    };
    if names::refers(text.part(from, text.bytes.len())) || is_call(text, from) {
        return;
    }
    let (stands, from, to) = value(text, stands, from);
    if fits(text, says, stands, (start, end), (from, to)) {
        text.mask(from, to);
    }
}

/// `key`, `sig`, `code` and `auth` are secrets in a query, when they are long.
pub fn query(text: &mut Text<'_>, _: usize, start: usize) {
    let end = text.run(start, VALUE, |b| {
        b.is_ascii_alphanumeric()
            || matches!(b, b'%' | b'_' | b'-' | b'.' | b'~' | b'+' | b'/' | b'=')
    });
    if end - start >= 12 && is_mixed(text.part(start, end)) {
        text.mask(start, end);
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`')
}

/// What stands between a name and its value: how, and where the value begins.
fn separator(text: &Text<'_>, start: usize, end: usize) -> Option<(Stands, usize)> {
    if text.before(start) == b'<' && text.at(end) == b'>' {
        return Some((Stands::Bare, end + 1));
    }
    let flag = text.at(start) == b'-' && text.at(start + 1) == b'-' && text.at(end) == b' ';
    let at = text.run(end, 4, |b| is_quote(b) || matches!(b, b'\\' | b']'));
    let at = text.run(at, 8, |b| matches!(b, b' ' | b'\t'));
    let stands = match (text.at(at), text.at(at + 1), text.at(at + 2)) {
        (b'=', b'=' | b'~', _) | (b':', b':', _) => return None,
        (b'=', b'>', _) | (b':', b'=', _) => return Some((Stands::Bare, blanks(text, at + 2))),
        (b'=', ..) => Stands::Bare,
        // `%3D` is `=` in a URL.
        (b'%', b'3', b'D' | b'd') => return Some((Stands::Bare, at + 3)),
        (b':', ..) => Stands::Colon,
        _ if flag => return Some((Stands::Bare, end + 1)),
        _ => return None,
    };
    Some((stands, blanks(text, at + 1)))
}

fn blanks(text: &Text<'_>, at: usize) -> usize {
    text.run(at, 8, |b| matches!(b, b' ' | b'\t'))
}

/// Where the value is, without its quotes.
fn value(text: &Text<'_>, stands: Stands, at: usize) -> (Stands, usize, usize) {
    let prefix =
        usize::from(matches!(text.at(at), b'b' | b'r' | b'u' | b'f') && is_quote(text.at(at + 1)));
    let slashes = text.run(at + prefix, 3, |b| b == b'\\');
    let quote = text.at(slashes);
    if is_quote(quote) {
        let from = slashes + 1;
        return (
            Stands::Quoted,
            from,
            closing(text, from, quote, slashes - at - prefix),
        );
    }
    let end = text.run(at, VALUE, |b| {
        !b.is_ascii_whitespace()
            && !is_quote(b)
            && !matches!(b, 0 | b',' | b';' | b'&' | b'<' | b'>' | b')' | b'}' | b']')
    });
    // A backslash ends it only where it escapes a quote: `\"`.
    let end = if text.at(end) == b'"' {
        text.run_back(end, 3, |b| b == b'\\').max(at)
    } else {
        end
    };
    (stands, at, end)
}

/// The place of the quote that closes one, or of the line's end. `escapes` backslashes stand before each of the two.
fn closing(text: &Text<'_>, from: usize, quote: u8, escapes: usize) -> usize {
    let mut at = from;
    let end = (from + VALUE).min(text.bytes.len());
    while at < end {
        match text.bytes[at] {
            b'\n' => return at,
            b'\\' => {
                let after = text.run(at, 8, |b| b == b'\\');
                if text.at(after) == quote && after - at <= escapes {
                    return at;
                }
                at = after
                    + usize::from(
                        after < end && text.bytes[after].is_ascii() && text.bytes[after] != b'\n',
                    );
            }
            byte if byte == quote => return at,
            _ => at += 1,
        }
    }
    end
}

/// Whether a value is a secret, and no word, placeholder or piece of code.
fn fits(
    text: &Text<'_>,
    says: Says,
    stands: Stands,
    name: (usize, usize),
    (from, to): (usize, usize),
) -> bool {
    let value = text.part(from, to);
    if value.is_empty()
        || names::is_placeholder(value)
        || is_folder(text.part(name.0, name.1), value)
    {
        return false;
    }
    match (says, stands) {
        (Says::Secret, Stands::Quoted) => true,
        (Says::Perhaps, Stands::Quoted) => value.len() >= 8 && !value.contains(&b' '),
        (_, _) if is_code(value) => false,
        (Says::Secret, Stands::Bare) => value.len() >= 4,
        (Says::Secret, Stands::Colon) => {
            value.len() >= 4 && (is_mixed(value) || ends_line(text, to))
        }
        (Says::Perhaps, _) => value.len() >= 8 && is_mixed(value),
    }
}

/// `PWD=/srv/app` is where a program runs.
fn is_folder(name: &[u8], value: &[u8]) -> bool {
    let name = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
    let asked = name.eq_ignore_ascii_case(b"pwd") || name.eq_ignore_ascii_case(b"oldpwd");
    asked && matches!(value.first(), Some(b'/' | b'~')) || value.get(1..3) == Some(b":\\")
}

/// Letters and something else, or as long as no word is.
fn is_mixed(value: &[u8]) -> bool {
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let digits = value.iter().any(u8::is_ascii_digit);
    (letters && digits) || value.len() >= 20
}

/// Nothing but the end follows on the line: prose would go on.
fn ends_line(text: &Text<'_>, at: usize) -> bool {
    let at = text.run(at, 8, |b| matches!(b, b' ' | b'\t' | b'\r' | b',' | b';'));
    matches!(text.at(at), 0 | b'\n' | b'"' | b'\'' | b'\\' | b'}')
}

/// `token = read_token(path)`.
fn is_call(text: &Text<'_>, from: usize) -> bool {
    let name = text.run(from, 128, is_plain);
    name > from && matches!(text.at(name), b'(' | b'[') && !text.at(from).is_ascii_digit()
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')
}

/// Another name's value: `password=user.password`.
fn is_code(value: &[u8]) -> bool {
    let name = value
        .iter()
        .all(|byte| is_plain(*byte) && !byte.is_ascii_digit());
    name && names::says(value).is_some()
}

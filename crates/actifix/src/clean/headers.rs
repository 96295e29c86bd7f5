//! HTTP headers: `Authorization`, also where its value stands alone, and cookies.

use super::text::Text;

/// The ways to authorise whose value is one word; of all others the whole line is.
const SCHEMES: &[&str] = &[
    "basic",
    "bearer",
    "token",
    "negotiate",
    "ntlm",
    "apikey",
    "ssws",
    "genie",
    "key",
    "bot",
];

fn is_value(byte: u8) -> bool {
    !byte.is_ascii_whitespace()
        && !matches!(
            byte,
            0 | b'"' | b'\'' | b',' | b';' | b'`' | b'<' | b'>' | b'\\' | b'}' | b')'
        )
}

/// The place behind `: "`, `=` and the like. `None` when nothing is given.
pub fn given(text: &Text<'_>, end: usize) -> Option<usize> {
    let at = text.run(end, 4, |b| matches!(b, b'"' | b'\'' | b'\\' | b']' | b' '));
    let at = match (text.at(at), text.at(at + 1)) {
        (b'=', b'>') => at + 2,
        (b':' | b'=' | b',', _) => at + 1,
        _ => return None,
    };
    Some(text.run(at, 12, |b| {
        matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'[')
    }))
}

/// `Authorization: Basic …`, in headers, JSON and code.
pub fn authorization(text: &mut Text<'_>, _: usize, end: usize) {
    let Some(from) = given(text, end) else {
        return;
    };
    let word = text.run(from, 4_096, is_value);
    let after = text.run(word, 4, |b| b == b' ');
    let scheme = SCHEMES
        .iter()
        .any(|scheme| word - from == scheme.len() && text.says(from, scheme));
    if scheme {
        let end = text.run(after, 16_384, is_value);
        text.mask(after, end);
    } else if after > word
        && (text.says(from, "digest")
            || text.says(from, "aws4-")
            || text.says(from, "hawk")
            || text.says(from, "oauth"))
    {
        let end = text.run(after, 4_096, |b| !matches!(b, b'\n' | b'\r' | 0));
        text.mask(after, end);
    } else if word - from >= 16
        || (word - from >= 6 && text.part(from, word).iter().any(u8::is_ascii_digit))
    {
        text.mask(from, word);
    }
}

/// `Bearer …` without its header.
pub fn bearer(text: &mut Text<'_>, start: usize, end: usize) {
    let to = text.run(end, 16_384, is_value);
    let value = text.part(end, to);
    let digits = value.iter().any(u8::is_ascii_digit);
    if text.is_edge(start) && (value.len() >= 20 || (value.len() >= 8 && digits)) {
        text.mask(end, to);
    }
}

/// `Basic …` without its header, when it is a name and a password in base 64.
pub fn basic(text: &mut Text<'_>, start: usize, end: usize) {
    let to = text.run(end, 1_024, is_base64);
    if text.is_edge(start) && to - end >= 8 && is_pair(text.part(end, to)) {
        text.mask(end, to);
    }
}

/// A character of base 64.
pub fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Base 64 of printable text with a colon in it.
pub fn is_pair(value: &[u8]) -> bool {
    let value: &[u8] = value
        .strip_suffix(b"==")
        .or(value.strip_suffix(b"="))
        .unwrap_or(value);
    let mut bits = 0_u32;
    let mut held = 0;
    let mut colon = false;
    for byte in value {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return false,
        };
        bits = (bits << 6) | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            let plain = ((bits >> held) & 0xFF) as u8;
            if plain < 0x20 || plain == 0x7F {
                return false;
            }
            colon |= plain == b':';
        }
    }
    colon
}

/// Words of `Set-Cookie` that are no cookies.
const ATTRIBUTES: &[&str] = &[
    "path", "domain", "expires", "max-age", "samesite", "version", "priority",
];

/// The values of `Cookie: a=…; b=…` and `Set-Cookie: a=…; Path=/`; the names stay.
pub fn cookies(text: &mut Text<'_>, _: usize, end: usize) {
    let Some(mut at) = given(text, end) else {
        return;
    };
    // So many in one header.
    for _ in 0..200 {
        let name = at;
        let equals = text.run(at, 256, |b| {
            b.is_ascii_graphic() && !matches!(b, b'=' | b';' | b'"' | b'\'' | b':' | b'(' | b'{')
        });
        if text.at(equals) != b'=' || equals == name {
            return;
        }
        let attribute = ATTRIBUTES
            .iter()
            .any(|known| known.len() == equals - name && text.says(name, known));
        let most = if attribute { 64 } else { 4_096 };
        let to = text.run(equals + 1, most, |b| {
            !b.is_ascii_whitespace() && !matches!(b, 0 | b';' | b'"' | b'\'' | b'\\')
        });
        if !attribute {
            text.mask(equals + 1, to);
        }
        // Expiry dates have blanks in them.
        let to = if attribute {
            text.run(to, 64, |b| !matches!(b, b';' | b'\n' | b'"' | b'\''))
        } else {
            to
        };
        let mut next = text.run(to, 1, |b| b == b';');
        if next == to {
            return;
        }
        next = text.run(next, 4, |b| b == b' ');
        for flag in ["httponly", "secure", "partitioned"] {
            if text.says(next, flag) {
                next = text.run(next + flag.len(), 3, |b| matches!(b, b';' | b' '));
            }
        }
        at = next;
    }
}

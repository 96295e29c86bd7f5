//! Private keys of every kind: PEM, OpenSSH, PGP and SSH2 blocks, PuTTY's files, XML, JWK.

use super::text::Text;

/// So long a key is.
const LONGEST: usize = 64 << 10;

/// A block from `-----BEGIN … PRIVATE KEY…-----` to its end line. Where that is missing, all that looks like a key goes.
pub fn block(text: &mut Text<'_>, start: usize, end: usize) {
    let label_end = text.run(end, 64, |b| {
        b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' '
    });
    let label = text.part(end, label_end);
    let named = label.windows(11).any(|word| word == b"PRIVATE KEY");
    if !named || text.at(label_end) != b'-' {
        return;
    }
    let first = text.run_back(start, 5, |b| b == b'-');
    let body = text.run(label_end, 6, |b| b == b'-');
    let limit = (body + LONGEST).min(text.bytes.len());
    let rest = text.part(body, limit);
    // What is no key's character ends it, so that a begin without its end does not swallow the rest of a text.
    let length = rest.iter().position(|b| !is_body(*b)).unwrap_or(rest.len());
    let dashes =
        |word: &[u8]| word == b"-- END " || word == b"--END P" || word.starts_with(b"--END ");
    let to = match rest[..length].windows(7).position(dashes) {
        Some(at) => {
            let label = text.run(body + at + 2, 80, |b| {
                b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' '
            });
            text.run(label, 6, |b| b == b'-')
        }
        None => body + length,
    };
    text.mask(first, to);
}

/// Base 64, line ends also in escaped form, and what the head lines of old keys have.
fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte.is_ascii_whitespace()
        || matches!(
            byte,
            b'+' | b'/' | b'=' | b'-' | b'\\' | b':' | b',' | b'.' | b'(' | b')' | b'|' | b'>'
        )
}

/// The lines behind `Private-Lines: N` of a PuTTY file.
pub fn putty(text: &mut Text<'_>, _: usize, end: usize) {
    let count = text.run(end, 8, |b| b == b' ' || b.is_ascii_digit());
    let to = text.run(count, LONGEST, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\n' | b'\r' | b'\\')
    });
    text.mask(count, to);
}

/// The private parts of an `<RSAKeyValue>`: `<D>…</D>` and the primes.
pub fn xml(text: &mut Text<'_>, _: usize, end: usize) {
    let to = text.run(end, LONGEST, |b| {
        b.is_ascii_alphanumeric() || b.is_ascii_whitespace() || matches!(b, b'+' | b'/' | b'=')
    });
    if to - end >= 40 && text.at(to) == b'<' && text.at(to + 1) == b'/' {
        text.mask(end, to);
    }
}

/// The private part of a key in JSON: `"d":"…"`.
pub fn jwk(text: &mut Text<'_>, _: usize, end: usize) {
    let open = text.run(end, 4, |b| b == b' ');
    let to = text.run(open + 1, LONGEST, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')
    });
    if text.at(open) == b'"' && text.at(to) == b'"' && to - open > 40 {
        text.mask(open + 1, to);
    }
}

//! Addresses: passwords in URLs, and the names before the `@` of e-mail addresses.

use super::text::Text;

/// So far an address is looked at.
const LONGEST: usize = 1_024;

fn in_authority(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !matches!(byte, 0 | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\')
}

/// `user:password@` and `token@` behind `://`. A password may hold any character that no text around it ends.
pub fn password(text: &mut Text<'_>, _: usize, start: usize) {
    let end = text.run(start, LONGEST, |b| {
        in_authority(b) && !matches!(b, b'/' | b'?' | b'#')
    });
    let Some(at) = last_at(text, start, end) else {
        return raw_password(text, start);
    };
    let user = text.run(start, at - start, |b| b != b':');
    if user < at {
        // `https://TOKEN:x-oauth-basic@host`
        let token = user - start >= 20 && text.part(start, user).iter().any(u8::is_ascii_digit);
        text.mask(if token { start } else { user + 1 }, at);
    } else if at - start >= 20 {
        text.mask(start, at);
    }
}

fn last_at(text: &Text<'_>, start: usize, end: usize) -> Option<usize> {
    let at = text.part(start, end).iter().rposition(|b| *b == b'@')?;
    Some(start + at)
}

/// A password with a slash or another mark in it, as people paste them: behind a name and `:` that no port follows.
fn raw_password(text: &mut Text<'_>, start: usize) {
    let user = text.run(start, 64, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'%')
    });
    if user == start || text.at(user) != b':' {
        return;
    }
    let digits = text.run(user + 1, 6, |b| b.is_ascii_digit());
    if digits > user + 1 && matches!(text.at(digits), b'/' | b'?' | b'#') {
        return;
    }
    let another =
        |at: usize| text.at(at) == b':' && text.at(at + 1) == b'/' && text.at(at + 2) == b'/';
    let ends = |at: &usize| !in_authority(text.at(*at)) || text.at(*at) == b',' || another(*at);
    let end = (user + 1..user + 128)
        .find(ends)
        .unwrap_or(user + 128)
        .min(text.bytes.len());
    if let Some(at) = last_at(text, user + 1, end) {
        text.mask(user + 1, at);
    }
}

/// Ends of file names, which stand behind an `@` in the names of pictures (`logo@2x.png`).
const FILES: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "mjs", "cjs", "ts", "tsx", "css", "map",
    "json", "py", "rs", "java", "service", "target", "socket", "timer", "tgz", "gz", "zip",
];

/// The part before the `@`; the domain stays.
pub fn email(text: &mut Text<'_>, at: usize, after: usize) {
    let local = text.run_back(at, 64, |b| {
        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'%' | b'+' | b'-' | b'\'')
    });
    let local = text.run(local, at - local, |b| !b.is_ascii_alphanumeric());
    let is_domain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let end = text.run(after, 255, is_domain);
    let domain = text.part(after, end);
    let domain = domain.strip_suffix(b".").unwrap_or(domain);
    let Some(dot) = domain.iter().rposition(|b| *b == b'.') else {
        return;
    };
    let top = &domain[dot + 1..];
    let is_file = FILES
        .iter()
        .any(|end| top.eq_ignore_ascii_case(end.as_bytes()));
    let fits = dot > 0 && (2..=18).contains(&top.len()) && top.iter().all(u8::is_ascii_alphabetic);
    // `git@host:path` is everybody's.
    let shared = text.says(local, "git") && at - local == 3;
    if local < at && fits && !is_file && !shared {
        text.mask(local, at);
    }
}

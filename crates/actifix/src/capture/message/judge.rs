//! What a piece of a message is: a word that stays, or a value.

use super::pieces::{Last, Reader, bare};
use super::words;

/// Judges a piece and writes it.
pub fn piece<'a>(reader: &mut Reader<'a>, piece: &'a str) {
    let word = bare(piece);
    let number = reader.last == Last::Number;
    let unit = number && (word == "s" || words::kinds(word) & words::UNIT != 0);
    if is_address(piece) || (piece == "/" && is_method(reader.before[0])) {
        reader.value(piece, Last::Value);
    } else if word.is_empty() || unit {
        reader.passed(piece);
    } else if has_digit(word) {
        with_digit(reader, piece, word);
    } else if is_value(reader, word) {
        reader.value(piece, Last::Value);
    } else if number && word.len() > 3 {
        counted(reader, word, piece);
    } else {
        reader.word(word, piece);
        if word == "CMD" {
            // A job of cron: its command line is a value.
            reader.bracket();
        }
    }
}

/// A value without a digit, by itself or by where it stands.
fn is_value(reader: &Reader<'_>, word: &str) -> bool {
    let kinds = words::kinds(word);
    let itself = kinds & words::VALUE != 0 || is_letter(word) || is_hex(word);
    let named = words::is_host(word) || words::is_file(word);
    let dated = kinds & words::DATE != 0 && is_in_date(reader, word);
    itself || named || dated || is_slot(reader, word)
}

/// One file, two files; one try, three tries.
fn counted<'a>(reader: &mut Reader<'a>, word: &str, piece: &'a str) {
    match word.strip_suffix("ies") {
        Some(stem) => reader.word(&format!("{stem}y"), piece),
        None => reader.word(word.strip_suffix('s').unwrap_or(word), piece),
    }
}

/// A piece with a digit in it: a value, unless it is one of the few that are names.
fn with_digit<'a>(reader: &mut Reader<'a>, piece: &'a str, word: &'a str) {
    if words::kinds(word) & words::NAME != 0
        || is_http_error(reader, word)
        || is_code(reader, piece, word)
    {
        return reader.word(word, piece);
    }
    let last = if word.as_bytes()[0].is_ascii_digit() {
        Last::Number
    } else {
        Last::Value
    };
    match glued(word) {
        Some((key, _)) if !words::is_host(key) => {
            reader.word(key, key);
            reader.value(piece, Last::Number);
        }
        _ => reader.value(piece, last),
    }
}

/// `key:value` in one piece: a name without digits, one colon, and something behind it.
fn glued(word: &str) -> Option<(&str, &str)> {
    let (key, value) = word.split_once(':')?;
    let named = key.len() > 1
        && key
            .bytes()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.'));
    (named && !value.is_empty() && !value.starts_with(':')).then_some((key, value))
}

/// A digit of any script.
pub fn has_digit(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
        || (!word.is_ascii() && word.chars().any(char::is_numeric))
}

/// A URL, an e-mail address or a path.
pub fn is_address(piece: &str) -> bool {
    let bytes = piece.as_bytes();
    let slashes = || bytes.iter().filter(|b| matches!(b, b'/' | b'\\')).count();
    match bytes {
        [b'/', next, ..] => *next != b'/' || bytes.len() > 3,
        [b'~', b'/', ..] | [b'.', b'/', ..] | [b'.', b'.', b'/', ..] => true,
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        [b'\\', b'\\', ..] => bytes.len() > 3,
        _ => piece.contains("://") || slashes() >= 2 || is_email(piece),
    }
}

fn is_email(piece: &str) -> bool {
    piece.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.starts_with('.')
    })
}

pub fn is_method(piece: &str) -> bool {
    matches!(
        bare(piece),
        "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS"
    )
}

/// Letters of hexadecimal numbers only, and more than any word of them has.
fn is_hex(word: &str) -> bool {
    word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// One letter by itself: a drive, an axis, a column. Two of them are words.
fn is_letter(word: &str) -> bool {
    word.len() == 1 && !matches!(word, "a" | "A" | "I")
}

/// A status of HTTP that is an error's.
fn is_error_status(word: &str) -> bool {
    word.len() == 3 && matches!(word.parse(), Ok(400..=599))
}

/// A status of HTTP beside a word that says so: `HTTP 404`, `status code 500`, `503 Service Unavailable`.
fn is_http_error(reader: &Reader<'_>, word: &str) -> bool {
    if !is_error_status(word) {
        return false;
    }
    let before = bare(reader.before[0]);
    let http = before.len() >= 4 && before.as_bytes()[..4].eq_ignore_ascii_case(b"http");
    let code = before.eq_ignore_ascii_case("code")
        && bare(reader.before[1]).eq_ignore_ascii_case("status");
    let code = code
        || before.eq_ignore_ascii_case("status_code")
        || before.eq_ignore_ascii_case("statuscode");
    // `status: 404`, where nothing is counted behind it.
    let ends = before.eq_ignore_ascii_case("status") && !has_digit(reader.rest());
    let next = reader.next_word();
    let reason = next.starts_with(|c: char| c.is_ascii_uppercase())
        && words::kinds(next) & words::REASON != 0;
    http || code || ends || reason
}

/// `status=404`.
pub fn is_status(key: &str, value: &str) -> bool {
    let keys = [
        "status",
        "status_code",
        "statuscode",
        "http_status",
        "http_code",
    ];
    is_error_status(value) && keys.iter().any(|known| key.eq_ignore_ascii_case(known))
}

/// A code of an error, where codes stand: `error[E0599]`, `ORA-00942:` at the beginning, `SQLSTATE 42P01`.
fn is_code(reader: &Reader<'_>, piece: &str, word: &str) -> bool {
    let before = bare(reader.before[0]);
    if before.eq_ignore_ascii_case("sqlstate") {
        return word.len() == 5;
    }
    let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = word[letters..]
        .strip_prefix('-')
        .unwrap_or(&word[letters..]);
    let code = (1..=6).contains(&letters)
        && (3..=6).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit());
    let first = reader.last == Last::Nothing && (piece.ends_with(':') || word.starts_with('E'));
    code && (first || reader.kinds_before() & words::CODE != 0)
}

/// A month or a day beside a number or another part of a date.
fn is_in_date(reader: &Reader<'_>, word: &str) -> bool {
    let next = reader.rest().trim_start_matches([' ', ',']);
    let capital = word.starts_with(|c: char| c.is_ascii_uppercase());
    let beside = matches!(reader.last, Last::Value | Last::Number)
        || next.starts_with(|c: char| c.is_ascii_digit());
    capital && (beside || words::kinds(reader.next_word()) & words::DATE != 0)
}

/// A place where a name stands in many sentences: behind `user`, between `for` and `from`, before a job of cron.
fn is_slot(reader: &Reader<'_>, word: &str) -> bool {
    let before = bare(reader.before[0]);
    if before.eq_ignore_ascii_case("user") || before.eq_ignore_ascii_case("username") {
        let verb = word.ends_with("ed") || word.ends_with("ing") || word.ends_with("tion");
        return !verb
            && words::kinds(word) & words::NO_USER == 0
            && !reader.before[0].ends_with(['.', ';', ',']);
    }
    // `(ann) CMD (run-parts /etc/cron.hourly)`
    (before == "for" && reader.next_word() == "from") || reader.rest().starts_with(") CMD ")
}

/// A name from a program: letters, with dots and the like between.
pub fn is_identifier(word: &str) -> bool {
    let word = word.strip_suffix("()").unwrap_or(word);
    let plain = |b: u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b':' | b'-' | b'$');
    (1..=64).contains(&word.len())
        && word.bytes().all(plain)
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// Whether what stands in quotes says what went wrong, rather than with which value.
pub fn keeps_quoted(reader: &Reader<'_>, quote: char, inside: &str) -> bool {
    if !is_identifier(inside) || words::is_host(inside) || words::is_file(inside) {
        return false;
    }
    let beside = reader.kinds_before() | words::kinds(reader.next_word());
    quote == '`' || beside & words::NAMED != 0 || words::kinds(inside) & words::TYPE != 0
}

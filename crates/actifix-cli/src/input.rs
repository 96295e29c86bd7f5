//! Values as they come in: spans, tags, JSON, texts from files.

use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;

use actifix::{
    Clock, Error, Fate, Priority, Result, Status, SystemClock, Tags, Timestamp, Token, parse_span,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The most that is read of one file. Every limit of the store is well below.
const MOST: u64 = 8 << 20;
/// The longest that a call waits, for the write lock or for a ticket.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 86_400);

/// `--lease`.
pub fn lease(text: &str) -> Result<Duration> {
    parse_span("lease", text)
}

/// `--wait`.
pub fn wait(text: &str) -> Result<Duration> {
    bounded("wait", text)
}

/// `--deadline`.
pub fn deadline(text: &str) -> Result<Duration> {
    bounded("deadline", text)
}

/// `--older-than`.
pub fn older_than(text: &str) -> Result<Duration> {
    parse_span("older_than", text)
}

/// `prune --status`.
pub fn fate(text: &str) -> Result<Fate> {
    text.trim().parse()
}

/// `--not-before`.
pub fn not_before(text: &str) -> Result<Duration> {
    parse_span("not_before", text)
}

fn bounded(field: &'static str, text: &str) -> Result<Duration> {
    let span = parse_span(field, text)?;
    if span > LONGEST_WAIT {
        return Err(Error::invalid(field, "a call waits for at most a year"));
    }
    Ok(span)
}

/// A time, or a span from now.
pub fn moment(text: &str) -> Result<Timestamp> {
    match parse_span("until", text) {
        Ok(span) => Ok(SystemClock.now().after(span)),
        Err(_) => text.parse().map_err(|_| {
            let why = format!(
                "`{}` is neither a span such as 2d nor a time such as 2026-11-24T12:00:00Z",
                text.escape_debug()
            );
            Error::invalid("until", why)
        }),
    }
}

/// A number of tickets, occurrences or lines.
pub fn count<N: std::str::FromStr>(text: &str) -> Result<N> {
    whole("count", text)
}

/// `--more`.
pub fn more(text: &str) -> Result<u64> {
    whole("more", text)
}

/// `--token`.
pub fn token(text: &str) -> Result<Token> {
    whole("token", text).map(Token)
}

fn whole<N: std::str::FromStr>(field: &str, text: &str) -> Result<N> {
    text.parse().map_err(|_| {
        Error::invalid(
            field,
            format!(
                "`{}` is no whole number that fits here",
                text.escape_debug()
            ),
        )
    })
}

/// `--limit`, from 1 to `most`.
pub fn limit(most: usize) -> impl Fn(&str) -> Result<usize> + Clone {
    move |text| match whole("limit", text)? {
        number if (1..=most).contains(&number) => Ok(number),
        _ => Err(Error::invalid("limit", format!("it goes from 1 to {most}"))),
    }
}

/// `K=V`.
pub fn tag(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Error::invalid(
            "tag",
            format!("`{}` is not KEY=VALUE", text.escape_debug()),
        )),
    }
}

/// Tags from their flags.
pub fn tags(pairs: Vec<(String, String)>) -> Tags {
    pairs.into_iter().collect()
}

/// A priority, or several with commas between.
pub fn priority(text: &str) -> Result<Priority> {
    text.trim().parse()
}

/// A status.
pub fn status(text: &str) -> Result<Status> {
    text.trim().parse()
}

/// `--payload`.
pub fn payload(text: &str) -> Result<Value> {
    json("payload", text)
}

/// `--context`.
pub fn context(text: &str) -> Result<Value> {
    json("context", text)
}

/// Reads JSON that stands for `field`.
pub fn json<T: DeserializeOwned>(field: &str, text: &str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::invalid(field, format!("the JSON does not fit: {error}")))
}

/// A text as it is; `@FILE` is read from the file (`@-` from stdin), and `@@` stands for one `@`.
pub fn text_or_file(field: &str, given: String) -> Result<String> {
    match given.strip_prefix('@') {
        None => Ok(given),
        Some(text) if text.starts_with('@') => Ok(text.to_owned()),
        Some(file) => strict_file(field, file),
    }
}

/// A text as it is; `-` is read from stdin.
pub fn text_or_stdin(field: &str, given: String) -> Result<String> {
    if given == "-" {
        strict_file(field, "-")
    } else {
        Ok(given)
    }
}

/// The text of a file (`-` is stdin), without the line end that files have.
pub fn strict_file(field: &str, file: &str) -> Result<String> {
    let text = String::from_utf8(bytes(field, file)?);
    let text =
        text.map_err(|_| Error::invalid(field, format!("{} is not UTF-8 text", name_of(file))))?;
    Ok(without_line_end(&text).to_owned())
}

/// The text of a file (`-` is stdin) whatever it holds: what is no UTF-8 or NUL is replaced. For the output of programs
/// that failed.
pub fn lossy_file(field: &str, file: &str) -> Result<String> {
    let bytes = bytes(field, file)?;
    let text = String::from_utf8_lossy(&bytes).replace('\0', "\u{FFFD}");
    Ok(without_line_end(&text).to_owned())
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

fn bytes(field: &str, file: &str) -> Result<Vec<u8>> {
    let mut read = Vec::new();
    let done = if file == "-" {
        io::stdin().lock().take(MOST + 1).read_to_end(&mut read)
    } else {
        File::open(file).and_then(|open| open.take(MOST + 1).read_to_end(&mut read))
    };
    match done {
        Err(error) => Err(Error::invalid(
            field,
            format!("{} cannot be read: {error}", name_of(file)),
        )),
        Ok(got) if got as u64 > MOST => Err(Error::invalid(
            field,
            format!("{} holds more than {} MiB", name_of(file), MOST >> 20),
        )),
        Ok(_) => Ok(read),
    }
}

fn name_of(file: &str) -> &str {
    if file == "-" { "stdin" } else { file }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_from_files_and_an_at_can_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("did.txt");
        std::fs::write(&file, "closed the pool\r\n").unwrap();
        assert_eq!(
            text_or_file("did", format!("@{}", file.display())),
            Ok("closed the pool".into())
        );
        assert_eq!(text_or_file("did", "@@me".into()), Ok("@me".into()));
        assert_eq!(text_or_file("did", "plain".into()), Ok("plain".into()));
        assert!(
            text_or_file("did", "@/nowhere/at/all".into())
                .unwrap_err()
                .to_string()
                .starts_with("did: ")
        );
        std::fs::write(&file, b"a\xff\0b").unwrap();
        assert!(strict_file("did", file.to_str().unwrap()).is_err());
        assert_eq!(
            lossy_file("stack", file.to_str().unwrap()),
            Ok("a\u{FFFD}\u{FFFD}b".into())
        );
    }

    #[test]
    fn a_file_without_an_end_is_refused() {
        assert!(
            strict_file("did", "/dev/zero")
                .unwrap_err()
                .to_string()
                .contains("8 MiB")
        );
    }

    #[test]
    fn tags_and_moments_are_read() {
        assert_eq!(tag("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert!(tag("=b").is_err() && tag("a").is_err());
        assert!(
            moment("2d").is_ok()
                && moment("2026-11-24T12:00:00Z").is_ok()
                && moment("soon").is_err()
        );
        assert!(wait("99999999d").is_err() && wait("10s").is_ok());
    }
}

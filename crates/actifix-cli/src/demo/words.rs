//! Sentences in lines, and short times.

use std::time::Duration;

/// The words of a text in lines of at most `room` characters; a longer word has a line of its own.
pub fn wrapped(sentences: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in sentences.split_whitespace() {
        let line = &mut lines[..];
        let Some(last) = line.last_mut() else {
            continue;
        };
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= room {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// A short time: `0.02 ms`, `11 ms`, `1.4 s`.
pub fn brief(span: Duration) -> String {
    let ms = span.as_secs_f64() * 1_000.0;
    match ms {
        _ if ms >= 999.5 => format!("{:.1} s", ms / 1_000.0),
        _ if ms >= 9.95 => format!("{ms:.0} ms"),
        _ if ms >= 0.995 => format!("{ms:.1} ms"),
        _ => format!("{ms:.2} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_wrapped_at_their_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("unbreakable a b", 5), ["unbreakable", "a b"]);
    }

    #[test]
    fn short_times_keep_what_matters() {
        let shown = |micros| brief(Duration::from_micros(micros));
        assert_eq!(
            [shown(17), shown(1_440), shown(11_200), shown(1_440_000)],
            ["0.02 ms", "1.4 ms", "11 ms", "1.4 s"]
        );
    }
}

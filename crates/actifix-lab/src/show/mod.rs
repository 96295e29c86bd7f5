//! What the lab found, for people: lines for a terminal, pages for a browser. (JSON needs no words: everything here is
//! made of data that can be serialized.)

mod chart;
mod columns;
mod episode;
mod modes;
mod page;
mod proof;
mod proof_page;
mod scene;
mod sight;
mod timeline;

pub use chart::chart;
pub use columns::columns;
pub use episode::episode;
pub use modes::modes;
pub use proof::proof;
pub use proof_page::proof_page;
pub use scene::reproduction;
pub use sight::{sampled, sight};
pub use timeline::diagnosis_page;

/// Whether texts are coloured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ink(pub bool);

impl Ink {
    fn dress(self, code: &str, text: &str) -> String {
        if self.0 && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// What went well.
    pub fn good(self, text: &str) -> String {
        self.dress("32", text)
    }

    /// What did not.
    pub fn bad(self, text: &str) -> String {
        self.dress("1;31", text)
    }

    /// Headings.
    pub fn bold(self, text: &str) -> String {
        self.dress("1", text)
    }

    /// What matters less.
    pub fn dim(self, text: &str) -> String {
        self.dress("2", text)
    }
}

/// A time in microseconds, as people say it: three digits that count.
pub fn time(us: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "for showing")]
    let value = us as f64;
    match us {
        0..=999 => format!("{us} µs"),
        1_000..=9_999 => format!("{:.2} ms", value / 1e3),
        10_000..=99_999 => format!("{:.1} ms", value / 1e3),
        100_000..=999_999 => format!("{:.0} ms", value / 1e3),
        1_000_000..=9_999_999 => format!("{:.2} s", value / 1e6),
        10_000_000..=99_999_999 => format!("{:.1} s", value / 1e6),
        _ => format!("{:.0} s", value / 1e6),
    }
}

/// A text for a page.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    safe
}

/// A text as one line of a terminal: strangers' command lines must not move the cursor.
pub(crate) fn one_line(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' | '\r' => line.push(' '),
            c if acts(c) => line.extend(c.escape_unicode()),
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_that_count() {
        for (us, told) in [
            (7, "7 µs"),
            (1_234, "1.23 ms"),
            (12_340, "12.3 ms"),
            (123_400, "123 ms"),
            (1_234_000, "1.23 s"),
            (30_000_000, "30.0 s"),
        ] {
            assert_eq!(time(us), told);
        }
    }

    #[test]
    fn strangers_texts_cannot_act() {
        assert_eq!(
            escaped("<a href=\"x\">&'"),
            "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"
        );
        assert_eq!(one_line("a\u{1b}[31m\nb"), "a\\u{1b}[31m b");
    }
}

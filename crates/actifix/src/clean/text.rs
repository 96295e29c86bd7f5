//! A text under redaction: what has been found in it so far.

use std::borrow::Cow;

use super::MASK;
use super::shape::Runs;

/// A secret's place, and what is put there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    start: usize,
    end: usize,
    /// Which of the user's own rules has another word for it than the mask.
    own: Option<usize>,
}

/// A text with the places to be masked.
pub struct Text<'a> {
    /// The text as bytes.
    pub bytes: &'a [u8],
    /// Where runs of characters end.
    pub runs: Runs,
    found: Vec<Found>,
    /// Everything before it has been looked at by a rule that found something.
    done: usize,
}

impl<'a> Text<'a> {
    /// A text in which nothing has been found yet.
    pub fn new(text: &'a str) -> Self {
        Self {
            bytes: text.as_bytes(),
            runs: Runs::default(),
            found: Vec::new(),
            done: 0,
        }
    }

    /// These bytes are a secret, and so is the rest of a character that they cut.
    pub fn mask(&mut self, start: usize, end: usize) {
        self.replace(start, end, None);
    }

    /// [`Text::mask`], with the word of the user's rule `own` in its place.
    pub fn replace(&mut self, mut start: usize, mut end: usize, own: Option<usize>) {
        while self.is_inside(start) {
            start -= 1;
        }
        while self.is_inside(end) {
            end += 1;
        }
        end = end.min(self.bytes.len());
        if start < end && self.part(start, end) != MASK.as_bytes() {
            self.found.push(Found { start, end, own });
        }
        self.done = self.done.max(end);
    }

    fn is_inside(&self, at: usize) -> bool {
        self.bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80)
    }

    /// The place lies in what a rule has found already.
    pub fn is_done(&self, at: usize) -> bool {
        at < self.done
    }

    /// The byte at a place; 0 outside.
    pub fn at(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The bytes between two places; none when they lie outside or the wrong way round.
    pub fn part(&self, start: usize, end: usize) -> &'a [u8] {
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// The byte before a place; 0 at the beginning.
    pub fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |at| self.at(at))
    }

    /// The end of the run of bytes that `fit` from a place on, of `most` bytes at most.
    pub fn run(&self, at: usize, most: usize, fit: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest
            .iter()
            .take(most)
            .take_while(|byte| fit(**byte))
            .count()
    }

    /// The start of the run of bytes that `fit` up to a place, of `most` bytes at most.
    pub fn run_back(&self, at: usize, most: usize, fit: impl Fn(u8) -> bool) -> usize {
        let before = self.part(0, at).iter().rev();
        at - before.take(most).take_while(|byte| fit(**byte)).count()
    }

    /// Whether `word` stands at a place, in capitals or not.
    pub fn says(&self, at: usize, word: &str) -> bool {
        let there = self.bytes.get(at..at + word.len());
        there.is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Whether a word can begin at a place: not in the middle of another. An escape such as `\n` is an edge.
    pub fn is_edge(&self, at: usize) -> bool {
        let before = self.before(at);
        let escaped = matches!(before, b'n' | b'r' | b't') && self.before(at - 1) == b'\\';
        !(before.is_ascii_alphanumeric() || before == b'_') || escaped
    }

    /// Takes back what was found where it is one of these texts, whole.
    pub fn allow(&mut self, is_allowed: impl Fn(&str) -> bool) {
        let bytes = self.bytes;
        self.found.retain(|found| {
            let secret = bytes.get(found.start..found.end).unwrap_or_default();
            !std::str::from_utf8(secret).is_ok_and(&is_allowed)
        });
    }

    /// The text `source` with what was found masked; `word` is what a rule of the user's own puts there.
    pub fn masked<'w>(mut self, source: &'a str, word: impl Fn(usize) -> &'w str) -> Cow<'a, str> {
        if self.found.is_empty() {
            return Cow::Borrowed(source);
        }
        self.found.sort_unstable();
        let mut clean = String::with_capacity(source.len());
        let mut kept = 0;
        for found in self.found {
            if found.start >= kept {
                clean.push_str(source.get(kept..found.start).unwrap_or_default());
                clean.push_str(found.own.map_or(MASK, &word));
            }
            kept = kept.max(found.end);
        }
        clean.push_str(source.get(kept..).unwrap_or_default());
        Cow::Owned(clean)
    }
}

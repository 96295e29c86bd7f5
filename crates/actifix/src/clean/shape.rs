//! What a token looks like after its prefix: a few classes of characters with their lengths. A small part of the syntax of
//! regular expressions, matched without going back, so that the cost of a text is its length whatever stands in it.

/// A set of ASCII characters, one bit each.
type Set = u128;

/// A run of characters of one set.
#[derive(Clone, Debug)]
struct Segment {
    set: Set,
    min: usize,
    max: usize,
}

/// Segments one after the other.
#[derive(Clone, Debug)]
pub struct Shape(Vec<Segment>);

/// Where runs of characters end in one text: each place is looked at once for each set, however many rules ask.
#[derive(Default)]
pub struct Runs(Vec<(Set, usize, usize)>);

impl Runs {
    /// The end of the run of `set` that holds `at`; `at` itself when there is none.
    fn end(&mut self, text: &[u8], set: Set, at: usize) -> usize {
        let known = self.0.iter_mut().find(|(known, ..)| *known == set);
        if let Some((_, start, end)) = &known
            && (*start..*end).contains(&at)
        {
            return *end;
        }
        let length = text[at..]
            .iter()
            .take_while(|byte| has(set, **byte))
            .count();
        let run = (set, at, at + length);
        match known {
            Some(slot) => *slot = run,
            None => self.0.push(run),
        }
        at + length
    }
}

impl Shape {
    /// Reads `[A-Za-z0-9_-]{22}\.[0-9a-f]{6,}`: classes, plain characters (`\` before one of `[]{}\.`), `{n}`, `{n,}`
    /// and `{n,m}` behind either. `None` when it is something else.
    pub fn read(pattern: &str) -> Option<Self> {
        let mut rest = pattern.as_bytes();
        let mut segments = Vec::new();
        while let Some((&first, after)) = rest.split_first() {
            let set;
            (set, rest) = match first {
                b'[' => class(after)?,
                b'\\' => (bit(*after.first()?)?, &after[1..]),
                plain => (bit(plain)?, after),
            };
            let (min, max);
            ((min, max), rest) = match rest.split_first() {
                Some((b'{', after)) => times(after)?,
                _ => ((1, 1), rest),
            };
            segments.push(Segment { set, min, max });
        }
        Some(Self(segments))
    }

    /// The end of what has this shape from `at` on. A last run that is longer than the shape allows is something else.
    pub fn end(&self, text: &[u8], mut at: usize, runs: &mut Runs) -> Option<usize> {
        for segment in &self.0 {
            let fits = text.get(at).is_some_and(|byte| has(segment.set, *byte));
            let end = if segment.max == 1 || !fits {
                at + usize::from(fits)
            } else {
                runs.end(text, segment.set, at)
            };
            if end - at < segment.min {
                return None;
            }
            at = end.min(at.saturating_add(segment.max));
        }
        let last = self.0.last()?;
        let longer = text.get(at).is_some_and(|byte| has(last.set, *byte));
        (!longer || last.max == 1).then_some(at)
    }

    /// The start of what has this shape and ends at `at`. Looks back over so many characters at most as the shape has.
    pub fn start(&self, text: &[u8], mut at: usize) -> Option<usize> {
        for segment in self.0.iter().rev() {
            let before = text[..at].iter().rev().take(segment.max);
            let length = before.take_while(|byte| has(segment.set, **byte)).count();
            if length < segment.min {
                return None;
            }
            at -= length;
        }
        Some(at)
    }

    /// A text of this shape, for tests: `choose` picks one of so many characters.
    #[cfg(test)]
    pub fn example(&self, mut choose: impl FnMut(usize) -> usize) -> String {
        let mut text = String::new();
        for segment in &self.0 {
            let set: Vec<u8> = (0..128).filter(|byte| has(segment.set, *byte)).collect();
            let length = segment.min.max(1).min(segment.max);
            text.extend((0..length).map(|_| char::from(set[choose(set.len())])));
        }
        text
    }
}

fn has(set: Set, byte: u8) -> bool {
    byte < 128 && set & (1 << byte) != 0
}

fn bit(byte: u8) -> Option<Set> {
    byte.is_ascii().then(|| 1 << byte)
}

/// The set up to `]`, and what follows it.
fn class(mut rest: &[u8]) -> Option<(Set, &[u8])> {
    let mut set = 0;
    loop {
        match rest {
            [b']', after @ ..] => return Some((set, after)),
            [first, b'-', last, after @ ..] if *last != b']' => {
                for byte in *first..=*last {
                    set |= bit(byte)?;
                }
                rest = after;
            }
            [byte, after @ ..] => {
                set |= bit(*byte)?;
                rest = after;
            }
            [] => return None,
        }
    }
}

/// `n}`, `n,}` or `n,m}`, and what follows it.
fn times(rest: &[u8]) -> Option<((usize, usize), &[u8])> {
    let close = rest.iter().position(|byte| *byte == b'}')?;
    let inside = std::str::from_utf8(&rest[..close]).ok()?;
    let bounds = match inside.split_once(',') {
        None => (inside.parse().ok()?, inside.parse().ok()?),
        Some((min, "")) => (min.parse().ok()?, usize::MAX),
        Some((min, max)) => (min.parse().ok()?, max.parse().ok()?),
    };
    Some((bounds, &rest[close + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(pattern: &str, text: &str) -> Option<usize> {
        let shape = Shape::read(pattern).expect("it is a shape");
        shape.end(text.as_bytes(), 0, &mut Runs::default())
    }

    #[test]
    fn lengths_are_kept_to() {
        assert_eq!(end("[a-f0-9]{4}", "12ab-"), Some(4));
        assert_eq!(end("[a-f0-9]{4}", "12abc"), None);
        assert_eq!(end("[a-f0-9]{4,}", "12abc"), Some(5));
        assert_eq!(end("[0-9]{2}\\.[a-z]{2,3}", "12.abx"), Some(6));
        assert_eq!(end("[0-9]{2}\\.[a-z]{2,3}", "12xabx"), None);
        assert_eq!(end("AA[x]{1,}", "AAA"), None);
    }

    #[test]
    fn a_shape_is_found_from_its_end_too() {
        let shape = Shape::read("[0-9]{8,10}").expect("it is a shape");
        assert_eq!(shape.start(b"bot123456789:AA", 12), Some(3));
        assert_eq!(shape.start(b"bot1234:AA", 7), None);
    }

    #[test]
    fn what_is_no_shape_is_refused() {
        for bad in ["[a-", "a{", "a{x}", "é"] {
            assert!(Shape::read(bad).is_none(), "{bad}");
        }
    }
}

//! Versions of programs, as people name them.

use std::cmp::Ordering;

/// Whether version `one` comes before version `other`. Numbers in them are compared as numbers: `1.9` is older than
/// `v1.10`. What has no number in front, such as the name of a commit, has no order: then the answer is no.
pub(crate) fn is_older(one: &str, other: &str) -> bool {
    let (one, other) = (parts(one), parts(other));
    let ordered = |parts: &[Part<'_>]| matches!(parts.first(), Some(Part::Number(_)));
    ordered(&one) && ordered(&other) && compare(&one, &other) == Ordering::Less
}

#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Number(u64),
    Word(&'a str),
}

fn parts(version: &str) -> Vec<Part<'_>> {
    let version = version.trim();
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    // What is built from one version is that version.
    let version = version.split('+').next().unwrap_or(version);
    version
        .split(['.', '-', '_'])
        .map(|part| part.parse().map_or(Part::Word(part), Part::Number))
        .collect()
}

fn compare(one: &[Part<'_>], other: &[Part<'_>]) -> Ordering {
    for at in 0..one.len().max(other.len()) {
        let ordering = match (one.get(at), other.get(at)) {
            (Some(Part::Number(a)), Some(Part::Number(b))) => a.cmp(b),
            (Some(Part::Word(a)), Some(Part::Word(b))) => a.cmp(b),
            // A word behind a version comes before the version itself: 1.0-rc1 is not yet 1.0.
            (Some(Part::Word(_)), Some(Part::Number(_)) | None) => Ordering::Less,
            (Some(Part::Number(_)) | None, Some(Part::Word(_))) => Ordering::Greater,
            (Some(Part::Number(a)), None) => a.cmp(&0),
            (None, Some(Part::Number(b))) => 0.cmp(b),
            (None, None) => Ordering::Equal,
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_and_not() {
        for (one, other) in [
            ("1.9", "1.10"),
            ("v1.9.0", "2"),
            ("1.0-rc1", "1.0"),
            ("1.0.0-alpha", "1.0.0-beta"),
            ("2026.11.3", "2026.11.24"),
            ("1", "1.0.1"),
        ] {
            assert!(
                is_older(one, other) && !is_older(other, one),
                "{one} {other}"
            );
        }
        for (one, other) in [
            ("1.0", "v1.0.0"),
            ("1.0+a", "1.0+b"),
            ("8299b2e", "a63c758"),
            ("main", "1.0"),
            ("", ""),
        ] {
            assert!(
                !is_older(one, other) && !is_older(other, one),
                "{one} {other}"
            );
        }
    }
}

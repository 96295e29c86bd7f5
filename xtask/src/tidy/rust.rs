//! What the rules know of Rust: items that exist only for tests, functions and their length, words, paths.

use std::ops::Range;

use super::source::is_word;

/// Words that begin an item, so that a comma does not end it.
const ITEMS: &[&str] = &[
    "mod",
    "fn",
    "use",
    "impl",
    "struct",
    "enum",
    "const",
    "static",
    "type",
    "trait",
    "extern",
    "macro_rules",
    "let",
];

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// From `fn` to the closing brace, in bytes.
    pub span: Range<usize>,
}

/// The parts of `code` that exist only for tests: each `#[cfg(test)]` with its item, or everything.
pub fn test_spans(code: &str) -> Vec<Range<usize>> {
    if code.contains("#![cfg(test)]") {
        return whole(code);
    }
    let mut spans: Vec<Range<usize>> = Vec::new();
    for mark in ["#[cfg(test)]", "#[cfg(all(test"] {
        for (at, _) in code.match_indices(mark) {
            if !spans.iter().any(|span| span.contains(&at)) {
                let attribute = code[at..]
                    .find(")]")
                    .map_or(mark.len(), |length| length + 2);
                spans.push(at..item_end(code, at + attribute));
            }
        }
    }
    spans
}

/// All of `code` as the only part.
pub fn whole(code: &str) -> Vec<Range<usize>> {
    std::iter::once(0..code.len()).collect()
}

/// `code` with all of it blanked.
pub fn blank(code: &str) -> String {
    without(code, &whole(code))
}

/// `code` with these parts blanked.
pub fn without(code: &str, spans: &[Range<usize>]) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for span in spans {
        bytes[span.clone()]
            .iter_mut()
            .filter(|byte| **byte != b'\n')
            .for_each(|byte| *byte = b' ');
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The end of the item that begins at `from`, in code without comments and literals.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0_i32;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b'}' if depth <= 0 => return at,
            b'{' if depth <= 0 => return after_brace(code, at),
            b';' if depth <= 0 => return at + 1,
            b',' if depth <= 0
                && !words(&code[from..at]).any(|(_, word)| ITEMS.contains(&word)) =>
            {
                return at + 1;
            }
            _ => {}
        }
    }
    code.len()
}

/// The end of the item whose brace opens at `open`; the semicolon of a `use {…};` belongs to it.
fn after_brace(code: &str, open: usize) -> usize {
    let end = closing(code, open);
    if code[end..].starts_with(';') {
        end + 1
    } else {
        end
    }
}

/// The byte after the brace that closes the one at `open`.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return at + 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    code.len()
}

/// All words of the code with their places.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + code[at..].find(is_word)?;
        let end = code[start..]
            .find(|c| !is_word(c))
            .map_or(code.len(), |length| start + length);
        at = end;
        Some((start, &code[start..end]))
    })
}

/// All functions with a body.
pub fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in words(code).filter(|(_, word)| *word == "fn") {
        let name = code[at + 2..]
            .strip_prefix(' ')
            .and_then(|rest| words(rest).next().filter(|(at, _)| *at == 0));
        let (Some((_, name)), Some(open)) = (name, body(code, at)) else {
            continue;
        };
        found.push(Function {
            name: name.to_string(),
            span: at..closing(code, open),
        });
    }
    found
}

/// Where the body of the function at `from` opens; none for a declaration.
fn body(code: &str, from: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b';' if depth == 0 => return None,
            b'{' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// The first names of all paths that start at the root of the crate, seen from a module `depth` folders below it.
pub fn root_names(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut skip = 0;
    for (at, word) in words(code) {
        if at < skip || code[..at].ends_with("::") {
            continue;
        }
        let rest = match word {
            "crate" => code[at..].strip_prefix("crate::"),
            "super" => above(&code[at..], depth),
            _ => None,
        };
        if let Some(rest) = rest {
            skip = code.len() - rest.len();
            found.extend(heads(rest).map(|name| (at, name.to_string())));
        }
    }
    found
}

/// What stands after `super::` said exactly `depth` times.
fn above(code: &str, depth: usize) -> Option<&str> {
    let mut rest = code;
    let mut times = 0;
    while let Some(next) = rest.strip_prefix("super::") {
        (rest, times) = (next, times + 1);
    }
    (depth > 0 && times == depth).then_some(rest)
}

/// The first names after `crate::`: one, or those of a group.
fn heads(rest: &str) -> impl Iterator<Item = &str> {
    let group = rest.starts_with('{');
    let inside = if group {
        &rest[1..closing(rest, 0) - 1]
    } else {
        rest
    };
    let parts = split(inside);
    parts
        .into_iter()
        .take(if group { usize::MAX } else { 1 })
        .filter_map(|part| words(part).next().map(|(_, name)| name))
}

/// The parts between the commas of the outermost level.
pub fn split(list: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_module_is_cut_out_and_what_follows_stays() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\nfn c() {}\n";
        let kept = without(code, &test_spans(code));
        assert!(kept.contains("fn a") && kept.contains("fn c") && !kept.contains("fn b"));
        assert_eq!(kept.len(), code.len());
    }

    #[test]
    fn other_test_items_end_where_they_end() {
        for (code, kept) in [
            ("#[cfg(test)] mod tests; x", " x"),
            ("#[cfg(test)] use a::{b, c}; x", " x"),
            ("#[cfg(test)] fn f(a: [u8; 2], b: u8) -> u8 { 1 } x", " x"),
            ("#[cfg(test)] count: Vec<u8>, x", " x"),
            ("#[cfg(all(test, unix))] #[allow(a, b)] mod t { } x", " x"),
        ] {
            assert_eq!(
                without(code, &test_spans(code)).trim_end(),
                format!("{:width$}{kept}", "", width = code.len() - 2)
            );
        }
    }

    #[test]
    fn a_whole_file_can_be_for_tests() {
        assert!(
            without(
                "#![cfg(test)]\nfn a() {}",
                &test_spans("#![cfg(test)]\nfn a() {}")
            )
            .trim()
            .is_empty()
        );
    }

    #[test]
    fn functions_are_found_with_their_bodies() {
        let code = "trait T { fn no(&self); }\nfn yes(a: fn(u8) -> [u8; 3]) -> u8 {\n  { 1 }\n}\n";
        let found = functions(code);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), &code[found[0].span.clone()]),
            ("yes", &code[26..code.len() - 1])
        );
    }

    #[test]
    fn paths_from_the_root_are_found_through_groups_and_supers() {
        let names = |code, depth| {
            root_names(code, depth)
                .into_iter()
                .map(|(_, name)| name)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(
                "use crate::{store::{Store, a}, ticket};\ncrate::lease::Lease",
                1
            ),
            ["store", "ticket", "lease"]
        );
        assert_eq!(names("use super::store::Store;", 1), ["store"]);
        assert_eq!(names("use super::sqlite;", 2), Vec::<String>::new());
        assert_eq!(names("use super::super::event;", 2), ["event"]);
        assert_eq!(names("other::crate::x", 1), Vec::<String>::new());
    }
}

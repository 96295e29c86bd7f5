//! One word per thing: names that have been replaced do not come back.

use super::source::is_word;
use super::tree::{File, Tree};
use super::{Finding, finding};

/// A word that is not ours.
struct Synonym {
    word: &'static str,
    ours: &'static str,
    why: &'static str,
    /// Where it is right beside the places in [`EVERYWHERE`].
    places: &'static [&'static str],
}

/// All of them.
const SYNONYMS: &[Synonym] = &[
    Synonym {
        word: "locked_by",
        ours: "holder",
        why: "a column of the old schema",
        places: OLD,
    },
    Synonym {
        word: "duplicate_guard",
        ours: "fingerprint",
        why: "a column of the old schema",
        places: OLD,
    },
    Synonym {
        word: "dead-letter",
        ours: "quarantined",
        why: "another system's word for the same status",
        places: &[],
    },
    Synonym {
        word: "dead_letter",
        ours: "quarantined",
        why: "another system's word for the same status",
        places: &[],
    },
];

/// Where the old schema's columns are shown under their old names.
const OLD: &[&str] = &[
    "crates/actifix/src/capture/spool/old_queue.rs",
    "crates/actifix/src/store/sqlite/",
    "crates/actifix/src/legacy/",
    "crates/actifix/src/legacy.rs",
    "crates/actifix-python/",
    "python/",
];

/// Where our words are set beside those of others.
const EVERYWHERE: &[&str] = &[
    "docs/",
    "CHANGELOG.md",
    "UPGRADING.md",
    "bench/",
    "xtask/src/tidy/words.rs",
];

/// Looks at product code with its comments, and at Markdown.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.files.iter().filter(|file| {
        file.rust
            .as_ref()
            .map_or(file.path.ends_with(".md"), |rust| !rust.is_test)
    });
    files
        .filter(|file| !EVERYWHERE.iter().any(|place| file.is_in(place)))
        .flat_map(one)
        .collect()
}

fn one(file: &File) -> Vec<Finding> {
    let banned = SYNONYMS
        .iter()
        .filter(|synonym| !synonym.places.iter().any(|place| file.is_in(place)));
    let found = banned.flat_map(|synonym| {
        let hits = file
            .lines()
            .filter(|(_, line)| has_word(line, synonym.word));
        hits.map(|(line, _)| finding(&file.path, line, "words", advice(synonym)))
    });
    found.filter(|hit| !is_for_tests(file, hit.line)).collect()
}

fn advice(synonym: &Synonym) -> String {
    format!(
        "say `{}`, not `{}`: {}",
        synonym.ours, synonym.word, synonym.why
    )
}

/// The line belongs to tests.
fn is_for_tests(file: &File, line: usize) -> bool {
    let start: usize = file
        .text
        .split_inclusive('\n')
        .take(line - 1)
        .map(str::len)
        .sum();
    file.rust
        .as_ref()
        .is_some_and(|rust| rust.is_for_tests(start))
}

/// The word stands there whole, in capitals or not.
fn has_word(line: &str, word: &str) -> bool {
    let line = line.to_lowercase();
    let mut hits = line.match_indices(word);
    hits.any(|(at, _)| {
        !line[..at].ends_with(is_word) && !line[at + word.len()..].starts_with(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_word_is_found_in_code_comments_and_pages() {
        let tree = Tree::of(&[
            (
                "crates/actifix/src/lease.rs",
                "let locked_by = 1;\n// the Dead-Letter box\n",
            ),
            ("README.md", "a duplicate_guard"),
        ]);
        let found: Vec<String> = check(&tree).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3);
        assert!(found[0].ends_with("say `holder`, not `locked_by`: a column of the old schema"));
    }

    #[test]
    fn it_is_fine_in_its_places_in_tests_and_inside_other_words() {
        let tree = Tree::of(&[
            ("crates/actifix/src/store/sqlite/views.rs", "// locked_by"),
            (
                "crates/actifix/src/lease.rs",
                "let unlocked_by = 1;\n#[cfg(test)]\nmod tests {\n  // locked_by\n}\n",
            ),
            ("docs/words.md", "locked_by"),
        ]);
        assert!(check(&tree).is_empty());
    }
}

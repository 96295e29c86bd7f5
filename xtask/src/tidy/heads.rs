//! Each module begins by saying what it is for.

use super::tree::Tree;
use super::{Finding, finding};

/// Looks at the first line of every Rust file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let without = tree
        .rust()
        // Cases that must not compile are quoted line by line beside them.
        .filter(|(file, _)| !file.path.contains("/tests/ui/") && !says(&file.text));
    without
        .map(|(file, _)| {
            finding(
                &file.path,
                1,
                "heads",
                "begin with `//!` and a sentence: what is it for?",
            )
        })
        .collect()
}

/// The first line is documentation with words in it.
fn says(text: &str) -> bool {
    text.lines()
        .next()
        .and_then(|line| line.strip_prefix("//!"))
        .is_some_and(|words| !words.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_with_a_head_is_fine() {
        assert!(check(&Tree::of(&[("a.rs", "//! The gate.\n"), ("b.md", "x")])).is_empty());
    }

    #[test]
    fn a_module_without_one_is_found() {
        for text in [
            "",
            "use a;",
            "//!\nuse a;",
            "// The gate.",
            "\n//! The gate.",
        ] {
            assert_eq!(check(&Tree::of(&[("a.rs", text)])).len(), 1, "{text:?}");
        }
    }
}

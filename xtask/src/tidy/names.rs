//! Rooms are named after what is in them: no folder and no file for odds and ends.

use super::tree::Tree;
use super::{Finding, finding};

const RULE: &str = "names";

/// Names that say nothing about what is inside.
const EMPTY: &[&str] = &["util", "utils", "common", "helpers", "misc"];

/// Looks at every part of every path.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.paths
        .iter()
        .filter_map(|path| Some((path, empty(path)?)))
        .map(|(path, name)| wrong(path, name))
        .collect()
}

fn wrong(path: &str, name: &str) -> Finding {
    finding(
        path,
        1,
        RULE,
        format!("`{name}` says nothing: name it after what is in it"),
    )
}

/// The first part of the path that says nothing.
fn empty(path: &str) -> Option<&str> {
    path.split('/')
        .map(|part| part.split('.').next().unwrap_or(part))
        .find(|stem| EMPTY.contains(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_found_as_folders_and_as_files() {
        let tree = Tree::of(&[
            ("crates/a/src/util.rs", ""),
            ("crates/a/tests/common/mod.rs", ""),
            ("misc/a.md", ""),
        ]);
        assert_eq!(check(&tree).len(), 3);
    }

    #[test]
    fn names_that_only_contain_such_a_word_are_fine() {
        assert!(
            check(&Tree::of(&[
                ("crates/a/src/utilisation.rs", ""),
                ("docs/common-errors.md", "")
            ]))
            .is_empty()
        );
    }
}

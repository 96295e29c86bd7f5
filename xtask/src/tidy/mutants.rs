//! Each known-bad version can be made of the tree as it is, and the test that must catch it is there.
//!
//! `cargo xtask mutants` takes minutes, and the test command tries only those whose turn it is; this looks at all of them
//! each time and builds nothing.

use super::tree::{File, Tree};
use super::{Finding, finding};
use crate::mutants::PATCHES;
use crate::mutants::copy::applies;
use crate::mutants::patch::Patch;

/// Looks at every patch.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let patches = tree
        .files
        .iter()
        .filter(|file| file.is_in(PATCHES) && file.path.ends_with(".patch"));
    patches
        .filter_map(|file| Some(finding(&file.path, 1, "mutants", wrong(tree, file)?)))
        .collect()
}

/// What is wrong with a patch, and what is to be done.
fn wrong(tree: &Tree, file: &File) -> Option<String> {
    let name = file.path.strip_prefix(PATCHES)?;
    let name = name.trim_start_matches('/').trim_end_matches(".patch");
    let patch = match Patch::parse(name, &file.text) {
        Ok(patch) => patch,
        Err(why) => return Some(why),
    };
    if let Err(why) = is_applicable(tree, file) {
        return Some(format!(
            "`{name}` no longer applies ({why}): make its change in the code as it is now, put `git diff` under its head, \
             take the change back, and run `cargo xtask mutants {name}` until it is caught"
        ));
    }
    let missing = !has_test(tree, &patch.red);
    missing.then(|| {
        format!(
            "there is no test `{}`: name in its line `red:` the one that must fail, and run `cargo xtask mutants {name}`",
            patch.red
        )
    })
}

fn is_applicable(tree: &Tree, file: &File) -> Result<(), String> {
    let root = std::path::absolute(&tree.root).map_err(|e| e.to_string())?;
    applies(&root.join(&file.path), &root)
}

/// Somewhere stands a function of this name; modules before it are not looked at.
fn has_test(tree: &Tree, red: &str) -> bool {
    let name = red.rsplit("::").next().unwrap_or(red);
    let function = format!("fn {name}(");
    tree.rust().any(|(file, _)| file.text.contains(&function))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const PATCH: &str = "what: it says good-bye\nrun: -p a --test t\nred: part::it_greets\n\n\
        --- a/crates/a/src/lib.rs\n+++ b/crates/a/src/lib.rs\n@@ -2,3 +2,3 @@\n // Greet.\n-hello();\n+good_bye();\n // Go on.\n";
    const CODE: &str = "//! A.\n// Greet.\nhello();\n// Go on.\n";
    const TEST: (&str, &str) = ("crates/a/tests/t.rs", "fn it_greets() {}\n");

    /// What is found in a tree with this code and patch.
    fn found(code: &str, patch: &str, test: (&str, &str)) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a folder");
        let path = format!("{PATCHES}/hello.patch");
        let files = [("crates/a/src/lib.rs", code), (&path, patch), test];
        for (path, text) in files {
            let path = dir.path().join(path);
            let folder = path.parent().expect("it stands in a folder");
            fs::create_dir_all(folder).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        let tree = Tree {
            root: dir.path().to_owned(),
            ..Tree::of(&files)
        };
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_patch_that_applies_is_fine_wherever_its_lines_have_gone() {
        assert!(found(CODE, PATCH, TEST).is_empty());
        assert!(found(&CODE.repeat(3).replacen("hello", "other", 2), PATCH, TEST).is_empty());
    }

    #[test]
    fn a_patch_that_no_longer_applies_is_named_with_what_to_do() {
        for code in [CODE.replace("hello", "hello_you"), String::new()] {
            let found = found(&code, PATCH, TEST);
            let [one] = found.as_slice() else {
                panic!("{found:?}")
            };
            let wanted = format!(
                "{PATCHES}/hello.patch:1: mutants: `hello` no longer applies (patch failed: crates/a/src/lib.rs:2): "
            );
            assert!(one.starts_with(&wanted), "{one}");
            assert!(one.ends_with("run `cargo xtask mutants hello` until it is caught"));
        }
    }

    #[test]
    fn a_patch_without_its_head_or_its_test_is_found() {
        let headless = found(CODE, &PATCH.replace("red:", "green:"), TEST);
        assert!(headless[0].contains("has no line `red: …`"), "{headless:?}");
        let renamed = found(CODE, PATCH, (TEST.0, "fn it_greets_all() {}\n"));
        assert!(
            renamed[0].contains("there is no test `part::it_greets`"),
            "{renamed:?}"
        );
    }
}

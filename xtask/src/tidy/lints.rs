//! Every crate takes the workspace's lints, and these forbid unsafe code.

use super::manifest::{entries, has_section};
use super::tree::{File, Tree};
use super::{Finding, finding};

const RULE: &str = "lints";

/// Looks at every `Cargo.toml`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let manifests: Vec<&File> = tree
        .files
        .iter()
        .filter(|file| is_manifest(&file.path))
        .collect();
    manifests
        .iter()
        .flat_map(|file| [takes(file), forbids(file)])
        .flatten()
        .collect()
}

fn is_manifest(path: &str) -> bool {
    path == "Cargo.toml" || path.ends_with("/Cargo.toml")
}

/// A package has `lints.workspace = true`.
fn takes(file: &File) -> Option<Finding> {
    let whole = |section: &str, key: &str| match section {
        "lints" => key == "workspace",
        "" => key == "lints.workspace",
        _ => false,
    };
    let all = entries(&file.text);
    let taken = all
        .iter()
        .any(|entry| whole(&entry.section, &entry.key) && entry.value == "true");
    let wrong = has_section(&file.text, "package") && !taken;
    wrong.then(|| {
        finding(
            &file.path,
            1,
            RULE,
            "take the workspace's lints: `[lints]` with `workspace = true`",
        )
    })
}

/// A workspace forbids unsafe code for all its members.
fn forbids(file: &File) -> Option<Finding> {
    let all = entries(&file.text);
    let level = |value: &str| value.contains("\"forbid\"");
    let forbidden = all
        .iter()
        .any(|e| e.section == "workspace.lints.rust" && e.key == "unsafe_code" && level(&e.value));
    let wrong = has_section(&file.text, "workspace") && !forbidden;
    wrong.then(|| {
        finding(
            &file.path,
            1,
            RULE,
            "say `unsafe_code = \"forbid\"` in `[workspace.lints.rust]`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::of(&[("crates/a/Cargo.toml", text)])).len()
    }

    #[test]
    fn a_crate_with_the_lints_is_fine() {
        assert_eq!(
            found("[package]\nname = \"a\"\n[lints]\nworkspace = true"),
            0
        );
        assert_eq!(
            found("[workspace]\n[workspace.lints.rust]\nunsafe_code = \"forbid\""),
            0
        );
        assert_eq!(
            found(
                "[workspace]\n[workspace.lints.rust]\nunsafe_code = { level = \"forbid\", priority = 1 }"
            ),
            0
        );
    }

    #[test]
    fn a_crate_without_them_is_found() {
        assert_eq!(found("[package]\nname = \"a\""), 1);
        assert_eq!(found("[package]\n[lints]\nworkspace = false"), 1);
        assert_eq!(
            found("[package]\n[lints.rust]\nunsafe_code = \"forbid\""),
            1
        );
    }

    #[test]
    fn a_workspace_that_allows_unsafe_code_is_found() {
        assert_eq!(
            found("[workspace]\n[workspace.lints.rust]\nunsafe_code = \"deny\""),
            1
        );
        assert_eq!(
            found("[package]\n[lints]\nworkspace = true\n[workspace]\n"),
            1
        );
    }
}

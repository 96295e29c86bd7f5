//! The copy of the tree that mutants are made of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Brings the copy in line with the tree. Files that are the same keep their times, so that little is built again; what is
/// no longer in the tree goes.
pub fn fresh(from: &Path, to: &Path) -> Result<(), String> {
    let names = names(from)?;
    clear(to, to, &names)?;
    for name in &names {
        let (source, copy) = (from.join(name), to.join(name));
        let text = fs::read(&source).map_err(|e| format!("cannot read {}: {e}", name.display()))?;
        if fs::read(&copy).is_ok_and(|there| there == text) {
            continue;
        }
        let folder = copy.parent().unwrap_or(to);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&copy, text));
        written.map_err(|e| format!("cannot write {}: {e}", copy.display()))?;
    }
    Ok(())
}

/// The tree's files that are there.
fn names(from: &Path) -> Result<BTreeSet<PathBuf>, String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others"]);
    let output = git.arg("--exclude-standard").current_dir(from).output();
    let output = output.map_err(|e| format!("cannot run git: {e}"))?;
    let listed = String::from_utf8_lossy(&output.stdout);
    let names = listed.split('\0').filter(|name| !name.is_empty());
    // What was removed and is not yet committed is listed too.
    let there = names.map(PathBuf::from);
    Ok(there.filter(|name| from.join(name).is_file()).collect())
}

/// Removes from `folder` of the copy `root` what is not among `names`.
fn clear(folder: &Path, root: &Path, names: &BTreeSet<PathBuf>) -> Result<(), String> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            clear(&path, root, names)?;
        } else if path
            .strip_prefix(root)
            .is_ok_and(|name| !names.contains(name))
        {
            fs::remove_file(&path).map_err(|e| format!("cannot remove {}: {e}", path.display()))?;
        }
    }
    Ok(())
}

/// Applies a patch to the copy.
pub fn apply(patch: &Path, tree: &Path) -> Result<(), String> {
    git_apply(&[], patch, tree).map_err(|why| format!("the patch does not apply: {why}"))
}

/// Whether a patch applies to a tree, which is left as it is; else the place where it does not.
pub fn applies(patch: &Path, tree: &Path) -> Result<(), String> {
    git_apply(&["--check"], patch, tree)
}

fn git_apply(how: &[&str], patch: &Path, tree: &Path) -> Result<(), String> {
    // The copy lies in a folder of the repository and is none itself.
    let ceiling = tree.parent().unwrap_or(tree);
    let output = Command::new("git")
        .arg("apply")
        .args(how)
        .arg(patch)
        .current_dir(tree)
        .env("GIT_CEILING_DIRECTORIES", ceiling)
        .env("LC_ALL", "C")
        .output()
        .map_err(|e| format!("cannot run git: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    let first = why.lines().next().unwrap_or_default();
    Err(first.trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_longer_in_the_tree_goes() {
        let folder = tempfile::tempdir().expect("a folder");
        let (tree, copy) = (folder.path().join("tree"), folder.path().join("copy"));
        fs::create_dir_all(tree.join("tests")).expect("a folder");
        let git = Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(&tree)
            .status();
        assert!(git.expect("git runs").success());
        fs::write(tree.join("tests/prune.rs"), "old").expect("a file");
        fresh(&tree, &copy).expect("a copy");
        fs::remove_file(tree.join("tests/prune.rs")).expect("it was there");
        fs::write(tree.join("tests/main.rs"), "new").expect("a file");
        fresh(&tree, &copy).expect("a copy");
        assert!(!copy.join("tests/prune.rs").exists() && copy.join("tests/main.rs").exists());
    }

    #[test]
    fn a_patch_that_does_not_apply_says_so() {
        let tree = std::env::temp_dir().join(format!("xtask-copy-{}", std::process::id()));
        fs::create_dir_all(&tree).expect("a folder");
        let patch = tree.join("p.patch");
        fs::write(
            &patch,
            "what: w\n\n--- a/gone.rs\n+++ b/gone.rs\n@@ -1 +1 @@\n-a\n+b\n",
        )
        .expect("a file");
        let why = apply(&patch, &tree).expect_err("there is no such file");
        assert!(why.contains("does not apply"), "{why}");
        fs::write(tree.join("gone.rs"), "a\n").expect("a file");
        applies(&patch, &tree).expect("now there is");
        apply(&patch, &tree).expect("it was only looked at");
        assert_eq!(
            fs::read_to_string(tree.join("gone.rs")).expect("a file"),
            "b\n"
        );
        fs::remove_dir_all(&tree).expect("the folder was there");
    }
}

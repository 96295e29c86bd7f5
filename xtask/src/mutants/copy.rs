//! The copy of the tree that mutants are made of.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Brings the copy in line with the tree. Files that are the same keep their times, so that little is built again.
pub fn fresh(from: &Path, to: &Path) -> Result<(), String> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(from)
        .output()
        .map_err(|e| format!("cannot run git: {e}"))?;
    for name in String::from_utf8_lossy(&output.stdout)
        .split('\0')
        .filter(|name| !name.is_empty())
    {
        let (source, copy) = (from.join(name), to.join(name));
        if !source.is_file() {
            continue; // removed, and not yet committed
        }
        let text = fs::read(&source).map_err(|e| format!("cannot read {name}: {e}"))?;
        if fs::read(&copy).is_ok_and(|there| there == text) {
            continue;
        }
        let folder = copy.parent().unwrap_or(to);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&copy, text));
        written.map_err(|e| format!("cannot write {}: {e}", copy.display()))?;
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

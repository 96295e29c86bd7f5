//! Branch and commit, read from the `.git` folder. Git itself is asked only where the folder does not say it (other ways
//! of storing references).

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// So much of `packed-refs` is read.
const PACKED: u64 = 16 << 20;

/// Branch (null where none is checked out) and commit.
pub fn state(dot_git: &Path) -> Option<Value> {
    let folder = folder(dot_git)?;
    let head = short(&folder.join("HEAD"))?;
    let Some(reference) = head.strip_prefix("ref: ").map(str::trim) else {
        return is_commit(&head).then(|| json!({"branch": null, "commit": head}));
    };
    let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
    let common = short(&folder.join("commondir"))
        .map_or_else(|| folder.clone(), |common| folder.join(common));
    let read = commit(&folder, reference).or_else(|| commit(&common, reference));
    if let Some(commit) = read.or_else(|| packed(&common, reference)) {
        return Some(json!({"branch": branch, "commit": commit}));
    }
    asked(dot_git.parent()?)
}

/// The folder itself: a worktree's or submodule's `.git` is a file that names it.
fn folder(dot_git: &Path) -> Option<PathBuf> {
    if dot_git.is_dir() {
        return Some(dot_git.to_owned());
    }
    let named = short(dot_git)?;
    Some(
        dot_git
            .parent()?
            .join(named.strip_prefix("gitdir:")?.trim()),
    )
}

/// A small file's text.
fn short(path: &Path) -> Option<String> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path)
        .ok()?
        .take(4_096)
        .read_to_string(&mut text)
        .ok()?;
    Some(text.trim().to_owned())
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn commit(folder: &Path, reference: &str) -> Option<String> {
    let inside = !reference.split('/').any(|part| part == "..") && !reference.starts_with('/');
    let text = inside.then(|| short(&folder.join(reference)))??;
    is_commit(&text).then_some(text)
}

fn packed(common: &Path, reference: &str) -> Option<String> {
    let file = File::open(common.join("packed-refs")).ok()?;
    let lines = BufReader::new(file.take(PACKED))
        .lines()
        .map_while(Result::ok);
    let mut lines = lines.filter_map(|line| {
        let (commit, name) = line.split_once(' ')?;
        (name == reference && is_commit(commit)).then(|| commit.to_owned())
    });
    lines.next()
}

/// What git itself says.
fn asked(root: &Path) -> Option<Value> {
    let git = |words: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(words)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        (output.status.success() && !text.is_empty()).then_some(text)
    };
    let branch = git(&["symbolic-ref", "--short", "-q", "HEAD"]);
    let commit = git(&["rev-parse", "-q", "--verify", "HEAD"]).filter(|text| is_commit(text));
    // A branch without a commit is a new repository.
    (branch.is_some() || commit.is_some()).then(|| json!({"branch": branch, "commit": commit}))
}

//! The files that the rules look at: what git tracks, and what is new and not ignored.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::rust;
use super::source::Source;

/// All text files of the project.
pub struct Tree {
    /// Where it stands.
    pub root: PathBuf,
    /// The files, in the order of their paths.
    pub files: Vec<File>,
    /// Every path, files that are no text among them.
    pub paths: BTreeSet<String>,
}

/// One text file.
pub struct File {
    /// Its path from the root, with `/` between folders.
    pub path: String,
    /// What stands in it.
    pub text: String,
    /// The same cut into its parts, for a Rust file.
    pub rust: Option<Rust>,
}

/// A Rust file with what is known of it.
pub struct Rust {
    /// Its parts.
    pub source: Source,
    /// Its code without what exists only for tests; blank for a file of tests.
    pub product: String,
    /// It is a file of tests, benches or examples.
    pub is_test: bool,
    /// The parts that exist only for tests.
    spans: Vec<Range<usize>>,
}

impl Tree {
    /// Reads the tree below `root`.
    pub fn read(root: &Path) -> Result<Self, String> {
        let ask = [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ];
        let asked = Command::new("git").current_dir(root).args(ask).output();
        let output = asked.map_err(|e| format!("cannot run git: {e}"))?;
        if !output.status.success() {
            return Err(format!(
                "git ls-files failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            ));
        }
        let listed = String::from_utf8_lossy(&output.stdout);
        let paths: BTreeSet<String> = listed
            .split('\0')
            .filter(|path| is_file(&root.join(path)))
            .map(String::from)
            .collect();
        let text =
            |path: &String| Some((path.clone(), std::fs::read_to_string(root.join(path)).ok()?));
        let texts = paths.iter().filter_map(text).collect();
        Ok(Self::build(root.to_owned(), texts, paths))
    }

    /// The tree of these files.
    fn build(root: PathBuf, texts: Vec<(String, String)>, paths: BTreeSet<String>) -> Self {
        let files: Vec<File> = texts
            .into_iter()
            .map(|(path, text)| File::new(path, text))
            .collect();
        let mut tree = Self { root, files, paths };
        tree.find_test_modules();
        tree
    }

    /// A tree for tests.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let texts: Vec<_> = files
            .iter()
            .map(|(path, text)| (path.to_string(), text.to_string()))
            .collect();
        let paths = texts.iter().map(|(path, _)| path.clone()).collect();
        Self::build(PathBuf::new(), texts, paths)
    }

    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// All Rust files.
    pub fn rust(&self) -> impl Iterator<Item = (&File, &Rust)> {
        self.files
            .iter()
            .filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    /// The Rust files that are no tests.
    pub fn product(&self) -> impl Iterator<Item = (&File, &Rust)> {
        self.rust().filter(|(_, rust)| !rust.is_test)
    }

    /// Marks the files of `#[cfg(test)] mod NAME;`.
    fn find_test_modules(&mut self) {
        let mut found = Vec::new();
        for (file, rust) in self.product() {
            for span in &rust.spans {
                let item = &rust.source.code[span.clone()];
                let mut words = rust::words(item)
                    .map(|(_, word)| word)
                    .skip_while(|word| *word != "mod")
                    .skip(1);
                if let (Some(name), true) = (words.next(), item.ends_with(';')) {
                    found.push(format!("{}{name}", folder_of_children(&file.path)));
                }
            }
        }
        for file in &mut self.files {
            let below = |module: &String| {
                file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/"))
            };
            if let (true, Some(rust)) = (found.iter().any(below), &mut file.rust) {
                rust.is_test = true;
                rust.product = rust::blank(&rust.product);
            }
        }
    }
}

impl File {
    fn new(path: String, text: String) -> Self {
        let rust = path.ends_with(".rs").then(|| Rust::new(&path, &text));
        Self { path, text, rust }
    }

    /// The file stands in this folder, or is this file.
    pub fn is_in(&self, place: &str) -> bool {
        self.path == place
            || self
                .path
                .strip_prefix(place)
                .is_some_and(|rest| place.ends_with('/') || rest.starts_with('/'))
    }

    /// Its lines with their numbers, counted from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line))
    }
}

impl Rust {
    fn new(path: &str, text: &str) -> Self {
        let source = Source::read(text);
        let apart = path
            .split('/')
            .any(|part| matches!(part, "tests" | "benches" | "examples"));
        let spans = if apart {
            rust::whole(&source.code)
        } else {
            rust::test_spans(&source.code)
        };
        let product = rust::without(&source.code, &spans);
        let is_test = apart || source.code.contains("#![cfg(test)]");
        Self {
            source,
            product,
            is_test,
            spans,
        }
    }

    /// How many lines exist only for tests.
    pub fn test_lines(&self) -> usize {
        let lines = |span: &Range<usize>| {
            self.source.line(span.end.saturating_sub(1)) - self.source.line(span.start) + 1
        };
        self.spans.iter().map(lines).sum()
    }

    /// The byte belongs to tests: its code was blanked.
    pub fn is_for_tests(&self, at: usize) -> bool {
        self.is_test || self.spans.iter().any(|span| span.contains(&at))
    }
}

/// Where the modules that a file declares lie: `src/` for `src/lib.rs`, `src/store/` for `src/store.rs`.
fn folder_of_children(path: &str) -> String {
    let (folder, name) = path
        .rsplit_once('/')
        .map_or(("", path), |(folder, name)| (folder, name));
    match name {
        "lib.rs" | "main.rs" | "mod.rs" => format!("{folder}/"),
        name => format!("{folder}/{}/", name.trim_end_matches(".rs")),
    }
}

/// A regular file that is there; git also lists what was removed.
fn is_file(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|data| data.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tests_are_told_from_the_product() {
        let tree = Tree::of(&[
            (
                "crates/a/src/lib.rs",
                "#[cfg(test)]\nmod checks;\nmod store;",
            ),
            ("crates/a/src/checks.rs", "fn a() {}"),
            ("crates/a/src/store.rs", "#[cfg(test)]\nmod model;"),
            ("crates/a/src/store/model.rs", "fn b() {}"),
            ("crates/a/src/store/model/deep.rs", "fn b() {}"),
            ("crates/a/tests/kill.rs", "fn c() {}"),
            ("README.md", "words"),
        ]);
        let product: Vec<_> = tree.product().map(|(file, _)| file.path.as_str()).collect();
        assert_eq!(product, ["crates/a/src/lib.rs", "crates/a/src/store.rs"]);
    }

    #[test]
    fn a_folder_is_matched_whole() {
        let file = File::new("crates/actifix/src/store/sqlite.rs".into(), String::new());
        assert!(file.is_in("crates/actifix") && file.is_in("crates/actifix/"));
        assert!(!file.is_in("crates/act") && !file.is_in("crates/actifix/src/store/sqlite"));
    }

    #[test]
    fn the_tree_here_is_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("the workspace is above");
        let tree = Tree::read(root).expect("git is there");
        assert!(tree.file("xtask/src/tidy/tree.rs").is_some());
        assert!(!tree.paths.iter().any(|path| path.starts_with("target/")));
    }
}

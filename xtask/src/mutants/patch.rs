//! A mutant: a patch with a head of three lines.

use std::path::{Path, PathBuf};

/// A known-bad version.
#[derive(Debug)]
pub struct Patch {
    /// What it is called: the file's name.
    pub name: String,
    /// Where it stands.
    pub path: PathBuf,
    /// What is bad about it.
    pub what: String,
    /// The words after `cargo test`.
    pub run: String,
    /// The test that must fail.
    pub red: String,
}

impl Patch {
    /// Reads a patch.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let patch = Self::parse(&name, &text)?;
        Ok(Self {
            path: std::path::absolute(path).map_err(|e| e.to_string())?,
            ..patch
        })
    }

    /// Reads the head.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let head = |key: &str| {
            let mut lines = text.lines().take_while(|line| !line.is_empty());
            let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
            value
                .map(str::to_owned)
                .ok_or_else(|| format!("the mutant `{name}` has no line `{key}: …` in its head"))
        };
        Ok(Self {
            name: name.to_owned(),
            path: PathBuf::new(),
            what: head("what")?,
            run: head("run")?,
            red: head("red")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_must_be_whole() {
        assert!(Patch::parse("x", "what: w\nrun: r\n\nred: too late\n").is_err());
        let whole = Patch::parse("x", "what: w\nrun: -p a\nred: t\n\ndiff").expect("a head");
        assert_eq!(
            (whole.what.as_str(), whole.run.as_str(), whole.red.as_str()),
            ("w", "-p a", "t")
        );
    }
}

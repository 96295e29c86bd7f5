//! The ratchet file: what is larger than the limit, with the size it must not grow past.

use super::tree::Tree;

/// Where it stands. A line is a path, or a path with ` fn NAME`, then the lines allowed; `#` begins a comment.
pub const FILE: &str = "xtask/tidy-ratchet.txt";

/// One line of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Allowed {
    /// A path, or a path and a function.
    pub name: String,
    /// The lines it may have.
    pub lines: usize,
    /// Where that is said.
    pub line: usize,
}

/// Reads it; a line that cannot be read allows nothing, so it shows up as one that nothing needs.
pub fn read(tree: &Tree) -> Vec<Allowed> {
    let lines = tree.file(FILE).into_iter().flat_map(|file| file.lines());
    lines
        .filter_map(|(line, text)| one(text).map(|(name, lines)| Allowed { name, lines, line }))
        .collect()
}

fn one(text: &str) -> Option<(String, usize)> {
    let text = text.split('#').next().unwrap_or("").trim();
    let (name, lines) = text.rsplit_once(' ').unwrap_or((text, ""));
    (!text.is_empty()).then(|| (name.trim().to_string(), lines.parse().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_functions_are_read() {
        let tree = Tree::of(&[(FILE, "# why\n\na.rs 410\na.rs fn b   70 # long\nnonsense\n")]);
        let found: Vec<_> = read(&tree)
            .into_iter()
            .map(|one| (one.name, one.lines, one.line))
            .collect();
        assert_eq!(
            found,
            [
                ("a.rs".into(), 410, 3),
                ("a.rs fn b".into(), 70, 4),
                ("nonsense".to_string(), 0, 5)
            ]
        );
    }
}

//! The little of TOML that `Cargo.toml` files use: sections, keys, values on one or more lines.

/// One `key = value`.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The section's name without brackets.
    pub section: String,
    /// The key as it is written.
    pub key: String,
    /// The value's first line as it is written.
    pub value: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// A crate that another one names.
#[derive(Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The crate's own name, not the one it is renamed to.
    pub name: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// All entries of a manifest.
pub fn entries(text: &str) -> Vec<Entry> {
    let (mut section, mut open, mut found) = (String::new(), 0_i32, Vec::new());
    for (at, line) in text.lines().enumerate() {
        let line = without_comment(line).trim();
        let inside = open > 0;
        if !inside && line.starts_with('[') {
            section = line
                .trim_matches(|c| c == '[' || c == ']')
                .trim()
                .to_string();
            continue;
        }
        open += brackets(line);
        if let (false, Some((key, value))) = (inside, line.split_once('=')) {
            let (key, value) = (key.trim().replace('"', ""), value.trim().to_string());
            found.push(Entry {
                section: section.clone(),
                key,
                value,
                line: at + 1,
            });
        }
    }
    found
}

/// Whether the manifest has this section, or one below it.
pub fn has_section(text: &str, name: &str) -> bool {
    let opens = |line: &str| {
        line.trim()
            .strip_prefix('[')
            .and_then(|rest| rest.strip_prefix(name))
            .map(|r| r.starts_with([']', '.']))
    };
    text.lines().any(|line| opens(line) == Some(true))
}

/// The crates that a manifest names, for whatever purpose.
pub fn dependencies(text: &str) -> Vec<Dependency> {
    entries(text)
        .iter()
        .filter(|entry| !entry.section.starts_with("workspace"))
        .filter_map(dependency)
        .collect()
}

fn dependency(entry: &Entry) -> Option<Dependency> {
    let line = entry.line;
    let own = |fallback: &str| renamed(&entry.value).unwrap_or(fallback).to_string();
    if entry.section.ends_with("dependencies") {
        return Some(Dependency {
            name: own(entry.key.split('.').next()?),
            line,
        });
    }
    let (_, name) = entry.section.split_once("dependencies.")?;
    let name = if entry.key == "package" {
        entry.value.trim_matches('"')
    } else {
        name
    };
    Some(Dependency {
        name: name.to_string(),
        line,
    })
}

/// The name after `package =` in an inline table.
fn renamed(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("package")?;
    rest.trim_start().strip_prefix('=')?.split('"').nth(1)
}

fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let cut = line.find(|c| {
        quoted ^= c == '"';
        c == '#' && !quoted
    });
    &line[..cut.unwrap_or(line.len())]
}

/// Opening brackets less closing ones, outside of quotes.
fn brackets(line: &str) -> i32 {
    let bare = line.split('"').step_by(2).flat_map(str::chars);
    bare.map(|c| i32::from(matches!(c, '[' | '{')) - i32::from(matches!(c, ']' | '}')))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_found_however_they_are_written() {
        let text = "\
[package]
name = \"a\" # b = c
[dependencies]
plain = \"1\"
short.workspace = true
other = { version = \"1\", package = \"real\", features = [
  \"x=y\",
] }
[target.'cfg(unix)'.dev-dependencies]
deep = \"1\"
[build-dependencies.apart]
version = \"1\"
[workspace.dependencies]
not = \"1\"
";
        let found: Vec<_> = dependencies(text)
            .into_iter()
            .map(|d| (d.name, d.line))
            .collect();
        let expected = [
            ("plain", 4),
            ("short", 5),
            ("real", 6),
            ("deep", 10),
            ("apart", 12),
        ];
        assert_eq!(found, expected.map(|(name, line)| (name.to_string(), line)));
    }

    #[test]
    fn sections_are_told_from_their_likes() {
        assert!(has_section("[workspace.lints.rust]", "workspace"));
        assert!(has_section("[workspace]", "workspace"));
        assert!(!has_section("[workspaces]\n[package]", "workspace"));
    }
}

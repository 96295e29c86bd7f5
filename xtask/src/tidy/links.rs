//! Links from one page of the project to another lead somewhere.

use super::tree::{File, Tree};
use super::{Finding, finding};

const RULE: &str = "links";

/// Looks at every Markdown file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| file.path.ends_with(".md"))
        .flat_map(|file| one(tree, file))
        .collect()
}

fn one(tree: &Tree, file: &File) -> Vec<Finding> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in file.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let broken = targets(line)
                .into_iter()
                .filter(|target| !leads_somewhere(tree, &file.path, target));
            found.extend(broken.map(|target| {
                finding(
                    &file.path,
                    number,
                    RULE,
                    format!("`{target}` leads nowhere: mend the link"),
                )
            }));
        }
    }
    found
}

/// What the links of a line point to: `[text](target)` and `[name]: target`.
fn targets(line: &str) -> Vec<String> {
    // Every second part stands between backticks.
    let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("x");
    let mut all: Vec<String> = plain
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .map(String::from)
        .collect();
    let definition = plain.split_once("]: ");
    let (_, rest) = definition
        .filter(|(name, _)| name.starts_with('[') && !name.starts_with("[^"))
        .unwrap_or_default();
    all.extend(rest.split_whitespace().next().map(String::from));
    all.iter()
        .map(|target| target.trim_matches(['<', '>']).to_string())
        .collect()
}

/// The target is elsewhere, on the same page, or a file or folder of the project.
fn leads_somewhere(tree: &Tree, from: &str, target: &str) -> bool {
    let path = target.split(['#', '?']).next().unwrap_or(target);
    if path.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(wanted) = resolve(folder, path) else {
        return false;
    };
    let below = format!("{wanted}/");
    wanted.is_empty()
        || tree.paths.contains(&wanted)
        || tree.paths.iter().any(|path| path.starts_with(&below))
}

/// The path from the root; none for one that begins at the root of the machine or leaves the project.
fn resolve(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("docs/a.md", text),
            ("docs/b.md", ""),
            ("crates/c/src/lib.rs", "//! x"),
            ("README.md", ""),
        ]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn links_that_lead_somewhere_are_fine() {
        for text in [
            "[b](b.md) and [c](../crates/c/) and [d](b.md#part \"title\")",
            "[web](https://example.org/x) [here](#part) [post](mailto:a@example.org)",
            "[ref]: ../README.md",
            "`[no](link.md)`",
            "```\n[no](link.md)\n```",
            "[up](..)",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_found_with_their_line() {
        assert_eq!(
            found("\n[x](gone.md)"),
            ["docs/a.md:2: links: `gone.md` leads nowhere: mend the link"]
        );
        assert_eq!(
            found("[x](../../outside.md) [y](/abs.md)\n\n[ref]: gone.md\n").len(),
            3
        );
    }
}

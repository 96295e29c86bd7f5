//! Arrows between crates: which crate may name which in its `Cargo.toml`, and who may name the SQLite driver.

use super::manifest::dependencies;
use super::tree::{File, Tree};
use super::{Finding, finding};

const RULE: &str = "arrows";

/// Each crate with those of ours that it may name. The surfaces stand on the library, the library on the line.
const CRATES: &[(&str, &[&str])] = &[
    ("sqlite-line", &[]),
    // Its tests log and judge their calls with the checker.
    ("actifix", &["sqlite-line", "actifix-chaos"]),
    ("actifix-chaos", &["actifix"]),
    // The command carries the other surfaces as verbs: `mcp`, `serve`, `lab`.
    (
        "actifix-cli",
        &["actifix", "actifix-mcp", "actifix-server", "actifix-lab"],
    ),
    ("actifix-mcp", &["actifix"]),
    // The server speaks the tools' protocol over HTTP as well.
    ("actifix-server", &["actifix", "actifix-mcp"]),
    ("actifix-lab", &["actifix", "sqlite-line"]),
    ("actifix-python", &["actifix"]),
];

/// Crates whose product code may name rusqlite; inside the library [`super::rooms`] looks closer.
const DRIVER: &[&str] = &["sqlite-line", "actifix", "actifix-lab"];

/// Looks at the manifest of every crate in `crates/`.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter_map(|file| Some((file, crate_of(&file.path)?)))
        .flat_map(|(file, name)| one(file, name))
        .collect()
}

/// `actifix` for `crates/actifix/Cargo.toml`.
fn crate_of(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")
}

/// Looks at one manifest.
fn one(file: &File, name: &str) -> Vec<Finding> {
    let Some((_, allowed)) = CRATES.iter().find(|(known, _)| *known == name) else {
        let what = format!("say in xtask/src/tidy/arrows.rs which crates `{name}` may name");
        return vec![finding(&file.path, 1, RULE, what)];
    };
    let wrong = dependencies(&file.text)
        .into_iter()
        .filter_map(|dependency| {
            let what = wrong(
                name,
                allowed,
                &dependency.name,
                is_for_tests(&file.text, dependency.line),
            )?;
            Some(finding(&file.path, dependency.line, RULE, what))
        });
    wrong.collect()
}

/// The line stands in `[dev-dependencies]`.
fn is_for_tests(text: &str, line: usize) -> bool {
    let before: Vec<&str> = text.lines().take(line).collect();
    before
        .iter()
        .rev()
        .find(|l| l.starts_with('['))
        .is_some_and(|section| section.contains("dev-dependencies"))
}

/// What is wrong with the arrow from `from` to `to`.
fn wrong(from: &str, allowed: &[&str], to: &str, for_tests: bool) -> Option<String> {
    let ours = CRATES.iter().any(|(known, _)| *known == to) || to == "xtask";
    if ours && to != from && !allowed.contains(&to) {
        let may = if allowed.is_empty() {
            "none of ours".to_string()
        } else {
            allowed.join(", ")
        };
        return Some(format!("`{from}` must not name `{to}`: it may name {may}"));
    }
    let closed = to == "rusqlite" && !for_tests && !DRIVER.contains(&from);
    closed.then(|| {
        format!(
            "only {} name rusqlite: go through `actifix`",
            DRIVER.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, dependencies: &str) -> Vec<String> {
        let path = format!("crates/{name}/Cargo.toml");
        let tree = Tree::of(&[(&path, &format!("[package]\n{dependencies}"))]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn arrows_that_point_down_are_fine() {
        assert!(
            found(
                "actifix-cli",
                "[dependencies]\nactifix = { workspace = true }\nclap = \"4\""
            )
            .is_empty()
        );
        assert!(found("actifix", "[dependencies]\nsqlite-line.workspace = true").is_empty());
        assert!(
            found(
                "actifix-cli",
                "[dev-dependencies]\nrusqlite.workspace = true"
            )
            .is_empty()
        );
    }

    #[test]
    fn arrows_that_point_up_are_found() {
        let up = found(
            "sqlite-line",
            "[dev-dependencies]\nactifix = { workspace = true }",
        );
        assert_eq!(
            up,
            [
                "crates/sqlite-line/Cargo.toml:3: arrows: `sqlite-line` must not name `actifix`: it may name none of ours"
            ]
        );
        assert_eq!(
            found(
                "actifix",
                "[dependencies]\nx = { package = \"actifix-cli\", path = \"\" }"
            )
            .len(),
            1
        );
    }

    #[test]
    fn the_driver_belongs_to_few() {
        assert_eq!(
            found("actifix-cli", "[dependencies]\nrusqlite.workspace = true").len(),
            1
        );
    }

    #[test]
    fn a_new_crate_has_to_be_placed() {
        assert!(
            found("actifix-new", "")
                .first()
                .is_some_and(|what| what.contains("say in xtask"))
        );
    }
}

//! Arrows between the rooms of the library, and who in it may name the SQLite driver.

use std::collections::BTreeMap;

use super::rust::{self, root_names, split, words};
use super::tree::{File, Rust, Tree};
use super::{Finding, finding};

const RULE: &str = "rooms";

/// The library's sources.
const LIBRARY: &str = "crates/actifix/src/";

/// What is no room of its own: plain types and rules at the root of the library, `clean` (the mark of redacted values)
/// among them.
const DOMAIN: &str = "domain";

/// The rooms with those that each may name beside itself and the domain. The domain names none of them.
const ROOMS: &[(&str, &[&str])] = &[
    // It fills the structs of those below, and capture reads it.
    ("config", &["keep", "notify", "store"]),
    ("store", &[]),
    ("legacy", &["store"]),
    ("capture", &["config", "store"]),
    ("worker", &["store"]),
    ("notify", &["store"]),
    ("keep", &["store"]),
];

/// Places whose product code may name rusqlite.
const DRIVER: &[&str] = &[
    "crates/sqlite-line/",
    "crates/actifix/src/store/sqlite.rs",
    "crates/actifix/src/store/sqlite/",
    "crates/actifix/src/legacy.rs",
    "crates/actifix/src/legacy/",
    "crates/actifix-lab/",
    // A program that knows nothing of the line, and uses its file.
    "crates/actifix-chaos/src/foreign.rs",
    // The demo shows the defect by plain statements, beside ours.
    "crates/actifix-cli/src/demo/scene.rs",
    // Comparisons, in a workspace of their own.
    "bench/",
];

/// Looks at the library's rooms, and for the driver's name everywhere.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let exports = exports(tree);
    let inside = tree
        .product()
        .filter_map(|(file, rust)| Some((file, rust, file.path.strip_prefix(LIBRARY)?)));
    let mut found: Vec<Finding> = inside
        .flat_map(|(file, rust, below)| one(file, rust, below, &exports))
        .collect();
    found.extend(tree.product().flat_map(|(file, rust)| driver(file, rust)));
    found
}

/// The room of a module: its own name when it is a room.
fn room(module: &str) -> &'static str {
    ROOMS
        .iter()
        .find(|(name, _)| *name == module)
        .map_or(DOMAIN, |(name, _)| name)
}

/// The names that the library's root passes on, each with the room it comes from.
fn exports(tree: &Tree) -> BTreeMap<String, &'static str> {
    let root = tree
        .file(&format!("{LIBRARY}lib.rs"))
        .and_then(|file| file.rust.as_ref());
    let code = root.map_or("", |rust| &rust.product);
    let uses = code
        .match_indices("use ")
        .filter_map(|(at, _)| code[at + 4..].split(';').next());
    let mut names = BTreeMap::new();
    for tree in uses {
        let path = tree
            .strip_prefix("crate::")
            .or_else(|| tree.strip_prefix("self::"))
            .unwrap_or(tree);
        if let Some((_, module)) = words(path).next() {
            names.extend(leaves(path).into_iter().map(|name| (name, room(module))));
        }
    }
    names
}

/// The names that a `use` tree brings into scope.
fn leaves(tree: &str) -> Vec<String> {
    if let (Some(open), true) = (tree.find('{'), tree.contains('{')) {
        let end = rust::closing(tree, open) - 1;
        return split(&tree[open + 1..end])
            .into_iter()
            .flat_map(leaves)
            .collect();
    }
    words(tree)
        .last()
        .map(|(_, name)| name.to_string())
        .into_iter()
        .collect()
}

/// Looks at one file of the library.
fn one(
    file: &File,
    rust: &Rust,
    below: &str,
    exports: &BTreeMap<String, &'static str>,
) -> Vec<Finding> {
    let modules: Vec<&str> = below
        .trim_end_matches(".rs")
        .trim_end_matches("/mod")
        .split('/')
        .collect();
    let Some(module) = modules.first().filter(|module| **module != "lib") else {
        return Vec::new();
    };
    let from = room(module);
    let allowed = ROOMS
        .iter()
        .find(|(name, _)| *name == from)
        .map_or(&[][..], |(_, allowed)| allowed);
    let named = root_names(&rust.product, modules.len())
        .into_iter()
        .filter_map(|(at, name)| {
            let to = exports.get(&name).copied().unwrap_or_else(|| room(&name));
            let fine = to == from || to == DOMAIN || allowed.contains(&to);
            (!fine).then(|| {
                finding(
                    &file.path,
                    rust.source.line(at),
                    RULE,
                    wrong(from, to, allowed),
                )
            })
        });
    named.chain(line(file, rust, from)).collect()
}

/// What to do about an arrow that points the wrong way.
fn wrong(from: &str, to: &str, allowed: &[&str]) -> String {
    let may = [&[DOMAIN], allowed].concat().join(", ");
    format!("`{from}` must not name `{to}`: it may name {may}; move what is shared down")
}

/// Only the store and what reads old files stand on the line of writers.
fn line(file: &File, rust: &Rust, from: &'static str) -> Vec<Finding> {
    if matches!(from, "store" | "legacy") {
        return Vec::new();
    }
    let named = words(&rust.product).filter(|(_, word)| *word == "sqlite_line");
    let what = format!("`{from}` must not name `sqlite_line`: only store and legacy do");
    named
        .map(|(at, _)| finding(&file.path, rust.source.line(at), RULE, what.clone()))
        .collect()
}

/// Looks for the driver's name.
fn driver(file: &File, rust: &Rust) -> Vec<Finding> {
    if DRIVER.iter().any(|place| file.is_in(place)) {
        return Vec::new();
    }
    let named = words(&rust.product)
        .filter(|(at, word)| *word == "rusqlite" && !passes_on(file, &rust.product, *at));
    let what = "only sqlite-line, store/sqlite, legacy and the lab name rusqlite: move this there";
    named
        .map(|(at, _)| finding(&file.path, rust.source.line(at), RULE, what))
        .collect()
}

/// The library's root passes the driver in use on to its users.
fn passes_on(file: &File, code: &str, at: usize) -> bool {
    file.path == format!("{LIBRARY}lib.rs") && code[..at].ends_with("pub use sqlite_line::")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: (&str, &str) = (
        "crates/actifix/src/lib.rs",
        "pub use store::{Store, deep::Door as Gate};\npub use ticket::Ticket;",
    );

    fn found(path: &str, code: &str) -> Vec<String> {
        let path = format!("crates/actifix/{path}");
        check(&Tree::of(&[ROOT, (&path, code)]))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn arrows_that_point_down_are_fine() {
        assert!(
            found(
                "src/lease.rs",
                "use crate::ticket::Ticket;\nuse crate::Ticket;"
            )
            .is_empty()
        );
        assert!(
            found(
                "src/store/claim.rs",
                "use crate::{clean::Clean, lease};\nuse super::sqlite;"
            )
            .is_empty()
        );
        assert!(found("src/worker.rs", "use crate::Store;").is_empty());
        assert!(
            found(
                "src/capture/mod.rs",
                "use crate::store::Store; use super::clean::Clean;"
            )
            .is_empty()
        );
    }

    #[test]
    fn the_domain_names_no_room() {
        let up = found("src/lease.rs", "//! x\nuse crate::store::Store;");
        assert!(
            up[0].starts_with(
                "crates/actifix/src/lease.rs:2: rooms: `domain` must not name `store`"
            )
        );
        assert_eq!(
            found("src/lease.rs", "fn f(s: &crate::Store, g: crate::Gate) {}").len(),
            2
        );
        assert_eq!(found("src/lease.rs", "use super::store;").len(), 1);
    }

    #[test]
    fn rooms_beside_each_other_do_not_meet() {
        assert_eq!(
            found("src/store/mod.rs", "use crate::capture::Spool;").len(),
            1
        );
        assert_eq!(
            found(
                "src/store/sqlite/claim.rs",
                "use super::super::super::worker::Loop;"
            )
            .len(),
            1
        );
        assert_eq!(found("src/worker/mod.rs", "use crate::notify;").len(), 1);
    }

    #[test]
    fn tests_may_name_what_they_like() {
        assert!(
            found(
                "src/lease.rs",
                "#[cfg(test)]\nmod tests { use crate::store::Store; }"
            )
            .is_empty()
        );
        assert!(found("tests/kill.rs", "use rusqlite::Connection;").is_empty());
    }

    #[test]
    fn the_driver_is_named_in_its_places_only() {
        assert!(
            found(
                "src/store/sqlite/claim.rs",
                "use sqlite_line::rusqlite::Row;"
            )
            .is_empty()
        );
        assert!(found("src/legacy.rs", "use rusqlite::Row;").is_empty());
        assert_eq!(found("src/store/mod.rs", "use rusqlite::Row;").len(), 1);
        assert_eq!(
            found("src/worker.rs", "use sqlite_line::rusqlite::Row;").len(),
            2
        );
        assert!(found("src/lib.rs", "pub use sqlite_line::rusqlite;").is_empty());
    }
}

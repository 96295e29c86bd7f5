//! Files and functions stay small; what is larger stands in the ratchet file and must not grow.

use super::ratchet::{self, Allowed};
use super::rust::functions;
use super::tree::{File, Rust, Tree};
use super::{Finding, finding};

const RULE: &str = "size";

/// The most lines of a product file, its tests not counted.
const FILE: usize = 400;

/// The most lines of a function.
const FUNCTION: usize = 60;

/// Something with a size.
struct Sized {
    /// As it stands in the ratchet file: a path, or a path and a function.
    name: String,
    file: String,
    line: usize,
    lines: usize,
    limit: usize,
}

/// Looks at all product files and at all their functions.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let allowed = ratchet::read(tree);
    let over: Vec<Sized> = tree
        .product()
        .flat_map(|(file, rust)| sizes(file, rust))
        .filter(|one| one.lines > one.limit)
        .collect();
    let mut found: Vec<Finding> = over.iter().filter_map(|one| judge(one, &allowed)).collect();
    found.extend(
        allowed
            .iter()
            .filter(|entry| !over.iter().any(|one| one.name == entry.name))
            .map(stale),
    );
    found
}

/// The file and its functions.
fn sizes(file: &File, rust: &Rust) -> Vec<Sized> {
    let lines = file.text.lines().count().saturating_sub(rust.test_lines());
    let whole = Sized {
        name: file.path.clone(),
        file: file.path.clone(),
        line: 1,
        lines,
        limit: FILE,
    };
    let inside = functions(&rust.product).into_iter().map(|function| {
        let (first, last) = (
            rust.source.line(function.span.start),
            rust.source.line(function.span.end - 1),
        );
        let name = format!("{} fn {}", file.path, function.name);
        Sized {
            name,
            file: file.path.clone(),
            line: first,
            lines: last - first + 1,
            limit: FUNCTION,
        }
    });
    std::iter::once(whole).chain(inside).collect()
}

/// What to do about something over its limit.
fn judge(one: &Sized, allowed: &[Allowed]) -> Option<Finding> {
    let Sized {
        name, lines, limit, ..
    } = one;
    let what = match allowed.iter().find(|entry| entry.name == *name) {
        None => format!("{lines} lines, the limit is {limit}: split it by what it is about"),
        Some(entry) if *lines > entry.lines => {
            format!("grew from {} to {lines} lines: split it", entry.lines)
        }
        Some(entry) if *lines < entry.lines => {
            return Some(finding(
                ratchet::FILE,
                entry.line,
                RULE,
                format!("{name} shrank: write {lines} here"),
            ));
        }
        Some(_) => return None,
    };
    let what = if name.contains(" fn ") {
        format!("{}: {what}", name.rsplit(' ').next().unwrap_or(name))
    } else {
        what
    };
    Some(finding(&one.file, one.line, RULE, what))
}

/// An entry that nothing needs.
fn stale(entry: &Allowed) -> Finding {
    finding(
        ratchet::FILE,
        entry.line,
        RULE,
        format!("{} is within the limit: take this line out", entry.name),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: usize, ratchet: &str) -> Vec<String> {
        let text = format!(
            "//! x\n{}#[cfg(test)]\nmod tests {{\n\n\n}}\n",
            "const A: u8 = 1;\n".repeat(lines - 1)
        );
        let tree = Tree::of(&[("crates/a/src/long.rs", &text), (ratchet::FILE, ratchet)]);
        check(&tree).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn tests_do_not_count() {
        assert!(found(400, "").is_empty());
    }

    #[test]
    fn a_long_file_is_found_unless_it_is_listed() {
        assert!(
            found(401, "")[0]
                .starts_with("crates/a/src/long.rs:1: size: 401 lines, the limit is 400")
        );
        assert!(found(401, "# why\ncrates/a/src/long.rs 401\n").is_empty());
    }

    #[test]
    fn the_ratchet_turns_one_way() {
        assert!(found(402, "crates/a/src/long.rs 401")[0].contains("grew from 401 to 402"));
        assert!(found(401, "crates/a/src/long.rs 405")[0].contains("write 401 here"));
        assert!(found(300, "crates/a/src/long.rs 405")[0].contains("take this line out"));
    }

    #[test]
    fn a_long_function_is_found() {
        let function =
            |lines: usize| format!("//! x\nfn f() {{\n{}}}\n", "    a();\n".repeat(lines - 2));
        let found = |lines| check(&Tree::of(&[("crates/a/src/b.rs", &function(lines))])).len();
        assert_eq!((found(60), found(61)), (0, 1));
        let listed = Tree::of(&[
            ("crates/a/src/b.rs", &function(61)),
            (ratchet::FILE, "crates/a/src/b.rs fn f 61"),
        ]);
        assert!(check(&listed).is_empty());
    }
}

//! The project speaks of itself only: no path of the machine that it was written on.

use super::tree::{File, Tree};
use super::{Finding, finding};

/// Beginnings of paths that exist on one machine only, each cut in two so that this file does not break its own rule.
const PLACES: &[(&str, &str)] = &[
    ("/ho", "me/"),
    ("/Us", "ers/"),
    ("/ro", "ot/"),
    ("/wo", "rk/"),
    ("../sha", "red/"),
];

/// A person that examples may name.
const EXAMPLE: &str = "alice/";

/// Looks at every line of every text file.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(one).collect()
}

fn one(file: &File) -> Vec<Finding> {
    let found = file.lines().filter_map(|(number, line)| {
        let place = PLACES.iter().map(|(a, b)| format!("{a}{b}")).find(|place| has(line, place))?;
        let what = format!(
            "`{place}` is a path of one machine: write it from the root of the project, or as `{place}{EXAMPLE}` in an example"
        );
        Some(finding(&file.path, number, "paths", what))
    });
    found.collect()
}

/// The line has a path that begins there, and not one that only passes such a folder.
fn has(line: &str, place: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "._-/~}*".contains(c);
    let mut hits = line.match_indices(place);
    hits.any(|(at, _)| {
        !line[..at].ends_with(inside) && !line[at + place.len()..].starts_with(EXAMPLE)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> usize {
        check(&Tree::of(&[("a.md", line)])).len()
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for (a, b) in PLACES {
            assert_eq!(found(&format!("see {a}{b}bob/x")), 1);
        }
    }

    #[test]
    fn paths_of_the_project_and_of_an_example_person_are_fine() {
        for (a, b) in PLACES {
            assert_eq!(found(&format!("see crates{a}{b}x and {a}{b}alice/x")), 0);
        }
    }
}

//! No test is forgotten: every test file stands in a suite, every file that a suite names is there, none is switched off.

use std::path::{Path, PathBuf};

use crate::metadata::{Target, Workspace};
use crate::suites::Suite;

/// Every way in which a test could be forgotten, each as a sentence that says what to do.
pub fn left_out(workspace: &Workspace, files: &[PathBuf], suites: &[Suite]) -> Vec<String> {
    let listed: Vec<&str> = suites
        .iter()
        .flat_map(|suite| suite.work.files())
        .copied()
        .collect();
    let mut found: Vec<String> = workspace
        .targets
        .iter()
        .filter_map(|target| forgotten(target, &listed))
        .collect();
    for name in &listed {
        if !workspace
            .targets
            .iter()
            .any(|target| target.kind == "test" && target.name == *name)
        {
            found.push(format!("`{name}` stands in a suite and no crate has tests/{name}.rs: take it out of suites.rs"));
        }
        if listed.iter().filter(|other| *other == name).count() > 1 {
            found.push(format!(
                "`{name}` stands in two suites: one of them is enough"
            ));
        }
    }
    for file in files {
        if !workspace.targets.iter().any(|target| target.file == *file) {
            found.push(format!(
                "{} is no target of its crate: cargo does not run it",
                file.display()
            ));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// What to do about a target whose tests no suite runs.
fn forgotten(target: &Target, listed: &[&str]) -> Option<String> {
    let file = target.file.display();
    match target.kind.as_str() {
        "test" if !target.tested => Some(format!(
            "{file} is switched off by `test = false`: its tests never run"
        )),
        "test" if !listed.contains(&target.name.as_str()) => Some(format!(
            "{file} is in no suite: add \"{}\" in xtask/src/suites.rs, to a suite of its own if it takes over ten seconds",
            target.name
        )),
        "bench" | "example" if target.tested => Some(format!(
            "{file} has tests that no suite runs: move them to tests/"
        )),
        _ => None,
    }
}

/// The files in the `tests` folders that cargo takes for the root of a test binary.
pub fn roots(members: &[PathBuf]) -> Vec<PathBuf> {
    members
        .iter()
        .flat_map(|member| entries(&member.join("tests")))
        .filter_map(root)
        .collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = std::fs::read_dir(folder).into_iter().flatten();
    read.filter_map(|entry| entry.ok().map(|e| e.path()))
        .collect()
}

fn root(path: PathBuf) -> Option<PathBuf> {
    if path.is_dir() {
        let main = path.join("main.rs");
        return main.exists().then_some(main);
    }
    path.extension().is_some_and(|e| e == "rs").then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suites::{Work, row};

    fn workspace(targets: &[(&str, &str, bool)]) -> Workspace {
        let one = |(kind, name, tested): &(&str, &str, bool)| Target {
            name: (*name).into(),
            kind: (*kind).into(),
            tested: *tested,
            file: format!("a/tests/{name}.rs").into(),
        };
        Workspace {
            target: "t".into(),
            members: Vec::new(),
            targets: targets.iter().map(one).collect(),
        }
    }

    const TABLE: &[Suite] = &[
        row("behaviour", Work::Files(&["store"])),
        row("kill", Work::Files(&["kill"])).slow(),
    ];

    #[test]
    fn a_test_file_in_a_suite_is_fine() {
        let whole = workspace(&[
            ("lib", "a", true),
            ("test", "store", true),
            ("test", "kill", true),
        ]);
        assert_eq!(
            left_out(&whole, &["a/tests/kill.rs".into()], TABLE),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_test_file_in_no_suite_is_an_error() {
        let more = workspace(&[
            ("test", "store", true),
            ("test", "kill", true),
            ("test", "new", true),
        ]);
        let found = left_out(&more, &[], TABLE);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a/tests/new.rs is in no suite"));
    }

    #[test]
    fn a_row_without_its_file_is_an_error() {
        assert_eq!(
            left_out(&workspace(&[("test", "store", true)]), &[], TABLE).len(),
            1
        );
    }

    #[test]
    fn what_is_switched_off_is_an_error() {
        let off = workspace(&[("test", "store", true), ("test", "kill", false)]);
        assert!(left_out(&off, &[], TABLE)[0].contains("switched off"));
        let hidden = left_out(
            &workspace(&[("test", "store", true), ("test", "kill", true)]),
            &["b.rs".into()],
            TABLE,
        );
        assert_eq!(
            hidden,
            ["b.rs is no target of its crate: cargo does not run it"]
        );
    }

    #[test]
    fn tests_in_an_example_are_an_error() {
        let more = workspace(&[
            ("test", "store", true),
            ("test", "kill", true),
            ("example", "e", true),
        ]);
        assert_eq!(left_out(&more, &[], TABLE).len(), 1);
    }
}

//! What cargo knows of the workspace: its packages, their targets, and where builds go.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::cargo;

/// The workspace, read from `cargo metadata`.
pub struct Workspace {
    /// Where cargo builds.
    pub target: PathBuf,
    /// The folder of each member, from the root.
    pub members: Vec<PathBuf>,
    /// All targets of all members.
    pub targets: Vec<Target>,
}

/// One target of one package.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name, as in `--test NAME`.
    pub name: String,
    /// `lib`, `bin`, `test`, `bench`, `example`, …
    pub kind: String,
    /// `cargo test` runs it when no target is named.
    pub tested: bool,
    /// Its root file, from the root of the workspace.
    pub file: PathBuf,
}

impl Workspace {
    /// Some crate has `tests/NAME.rs`.
    pub fn has_tests(&self, name: &str) -> bool {
        self.targets
            .iter()
            .any(|target| target.kind == "test" && target.name == name)
    }

    /// A workspace for tests, with these files in a `tests` folder.
    #[cfg(test)]
    pub fn with_tests(names: &[&str]) -> Self {
        let target = |name: &&str| Target {
            name: name.to_string(),
            kind: "test".into(),
            tested: true,
            file: format!("a/tests/{name}.rs").into(),
        };
        Self {
            target: "t".into(),
            members: Vec::new(),
            targets: names.iter().map(target).collect(),
        }
    }
}

/// Asks cargo.
pub fn workspace() -> Result<Workspace, String> {
    let asked = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output();
    let output = asked.map_err(|e| format!("cannot run cargo: {e}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    parse(&output.stdout)
}

/// Reads cargo's answer.
fn parse(json: &[u8]) -> Result<Workspace, String> {
    let value: Value = serde_json::from_slice(json).map_err(|e| format!("cargo metadata: {e}"))?;
    let target = value["target_directory"]
        .as_str()
        .ok_or("cargo metadata names no target directory")?;
    let root = Path::new(value["workspace_root"].as_str().unwrap_or(""));
    let packages = list(&value, "packages");
    let targets = packages.iter().flat_map(|package| list(package, "targets"));
    Ok(Workspace {
        target: target.into(),
        members: packages
            .iter()
            .filter_map(|package| folder(package, root))
            .collect(),
        targets: targets.filter_map(|target| one(target, root)).collect(),
    })
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn folder(package: &Value, root: &Path) -> Option<PathBuf> {
    below(package["manifest_path"].as_str()?, root)
        .parent()
        .map(PathBuf::from)
}

fn one(target: &Value, root: &Path) -> Option<Target> {
    Some(Target {
        name: target["name"].as_str()?.to_string(),
        kind: target["kind"][0].as_str()?.to_string(),
        tested: target["test"].as_bool().unwrap_or(true),
        file: below(target["src_path"].as_str()?, root),
    })
}

/// The path as seen from the root.
fn below(path: &str, root: &Path) -> PathBuf {
    let path = Path::new(path);
    path.strip_prefix(root).unwrap_or(path).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_of_all_packages_are_read() {
        let json = br#"{"target_directory": "t", "workspace_root": "/r", "packages": [
            {"manifest_path": "/r/a/Cargo.toml", "targets": [
                {"kind": ["lib"], "name": "a", "src_path": "/r/a/src/lib.rs", "test": true},
                {"kind": ["test"], "name": "kill", "src_path": "/r/a/tests/kill.rs", "test": false}]},
            {"manifest_path": "/r/b/Cargo.toml", "targets": []}]}"#;
        let workspace = parse(json).expect("it is whole");
        assert_eq!(workspace.members, [PathBuf::from("a"), PathBuf::from("b")]);
        assert_eq!(workspace.targets[1].file, PathBuf::from("a/tests/kill.rs"));
        let seen: Vec<_> = workspace
            .targets
            .iter()
            .map(|t| (t.name.as_str(), t.kind.as_str(), t.tested))
            .collect();
        assert_eq!(seen, [("a", "lib", true), ("kill", "test", false)]);
    }

    #[test]
    fn half_an_answer_is_an_error() {
        assert!(parse(b"{\"packages\": [").is_err());
    }
}

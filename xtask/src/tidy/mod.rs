//! `cargo xtask tidy`: the house rules as code. One file per rule, each a function from the tree to its findings.

mod arrows;
mod heads;
mod links;
mod lints;
mod manifest;
mod marks;
mod mutants;
mod names;
mod paths;
mod ratchet;
mod rooms;
mod rust;
mod size;
mod source;
mod sql;
mod tree;
mod words;

use std::fmt;
use std::path::Path;

use crate::Answer;
use tree::Tree;

/// All rules, in the order they are printed.
const RULES: &[fn(&Tree) -> Vec<Finding>] = &[
    arrows::check,
    rooms::check,
    sql::check,
    size::check,
    names::check,
    heads::check,
    words::check,
    marks::check,
    links::check,
    lints::check,
    paths::check,
    mutants::check,
];

/// One place that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    file: String,
    line: usize,
    rule: &'static str,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.file, self.line, self.rule, self.what
        )
    }
}

/// Prints what breaks a rule.
pub fn main(args: &[String]) -> Answer {
    if let Some(arg) = args.first() {
        return Err(format!("`tidy` takes no arguments, and got {arg}"));
    }
    let found = findings()?;
    for finding in &found {
        println!("{finding}");
    }
    println!(
        "tidy: {}",
        if found.is_empty() {
            "all rules hold".into()
        } else {
            format!("{} findings", found.len())
        }
    );
    Ok(found.is_empty())
}

/// What breaks a rule in the tree here.
pub fn findings() -> Result<Vec<Finding>, String> {
    let tree = Tree::read(Path::new("."))?;
    Ok(RULES.iter().flat_map(|rule| rule(&tree)).collect())
}

/// A finding.
fn finding(file: &str, line: usize, rule: &'static str, what: impl Into<String>) -> Finding {
    Finding {
        file: file.into(),
        line,
        rule,
        what: what.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_which_rule_and_what_to_do() {
        let one = finding("src/a.rs", 3, "heads", "begin with `//!`");
        assert_eq!(one.to_string(), "src/a.rs:3: heads: begin with `//!`");
    }
}

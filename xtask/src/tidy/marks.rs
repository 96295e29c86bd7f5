//! Nothing unfinished: no test that is passed over, no place left open, no debug print.

use super::rust::words;
use super::source::is_word;
use super::tree::{File, Rust, Tree};
use super::{Finding, finding};

const RULE: &str = "marks";

/// Macros that mark something unfinished, each with what to do.
const MACROS: &[(&str, &str)] = &[
    ("todo", "do it, or leave it out"),
    ("unimplemented", "do it, or answer a typed error"),
    ("dbg", "take the debug print out"),
];

/// Looks at all Rust files, tests included, and at the examples in documentation.
pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .flat_map(|(file, rust)| code(file, rust).into_iter().chain(examples(file, rust)))
        .collect()
}

/// Macros and attributes.
fn code(file: &File, rust: &Rust) -> Vec<Finding> {
    let code = &rust.source.code;
    let found = words(code).filter_map(|(at, word)| {
        let rest = &code[at + word.len()..];
        let (name, what) = match MACROS
            .iter()
            .find(|(name, _)| *name == word && rest.starts_with('!'))
        {
            Some((name, what)) => (format!("{name}!"), *what),
            None if word == "ignore" && in_attribute(&code[..at]) => {
                ("#[ignore]".into(), "run the test or take it out")
            }
            None => return None,
        };
        Some(finding(
            &file.path,
            rust.source.line(at),
            RULE,
            format!("`{name}`: {what}"),
        ))
    });
    found.collect()
}

/// The word that follows is an attribute, alone or as the consequence of `cfg_attr`.
fn in_attribute(before: &str) -> bool {
    let before = before.trim_end();
    let opened = before.rfind("#[cfg_attr(").map(|at| &before[at..]);
    let conditional = opened.is_some_and(|inside| !inside.contains(']') && before.ends_with(','));
    before.ends_with("#[") || conditional
}

/// Examples that are marked so that nobody compiles them.
fn examples(file: &File, rust: &Rust) -> Vec<Finding> {
    let what = "an example that is passed over: let it run, or mark it `text` or `no_run`";
    let pieces = rust
        .source
        .comments
        .iter()
        .filter(|comment| comment.text.lines().any(passes_over));
    pieces
        .map(|comment| finding(&file.path, rust.source.line(comment.at), RULE, what))
        .collect()
}

/// A fence with `ignore` among its words.
fn passes_over(line: &str) -> bool {
    let fence = line.split_once("```").map(|(_, info)| info);
    fence.is_some_and(|info| info.split(|c| !is_word(c)).any(|word| word == "ignore"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Tree::of(&[("crates/a/tests/b.rs", text)])).len()
    }

    #[test]
    fn marks_are_found() {
        for text in [
            "fn f() { todo!() }",
            "fn f() { unimplemented!(\"x\") }",
            "fn f() { dbg!(1); }",
            "#[test]\n#[ignore]\nfn f() {}",
            "#[ignore = \"slow\"] fn f() {}",
            "#[cfg_attr(not(unix), ignore)] fn f() {}",
            "/// ```ignore\n/// f()\n/// ```",
            "//! ```rust,ignore",
        ] {
            assert_eq!(found(text), 1, "{text}");
        }
    }

    #[test]
    fn what_only_looks_alike_is_fine() {
        for text in [
            "// todo!()",
            "let a = \"dbg!\";",
            "fn ignore() {}",
            "#[serde(ignore)] struct A;",
            "/// ```text\n",
            "todo()",
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
    }
}

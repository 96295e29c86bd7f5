//! SQL stands in the rooms of the databases only: string literals and `.sql` files that begin with a statement.

use super::tree::{File, Rust, Tree};
use super::{Finding, finding};

const RULE: &str = "sql";

/// Places where SQL belongs.
const ROOMS: &[&str] = &[
    "crates/sqlite-line/",
    "crates/actifix/src/store/sqlite.rs",
    "crates/actifix/src/store/sqlite/",
    "crates/actifix/src/store/postgres.rs",
    "crates/actifix/src/store/postgres/",
    "crates/actifix/src/legacy.rs",
    "crates/actifix/src/legacy/",
    "crates/actifix-lab/",
    // A program that knows nothing of the line, and uses its file.
    "crates/actifix-chaos/src/foreign.rs",
    // The demo shows the defect by plain statements, beside ours.
    "crates/actifix-cli/src/demo/scene.rs",
    // Comparisons with plain statements, in a workspace of their own.
    "bench/",
    // Cures for other people's code, each with the code that fails before it.
    "docs/cures/",
    // This rule, which names what it looks for.
    "xtask/src/tidy/sql.rs",
];

/// How statements begin: the first word, and what the next word can be (anything where nothing is said).
const STATEMENTS: &[(&str, &[&str])] = &[
    ("SELECT", &[]),
    ("INSERT", &["INTO", "OR"]),
    ("UPDATE", &[]),
    ("DELETE", &["FROM"]),
    (
        "CREATE",
        &[
            "TABLE",
            "INDEX",
            "UNIQUE",
            "VIEW",
            "TRIGGER",
            "TEMP",
            "TEMPORARY",
            "VIRTUAL",
        ],
    ),
    ("ALTER", &["TABLE"]),
    ("DROP", &["TABLE", "INDEX", "VIEW", "TRIGGER"]),
    ("PRAGMA", &[]),
    (
        "BEGIN",
        &[
            "",
            "IMMEDIATE",
            "DEFERRED",
            "EXCLUSIVE",
            "CONCURRENT",
            "TRANSACTION",
        ],
    ),
    ("COMMIT", &["", "TRANSACTION"]),
    ("ROLLBACK", &["", "TO", "TRANSACTION"]),
    ("SAVEPOINT", &[]),
    ("ATTACH", &[]),
    ("VACUUM", &["", "INTO"]),
    (
        "EXPLAIN",
        &["QUERY", "SELECT", "UPDATE", "INSERT", "DELETE"],
    ),
];

/// Looks at all string literals of the product, and at all `.sql` files.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let outside = tree
        .files
        .iter()
        .filter(|file| !ROOMS.iter().any(|room| file.is_in(room)));
    outside
        .flat_map(|file| {
            file.rust
                .as_ref()
                .map_or_else(|| whole(file), |rust| literals(file, rust))
        })
        .collect()
}

fn whole(file: &File) -> Vec<Finding> {
    let parts: Vec<&str> = file.path.split('/').collect();
    let wrong = file.path.ends_with(".sql")
        && !parts
            .iter()
            .any(|part| matches!(*part, "tests" | "benches"));
    wrong
        .then(|| finding(&file.path, 1, RULE, ADVICE))
        .into_iter()
        .collect()
}

fn literals(file: &File, rust: &Rust) -> Vec<Finding> {
    let wrong = rust
        .source
        .strings
        .iter()
        .filter(|s| !rust.is_for_tests(s.at) && is_statement(&s.text));
    wrong
        .map(|s| finding(&file.path, rust.source.line(s.at), RULE, ADVICE))
        .collect()
}

const ADVICE: &str =
    "SQL belongs to sqlite-line, store/sqlite, store/postgres, legacy and the lab: move it there";

/// Whether the text begins like a statement: all in capitals, or all in small letters and sure to be one.
fn is_statement(text: &str) -> bool {
    let mut words = text
        .split(|c: char| c.is_whitespace() || c == ';' || c == '(')
        .filter(|word| !word.is_empty());
    let (first, second, third) = (
        words.next().unwrap_or(""),
        words.next().unwrap_or(""),
        words.next().unwrap_or(""),
    );
    let Some((name, next)) = STATEMENTS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(first))
    else {
        return false;
    };
    let fits = next.iter().any(|word| word.eq_ignore_ascii_case(second));
    match first {
        // A bare word that could be one of a list, such as the keyword itself, is no statement.
        _ if first == *name => fits || (next.is_empty() && !second.is_empty()),
        _ if first.chars().all(|c| c.is_ascii_lowercase()) => match *name {
            "SELECT" => text.to_ascii_lowercase().contains(" from "),
            "UPDATE" => third == "set",
            "DELETE" | "INSERT" | "CREATE" => {
                fits && words.next().is_none_or(|fourth| !fourth.is_empty()) && is_table(third)
            }
            _ => false,
        },
        _ => false,
    }
}

/// A table's name, and not the article or pronoun of a sentence.
fn is_table(word: &str) -> bool {
    !word.is_empty() && !matches!(word, "the" | "a" | "an" | "this" | "it" | "your" | "all")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn statements_are_known_by_their_beginning() {
        for text in [
            "SELECT 1",
            "\n   INSERT OR IGNORE INTO t VALUES (1)",
            "UPDATE t SET a = 1",
            "DELETE FROM t",
            "CREATE UNIQUE INDEX i ON t(a)",
            "PRAGMA user_version",
            "BEGIN",
            "BEGIN IMMEDIATE;",
            "select id from t",
            "update t set a = 1",
            "delete from tickets",
        ] {
            assert!(is_statement(text), "{text}");
        }
    }

    #[test]
    fn sentences_are_no_statements() {
        for text in [
            "Update the ticket",
            "update the ticket",
            "select a ticket",
            "begin",
            "Delete from the list",
            "delete from the list",
            "create a ticket",
            "CREATE",
            "SELECT",
            "",
        ] {
            assert!(!is_statement(text), "{text}");
        }
    }

    #[test]
    fn sql_outside_its_rooms_is_found() {
        assert_eq!(
            found("crates/actifix/src/worker.rs", "fn f() { g(\"SELECT 1\") }"),
            1
        );
        assert_eq!(
            found(
                "crates/actifix-cli/src/main.rs",
                "const A: &str = r#\"\n  DELETE FROM t\"#;"
            ),
            1
        );
        assert_eq!(found("docs/schema.sql", "x"), 1);
    }

    #[test]
    fn sql_in_its_rooms_and_in_tests_is_fine() {
        assert_eq!(
            found(
                "crates/actifix/src/store/sqlite/claim.rs",
                "const A: &str = \"SELECT 1\";"
            ),
            0
        );
        assert_eq!(
            found(
                "crates/actifix/src/worker.rs",
                "#[cfg(test)] mod tests { fn f() { g(\"SELECT 1\") } }"
            ),
            0
        );
        assert_eq!(
            found("crates/actifix/tests/kill.rs", "fn f() { g(\"SELECT 1\") }"),
            0
        );
        assert_eq!(found("crates/actifix/src/worker.rs", "// \"SELECT 1\""), 0);
    }
}

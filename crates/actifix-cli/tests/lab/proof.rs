//! The proof, on a small table: what it measures, and that its recommendation follows from that.

use serde_json::Value;

use crate::shell::Shell;

#[test]
fn the_recommended_remedy_refused_nobody_and_those_that_did_are_named() {
    let shell = Shell::new();
    let words = "lab prove --workers 3,8 --threads --rounds 2 --json";
    let it = shell.run(words.split_whitespace()).done().json();
    let cells = it["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 18);
    let refused = |mode: &Value| {
        let mine = cells.iter().filter(|cell| cell["mode"] == *mode);
        mine.map(|cell| cell["calls"].as_u64().unwrap() - cell["done"].as_u64().unwrap())
            .sum::<u64>()
    };
    let answer = &it["recommendation"];
    assert_eq!(refused(&answer["take"]), 0, "{answer}");
    assert!(refused(&"deferred".into()) > 0);
    let never = answer["never"].as_array().unwrap();
    assert!(
        never.contains(&"deferred".into()) && never.contains(&"blind-retry".into()),
        "{answer}"
    );
    assert!(never.iter().all(|mode| refused(mode) > 0));
    for cell in cells {
        let (success, rate) = (&cell["success"], &cell["per_second"]);
        let number = |value: &Value| value.as_f64().unwrap();
        assert!(
            number(&success["low"]) <= number(&success["value"]),
            "{cell}"
        );
        assert!(
            number(&success["value"]) <= number(&success["high"]),
            "{cell}"
        );
        assert!(number(&rate["low"]) <= number(&rate["high"]), "{cell}");
        let wait = &cell["wait"];
        let waits =
            ["p50_us", "p95_us", "p99_us", "max_us"].map(|name| wait[name].as_u64().unwrap());
        assert!(waits.is_sorted() && waits[3] > 0, "{cell}");
    }
}

#[test]
fn the_proof_in_words_has_the_investigations_line_and_ends_with_a_recommendation() {
    let shell = Shell::new();
    let words = "lab prove --workers 3 --rounds 1";
    let text = shell.run(words.split_whitespace()).done().out;
    let line = |mode: &str| text.lines().find(|line| line.starts_with(mode)).unwrap();
    assert!(
        line("immediate").ends_with("[RESULT] 3/3 threads succeeded"),
        "{text}"
    );
    assert!(
        line("actifix").ends_with("[RESULT] 3/3 threads succeeded"),
        "{text}"
    );
    assert!(
        text.contains("3 threads\n") && text.contains("3 processes\n"),
        "{text}"
    );
    assert!(text.contains("\nRECOMMENDATION: "), "{text}");
}

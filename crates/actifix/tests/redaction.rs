//! No secret reaches the disk, and what is none stays as it is.

#[path = "redaction/harmless.rs"]
mod harmless;
#[path = "redaction/secrets.rs"]
mod secrets;

use actifix::{Clean, Redact, Redaction, RedactionRule, Report, Store};
use proptest::prelude::*;
use serde_json::json;

fn clean(text: &str) -> String {
    Clean::<String>::from(text).into_inner()
}

#[test]
fn promise_5_secrets_are_masked_and_the_rest_stays() {
    for (text, secret, stays) in secrets::texts() {
        let clean = clean(&text);
        assert!(!clean.contains(&secret), "{text}\nbecame {clean}");
        assert!(clean.contains(stays), "{text}\nbecame {clean}");
        assert!(clean.contains("[redacted]"), "{text}");
    }
}

#[test]
fn at_most_five_of_a_thousand_harmless_texts_change() {
    let texts = harmless::texts();
    assert_eq!(texts.len(), 1_000);
    let changed = texts.iter().filter(|text| clean(text) != **text);
    let changed: Vec<&String> = changed.collect();
    assert!(changed.len() <= 5, "{}: {changed:#?}", changed.len());
}

#[test]
fn promise_5_every_field_of_a_report_and_all_of_its_json_is_cleaned() {
    let token = format!("ghp_{}", secrets::any(36));
    let with = |name: &str| format!("{name} {token}");
    let mut report = Report::error(with("type"), with("message"))
        .source(with("source"))
        .stack_trace(with("stack"))
        .body(with("body"))
        .fingerprint(with("mark"))
        .environment(with("environment"))
        .release(with("release"))
        .project(with("project"))
        .correlation_id(with("correlation"))
        .tag(with("key"), with("value"))
        .tag("api_key", "short")
        .context(json!({"a": [with("x"), {"password": "x", "deep": {"secret": ["y", "z"]}}], with("key"): 1}))
        .payload(json!([token]));
    report.user = Some(with("user"));
    let text = serde_json::to_string(&Clean::from(report)).unwrap();
    assert!(!text.contains(&token), "{text}");
    for hidden in ["\"x\"", "\"y\"", "\"z\"", "short"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    assert_eq!(text.matches("[redacted]").count(), 20, "{text}");
}

#[test]
fn promise_5_no_secret_is_in_the_files_of_a_store() {
    let dir = tempfile::tempdir().unwrap();
    let token = format!("glpat-{}", secrets::any(20));
    let store = Store::open(dir.path().join("actifix.db")).unwrap();
    let report =
        Report::error("E", format!("cannot push with {token}")).stack_trace(format!("at {token}"));
    store.record(report.clone()).wait().unwrap();
    store.record(report).wait().unwrap();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(
            !bytes
                .windows(token.len())
                .any(|part| part == token.as_bytes())
        );
    }
}

#[test]
fn rules_of_ones_own_are_added_and_others_switched_off() {
    let badge = RedactionRule::new("badge", &["BADGE"], r"badge (\d+)").unwrap();
    let rules = Redaction::standard().with(badge).without("email").unwrap();
    assert_eq!(
        rules.clean("badge 12 of ann@example.org"),
        "badge [redacted] of ann@example.org"
    );
    let rules = rules.without("badge").unwrap();
    assert_eq!(rules.clean("badge 12"), "badge 12");
}

#[test]
fn a_checksum_finds_a_token_that_stands_in_another_word() {
    let wrong = format!("Xghp_{}", secrets::any(36));
    assert_eq!(clean(&wrong), wrong);
    // The documented example of the form: thirty characters and their sum.
    let right = ["Xgh", "p_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat();
    assert_eq!(clean(&right), "X[redacted]");
}

#[test]
fn numbers_without_the_sum_of_a_card_stay() {
    let card = "card 4111111111111111, 3782-822463-10005";
    assert_eq!(clean(card), "card [redacted], [redacted]");
    for text in [
        "job 4111111111111112",
        "3782-822463-10006",
        "at 1732449600000",
        "0.4111111111111111",
        "blk_4111111111111111",
        "9999 9999 9999 9995",
    ] {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn json_of_any_depth_is_cleaned() {
    let mut value = json!("password=hunter22");
    for _ in 0..10_000 {
        value = serde_json::Value::Array(vec![value]);
    }
    value.redact();
    let mut inside = &value;
    while let Some(next) = inside.get(0) {
        inside = next;
    }
    assert_eq!(inside, &json!("password=[redacted]"));
    // Taken apart level by level: dropping it whole would take a call for each.
    while let Some(next) = value.as_array_mut().and_then(Vec::pop) {
        value = next;
    }
}

#[test]
fn long_lines_are_taken() {
    for piece in [
        "x",
        "password=x ",
        "-----BEGIN PRIVATE KEY-----",
        "eyJ",
        "a@b.",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        assert!(clean(&text).len() <= 2 * text.len(), "{piece}");
    }
}

/// Pieces that the rules look for, put together at random.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "password",
        "=",
        ":",
        "\"",
        "'",
        "\\",
        " ",
        "\n",
        "://",
        "@",
        ".",
        "a",
        "é",
        "€",
        "-----BEGIN ",
        "PRIVATE KEY",
        "-----",
        "-----END ",
        "authorization",
        "bearer ",
        "basic ",
        "cookie",
        ";",
        "ghp_",
        "eyJ",
        "4111 1111 1111 1111",
        "token",
        "<",
        ">",
        "{",
        "}",
        "(",
        "$",
        "%",
        "AKIA",
        "\0",
        "1",
        "Private-Lines:",
        "<D>",
        "\"d\":",
        "?key=",
        "&sig=",
        "sk-",
        "\u{1F600}",
        "abcdef0123456789",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_taken(text in hostile()) {
        let once = clean(&text);
        // A second pass finds at most what the first one brought together; nothing is lost and nothing breaks.
        prop_assert!(clean(&once).len() <= once.len() + 10 * text.len() + 10);
    }

    #[test]
    fn what_is_not_masked_stays_in_its_order(text in ".{0,300}") {
        let clean = clean(&text);
        let mut rest = text.as_str();
        for part in clean.split("[redacted]") {
            let at = rest.find(part);
            prop_assert!(at.is_some(), "{part:?} is not in {rest:?}");
            rest = &rest[at.unwrap_or(0) + part.len()..];
        }
    }
}

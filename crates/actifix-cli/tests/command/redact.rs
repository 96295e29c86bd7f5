//! The filter: secrets are masked, everything else comes out as it went in.

use crate::shell::Shell;

#[test]
fn a_stream_is_filtered() {
    let shell = Shell::new();
    let token = format!("glpat-{}", "k7Qz2mX9vR4tB8nW3pL6");
    let input = format!("push with {token}\nmail ann@example.org\n");
    let answer = shell.run_with(&input, ["redact"]).done().out;
    assert_eq!(
        answer,
        "push with [redacted]\nmail [redacted]@example.org\n"
    );
    let without = ["redact", "--without", "email", "--without", "gitlab"];
    assert_eq!(shell.run_with(&input, without).done().out, input);
    assert_eq!(shell.run_with("", ["redact"]).done().out, "");
}

#[test]
fn json_is_cleaned_by_its_names() {
    let shell = Shell::new();
    let deep = "[".repeat(10_000);
    let input = format!(
        "{{\"password\":\"x\",\"n\":[1,\"pwd=hunter22\"]}}\nsecret=hunter22\n{deep}\n{{\"a\":1}}\n"
    );
    let answer = shell.run_with(input, ["redact", "--json"]).ends(1);
    let lines = answer.json_lines();
    assert_eq!(
        lines[0].to_string(),
        r#"{"n":[1,"pwd=[redacted]"],"password":"[redacted]"}"#
    );
    assert_eq!(lines[1]["error"]["kind"], "invalid");
    assert_eq!(lines[2]["error"]["kind"], "invalid");
    assert_eq!(lines[3]["a"], 1);
    assert!(!answer.out.contains("hunter22"), "{}", answer.out);
}

#[test]
fn rules_are_listed_and_their_names_judged() {
    let shell = Shell::new();
    let rules = shell.run(["redact", "--rules"]).done().out;
    assert!(
        rules.lines().count() > 60 && rules.contains("\ngithub\n"),
        "{rules}"
    );
    assert!(
        shell.json("redact --rules")["rules"]
            .as_array()
            .unwrap()
            .len()
            > 60
    );
    shell
        .run_with("", ["redact", "--without", "nothing"])
        .ends(2);
}

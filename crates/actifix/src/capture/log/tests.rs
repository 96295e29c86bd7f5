//! What is cut out of logs.

use super::*;

fn cut(text: &str) -> Vec<Block> {
    let mut cutter = Cutter::default();
    let mut blocks: Vec<Block> = text.lines().flat_map(|line| cutter.line(line)).collect();
    blocks.extend(cutter.end());
    blocks
}

fn firsts(text: &str) -> Vec<(bool, String)> {
    let first = |block: &Block| block.text.lines().next().unwrap_or_default().to_owned();
    cut(text)
        .iter()
        .map(|block| (block.trace, first(block)))
        .collect()
}

#[test]
fn each_language_is_one_block_and_what_is_around_it_is_not_in_it() {
    for (text, last) in [
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    x()\nKeyError: 'x'",
            "KeyError: 'x'",
        ),
        (
            "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"a.py\", line 3, in g\nValueError: y",
            "ValueError: y",
        ),
        (
            "thread 'main' panicked at src/main.rs:4:5:\nindex out of bounds\nnote: run with `RUST_BACKTRACE=1`",
            "note: run with `RUST_BACKTRACE=1`",
        ),
        (
            "panic: boom\n\ngoroutine 1 [running]:\nmain.run(0x1)\n\t/srv/main.go:9 +0x1d\nexit status 2",
            "exit status 2",
        ),
        (
            "TypeError: x is undefined\n    at f (a.js:2:12)\n    at Object.<anonymous> (a.js:9:1)",
            "    at Object.<anonymous> (a.js:9:1)",
        ),
        (
            "java.lang.IllegalStateException: no\n\tat com.acme.Shop.buy(Shop.java:12)\nCaused by: java.io.IOException: gone\n\tat com.acme.Db.get(Db.java:3)\n\t... 3 more",
            "\t... 3 more",
        ),
        (
            "app.rb:3:in 'run': no such item (KeyError)\n\tfrom app.rb:9:in '<main>'",
            "\tfrom app.rb:9:in '<main>'",
        ),
    ] {
        let blocks = cut(&format!("INFO up\n{text}\nINFO goes on\nDEBUG x"));
        assert_eq!(blocks.len(), 1, "{text}: {blocks:?}");
        assert!(blocks[0].trace, "{text}");
        assert_eq!(
            blocks[0].text.lines().last(),
            Some(last),
            "{text}: {blocks:?}"
        );
        assert_eq!(blocks[0].text.lines().next(), text.lines().next());
    }
}

#[test]
fn two_that_follow_each_other_are_two() {
    let one = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\n";
    assert_eq!(cut(&one.repeat(3)).len(), 3);
    assert_eq!(cut(&format!("{one}\n{one}")).len(), 2);
}

#[test]
fn a_line_of_the_logger_belongs_to_the_stack_below_it() {
    let text = "2026-11-24 12:00:00,123 ERROR app: it failed\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\nINFO on";
    assert_eq!(
        firsts(text),
        [(true, text.lines().next().unwrap().to_owned())]
    );
}

#[test]
fn lines_that_tell_of_errors_are_taken_and_others_are_not() {
    for (line, kind, message) in [
        (
            "2026-11-24 12:00:00,123 ERROR app: no such table",
            "ERROR",
            "app: no such table",
        ),
        ("ERROR:root:no such table", "ERROR", "root:no such table"),
        ("[2026-11-24T12:00:00Z] [error] nothing", "", ""),
        ("12:00:00 [ERROR] no such table", "ERROR", "no such table"),
        ("<FATAL> disk full", "FATAL", "disk full"),
        ("error: could not compile", "error", "could not compile"),
        (
            "time=1 level=error msg=\"no such table\" n=3",
            "error",
            "no such table",
        ),
        (
            "{\"level\":\"error\",\"msg\":\"no such table\"}",
            "error",
            "no such table",
        ),
        ("{\"level\":50,\"msg\":\"gone\"}", "error", "gone"),
        ("INFO no ERROR_COUNT here", "", ""),
        ("the word error alone says nothing", "", ""),
        ("errors: 0", "", ""),
        ("level=info msg=\"error\"", "", ""),
    ] {
        let told = told(line);
        assert_eq!(told.is_some(), !kind.is_empty(), "{line}: {told:?}");
        if let Some(told) = told {
            assert_eq!(
                (told.kind.as_str(), told.message.as_str()),
                (kind, message),
                "{line}"
            );
        }
    }
}

#[test]
fn endless_blocks_take_bounded_memory() {
    let mut cutter = Cutter::default();
    cutter.line("Traceback (most recent call last):");
    for n in 0..200_000 {
        cutter.line(&format!("  File \"a.py\", line {n}, in f"));
    }
    let block = cutter.end().unwrap();
    assert!(block.text.len() < 2 * LONGEST, "{}", block.text.len());
    assert!(block.text.contains("lines left out") && block.text.ends_with("line 199999, in f"));
}

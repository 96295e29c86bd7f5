//! What redaction costs, and how often it changes what holds no secret.

#[path = "../../../crates/actifix/tests/redaction/harmless.rs"]
mod harmless;
#[path = "../../../crates/actifix/tests/redaction/secrets.rs"]
mod secrets;

use std::time::Duration;

use actifix::Redaction;

use crate::Answer;
use crate::report::Row;
use crate::session::Session;
use crate::timing::micros;

const MIB: usize = 1 << 20;

pub fn run(session: &mut Session) -> Answer<()> {
    let hostile = mixed(MIB);
    // First of all, so that building the rules counts too.
    let before = memory("VmRSS:")?;
    std::fs::write("/proc/self/clear_refs", "5")?;
    let rules = Redaction::standard();
    std::hint::black_box(rules.clean(&hostile));
    let grown = (memory("VmHWM:")? - before) / 1_024.0;
    session.row(
        Row::new(
            "memory for the rules and 1 MiB of hostile text",
            "",
            "",
            grown,
        )
        .unit("MiB")
        .at_most(20.0),
    );
    clean(session, &rules);
    worst(session, &rules);
    alarms(session, &rules);
    Ok(())
}

/// A figure of this process in KiB.
fn memory(name: &str) -> Answer<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no such figure")?;
    Ok(number.parse()?)
}

/// Reports of 5 KB without a secret.
fn clean(session: &mut Session, rules: &Redaction) {
    let span = Duration::from_millis(session.size(500, 20) as u64);
    let stack = "  File \"/srv/shop/cart.py\", line 12, in total\n    return sum(price[item] for item in self.items)\n";
    let prose = harmless::texts()
        .into_iter()
        .filter(|text| text.len() < 100)
        .collect::<Vec<_>>()
        .join("\n");
    for (what, text) in [
        ("a stack", stack.repeat(60)),
        ("lines that look like secrets", prose),
    ] {
        let text: String = text.chars().take(5_000).collect();
        let took = micros(span, || rules.clean(&text).len());
        session.row(
            Row::new(format!("a clean report of 5 KB, {what}"), "", "", took)
                .unit("µs")
                .at_most(50.0),
        );
    }
    let building = micros(span, || Redaction::standard().clean("x").len());
    session.row(Row::new("building the rules, once a process", "", "", building).unit("µs"));
}

/// The pieces that the rules look for.
const PIECES: &[&str] = &[
    "password=",
    "password='",
    "token=a(",
    "token=${",
    "token:",
    "secret\":\"",
    "a@",
    "a@b.",
    "://",
    "://a:",
    "://a:b@",
    "authorization:",
    "authorization: x ",
    "bearer ",
    "Basic YWFh",
    "cookie:",
    "cookie:path=",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN ",
    "<D>",
    "\"d\":\"",
    "Private-Lines:",
    "?key=",
    "ghp_",
    "sk-",
    "sk-ant-",
    "SG.",
    "eyJ",
    "eyJhbGciOiJ.",
    "4111 ",
    "4111-1111-",
    "4111111111111111",
    "AZDO",
    "Q~",
    ":AA",
    "xoxb-",
    "pat",
    "api_key: ",
    "passwordpassword",
    "--token ",
    "é",
    "\\\"password\\\":\\\"",
    "AKIA",
    "SK",
    "1//0",
    "x",
];

/// All pieces in a random order, to a length.
fn mixed(length: usize) -> String {
    let mut text = String::with_capacity(length + 64);
    let mut seed = 7_usize;
    while text.len() < length {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push_str(PIECES[(seed >> 33) % PIECES.len()]);
    }
    text
}

/// A mebibyte of each piece, and of all mixed: the worst counts.
fn worst(session: &mut Session, rules: &Redaction) {
    let mut all: Vec<(f64, &str)> = Vec::new();
    for piece in PIECES {
        let text = piece.repeat(MIB / piece.len());
        all.push((
            micros(Duration::from_millis(1), || rules.clean(&text).len()) / 1e3,
            piece,
        ));
    }
    let text = mixed(MIB);
    all.push((
        micros(Duration::from_millis(1), || rules.clean(&text).len()) / 1e3,
        "all mixed",
    ));
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (took, piece) in all.iter().take(3) {
        let what = format!("1 MiB of hostile text, `{}`", piece.escape_debug());
        session.row(Row::new(what, "", "", *took).unit("ms").at_most(50.0));
    }
}

/// Harmless texts that are changed, and secrets that are missed.
fn alarms(session: &mut Session, rules: &Redaction) {
    let texts = harmless::texts();
    let changed: Vec<&String> = texts
        .iter()
        .filter(|text| rules.clean(text) != text.as_str())
        .collect();
    for text in &changed {
        session.say(format!("  changed: {text}"));
    }
    let what = format!("of {} harmless texts changed", texts.len());
    session.row(Row::new(what, "", "", changed.len() as f64).at_most(5.0));
    let secrets = secrets::texts();
    let missed = secrets
        .iter()
        .filter(|(text, secret, _)| rules.clean(text).contains(secret.as_str()));
    let what = format!("of {} texts with secrets missed", secrets.len());
    session.row(Row::new(what, "", "", missed.count() as f64).at_most(0.0));
}

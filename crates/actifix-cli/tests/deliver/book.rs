//! The book's examples: its configuration is taken, and its receiver in Python takes what is signed and nothing else.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::shell::Shell;
use crate::{configured, record};

const PAGE: &str = include_str!("../../../../docs/src/hooks.md");
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The first block of this language.
fn block(language: &str) -> &'static str {
    let begin = PAGE.split_once(&format!("```{language}\n")).unwrap().1;
    begin.split_once("\n```").unwrap().0
}

struct Python(Child);

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_receiver_in_python_takes_what_is_signed_once_and_refuses_the_rest() {
    let mut child = Command::new("python3")
        .args(["-c", block("python")])
        .env("ACTIFIX_CI_SECRET", SECRET)
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let python = Python(child);
    let first = said.next().unwrap().unwrap();
    let port = first.rsplit_once(' ').unwrap().1.to_owned();
    let toml = |secret: &str| {
        format!(
            "[[webhook]]\nname = \"ci\"\nurl = \"http://127.0.0.1:{port}/\"\nsecret = \"{secret}\"\n"
        )
    };
    let shell = configured(&toml("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    record(&shell, 1);
    let refused = shell.run(["deliver", "test", "ci"]).ends(1);
    assert!(refused.err.contains("401"), "{}", refused.err);
    shell.write(".actifix/config.toml", toml(SECRET));
    shell.run(["deliver"]).done();
    let told = said.next().unwrap().unwrap();
    assert!(told.starts_with("ticket.recorded ACT-"), "{told}");
    drop(python);
}

#[test]
fn the_configuration_of_the_book_is_taken() {
    let shell: Shell = configured(block("toml"));
    let refused = shell.run(["deliver", "test", "nobody"]).ends(2);
    assert!(
        refused.err.contains("bell, ci, team, night"),
        "{}",
        refused.err
    );
}

//! Every help text, as a snapshot: what is changed there is changed for everybody who reads it.

use std::fs;

use crate::shell::Shell;
use crate::snapshot;

/// The verbs, as the help of the whole command lists them.
fn verbs(help: &str) -> Vec<String> {
    let listed = help
        .lines()
        .skip_while(|line| !line.ends_with("Report:"))
        .take_while(|line| *line != "Everywhere:");
    let lines = listed.filter(|line| line.starts_with("  "));
    lines
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_whole() {
    let shell = Shell::new();
    let help = shell.run(["--help"]).done().out;
    snapshot!("help", shell, &help);
    assert_eq!(shell.run(["help"]).done().out, help);
    assert!(verbs(&help).len() > 25, "{help}");
}

#[test]
fn each_verb() {
    let shell = Shell::new();
    let help = shell.run(["--help"]).done().out;
    for verb in verbs(&help).iter().filter(|verb| *verb != "help") {
        let told = shell.run([verb, "--help"]).done().out;
        assert_eq!(shell.run(["help", verb]).done().out, told);
        snapshot!(format!("help_{verb}"), shell, told);
    }
}

#[test]
fn man_pages_are_written_for_every_verb() {
    let shell = Shell::new();
    let told = shell.run(["man", "man1", "--json"]).done().json();
    let pages: Vec<_> = fs::read_dir(shell.path().join("man1")).unwrap().collect();
    assert_eq!(told["pages"], pages.len());
    let claim = fs::read_to_string(shell.path().join("man1/actifix-claim.1")).unwrap();
    assert!(claim.contains("Take the next open ticket"), "{claim}");
    shell.write("file", "");
    shell.run(["man", "file/below"]).ends(1);
}

#[test]
fn completions_know_the_verbs() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = shell.run(["completions", name]).done().out;
        assert!(
            script.contains("undelete") && script.contains("request-id"),
            "{name}"
        );
    }
    shell.run(["completions", "nonsense"]).ends(2);
}

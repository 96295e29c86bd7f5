//! Ten sibling git worktrees share one backlog.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use crate::bench::{EVIDENCE, Hand, nothing_leased, work};
use crate::shell::Shell;

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn ten_sibling_worktrees_share_one_backlog() {
    let shell = Shell::new();
    let main = shell.path().join("main");
    std::fs::create_dir(&main).unwrap();
    git(&main, &["init", "--quiet"]);
    git(
        &main,
        &["commit", "--quiet", "--allow-empty", "--message", "begin"],
    );
    let trees: Vec<_> = (0..10)
        .map(|n| shell.path().join(format!("tree-{n}")))
        .collect();
    for tree in &trees {
        git(
            &main,
            &[
                "worktree",
                "add",
                "--quiet",
                "--detach",
                tree.to_str().unwrap(),
            ],
        );
    }
    // Each reports an error of its own, from inside its tree.
    for (n, tree) in trees.iter().enumerate() {
        let message = format!("error {n}");
        shell
            .run_in(
                tree,
                ["record", "--message", &message, "--fingerprint", &message],
            )
            .done();
    }
    let hands: Vec<Hand> = trees
        .iter()
        .map(|tree| {
            let mut command = work(&shell, "--once", EVIDENCE);
            command.current_dir(tree);
            Hand::start(command)
        })
        .collect();
    let mut done = HashSet::new();
    for hand in hands {
        let (code, said) = hand.end();
        assert_eq!(code, Some(0), "{said:?}");
        let completed = said
            .iter()
            .find(|line| line["what"] == "completed")
            .unwrap();
        done.insert(completed["ticket"].as_str().unwrap().to_owned());
    }
    assert_eq!(done.len(), 10);
    for tree in &trees {
        assert!(
            !tree.join(".actifix").exists(),
            "a worktree has no backlog of its own"
        );
    }
    let shell = shell.env(
        "ACTIFIX_DB",
        main.join(".actifix/actifix.db").to_str().unwrap(),
    );
    assert_eq!(shell.json("stats")["completed"], 10);
    nothing_leased(&shell);
}

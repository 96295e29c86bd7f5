//! Which database is meant.

use std::fs;

use crate::shell::Shell;

/// The database that a verb in `below` works with.
fn found(shell: &Shell, below: &str) -> String {
    let status = shell.run_in(below, ["status", "--json"]).done().json();
    let path = status["database"].as_str().unwrap_or("none").to_owned();
    path.replace(shell.path().to_str().unwrap(), "")
}

#[test]
fn the_first_on_the_way_up_is_meant() {
    let shell = Shell::with_database();
    assert_eq!(found(&shell, "a/b/c"), "/.actifix/actifix.db");
    shell.run_in("a/b", ["init", "--here"]).done();
    assert_eq!(found(&shell, "a/b/c"), "/a/b/.actifix/actifix.db");
    assert_eq!(found(&shell, "a"), "/.actifix/actifix.db");
}

#[test]
fn a_database_at_the_old_place_is_met_too() {
    let shell = Shell::new();
    fs::create_dir(shell.path().join("data")).unwrap();
    shell.run(["--db", "data/actifix.db", "init"]).done();
    assert_eq!(found(&shell, "src"), "/data/actifix.db");
    shell.run(["init", "--here"]).done();
    assert_eq!(found(&shell, "src"), "/.actifix/actifix.db");
}

#[test]
fn the_flag_comes_before_the_variable_and_both_before_the_search() {
    let shell = Shell::with_database();
    shell.run(["--db", "one.db", "init"]).done();
    shell.run(["--db", "sqlite:two.db", "init"]).done();
    let shell = shell.env("ACTIFIX_DB", "one.db");
    assert_eq!(found(&shell, "."), "/one.db");
    let named = shell
        .run(["status", "--json", "--db", "two.db"])
        .done()
        .json();
    assert!(named["database"].as_str().unwrap().ends_with("/two.db"));
    let shell = shell.env("ACTIFIX_DB", "");
    assert_eq!(found(&shell, "."), "/.actifix/actifix.db");
}

#[test]
fn a_new_one_is_made_at_the_git_root_and_said_so() {
    for verb in [
        &["record", "--message", "m"][..],
        &["add", "title"],
        &["init"],
    ] {
        let shell = Shell::new();
        fs::create_dir_all(shell.path().join("repo/.git")).unwrap();
        let made = shell.run_in("repo/src/deep", verb).done();
        let database = shell.path().join("repo/.actifix/actifix.db");
        assert_eq!(made.err, format!("made {}\n", database.display()));
        assert_eq!(
            fs::read_to_string(shell.path().join("repo/.actifix/.gitignore")).unwrap(),
            "*\n"
        );
        assert_eq!(found(&shell, "repo/other"), "/repo/.actifix/actifix.db");
        assert_eq!(shell.run_in("repo", verb).done().err, "");
    }
}

#[test]
fn with_json_an_error_stands_alone() {
    let shell = Shell::new();
    let long = "x".repeat(5_001);
    let error = shell
        .run(["record", "--message", &long, "--json"])
        .ends(2)
        .error();
    assert_eq!(error["kind"], "too_long");
    let made = shell
        .run_in("new", ["record", "--message", "m", "--json"])
        .done();
    assert_eq!(made.err, "");
    let shell = Shell::new();
    let made = shell.run(["record", "--message", "m", "--json"]).done();
    assert_eq!(made.err, format!("made {}\n", shell.database().display()));
}

#[test]
fn without_git_a_new_one_is_made_here() {
    let shell = Shell::new();
    shell
        .run_in("somewhere", ["record", "--message", "m", "--json"])
        .done();
    assert_eq!(found(&shell, "somewhere"), "/somewhere/.actifix/actifix.db");
    assert_eq!(found(&shell, "."), "none");
}

#[test]
fn a_worktree_shares_its_main_checkouts() {
    let shell = Shell::new();
    shell.write("main/.git/worktrees/w/commondir", "../..\n");
    shell.write(
        "w/.git",
        format!(
            "gitdir: {}\n",
            shell.path().join("main/.git/worktrees/w").display()
        ),
    );
    shell.run_in("w/src", ["record", "--message", "m"]).done();
    assert_eq!(found(&shell, "w"), "/main/.actifix/actifix.db");
    assert_eq!(found(&shell, "main"), "/main/.actifix/actifix.db");
}

#[test]
fn other_verbs_make_nothing() {
    let shell = Shell::new();
    for verb in [
        &["claim"][..],
        &["list"],
        &["stats"],
        &["export"],
        &["show", "ACT-1"],
        &["verify"],
        &["mine"],
    ] {
        let told = shell.run(verb).ends(1);
        assert!(told.err.contains("actifix init"), "{}", told.err);
        let told = shell.run(verb.iter().chain(&["--db", "gone.db"])).ends(1);
        assert!(
            told.err.contains("actifix --db gone.db init"),
            "{}",
            told.err
        );
    }
    assert_eq!(fs::read_dir(shell.path()).unwrap().count(), 0);
    assert!(
        shell
            .run([] as [&str; 0])
            .done()
            .out
            .contains("actifix init")
    );
}

#[test]
fn init_again_changes_nothing() {
    let shell = Shell::new();
    assert_eq!(shell.run(["init", "--json"]).done().json()["created"], true);
    let before = fs::read(shell.database()).unwrap();
    assert_eq!(
        shell.run(["init", "--json"]).done().json()["created"],
        false
    );
    assert_eq!(fs::read(shell.database()).unwrap(), before);
}

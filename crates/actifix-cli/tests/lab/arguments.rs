//! Arguments that make no sense: a clear error, never a panic, nothing left behind.

use crate::shell::Shell;

#[test]
fn nonsense_is_refused_and_names_its_field() {
    let shell = Shell::new();
    for (line, field) in [
        ("lab reproduce --workers 0", "workers"),
        ("lab reproduce --workers 100000", "workers"),
        ("lab reproduce --workers -1", "workers"),
        ("lab reproduce --rounds 0", "rounds"),
        ("lab reproduce --workers 2 --processes 3", "processes"),
        ("lab reproduce --mode hopeful", "mode"),
        ("lab reproduce --journal paper", "journal"),
        ("lab reproduce --mode actifix --journal delete", "journal"),
        ("lab reproduce --mode actifix --hold 5", "hold"),
        ("lab reproduce --mode immediate --force", "force"),
        ("lab reproduce --timeout soon", "timeout"),
        ("lab record --each 0", "each"),
        ("lab create --mode deferred", "mode"),
        ("lab prove --workers 0", "workers"),
        ("lab nonsense", "arguments"),
        ("locks a.db --for 0s", "for"),
        ("locks a.db --over 1s", "arguments"),
    ] {
        let words = || line.split_whitespace();
        let told = shell.run(words()).ends(2);
        assert!(
            told.out.is_empty() && told.err.starts_with("error: "),
            "{line}: {}",
            told.err
        );
        let error = shell.run(words().chain(["--json"])).ends(2).error();
        assert_eq!(error["kind"], "invalid", "{line}: {error}");
        assert!(
            field == "arguments" || error["field"] == field,
            "{line}: {error}"
        );
    }
    assert_eq!(std::fs::read_dir(shell.path()).unwrap().count(), 0);
}

#[test]
fn files_that_cannot_be_looked_at_are_said_to_be_so() {
    let shell = Shell::new();
    shell.write("text", "this is no database, only text that is longer than a header of one hundred bytes would be, or so");
    for (line, words) in [
        ("locks absent.db", "is not there"),
        ("locks text", "is not a SQLite database"),
        ("locks .", "is a folder"),
        ("locks absent.db --for 1s", "is not there"),
        ("locks", "there is no database at"),
        (
            "lab reproduce --dir absent",
            "cannot hold the scene's folder",
        ),
    ] {
        let error = shell
            .run(line.split_whitespace().chain(["--json"]))
            .ends(1)
            .error();
        let message = error["message"].as_str().unwrap();
        assert!(
            error["kind"] == "storage" && message.contains(words),
            "{line}: {error}"
        );
    }
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_and_the_scene_leaves_nothing_behind() {
    let shell = Shell::new();
    let words = "lab diagnose --mode immediate --dir . --html absent/page.html";
    let told = shell.run(words.split_whitespace()).ends(1);
    assert!(
        told.err.contains("absent/page.html cannot be written"),
        "{}",
        told.err
    );
    assert_eq!(std::fs::read_dir(shell.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_in_memory_is_used_when_it_is_asked_for_and_said() {
    if !std::path::Path::new("/dev/shm").is_dir() {
        return assert!(
            std::env::var("CI").is_err(),
            "no folder in memory here: /dev/shm"
        );
    }
    let shell = Shell::new();
    let words = "lab reproduce --mode immediate --dir /dev/shm";
    let told = shell.run(words.split_whitespace()).done();
    assert!(
        told.out.contains("on tmpfs") && told.out.contains("this folder is in memory"),
        "{}",
        told.out
    );
}

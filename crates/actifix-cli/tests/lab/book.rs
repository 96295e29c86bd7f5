//! The book says what is: what it includes is there, and its table of commands ends as it says.

use std::path::{Path, PathBuf};

use crate::shell::Shell;

fn pages() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src");
    let all = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let pages = all.filter(|path| path.extension().is_some_and(|end| end == "md"));
    pages
        .map(|path| (path.clone(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn whatever_a_page_includes_is_there_and_not_empty() {
    let mut included = 0;
    for (path, page) in pages() {
        for rest in page.split("{{#include ").skip(1) {
            let what = rest.split("}}").next().unwrap();
            let (file, anchor) = what
                .split_once(':')
                .map_or((what, None), |(file, anchor)| (file, Some(anchor)));
            let text = std::fs::read_to_string(path.parent().unwrap().join(file));
            let text = text.unwrap_or_else(|error| panic!("{}: {file}: {error}", path.display()));
            let part = match anchor {
                None => text.as_str(),
                Some(anchor) => {
                    let begin = text.split(&format!("ANCHOR: {anchor}\n")).nth(1);
                    let begin = begin.unwrap_or_else(|| panic!("{file} has no anchor {anchor}"));
                    begin
                        .split(&format!("ANCHOR_END: {anchor}"))
                        .next()
                        .unwrap()
                }
            };
            assert!(
                !part.trim().is_empty(),
                "{}: {what} is empty",
                path.display()
            );
            included += 1;
        }
    }
    assert!(included > 20, "{included}");
}

#[test]
fn each_command_ends_with_the_line_that_the_book_gives() {
    let (_, page) = pages()
        .into_iter()
        .find(|(path, _)| path.ends_with("commands.md"))
        .unwrap();
    let mut run = 0;
    for line in page
        .lines()
        .filter(|line| line.starts_with("| `actifix lab ") && line.ends_with("` |"))
    {
        let cells: Vec<_> = line.trim_matches(['|', ' ']).split(" | ").collect();
        let (command, last) = (cells[0].trim_matches('`'), cells[3].trim_matches('`'));
        // The proof has tests of its own, on small tables.
        if command.contains(" prove") {
            continue;
        }
        let told = Shell::new().run(command.split(' ').skip(1)).out;
        let ended = told.lines().last().unwrap_or_default();
        assert!(ended.starts_with(last), "{command} ended with: {ended}");
        run += 1;
    }
    assert!(run > 8, "{run}");
}

//! The lab's pages in a real browser: nothing on the console, a picture that is not empty, in light and in dark.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use shell::Shell;

#[allow(dead_code, reason = "the other tests of the command use the rest")]
#[path = "command/shell.rs"]
mod shell;

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The browser. Where there is none the test says so; where everything must run, that is a failure.
fn browser() -> Option<&'static str> {
    let there = |name: &&&str| Command::new(name).arg("--version").output().is_ok();
    let found = BROWSERS.iter().find(there).copied();
    if found.is_none() {
        let all = std::env::var("CI").is_ok_and(|ci| ci == "true");
        assert!(!all, "no browser here: apt-get install chromium");
        eprintln!("no browser here: skipped; apt-get install chromium");
    }
    found
}

/// Draws a page; gives its pixels, and what the console and the document say.
struct Drawn {
    pixels: Vec<[u8; 3]>,
    said: String,
    document: String,
}

fn draw(browser: &str, folder: &Path, page: &str, dark: bool) -> Drawn {
    let url = format!("file://{}", folder.join(page).display());
    let scheme = format!("--blink-settings=preferredColorScheme={}", i32::from(!dark));
    let run = |more: &[&str]| {
        let output = Command::new(browser)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
            ])
            .args(["--window-size=1200,900", "--enable-logging=stderr", &scheme])
            .arg(format!(
                "--user-data-dir={}",
                folder.join("profile").display()
            ))
            .args(more)
            .arg(&url)
            .current_dir(folder)
            .output()
            .unwrap();
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (_, said) = run(&["--screenshot=page.png"]);
    let (document, _) = run(&["--dump-dom"]);
    let decoder = png::Decoder::new(std::io::BufReader::new(
        std::fs::File::open(folder.join("page.png")).unwrap(),
    ));
    let mut reader = decoder.read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    let each = info.color_type.samples();
    let pixels = bytes
        .chunks(each)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    Drawn {
        pixels,
        said,
        document,
    }
}

/// How often each colour comes, and the most frequent one.
fn colours(pixels: &[[u8; 3]]) -> (BTreeMap<[u8; 3], usize>, [u8; 3]) {
    let mut all = BTreeMap::new();
    for pixel in pixels {
        *all.entry(*pixel).or_insert(0) += 1;
    }
    let most = *all.iter().max_by_key(|(_, count)| **count).unwrap().0;
    (all, most)
}

/// The page in light and in dark, each looked at.
fn looked_at(folder: &Path, page: &str, browser: &str, bars: usize) {
    for dark in [false, true] {
        let drawn = draw(browser, folder, page, dark);
        assert!(!drawn.said.contains("CONSOLE"), "{page}: {}", drawn.said);
        let (all, paper) = colours(&drawn.pixels);
        assert_eq!(
            paper.iter().all(|part| *part < 64),
            dark,
            "{page}: the paper is {paper:?}"
        );
        let inked: usize = all
            .iter()
            .filter(|(colour, _)| **colour != paper)
            .map(|(_, count)| count)
            .sum();
        assert!(
            inked * 100 > drawn.pixels.len(),
            "{page}: hardly anything is drawn"
        );
        // The bars' colours are there, not only text in shades of the ink.
        let colourful = |colour: &[u8; 3]| {
            let (least, most) = (colour.iter().min().unwrap(), colour.iter().max().unwrap());
            most - least > 60
        };
        let coloured: usize = all
            .iter()
            .filter(|(colour, _)| colourful(colour))
            .map(|(_, count)| count)
            .sum();
        assert!(coloured > 1_000, "{page}: {coloured} coloured pixels");
        // Each bar can be reached by the keyboard and says what it is.
        let steps = drawn
            .document
            .matches("class=\"step\" tabindex=\"0\" role=\"img\" aria-label=\"")
            .count();
        assert!(steps >= bars, "{page}: {steps} bars");
        for outside in ["<script", "src=", "<link", "@import", "url("] {
            assert!(
                !drawn.document.contains(outside),
                "{page} loads something: {outside}"
            );
        }
        for foot in ["SQLite 3.", "seed 1", "UTC", "Made by <code>actifix lab "] {
            assert!(drawn.document.contains(foot), "{page}: {foot}");
        }
    }
}

#[test]
fn the_time_line_is_drawn_in_light_and_dark_and_says_what_it_needs_to() {
    let Some(browser) = browser() else { return };
    let shell = Shell::new();
    let words = "lab diagnose --force --html page.html";
    shell.run(words.split_whitespace()).ends(1);
    looked_at(&shell.path(), "page.html", browser, 10);
    let page = std::fs::read_to_string(shell.path().join("page.html")).unwrap();
    assert!(
        page.contains("ANALYSIS: 3/3 threads completed, 1/3 locks acquired"),
        "{page}"
    );
    assert!(page.contains("database is locked"), "{page}");
}

#[test]
fn the_proof_is_drawn_in_light_and_dark() {
    let Some(browser) = browser() else { return };
    let shell = Shell::new();
    let words = "lab prove --workers 3 --threads --rounds 1 --html page.html";
    shell.run(words.split_whitespace()).done();
    looked_at(&shell.path(), "page.html", browser, 9);
}

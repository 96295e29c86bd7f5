//! The configuration as a program meets it: layers, refusals, changes, and the page in the book.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actifix::config::{Kind, Loaded, Places, SETTINGS, Setting, Source, edit, find};
use tempfile::TempDir;

/// Two files and an environment.
struct Room {
    dir: TempDir,
    variables: BTreeMap<String, String>,
}

impl Room {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            variables: BTreeMap::new(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn with(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.file(name), text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn read(&self) -> Loaded {
        let places = Places {
            project: Some(self.file("project.toml")),
            user: Some(self.file("user.toml")),
        };
        Loaded::read(places, &|name| self.variables.get(name).map(OsString::from))
    }

    /// What is wrong, a line each, without the folder.
    fn problems(&self) -> Vec<String> {
        let folder = format!("{}/", self.dir.path().display());
        let problems = self.read().problems;
        problems
            .iter()
            .map(|problem| problem.to_string().replace(&folder, ""))
            .collect()
    }
}

fn source_of(loaded: &Loaded, key: &str) -> Source {
    let mut values = loaded.values.iter();
    values
        .find(|one| one.setting.key == key)
        .unwrap()
        .source
        .clone()
}

#[test]
fn a_variable_counts_more_than_the_project_and_that_more_than_the_user() {
    let room = Room::new()
        .with(
            "user.toml",
            "actor = 'ann'\n[work]\nlease = '1m'\ngrace = '1s'\nconcurrency = 2\n",
        )
        .with("project.toml", "[work]\nlease = '2m'\ngrace = '2s'\n")
        .variable("ACTIFIX_WORK_LEASE", "3m")
        .variable("ACTIFIX_WORK_GRACE", "");
    let loaded = room.read();
    assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
    let work = &loaded.config.work;
    assert_eq!(work.lease, Duration::from_secs(180));
    assert_eq!((work.grace, work.concurrency), (Duration::from_secs(2), 2));
    assert_eq!(work.kill_after, Duration::from_secs(5));
    assert_eq!(loaded.config.actor.as_deref(), Some("ann"));
    let name = "ACTIFIX_WORK_LEASE".to_owned();
    assert_eq!(source_of(&loaded, "work.lease"), Source::Variable { name });
    let file = room.file("project.toml");
    assert_eq!(
        source_of(&loaded, "work.grace"),
        Source::Project { file, line: 3 }
    );
    let file = room.file("user.toml");
    assert_eq!(
        source_of(&loaded, "work.concurrency"),
        Source::User { file, line: 5 }
    );
    assert_eq!(source_of(&loaded, "work.kill_after"), Source::Default);
}

#[test]
fn lists_of_tables_hold_together_and_the_projects_come_first() {
    let rule = |word: &str| {
        format!("[[priority.rule]]\nfield = 'message'\nwords = ['{word}']\npriority = 'P0'\n")
    };
    let room = Room::new()
        .with(
            "user.toml",
            rule("One") + "[capture]\nignore = ['A', 'B']\n",
        )
        .with(
            "project.toml",
            rule("Two") + &rule("Three") + "[capture]\nignore = ['C']\n",
        );
    let config = room.read().config;
    let words: Vec<_> = config
        .priority
        .rule
        .iter()
        .map(|rule| rule.words[0].clone())
        .collect();
    assert_eq!(words, ["two", "three", "one"]);
    assert_eq!(config.capture.ignore, ["C"]);
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_left_out() {
    let room = Room::new()
        .with(
            "project.toml",
            "actor = 7
[work]
lease = 'soon'
laese = '1m'
grace = '2s'
concurrency = 1000
[wrok]
lease = '1m'
[store]
regression = 'again'
late_completions = 'yes'
deadline = { env = 'NOBODY_SET_THIS' }
[limits]
message = -1
context = '1XB'
[capture]
ignore = 'E'
variables = ['A', 1]
[[priority.rule]]
field = 'message'
[[priority.rule]]
field = 'messages'
[[redact.rule]]
name = 'r'
pattern = '('
[[redact.rule]]
name = 'r'
pattern = 'x'
replacment = 'y'
",
        )
        .variable("ACTIFIX_EVIDENCE", "some");
    insta::assert_snapshot!(room.problems().join("\n"));
    // What is right holds.
    let config = room.read().config;
    assert_eq!(config.work.grace, Duration::from_secs(2));
    assert_eq!(config.work.lease, Duration::from_secs(300));
}

#[test]
fn a_value_where_tables_belong_and_a_table_where_a_value_does() {
    for (text, told) in [
        (
            "redact.rule = 3\n",
            "project.toml:1: redact.rule: got 3; allowed is tables",
        ),
        (
            "[[redact.rule]]\n",
            "project.toml:1: redact.rule: missing field `name`",
        ),
        (
            "redact.rule = ['x']\n",
            "project.toml:1: redact.rule: got \"x\"; allowed is tables",
        ),
        (
            "work = 3\n",
            "project.toml:1: work: it is a section; its keys stand under [work]",
        ),
        (
            "[work.lease]\nx = 1\n",
            "project.toml:1: work.lease: got a table; allowed is a span",
        ),
        (
            "[[work]]\nlease = '1m'\n",
            "project.toml:1: work: it is a section",
        ),
    ] {
        let problems = Room::new().with("project.toml", text).problems();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(told), "{problems:?}");
    }
}

#[test]
fn a_file_that_says_nothing_is_one_problem_and_the_other_holds() {
    let user = "[work]\nlease = '1m'\n";
    for (text, told) in [
        (
            &b"[work\nlease = '1m'\n"[..],
            "project.toml:1: it is no TOML: ",
        ),
        (b"a = 1\na = 2\n", "project.toml:2: it is no TOML: "),
        (
            b"[work]\n\xff = 1\n",
            "project.toml:2: it is not UTF-8 text",
        ),
        (
            &[b' '; (1 << 20) + 1],
            "project.toml:1: it holds more than 1 MiB",
        ),
    ] {
        let room = Room::new()
            .with("user.toml", user)
            .with("project.toml", text);
        let problems = room.problems();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with(told), "{problems:?}");
        assert_eq!(room.read().config.work.lease, Duration::from_secs(60));
    }
    // A pipe is not waited for.
    let room = Room::new();
    let made = std::process::Command::new("mkfifo")
        .arg(room.file("user.toml"))
        .status();
    assert!(made.unwrap().success());
    fs::create_dir(room.file("project.toml")).unwrap();
    assert_eq!(room.problems().len(), 2);
    assert!(
        room.problems()[0].contains("it is no regular file"),
        "{:?}",
        room.problems()
    );
}

#[test]
fn a_value_may_stand_in_a_variable_of_any_name() {
    let text = "[store]\ndeadline = { env = 'HOW_LONG' }\n";
    let room = Room::new()
        .with("project.toml", text)
        .variable("HOW_LONG", "7s");
    assert_eq!(room.read().config.store.deadline, Duration::from_secs(7));
    let room = Room::new()
        .with("project.toml", text)
        .variable("HOW_LONG", "for ever");
    assert!(room.problems()[0].starts_with("project.toml:2: store.deadline: got \"for ever\""));
}

#[test]
fn a_change_keeps_comments_and_order() {
    let room = Room::new().with(
        "project.toml",
        "# ours\n\n[work] # the loop\n# how long\nlease = \"10m\" # ten\ngrace = \"1s\"\n\n[[redact.rule]]\nname = 'x'\npattern = 'y'\n",
    );
    let path = room.file("project.toml");
    let set = |key: &str, text: &str| edit::set(&path, find(key).unwrap(), text);
    set("work.lease", "1h").unwrap();
    set("health.sla.P0", "30m").unwrap();
    set("actor", "ann").unwrap();
    set("capture.ignore", "KeyboardInterrupt, BrokenPipeError").unwrap();
    set("redact.without", "email").unwrap();
    edit::unset(&path, find("work.grace").unwrap()).unwrap();
    edit::unset(&path, find("retry.pause").unwrap()).unwrap();
    assert!(set("work.lease", "soon").is_err() && set("redact.rule", "x").is_err());
    assert!(set("redact.rule.name", "x").is_err());
    insta::assert_snapshot!(fs::read_to_string(&path).unwrap());
    assert!(room.problems().is_empty(), "{:?}", room.problems());
    assert_eq!(room.read().config.capture.ignore.len(), 2);
}

#[test]
fn every_setting_can_be_set_to_its_default_and_taken_out_again() {
    let room = Room::new();
    let path = room.file("project.toml");
    for setting in SETTINGS
        .iter()
        .filter(|setting| setting.variable().is_some())
    {
        let default = setting.default().unwrap();
        let text = if default.is_null() || default.is_array() {
            continue;
        } else {
            setting.kind.show(&default)
        };
        edit::set(&path, setting, &text).unwrap();
        assert_eq!(room.problems(), [""; 0], "{}", setting.key);
        assert!(matches!(
            source_of(&room.read(), setting.key),
            Source::Project { .. }
        ));
        edit::unset(&path, setting).unwrap();
        assert_eq!(source_of(&room.read(), setting.key), Source::Default);
    }
    assert_eq!(room.read().config, actifix::config::Config::default());
}

#[test]
fn a_damaged_file_is_not_changed_and_a_link_stays_one() {
    let room = Room::new().with("project.toml", "[work\n");
    let path = room.file("project.toml");
    assert!(edit::set(&path, find("actor").unwrap(), "ann").is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "[work\n");
    fs::write(room.file("real.toml"), "").unwrap();
    let link = room.file("link.toml");
    std::os::unix::fs::symlink("real.toml", &link).unwrap();
    edit::set(&link, find("actor").unwrap(), "ann").unwrap();
    assert!(link.is_symlink());
    assert_eq!(
        fs::read_to_string(room.file("real.toml")).unwrap(),
        "actor = \"ann\"\n"
    );
}

/// The page in the book has every setting as the table has it; `INSTA_UPDATE=always` writes it.
#[test]
fn the_page_in_the_book_is_the_table() {
    const BEGIN: &str = "<!-- settings: written from the table of settings -->\n";
    const END: &str = "<!-- end of settings -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/configuration.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has its mark");
    let (stands, after) = rest.split_once(END).expect("the page has its mark");
    let table = book();
    if std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") && stands != table {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(stands, table, "INSTA_UPDATE=always writes the page");
}

/// The table of settings as the book shows it, a part for each section.
fn book() -> String {
    let mut text = String::new();
    let mut last = None;
    for setting in SETTINGS {
        let section = setting
            .key
            .rsplit_once('.')
            .map_or("", |(section, _)| section);
        if last != Some(section) && !matches!(setting.kind, Kind::Tables(_)) {
            last = Some(section);
            let heading = match (section, setting.list().is_some()) {
                ("", _) => "Above all sections".to_owned(),
                (section, true) => format!("`[[{section}]]`"),
                (section, false) => format!("`[{section}]`"),
            };
            text.push_str(&format!("\n### {heading}\n"));
            if let Some(list) = setting.list() {
                text.push_str(&format!("{}.\n", list.meaning));
            }
            text.push_str(
                "\n| key | meaning | default | allowed | variable |\n|---|---|---|---|---|\n",
            );
        }
        if !matches!(setting.kind, Kind::Tables(_)) {
            text.push_str(&line(setting));
        }
    }
    text.push('\n');
    text
}

fn line(setting: &Setting) -> String {
    let name = setting.key.rsplit('.').next().unwrap();
    let default = setting
        .default()
        .map_or_else(String::new, |value| setting.kind.show(&value));
    let variable = setting
        .variable()
        .map_or_else(String::new, |name| format!("`{name}`"));
    let allowed = setting.kind.allowed();
    format!(
        "| `{name}` | {} | {default} | {allowed} | {variable} |\n",
        setting.meaning
    )
    .replace("  ", " ")
}

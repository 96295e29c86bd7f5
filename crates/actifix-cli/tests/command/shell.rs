//! A folder, an environment, and the command in it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with nothing of the machine in its environment.
pub struct Shell {
    dir: TempDir,
    env: Vec<(String, String)>,
}

/// What a command answered.
pub struct Answer {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Shell {
    /// An empty folder.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self {
            dir,
            env: Vec::new(),
        }
    }

    /// A folder with an empty database.
    pub fn with_database() -> Self {
        let shell = Self::new();
        shell.run(["init"]).done();
        shell
    }

    /// With a variable more in its environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The folder, by its real name.
    pub fn path(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    /// Where the database is made.
    pub fn database(&self) -> PathBuf {
        self.path().join(".actifix/actifix.db")
    }

    /// Writes a file below the folder.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The command, not yet run.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_actifix"));
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .env("HOME", self.dir.path())
            .env("USER", "tester")
            .env("TZ", "UTC")
            .env("ACTIFIX_AS", "ann")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs it in the folder.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }

    /// Runs it in a folder below.
    pub fn run_in<A: AsRef<OsStr>>(
        &self,
        below: impl AsRef<Path>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Answer {
        let folder = self.path().join(below);
        fs::create_dir_all(&folder).unwrap();
        Answer::of(
            self.command(arguments)
                .current_dir(folder)
                .output()
                .unwrap(),
        )
    }

    /// Runs it with something to read.
    pub fn run_with<A: AsRef<OsStr>>(
        &self,
        input: impl AsRef<[u8]>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Answer {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // A command may end before it has read everything.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let answer = Answer::of(child.wait_with_output().unwrap());
        writer.join().unwrap();
        answer
    }

    /// Runs a line of words (no quoting) with `--json`, and takes the one document of its answer.
    pub fn json(&self, line: &str) -> Value {
        self.run(line.split_whitespace().chain(["--json"]))
            .done()
            .json()
    }

    /// Runs each line of words and writes down what came, for a snapshot.
    pub fn transcript(&self, lines: &[&str]) -> String {
        let mut text = String::new();
        for line in lines {
            text.push_str(&format!(
                "$ actifix {line}\n{}\n",
                self.run(words(line)).shown()
            ));
        }
        text
    }
}

/// Does `again` until it is true, for a minute at most.
#[track_caller]
pub fn until(mut again: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !again() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it did not come true"
        );
    }
}

/// The words of a line; single quotes hold blanks together.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

impl Answer {
    fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// It must have ended well.
    #[track_caller]
    pub fn done(self) -> Self {
        self.ends(0)
    }

    /// It must have ended with this code.
    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout: {}\nstderr: {}",
            self.out,
            self.err
        );
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// Stdout as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// Stdout as a JSON document a line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The error object on stderr; there must be nothing else, and nothing on stdout.
    #[track_caller]
    pub fn error(&self) -> Value {
        assert_eq!(self.out, "", "an error has no answer");
        let all: Value =
            serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {}", self.err));
        assert!(
            all["error"]["message"].is_string() && all["error"]["hint"].is_string(),
            "{all}"
        );
        all["error"].clone()
    }

    /// Everything that came, for a snapshot.
    pub fn shown(&self) -> String {
        let mut text = self.out.clone();
        for line in self.err.lines() {
            text.push_str(&format!("[stderr] {line}\n"));
        }
        match self.code {
            Some(0) => {}
            Some(code) => text.push_str(&format!("[exit {code}]\n")),
            None => text.push_str("[killed]\n"),
        }
        text
    }
}

/// Compares with the snapshot, without what differs from run to run.
#[macro_export]
macro_rules! snapshot {
    ($name:expr, $shell:expr, $text:expr) => {{
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.add_filter(&$crate::shell::escaped(&$shell.path()), "[DIR]");
        settings.add_filter(r"ACT-\d{8}-([0-9A-F]{8})", "ACT-[DAY]-$1");
        settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]");
        settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d|\b\d\d:\d\d:\d\d\b", "[LOCAL]");
        settings.add_filter(r"\((now|\d+s ago)\)", "([AGE])");
        settings.add_filter(r"\b\ds\b", "[AGE]");
        settings.add_filter(r"in (59m|1h)", "in [LEFT]");
        settings.bind(|| insta::assert_snapshot!($name, $text));
    }};
}

/// Compares in tables whatever the ages are: on a busy machine they have two digits.
#[allow(dead_code, reason = "the shell is shared")]
pub fn ages_aside(compare: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\b\d+[sm] +", "[AGE] ");
    settings.bind(compare);
}

/// A path as a regular expression.
pub fn escaped(path: &Path) -> String {
    path.to_str().unwrap().replace('.', r"\.")
}

//! What was around an error: the command line, the source lines, the commit, the platform, some variables. Everything is
//! bounded here; redaction happens where the report becomes [`crate::Clean`].

mod git;
mod lines;
mod machine;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// Bytes of a command line that are kept.
const COMMAND: usize = 4 << 10;
/// Characters of a variable's value that are kept.
const VARIABLE: usize = 300;
/// Variables at most.
const VARIABLES: usize = 32;

/// The variables that are taken over where they are set. `capture.variables` names further ones.
const CHOSEN: &[&str] = &[
    "LANG",
    "LC_ALL",
    "TZ",
    "SHELL",
    "TERM",
    "CI",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "NODE_ENV",
    "RUST_BACKTRACE",
    "RAILS_ENV",
    "APP_ENV",
    "JAVA_HOME",
    "GOFLAGS",
];

/// What is known of the program that failed.
#[derive(Clone, Debug, Default)]
pub struct Surroundings<'a> {
    /// The folder it ran in.
    pub folder: PathBuf,
    /// Its command line.
    pub command: &'a [String],
    /// File and line that the error names.
    pub place: Option<(&'a str, u32)>,
}

impl Surroundings<'_> {
    /// As the context of a report.
    pub fn gather(&self) -> Value {
        let root = root(&self.folder);
        let mut context = Map::new();
        if !self.command.is_empty() {
            context.insert("command".into(), json!(command_line(self.command)));
        }
        if let Some(lines) = self
            .place
            .and_then(|(path, line)| lines::around(&root.folder, &self.folder, path, line))
        {
            context.insert("lines".into(), lines);
        }
        if let Some(git) = root.dot_git.as_deref().and_then(git::state) {
            context.insert("git".into(), git);
        }
        context.insert("platform".into(), machine::platform());
        let variables = variables();
        if !variables.is_empty() {
            context.insert("environment".into(), Value::Object(variables));
        }
        Value::Object(context)
    }
}

/// The project around a folder.
pub struct Root {
    /// The folder of the git checkout, else the folder itself.
    pub folder: PathBuf,
    dot_git: Option<PathBuf>,
}

/// The project around `folder`.
pub fn root(folder: &Path) -> Root {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let found = folder
        .ancestors()
        .find(|above| above.join(".git").symlink_metadata().is_ok());
    Root {
        dot_git: found.map(|root| root.join(".git")),
        folder: found.unwrap_or(&folder).to_owned(),
    }
}

/// The command line as one text, so that redaction sees a flag and its value beside each other. The value of a flag with a
/// secret's name is left out.
pub fn command_line(command: &[String]) -> String {
    let mut text = String::new();
    let mut secret = false;
    for word in command {
        if text.len() > COMMAND {
            text.push_str(" …");
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
        if secret && flag.is_none() {
            text.push_str(crate::clean::MASK);
        } else {
            let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
            let kept = bounded(word, COMMAND);
            if word.is_empty() || !word.chars().all(plain) {
                text.push_str(&format!("'{}'", kept.replace('\'', "'\\''")));
            } else {
                text.push_str(kept);
            }
        }
        secret = flag.is_some_and(|name| !name.contains('=') && crate::clean::is_secret_name(name));
    }
    text
}

fn variables() -> Map<String, Value> {
    let rules = super::rules::in_force();
    let more = rules.capture.variables.iter().map(String::as_str);
    CHOSEN
        .iter()
        .copied()
        .chain(more)
        .filter_map(|name| Some((name.to_owned(), std::env::var_os(name)?)))
        .take(VARIABLES)
        .map(|(name, value)| {
            let value = value.to_string_lossy().replace('\0', "");
            (
                name,
                json!(value.chars().take(VARIABLE).collect::<String>()),
            )
        })
        .collect()
}

/// The beginning of a text, at most so many bytes.
pub(super) fn bounded(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_secret_on_the_command_line_is_left_out() {
        for (line, shown) in [
            (
                "mysql --password hunter22 db",
                "mysql --password [redacted] db",
            ),
            ("x --token=abc123def", "x --token=[redacted]"),
            ("sh a.sh 7", "sh a.sh 7"),
        ] {
            let command = words(line);
            let around = Surroundings {
                folder: "/".into(),
                command: &command,
                place: None,
            };
            let report = crate::Report {
                context: Some(around.gather()),
                ..crate::Report::error("E", "m")
            };
            let clean: crate::Clean<crate::Report> = report.into();
            assert_eq!(clean.get().context.as_ref().unwrap()["command"], shown);
        }
        let long = vec!["x".repeat(1 << 20); 100];
        assert!(command_line(&long).len() < 4 * COMMAND);
    }

    #[test]
    fn git_is_read_from_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let git = dir.path().join(".git");
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        fs::create_dir_all(dir.path().join("deep/er")).unwrap();
        let commit = "0123456789abcdef0123456789abcdef01234567";
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        fs::write(
            git.join("packed-refs"),
            format!("# pack-refs\n{commit} refs/heads/main\n"),
        )
        .unwrap();
        let context = |folder: &Path| {
            Surroundings {
                folder: folder.into(),
                ..Surroundings::default()
            }
            .gather()
        };
        let told = context(&dir.path().join("deep/er"));
        assert_eq!(told["git"], json!({"branch": "main", "commit": commit}));
        let other = commit.replace('0', "f");
        fs::write(git.join("refs/heads/main"), format!("{other}\n")).unwrap();
        assert_eq!(context(dir.path())["git"]["commit"], other.as_str());
        fs::write(git.join("HEAD"), format!("{commit}\n")).unwrap();
        assert_eq!(
            context(dir.path())["git"],
            json!({"branch": null, "commit": commit})
        );
    }
}

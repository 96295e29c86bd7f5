//! A command that ended, as a report: from what it printed and from how it ended.

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::complaint::Complaint;
use super::context::{self, Surroundings, bounded};
use super::log::{Block, Cutter};
use super::terminal_text;
use super::{priority, rules};
use crate::report::Report;
use crate::ticket::Tags;

/// Bytes of output that a report keeps; the store takes 50,000 characters.
const KEPT: usize = 48 << 10;
/// So many of the last lines are looked at for a place.
const LAST: usize = 60;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It ended itself.
    Code(i32),
    /// A signal ended it.
    Signal {
        /// Its number.
        number: i32,
        /// It left a core dump.
        core: bool,
        /// The system ran out of memory at that time.
        out_of_memory: bool,
    },
}

/// Signals by their numbers, as on Linux; those beyond have numbers only.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
    "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
];

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit {code}"),
            Self::Signal { number, .. } => {
                let index = usize::try_from(number - 1).unwrap_or(usize::MAX);
                match SIGNALS.get(index) {
                    Some(name) => write!(f, "SIG{name}"),
                    None => write!(f, "signal {number}"),
                }
            }
        }
    }
}

impl Ending {
    /// It ended well.
    pub fn well(self) -> bool {
        self == Self::Code(0)
    }

    /// The exit code that shells give it.
    pub fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal { number, .. } => 128 + number,
        }
    }

    fn sentence(self) -> String {
        match self {
            Self::Code(code) => format!("ended with exit code {code} and said nothing"),
            Self::Signal {
                core,
                out_of_memory,
                ..
            } => {
                let core = if core { ", core dumped" } else { "" };
                let memory = if out_of_memory {
                    ", the system was out of memory"
                } else {
                    ""
                };
                format!("killed by {self}{core}{memory}")
            }
        }
    }
}

/// A command that ended.
#[derive(Clone, Debug)]
pub struct Failed<'a> {
    /// The command and its arguments.
    pub command: &'a [String],
    /// The folder it ran in.
    pub folder: PathBuf,
    /// The end of what it wrote to stderr, or to the terminal.
    pub complained: &'a [u8],
    /// The end of what it wrote to stdout, where that is apart.
    pub printed: &'a [u8],
    /// How it ended.
    pub ending: Ending,
    /// Lines of output that the report keeps.
    pub lines: usize,
}

impl Failed<'_> {
    /// The report.
    pub fn report(&self, tags: Tags) -> Report {
        let (complained, printed) = (terminal_text(self.complained), terminal_text(self.printed));
        let complaint = self.complaint(&complained, &printed);
        let root = context::root(&self.folder);
        let folder = self
            .folder
            .canonicalize()
            .unwrap_or_else(|_| self.folder.clone());
        let place = complaint
            .place
            .as_ref()
            .map(|(path, line)| (within(path, &folder, &root.folder), *line));
        let source = place
            .as_ref()
            .map_or_else(|| self.program(), |(path, line)| format!("{path}:{line}"));
        let around = Surroundings {
            folder: self.folder.clone(),
            command: self.command,
            place: complaint
                .place
                .as_ref()
                .map(|(path, line)| (path.as_str(), *line)),
        };
        let mut context = match rules::in_force().capture.context {
            true => around.gather(),
            false => json!({}),
        };
        if let Value::Object(fields) = &mut context {
            fields.insert("ended".into(), self.ended());
        }
        let said = if complained.trim().is_empty() {
            &printed
        } else {
            &complained
        };
        let kind = complaint.kind.unwrap_or_else(|| self.kind());
        let mut report = Report {
            error_type: Some(kind.chars().take(200).collect()),
            message: complaint.message.chars().take(2_000).collect(),
            source: Some(source.chars().take(400).collect()),
            stack_trace: Some(last(said, self.lines)).filter(|text| !text.trim().is_empty()),
            context: Some(context),
            tags,
            ..Report::default()
        };
        report.priority = Some(priority::of(&report, &rules::in_force().priority));
        report
    }

    fn ended(&self) -> Value {
        match self.ending {
            Ending::Code(code) => json!({"code": code}),
            Ending::Signal {
                core,
                out_of_memory,
                ..
            } => {
                json!({"signal": self.ending.to_string(), "core": core, "out_of_memory": out_of_memory})
            }
        }
    }

    fn kind(&self) -> String {
        match self.ending {
            Ending::Signal {
                out_of_memory: true,
                ..
            } => "OutOfMemory".to_owned(),
            ending => ending.to_string(),
        }
    }

    /// The last stack there is, else the last line that tells of an error or names a place, else the last line.
    fn complaint(&self, complained: &str, printed: &str) -> Complaint {
        let signalled = matches!(self.ending, Ending::Signal { .. });
        let (first, second) = (blocks(complained), blocks(printed));
        let trace = |blocks: &[Block]| {
            blocks
                .iter()
                .rev()
                .find(|block| block.trace)
                .map(Complaint::of)
        };
        if let Some(complaint) = trace(&first).or_else(|| trace(&second)) {
            return complaint;
        }
        if signalled {
            return Complaint {
                message: format!("{} {}", self.name(), self.ending.sentence()),
                ..Complaint::default()
            };
        }
        for (text, blocks) in [(complained, &first), (printed, &second)] {
            let line = || text.lines().rev().take(LAST).find_map(Complaint::of_line);
            let told = || blocks.last().map(Complaint::of);
            let last = || text.lines().rev().find(|line| !line.trim().is_empty());
            let last = || {
                last().map(|line| Complaint {
                    message: line.trim().to_owned(),
                    ..Complaint::default()
                })
            };
            // What was only printed is no complaint unless it names a place or an error.
            let found = line()
                .or_else(told)
                .or_else(|| (text == complained).then(last).flatten());
            if let Some(complaint) = found {
                return complaint;
            }
        }
        Complaint {
            message: format!("{} {}", self.name(), self.ending.sentence()),
            ..Complaint::default()
        }
    }

    fn name(&self) -> String {
        let program = self.program();
        program.rsplit('/').next().unwrap_or(&program).to_owned()
    }

    /// The script that an interpreter was given, else the command.
    fn program(&self) -> String {
        let file = |word: &&String| !word.starts_with('-') && self.folder.join(word).is_file();
        let script = self.command.iter().skip(1).find(file);
        script.or(self.command.first()).cloned().unwrap_or_default()
    }
}

/// A path as seen from the folder, else from the project's root, else as it is.
fn within(path: &str, folder: &Path, root: &Path) -> String {
    let path = Path::new(path);
    let inside = path
        .strip_prefix(folder)
        .or_else(|_| path.strip_prefix(root))
        .unwrap_or(path);
    let inside = inside.strip_prefix("./").unwrap_or(inside);
    inside.display().to_string()
}

fn blocks(text: &str) -> Vec<Block> {
    let mut cutter = Cutter::default();
    let mut blocks: Vec<Block> = text.lines().flat_map(|line| cutter.line(line)).collect();
    blocks.extend(cutter.end());
    blocks
}

/// The last lines of a text, within what the store takes.
fn last(text: &str, lines: usize) -> String {
    let text = text.trim_end();
    let skipped = text.lines().count().saturating_sub(lines);
    let kept: Vec<&str> = text
        .lines()
        .skip(skipped)
        .map(|line| bounded(line, 4_096))
        .collect();
    let kept = kept.join("\n");
    let mut from = kept.len().saturating_sub(KEPT);
    while !kept.is_char_boundary(from) {
        from += 1;
    }
    kept[from..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(command: &str, complained: &str, printed: &str, ending: Ending) -> Report {
        let command: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let failed = Failed {
            command: &command,
            folder: "/".into(),
            complained: complained.as_bytes(),
            printed: printed.as_bytes(),
            ending,
            lines: 200,
        };
        failed.report(Tags::default())
    }

    fn told(report: &Report) -> (&str, &str, &str) {
        let text = |field: &'_ Option<String>| field.as_deref().unwrap_or_default().to_owned();
        let (kind, source) = (text(&report.error_type), text(&report.source));
        (kind.leak(), &report.message, source.leak())
    }

    #[test]
    fn the_last_stack_counts_before_lines_and_lines_before_silence() {
        let python = "Traceback (most recent call last):\n  File \"a.py\", line 2, in f\nKeyError: 'x'\nmake: *** Error 1";
        assert_eq!(
            told(&report("make", python, "", Ending::Code(2))),
            ("KeyError", "'x'", "a.py:2")
        );
        let shell = "noise\na.sh: 3: REGION: parameter not set";
        assert_eq!(
            told(&report("sh a.sh", shell, "", Ending::Code(2))),
            ("exit 2", "REGION: parameter not set", "a.sh:3")
        );
        assert_eq!(
            told(&report(
                "cp x y",
                "cp: cannot stat 'x'",
                "",
                Ending::Code(1)
            )),
            ("exit 1", "cp: cannot stat 'x'", "cp")
        );
        assert_eq!(
            told(&report("false", "", "all is well\n", Ending::Code(1))),
            (
                "exit 1",
                "false ended with exit code 1 and said nothing",
                "false"
            )
        );
    }

    #[test]
    fn signals_core_dumps_and_memory_are_told() {
        let signal = |number, core, out_of_memory| Ending::Signal {
            number,
            core,
            out_of_memory,
        };
        assert_eq!(
            told(&report("./a", "", "", signal(11, true, false))),
            ("SIGSEGV", "a killed by SIGSEGV, core dumped", "./a")
        );
        assert_eq!(
            told(&report("./a", "", "", signal(9, false, true))),
            (
                "OutOfMemory",
                "a killed by SIGKILL, the system was out of memory",
                "./a"
            )
        );
        assert_eq!(
            (
                signal(15, false, false).code(),
                signal(40, false, false).to_string()
            ),
            (143, "signal 40".to_owned())
        );
    }

    #[test]
    fn whatever_was_printed_the_store_takes_the_report() {
        for text in [
            "x".repeat(1 << 20),
            "\0\0".repeat(100),
            "é\n".repeat(60_000),
            "\u{1b}[31mred\u{1b}[0m".into(),
        ] {
            let report = report("x", &text, &text, Ending::Code(1));
            assert_eq!(report.check(&crate::Limits::default()), Ok(()));
        }
    }
}

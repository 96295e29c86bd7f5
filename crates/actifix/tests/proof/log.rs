//! Writing a history down while it happens, so that it survives the death of its writer.
//!
//! Each caller has a file of its own: a line before each call, a line after its answer. A line that is torn at the end
//! was not written.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::history::{Answer, Call, History, Op};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Begin(Op),
    End(Answer),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    at: u64,
    caller: String,
    #[serde(flatten)]
    what: What,
}

/// Nanoseconds of the clock that all processes of this machine share.
pub fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec)
        .expect("the clock runs since the start")
}

enum Sink {
    File(File),
    Memory(Arc<Mutex<Vec<Line>>>),
}

/// Where one caller writes its calls.
pub struct Log {
    caller: String,
    sink: Sink,
}

impl Log {
    /// A file of this caller's own in `dir`.
    pub fn file(dir: &Path, caller: &str) -> Self {
        let file =
            File::create_new(dir.join(format!("{caller}.jsonl"))).expect("a log of one's own");
        Self {
            caller: caller.to_owned(),
            sink: Sink::File(file),
        }
    }

    /// Writes the call, makes it, and writes its answer.
    pub fn call<T>(
        &mut self,
        op: Op,
        make: impl FnOnce() -> actifix::Result<T>,
        answer: impl FnOnce(&T) -> Answer,
    ) -> actifix::Result<T> {
        self.write(What::Begin(op));
        let result = make();
        self.write(What::End(result.as_ref().map_or_else(Answer::from, answer)));
        result
    }

    fn write(&mut self, what: What) {
        let line = Line {
            at: now(),
            caller: self.caller.clone(),
            what,
        };
        match &mut self.sink {
            Sink::Memory(lines) => lines.lock().expect("no writer fails").push(line),
            Sink::File(file) => {
                let mut text = serde_json::to_vec(&line).expect("a line is JSON");
                text.push(b'\n');
                file.write_all(&text).expect("a log can be written");
            }
        }
    }
}

/// A history in memory, for callers of one process.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<Line>>>);

impl Memory {
    /// A log of one caller.
    pub fn log(&self, caller: &str) -> Log {
        Log {
            caller: caller.to_owned(),
            sink: Sink::Memory(self.0.clone()),
        }
    }

    /// What has been written.
    pub fn history(&self) -> History {
        joined(self.0.lock().expect("no writer fails").clone())
    }
}

impl History {
    /// Reads the files of all callers.
    pub fn read(dir: &Path) -> Self {
        let mut lines = Vec::new();
        for entry in fs::read_dir(dir).expect("a folder of logs") {
            let text = fs::read_to_string(entry.expect("a log").path()).expect("a log is text");
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            lines.extend(
                whole
                    .lines()
                    .map(|line| serde_json::from_str::<Line>(line).expect("a line is JSON")),
            );
        }
        joined(lines)
    }
}

/// Each caller's lines alternate: a call, its answer.
fn joined(mut lines: Vec<Line>) -> History {
    lines.sort_by(|a, b| a.caller.cmp(&b.caller)); // stable: each caller's own order stays
    let mut calls: Vec<Call> = Vec::new();
    for Line { at, caller, what } in lines {
        match what {
            What::Begin(op) => calls.push(Call {
                caller,
                begin: at,
                end: u64::MAX,
                op,
                answer: None,
            }),
            What::End(answer) => {
                let call = calls
                    .last_mut()
                    .filter(|call| call.caller == caller && call.answer.is_none());
                let call = call.expect("an answer follows its call");
                (call.end, call.answer) = (at, Some(answer));
            }
        }
    }
    History::of(calls)
}

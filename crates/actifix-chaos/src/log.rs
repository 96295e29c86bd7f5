//! Writing a history down while it happens, so that it survives the death of its writer.
//!
//! Each caller has a file of its own: a line before each call, a line after its answer. A line that is torn at the end
//! was not written.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actifix::{Clock, SystemClock};
use rustix::fs::OFlags;
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::history::{Answer, Call, History, Op};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Begin {
        #[serde(flatten)]
        op: Op,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
    },
    End(Answer),
    /// The outcome is unknown, and the call is made again.
    Unknown,
    /// A call that was cut off was made again under its own name, by anybody.
    Again {
        request: String,
        answer: Answer,
    },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    /// Nanoseconds since the machine started.
    at: u64,
    /// Microseconds since 1970, by the clock of this process.
    #[serde(default)]
    wall: i64,
    caller: String,
    #[serde(flatten)]
    what: What,
}

/// Nanoseconds of the clock that all processes of this machine share. No fault moves it.
pub fn now() -> u64 {
    let time = clock_gettime(ClockId::Boottime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).unwrap_or(0)
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
    /// A file of this caller's own in `dir`. Each line is on disk before the call is made, or its answer believed; by
    /// the file's own flag, so that faults injected into syncs meet those of the database only.
    pub fn file(dir: &Path, caller: &str) -> Self {
        let mut options = File::options();
        let flag = i32::try_from(OFlags::DSYNC.bits()).unwrap_or(0);
        let path = dir.join(format!("{caller}.jsonl"));
        match options
            .write(true)
            .create_new(true)
            .custom_flags(flag)
            .open(&path)
        {
            Ok(file) => Self {
                caller: caller.to_owned(),
                sink: Sink::File(file),
            },
            Err(error) => dead(&format!("{}: {error}", path.display())),
        }
    }

    /// Writes that a call is going to be made.
    pub fn begin(&mut self, op: Op, request: Option<String>) {
        self.write(What::Begin { op, request });
    }

    /// Writes what it was answered.
    pub fn end(&mut self, answer: Answer) {
        self.write(What::End(answer));
    }

    /// Writes that nobody knows what came of it, and that it is made again.
    pub fn unknown(&mut self) {
        self.write(What::Unknown);
    }

    /// Writes what a call that was cut off is answered when it is made again.
    pub fn again(&mut self, request: String, answer: Answer) {
        self.write(What::Again { request, answer });
    }

    fn write(&mut self, what: What) {
        let line = Line {
            at: now(),
            wall: SystemClock.now().micros(),
            caller: self.caller.clone(),
            what,
        };
        match &mut self.sink {
            Sink::Memory(lines) => held(lines).push(line),
            Sink::File(file) => {
                let text = serde_json::to_string(&line).map(|text| text + "\n");
                let written = text
                    .map_err(io::Error::from)
                    .and_then(|text| file.write_all(text.as_bytes()));
                if let Err(error) = written {
                    dead(&format!("the log of {}: {error}", self.caller));
                }
            }
        }
    }
}

/// A caller that cannot write down what it is told is as good as dead: its call has no answer.
fn dead(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(74)
}

fn held(lines: &Mutex<Vec<Line>>) -> MutexGuard<'_, Vec<Line>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
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
        joined(held(&self.0).clone()).unwrap_or_default()
    }
}

impl History {
    /// Reads the files of all callers.
    ///
    /// # Errors
    /// When the folder cannot be read, or what stands there is no log.
    pub fn read(dir: &Path) -> io::Result<Self> {
        let mut lines = Vec::new();
        for entry in fs::read_dir(dir)? {
            let text = fs::read_to_string(entry?.path())?;
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            for line in whole.lines() {
                lines.push(serde_json::from_str::<Line>(line)?);
            }
        }
        joined(lines)
    }
}

/// Each caller's lines alternate: a call, its answer.
fn joined(mut lines: Vec<Line>) -> io::Result<History> {
    lines.sort_by(|a, b| a.caller.cmp(&b.caller)); // stable: each caller's own order stays
    let mut calls: Vec<Call> = Vec::new();
    let mut again: HashMap<String, (u64, Answer)> = HashMap::new();
    for Line {
        at, caller, what, ..
    } in lines
    {
        match what {
            What::Begin { op, request } => calls.push(Call {
                caller,
                begin: at,
                end: u64::MAX,
                op,
                request,
                doubted: false,
                answer: None,
            }),
            What::Unknown => {
                if let Some(call) = calls.last_mut() {
                    call.doubted = true;
                }
            }
            What::End(answer) => {
                let call = calls
                    .last_mut()
                    .filter(|call| call.caller == caller && call.answer.is_none());
                let call = call.ok_or_else(|| {
                    io::Error::other(format!("{caller} was answered without a call"))
                })?;
                (call.end, call.answer) = (at, Some(answer));
            }
            What::Again { request, answer } => drop(again.insert(request, (at, answer))),
        }
    }
    for call in calls.iter_mut().filter(|call| call.unknown()) {
        if let Some((at, answer)) = call
            .request
            .as_ref()
            .and_then(|request| again.remove(request))
        {
            (call.end, call.answer, call.doubted) = (at, Some(answer), true);
        }
    }
    Ok(History::of(calls))
}

//! What a worker does to come to a limit: floods, crowds, backlogs, and no descriptors left. It counts its answers by
//! kind, and says how much memory it took at the most.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::thread;
use std::time::Duration;

use actifix::{Report, Result, Store};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::load::error;

/// Answers by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Reports that were acknowledged.
    pub done: u64,
    /// Reports that were refused, by the error's kind.
    pub refused: BTreeMap<String, u64>,
    /// The most memory that the process had, in KiB.
    pub peak_kib: u64,
}

impl Answers {
    fn take<T>(&mut self, answer: Result<T>, reports: u64) {
        match answer {
            Ok(_) => self.done += reports,
            Err(error) => *self.refused.entry(error.kind().to_owned()).or_default() += reports,
        }
    }

    fn add(&mut self, other: Self) {
        self.done += other.done;
        for (kind, n) in other.refused {
            *self.refused.entry(kind).or_default() += n;
        }
    }

    /// With the memory that was taken so far.
    fn weighed(mut self) -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.and_then(|line| line.split_whitespace().next()?.parse().ok());
        self.peak_kib = kib.unwrap_or(0);
        self
    }
}

/// Equal reports, so that no limit of open tickets is met; `bytes` of text each.
fn report(n: u64, bytes: usize) -> Report {
    error(&format!("limit {}", n % 500)).stack_trace("x".repeat(bytes))
}

/// Reports from many threads, one after the other.
pub fn flood(store: &Store, threads: u64, each: u64, bytes: usize) -> Answers {
    gathered(threads, |thread| {
        let mut answers = Answers::default();
        for n in 0..each {
            answers.take(store.record(report(thread * each + n, bytes)).wait(), 1);
        }
        answers
    })
}

/// So many calls are made, and none is waited for before all are there; `ready` is called then.
pub fn crowd(store: &Store, callers: u64, ready: impl FnOnce()) -> Answers {
    let calls: Vec<_> = (0..callers).map(|n| store.record(report(n, 0))).collect();
    ready();
    let mut answers = Answers::default();
    calls
        .into_iter()
        .for_each(|call| answers.take(call.wait(), 1));
    answers.weighed()
}

/// Reports in each command of a backlog, and bytes of each.
const PACK: u64 = 64;
const FAT: usize = 49_000;

/// Commands of 3 MB from many threads, until so many bytes have been offered.
pub fn backlog(store: &Store, threads: u64, bytes: u64) -> Answers {
    let each = bytes / threads / (PACK * FAT as u64) + 1;
    gathered(threads, |thread| {
        let mut answers = Answers::default();
        for n in 0..each {
            let pack = (0..PACK).map(|m| report((thread * each + n) * PACK + m, FAT));
            answers.take(store.record_all(pack).wait(), PACK);
        }
        answers
    })
}

fn gathered(threads: u64, work: impl Fn(u64) -> Answers + Sync) -> Answers {
    let work = &work;
    thread::scope(|scope| {
        let hands: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
        let mut all = Answers::default();
        hands
            .into_iter()
            .filter_map(|hand| hand.join().ok())
            .for_each(|answers| all.add(answers));
        all.weighed()
    })
}

/// Takes every descriptor that this process may have, for a while. Answers how many there were.
pub fn take_descriptors(span: Duration) -> usize {
    let before = getrlimit(Resource::Nofile);
    let few = Rlimit {
        current: Some(96),
        maximum: before.maximum,
    };
    if setrlimit(Resource::Nofile, few).is_err() {
        return 0;
    }
    let mut taken = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        taken.push(file);
    }
    thread::sleep(span);
    let count = taken.len();
    drop(taken);
    // The same again as before: it was allowed.
    let _ = setrlimit(Resource::Nofile, before);
    count
}

//! Logs: each line counts exactly once, whatever becomes of the file and whoever reads it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends at its first surprise"
)]

mod proof;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use actifix::capture::ingest::{About, Ingested, Log};
use actifix::{Filter, Settings, Status, Store};
use proof::chance::{Chance, seed};

struct Room {
    dir: tempfile::TempDir,
    store: Store,
}

impl Room {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir.path().join("a.db"));
        Self { dir, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Reads a log once, as the command does.
    fn read(&self, name: &str) -> Ingested {
        self.log(name).read(&self.store, true).unwrap()
    }

    fn log(&self, name: &str) -> Log {
        Log::open(&self.path(name), About::default()).unwrap()
    }

    fn seen(&self) -> BTreeMap<String, u64> {
        seen(&self.store)
    }
}

fn open(database: &Path) -> Store {
    let mut settings = Settings::default();
    settings.limits.captured_per_minute = 0;
    settings.limits.open_tickets = 0;
    Store::open_with(database, settings).unwrap()
}

/// How often each message was seen.
fn seen(store: &Store) -> BTreeMap<String, u64> {
    let filter = Filter {
        statuses: Status::ALL.to_vec(),
        limit: 10_000,
        ..Filter::default()
    };
    let tickets = store.list(filter).wait().unwrap().tickets;
    tickets
        .into_iter()
        .map(|ticket| (ticket.message, ticket.occurrences))
        .collect()
}

fn one(message: &str, count: u64) -> BTreeMap<String, u64> {
    BTreeMap::from([(message.to_owned(), count)])
}

const TRACE: &str =
    "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'x'\n";

#[test]
fn stacks_and_lines_are_taken_and_a_second_reading_finds_nothing() {
    let room = Room::new();
    room.append(
        "a.log",
        &format!("INFO up\n{TRACE}INFO on\nERROR db: gone\nINFO\n{TRACE}"),
    );
    assert_eq!(room.read("a.log").recorded, 3);
    assert_eq!(room.read("a.log").recorded, 0);
    assert_eq!(
        room.seen(),
        BTreeMap::from([("'x'".to_owned(), 2), ("db: gone".to_owned(), 1)])
    );
    room.append("a.log", "ERROR db: gone\nERROR db: gone");
    assert_eq!(room.read("a.log").recorded, 2);
    assert_eq!(room.seen()["db: gone"], 3);
}

#[test]
fn a_log_that_is_renamed_goes_on_and_one_in_its_place_begins_anew() {
    let room = Room::new();
    room.append("a.log", "INFO first\nERROR db: gone\n");
    room.read("a.log");
    room.append("a.log", "ERROR db: gone\n");
    fs::rename(room.path("a.log"), room.path("a.log.1")).unwrap();
    room.append("a.log", "INFO second\nERROR db: gone\n");
    assert_eq!(
        (room.read("a.log.1").recorded, room.read("a.log").recorded),
        (1, 1)
    );
    assert_eq!(room.seen(), one("db: gone", 3));
}

#[test]
fn truncation_begins_anew_with_and_without_the_same_first_line() {
    for first in ["INFO first\n", "INFO another\n"] {
        let room = Room::new();
        let mut log = {
            room.append(
                "a.log",
                "INFO first\nERROR db: gone\nERROR db: gone\nINFO a long line at the end of it\n",
            );
            room.log("a.log")
        };
        assert_eq!(log.read(&room.store, false).unwrap().recorded, 2);
        // As copytruncate does: the same file, empty.
        fs::copy(room.path("a.log"), room.path("a.log.1")).unwrap();
        File::options()
            .write(true)
            .open(room.path("a.log"))
            .unwrap()
            .set_len(0)
            .unwrap();
        assert_eq!(log.read(&room.store, false).unwrap(), Ingested::default());
        room.append("a.log", &format!("{first}ERROR db: gone\nINFO\n"));
        let ingested = log.read(&room.store, false).unwrap();
        assert_eq!(ingested.recorded, 1, "{first}");
        assert_eq!(room.seen(), one("db: gone", 3), "{first}");
    }
}

#[test]
fn a_followed_log_is_read_to_its_end_when_it_is_replaced() {
    let room = Room::new();
    room.append("a.log", "INFO first\n");
    let mut log = room.log("a.log");
    log.read(&room.store, false).unwrap();
    room.append("a.log", "ERROR db: gone\nERROR db: gone");
    fs::rename(room.path("a.log"), room.path("a.log.1")).unwrap();
    assert!(!log.is_replaced());
    room.append("a.log", "ERROR db: gone\n");
    assert!(log.is_replaced());
    assert_eq!(log.read(&room.store, true).unwrap().recorded, 2);
    assert_eq!(room.read("a.log").recorded, 1);
}

#[test]
fn a_stack_that_is_written_slowly_is_one() {
    let room = Room::new();
    let mut log = {
        room.append("a.log", "INFO\n");
        room.log("a.log")
    };
    let mut recorded = 0;
    for byte in format!("{TRACE}INFO on\n").bytes() {
        room.append("a.log", &char::from(byte).to_string());
        recorded += log.read(&room.store, false).unwrap().recorded;
    }
    assert_eq!((recorded, room.seen()), (1, one("'x'", 1)));
    room.append("a.log", TRACE);
    assert_eq!(log.read(&room.store, false).unwrap().recorded, 0);
    assert!(log.is_open());
    assert_eq!(log.rest(&room.store).unwrap().recorded, 1);
    assert_eq!(log.rest(&room.store).unwrap().recorded, 0);
    assert_eq!(room.read("a.log").recorded, 0);
}

#[test]
fn what_is_refused_waits_in_the_spool_and_comes_in_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = Settings::default();
    settings.limits.open_tickets = 3;
    let store = Store::open_with(dir.path().join("a.db"), settings).unwrap();
    let words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];
    let text: String = words
        .iter()
        .map(|word| format!("ERROR {word} is gone\nERROR alpha is gone\n"))
        .collect();
    fs::write(dir.path().join("a.log"), text).unwrap();
    let read = || {
        Log::open(&dir.path().join("a.log"), About::default())
            .unwrap()
            .read(&store, true)
            .unwrap()
    };
    let first = read();
    // What is known is counted although nothing new may come.
    assert_eq!((first.recorded, first.new, first.spooled), (9, 3, 3));
    assert_eq!(read(), Ingested::default());
    assert_eq!(seen(&store)["alpha is gone"], 7);
    drop(store);
    let store = open(&dir.path().join("a.db"));
    let spool = actifix::capture::spool::Spool::beside(dir.path().join("a.db"));
    assert_eq!(spool.replay(&store).unwrap().recorded, 3);
    assert_eq!(seen(&store).len(), 6);
}

#[test]
fn bad_input_has_a_clear_answer_and_bounded_memory() {
    let room = Room::new();
    assert!(Log::open(room.dir.path(), About::default()).is_err());
    assert!(Log::open(&room.path("gone.log"), About::default()).is_err());
    fs::write(room.path("empty.log"), "").unwrap();
    assert_eq!(room.read("empty.log"), Ingested::default());
    fs::write(
        room.path("noise.log"),
        b"\xff\xfe\0ERROR \0x\n\0\0\nERROR a\0b\n",
    )
    .unwrap();
    let noise = room.read("noise.log");
    assert_eq!((noise.rejected, noise.spooled), (0, 0));
    let mut long = File::create(room.path("long.log")).unwrap();
    long.write_all(b"ERROR begins ").unwrap();
    for _ in 0..100 {
        long.write_all(&vec![b'x'; 1 << 20]).unwrap();
    }
    long.write_all(b"\nERROR after it\n").unwrap();
    let before = peak();
    assert_eq!(room.read("long.log").recorded, 2);
    assert!(peak() - before < 32 << 10, "{} KiB", peak() - before);
}

/// The most memory this process has had, in KiB.
fn peak() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

const ROLE: &str = "ACTIFIX_TEST_INGEST";

/// The other process: reads the log again and again until it is killed. Run by hand it passes at once.
#[test]
fn reader() {
    let Ok(folder) = std::env::var(ROLE) else {
        return;
    };
    let folder = Path::new(&folder);
    let store = open(&folder.join("a.db"));
    let mut log = Log::open(&folder.join("a.log"), About::default()).unwrap();
    loop {
        log.read(&store, false).unwrap();
    }
}

#[test]
fn killed_at_random_each_line_counts_once() {
    let room = Room::new();
    let mut chance = Chance::new(seed());
    let words = ["alpha", "beta", "gamma", "delta"];
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    let mut kills = 0;
    for round in 0..25 {
        let mut text = String::new();
        for _ in 0..300 {
            let word = words[usize::try_from(chance.below(4)).unwrap()];
            if chance.below(3) == 0 {
                text.push_str(
                    &TRACE
                        .replace("'x'", word)
                        .replace("in f", &format!("in {word}")),
                );
                *expected.entry(word.to_owned()).or_default() += 1;
            } else {
                text.push_str(&format!("ERROR {word} is gone\nINFO fine\n"));
                *expected.entry(format!("{word} is gone")).or_default() += 1;
            }
        }
        // Two at once, so that they also meet.
        let mut readers: Vec<_> = (0..2)
            .map(|_| {
                Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "reader", "--nocapture"])
                    .env(ROLE, room.dir.path())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for piece in text.as_bytes().chunks(1_000) {
            room.append("a.log", std::str::from_utf8(piece).unwrap());
        }
        // Any moment will do.
        thread::sleep(Duration::from_millis(chance.below(120)));
        for reader in &mut readers {
            kills += u32::from(reader.try_wait().unwrap().is_none());
            reader.kill().unwrap();
            reader.wait().unwrap();
        }
        if round % 8 == 7 {
            fs::rename(room.path("a.log"), room.path(&format!("a.log.{round}"))).unwrap();
            room.read(&format!("a.log.{round}"));
            room.append("a.log", &format!("INFO round {round}\n"));
        }
    }
    room.read("a.log");
    assert!(kills > 20, "{kills}");
    assert_eq!(room.seen(), expected);
    assert!(room.store.verify(false).wait().unwrap().problems.is_empty());
}

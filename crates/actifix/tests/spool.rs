//! Promise 4: no report is lost. The spool comes back exactly once, whoever is killed, and whatever became of the file.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test ends at its first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use actifix::capture::spool::Spool;
use actifix::{Clean, Filter, Limits, Report, Settings, Status, Store};

struct Room {
    dir: tempfile::TempDir,
    database: PathBuf,
    spool: Spool,
}

impl Room {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("actifix.db");
        let spool = Spool::beside(&database);
        Self {
            dir,
            database,
            spool,
        }
    }

    fn keep(&self, message: &str) {
        self.spool.keep(&own(message)).unwrap();
    }

    fn rejected(&self) -> Vec<serde_json::Value> {
        let text = fs::read_to_string(self.dir.path().join("actifix.db-spool.jsonl.rejected"));
        let text = text.unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// A report that equals only those of the same message.
fn own(message: &str) -> Clean<Report> {
    Clean::from(Report {
        fingerprint: Some(message.chars().take(100).collect()),
        ..Report::error("E", message)
    })
}

/// How often each message was seen.
fn seen(store: &Store) -> BTreeMap<String, u64> {
    let filter = Filter {
        statuses: Status::ALL.to_vec(),
        limit: 10_000,
        ..Filter::default()
    };
    let page = store.list(filter).wait().unwrap();
    page.tickets
        .into_iter()
        .map(|ticket| (ticket.message, ticket.occurrences))
        .collect()
}

/// Not a test of its own: what this binary does when a test starts it again.
#[test]
fn helper() {
    let Some(database) = std::env::var_os("SPOOL_DATABASE") else {
        return;
    };
    let spool = Spool::beside(Path::new(&database));
    match std::env::var("SPOOL_ROLE").as_deref() {
        Ok("replay") => loop {
            let store = Store::open(&database).unwrap();
            spool.replay(&store).unwrap();
        },
        Ok(name) => {
            for nth in 0..200 {
                spool.keep(&own(&format!("{name} {nth}"))).unwrap();
                // Acknowledged: whatever happens from here on, it counts once.
                println!("\nkept:{name} {nth}");
            }
        }
        Err(_) => panic!("no role"),
    }
}

fn start(room: &Room, role: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "helper", "--nocapture", "--test-threads=1"])
        .env("SPOOL_DATABASE", &room.database)
        .env("SPOOL_ROLE", role)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn promise_4_every_report_counts_once_whoever_is_killed() {
    let room = Room::new();
    let store = Store::open(&room.database).unwrap();
    let keepers: Vec<_> = (0..3)
        .map(|nth| start(&room, &format!("keeper-{nth}")))
        .collect();
    let kept = thread::scope(|scope| {
        let killer = scope.spawn(|| {
            for round in 0..25_u64 {
                let mut replayers = [start(&room, "replay"), start(&room, "replay")];
                // Long enough to open the store and get into the work; where in it, chance decides.
                thread::sleep(Duration::from_millis(20 + round * 7 % 60));
                for replayer in &mut replayers {
                    replayer.kill().unwrap();
                    replayer.wait().unwrap();
                }
            }
        });
        let mut kept = Vec::new();
        for keeper in keepers {
            let output = keeper.wait_with_output().unwrap();
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            kept.extend(
                text.lines()
                    .filter_map(|line| Some(line.strip_prefix("kept:")?.to_owned())),
            );
        }
        killer.join().unwrap();
        kept
    });
    assert_eq!(kept.len(), 600);
    room.spool.replay(&store).unwrap();
    let seen = seen(&store);
    let wrong: Vec<_> = kept
        .iter()
        .filter(|message| seen.get(*message) != Some(&1))
        .collect();
    assert!(wrong.is_empty() && seen.len() == 600, "{wrong:?}");
    assert!(!room.spool.path().exists());
    assert!(store.verify(false).wait().unwrap().ok);
    assert_eq!(room.rejected(), Vec::<serde_json::Value>::new());
}

#[test]
fn lines_that_are_none_are_set_aside_with_their_reason() {
    let room = Room::new();
    room.keep("first");
    let text = fs::read_to_string(room.spool.path()).unwrap();
    let line = text.lines().nth(1).unwrap();
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(room.spool.path())
        .unwrap();
    writeln!(file, "{}", line.replace("first", "forged")).unwrap();
    writeln!(file, "nonsense password=hunter2-and-more").unwrap();
    file.write_all(b"\xff\xfe\x00\n\n{\"sum\":\"cut off in the mid")
        .unwrap();
    drop(file);
    room.keep("second");
    let waiting = room.spool.waiting().unwrap();
    assert_eq!((waiting.reports, waiting.unreadable), (2, 5));
    let store = Store::open(&room.database).unwrap();
    let replayed = room.spool.replay(&store).unwrap();
    assert_eq!((replayed.recorded, replayed.rejected), (2, 4));
    let expected = BTreeMap::from([("first".to_owned(), 1), ("second".to_owned(), 1)]);
    assert_eq!(seen(&store), expected);
    let rejected = room.rejected();
    assert_eq!(rejected.len(), 4);
    assert_eq!(rejected[0]["why"], "its checksum is wrong");
    let whole =
        fs::read_to_string(room.dir.path().join("actifix.db-spool.jsonl.rejected")).unwrap();
    assert!(!whole.contains("hunter2"), "{whole}");
}

#[test]
fn what_was_cut_off_at_the_end_goes_aside_and_a_new_one_begins() {
    let room = Room::new();
    room.keep("whole");
    let text = fs::read_to_string(room.spool.path()).unwrap();
    fs::write(room.spool.path(), format!("{text}{{\"sum\":\"0")).unwrap();
    let store = Store::open(&room.database).unwrap();
    assert_eq!(room.spool.replay(&store).unwrap().recorded, 1);
    assert!(!room.spool.path().exists());
    assert_eq!(room.rejected()[0]["why"], "it was cut off");
    room.keep("whole");
    assert_eq!(room.spool.replay(&store).unwrap().recorded, 1);
    assert_eq!(seen(&store), BTreeMap::from([("whole".to_owned(), 2)]));
}

#[test]
fn a_file_without_a_head_is_kept_aside_whole() {
    let room = Room::new();
    fs::write(room.spool.path(), "somebody's notes\nmore of them\n").unwrap();
    let store = Store::open(&room.database).unwrap();
    assert_eq!(room.spool.replay(&store).unwrap().recorded, 0);
    assert!(
        room.rejected()[0]["line"]
            .as_str()
            .unwrap()
            .contains("more of them")
    );
    fs::write(room.spool.path(), "").unwrap();
    assert_eq!(room.spool.replay(&store).unwrap().recorded, 0);
    assert!(!room.spool.path().exists());
}

#[test]
fn what_the_limit_refuses_waits_on() {
    let room = Room::new();
    let limits = Limits {
        open_tickets: 2,
        ..Limits::default()
    };
    for nth in 0..4 {
        room.keep(&format!("error {nth}"));
    }
    let store = Store::open_with(
        &room.database,
        Settings {
            limits,
            ..Settings::default()
        },
    )
    .unwrap();
    let replayed = room.spool.replay(&store).unwrap();
    assert_eq!((replayed.recorded, replayed.full), (2, true));
    assert!(room.spool.path().exists());
    drop(store);
    let store = Store::open(&room.database).unwrap();
    assert_eq!(room.spool.replay(&store).unwrap().recorded, 2);
    assert_eq!(seen(&store).len(), 4);
}

#[test]
fn an_over_long_report_goes_aside_and_stops_nobody() {
    let room = Room::new();
    room.keep(&"x".repeat(200_000));
    room.keep("short");
    let store = Store::open(&room.database).unwrap();
    let replayed = room.spool.replay(&store).unwrap();
    assert_eq!((replayed.recorded, replayed.rejected), (1, 1));
    assert!(
        room.rejected()[0]["why"]
            .as_str()
            .unwrap()
            .contains("message")
    );
}

#[test]
fn the_old_queue_is_taken_in_once() {
    let room = Room::new();
    let queue = room.dir.path().join("actifix_fallback_queue.json");
    let entries = r#"[
        {"message": "no such column", "source": "app.py:31", "run_label": "ci", "entry_id": "ACT-20260110-0AF3B",
         "created_at": "2026-01-10T08:09:10.000011+00:00", "priority": "P1", "error_type": "ValueError",
         "stack_trace": "Traceback", "file_context": {"app.py": "31: x"}, "duplicate_guard": "ACTIFIX-no-such-column-1a2b3c4d"},
        {"message": "another", "priority": "P9"}, "nonsense", {"message": ""}]"#;
    fs::write(&queue, entries).unwrap();
    let store = Store::open(&room.database).unwrap();
    let replayed = room.spool.replay(&store).unwrap();
    assert_eq!(
        (replayed.recorded, replayed.new, replayed.rejected),
        (2, 2, 2)
    );
    assert!(!queue.exists());
    // Killed before it had its new name, it is found done.
    fs::write(&queue, entries).unwrap();
    assert_eq!(room.spool.replay(&store).unwrap().recorded, 0);
    let tickets = seen(&store);
    assert_eq!(
        tickets,
        BTreeMap::from([("another".to_owned(), 1), ("no such column".to_owned(), 1)])
    );
    fs::write(&queue, "{ damaged").unwrap();
    room.spool.replay(&store).unwrap();
    assert!(queue.exists());
}

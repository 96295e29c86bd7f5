//! Hooks.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use actifix::Store;
use actifix::notify::{Hook, Target};
use rustix::process::{Pid, test_kill_process};
use serde_json::{Value, json};

use crate::proof::stores::{Room, record};
use crate::proof::wait_until;
use crate::{deliver, deliver_once, reason, told};

/// A hook that is this shell script.
pub fn hook(name: &str, script: &str) -> Target {
    let fields = json!({ "name": name, "command": ["sh", "-c", script], "timeout": "1s" });
    serde_json::from_value::<Hook>(fields).unwrap().into()
}

/// A store with one thing to tell, and the file that a script can write to, beside it.
fn scene(room: &Room, script: &str) -> (Store, actifix::notify::Deliverer, PathBuf) {
    let store = room.store();
    let deliverer = told(&store, vec![hook("bell", script)]);
    record(&store, "the disk is full");
    (store, deliverer, room.dir.path().join("out"))
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn a_hook_is_fed_and_finds_the_facts_in_its_environment() {
    let room = Room::in_memory();
    let script = "cat > out; env | grep ^ACTIFIX_ | sort > env; pwd > where";
    let (store, deliverer, out) = scene(&room, script);
    assert_eq!(deliver(&deliverer).delivered, 1);
    let told: Value = serde_json::from_str(&text(&out)).unwrap();
    assert_eq!(told["type"], "ticket.recorded");
    assert_eq!(told["data"]["ticket"]["message"], "the disk is full");
    let env = text(&room.dir.path().join("env"));
    for line in [
        "ACTIFIX_HOOK=bell",
        "ACTIFIX_ON=recorded",
        "ACTIFIX_PRIORITY=P2",
        "ACTIFIX_MESSAGE=the disk is full",
    ] {
        assert!(env.lines().any(|there| there == line), "{line} in {env}");
    }
    assert!(env.contains(&format!("ACTIFIX_DB={}", store.path().display())));
    let told_id = told["id"].as_str().unwrap();
    assert!(env.contains(&format!("ACTIFIX_MESSAGE_ID={told_id}")));
}

#[test]
fn a_failing_hook_says_why_and_is_run_again() {
    let room = Room::in_memory();
    let (store, deliverer, _) = scene(&room, "echo 'no printer, TOKEN=hunter22abc' >&2; exit 3");
    assert_eq!(deliver_once(&deliverer).failed, 1);
    let (why, pause) = reason(&store);
    assert!(
        why.starts_with("exit 3: no printer") && !why.contains("hunter22"),
        "{why}"
    );
    assert!(pause > Duration::ZERO);
}

#[test]
fn a_program_that_is_not_there_is_a_reason() {
    let room = Room::in_memory();
    let store = room.store();
    for command in [
        vec!["/nowhere/at/all"],
        vec!["no-such-program-at-all"],
        vec!["./no-such-script"],
    ] {
        let fields = json!({ "name": "bell", "command": command });
        let target = Target::from(serde_json::from_value::<Hook>(fields).unwrap());
        let told_by = told(&store, vec![target]);
        let told_why = told_by.test("bell").unwrap_err().to_string();
        assert!(told_why.contains("cannot be started"), "{told_why}");
    }
}

/// Waits until the process whose id the script wrote is gone.
fn is_gone(pid: &Path) {
    let pid = Pid::from_raw(text(pid).trim().parse().unwrap()).unwrap();
    wait_until::holds("a process ends", || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
        test_kill_process(pid).is_err() || stat.is_ok_and(|stat| stat.contains(") Z "))
    });
}

#[test]
fn a_hook_that_hangs_forks_and_ignores_signals_is_ended_with_all_of_its_group() {
    let room = Room::in_memory();
    let script = "trap '' TERM; (trap '' TERM; sleep 600) & echo $! > out; sleep 600; sleep 600";
    let (store, deliverer, out) = scene(&room, script);
    assert_eq!(deliver_once(&deliverer).failed, 1);
    assert!(reason(&store).0.contains("its time was over"));
    is_gone(&out);
}

#[test]
fn what_a_hook_leaves_behind_is_ended_and_it_has_arrived() {
    let room = Room::in_memory();
    let (store, deliverer, out) = scene(&room, "sleep 600 & echo $! > out");
    assert_eq!(deliver_once(&deliverer).delivered, 1);
    assert_eq!(store.outbox().wait().unwrap().waiting, 0);
    is_gone(&out);
}

#[test]
fn who_leaves_the_group_and_holds_the_output_holds_up_nobody() {
    let room = Room::in_memory();
    let (store, deliverer, out) = scene(&room, "setsid sleep 5 & echo $! > out");
    assert_eq!(deliver_once(&deliverer).delivered, 1);
    assert_eq!(store.outbox().wait().unwrap().waiting, 0);
    assert!(!text(&out).is_empty());
}

#[test]
fn ten_megabytes_of_output_and_a_closed_stdin_are_nothing() {
    let room = Room::in_memory();
    let script = "exec <&-; head -c 10000000 /dev/zero | tr '\\0' x; echo the end; exit 1";
    let (store, deliverer, _) = scene(&room, script);
    assert_eq!(deliver_once(&deliverer).failed, 1);
    let (why, _) = reason(&store);
    assert!(why.len() < 1_000 && why.ends_with("the end"), "{why}");
}

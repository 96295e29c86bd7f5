//! Folders that may not be changed: whoever may write the files writes by the gate, whoever may not reads on.

use std::fs;
use std::os::unix::fs::chown;

use rustix::process::{Pid, Signal, kill_process};

use crate::cast::{OWNER, ROOT, Square, set_mode};
use crate::stage::leaders::add;

#[test]
fn in_a_folder_that_may_not_be_changed_writers_go_by_the_gate() {
    let square = Square::new();
    chown(square.folder(), Some(ROOT), Some(ROOT)).unwrap();
    set_mode(square.folder(), 0o755);
    let line = square.line();
    add(&line, -1);
    let mut writer = square.by(OWNER, "write", 2);
    writer.expect("ready");
    assert_eq!(writer.handed(), (0, false));
    writer.ends_alone("Permission denied");
    add(&line, -3);
    square.all_there([2]);
}

#[test]
fn where_all_is_read_only_reading_goes_on_and_nobody_writes_by_the_leader() {
    let square = Square::new();
    let mut leader = square.by(ROOT, "lead", 1);
    leader.expect("leads");
    // The leader's socket can be reached from there.
    let folder = square.folder().display();
    let inside = format!(
        "mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && exec \"$@\""
    );
    let read_only = format!("unshare --mount sh -ec '{inside}' sh");
    let mut reader = square.behind(&read_only, "read", 500);
    reader.expect("1");
    let line = square.line();
    (2..10).for_each(|n| add(&line, -n));
    assert_eq!(line.figures().handed, 8);
    reader.go_on();
    reader.expect("9");
    reader.ends_alone("rows.db-gate cannot be opened");
    square.all_there([]);
    leader.ends_quietly();
}

#[test]
fn a_leader_that_stopped_is_stepped_around_where_its_socket_cannot_be_removed() {
    let square = Square::new();
    chown(square.folder(), Some(ROOT), Some(ROOT)).unwrap();
    let mut leader = square.by(OWNER, "lead", 1);
    leader.expect("leads");
    set_mode(square.folder(), 0o755);
    let pid = Pid::from_raw(i32::try_from(leader.pid()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    let mut writer = square.by(OWNER, "follow", 2);
    writer.expect("ready");
    assert_eq!(writer.handed(), (0, false));
    // It was asked once or twice, and not before each call.
    let socket = square.side("-line").display().to_string();
    let asked = fs::read_to_string("/proc/net/unix").unwrap();
    let asked = asked.lines().filter(|line| line.contains(&socket)).count();
    assert!((2..10).contains(&asked), "{asked} connections");
    writer.ends_quietly();
    kill_process(pid, Signal::CONT).unwrap();
    leader.ends_quietly();
    square.all_there([2]);
}

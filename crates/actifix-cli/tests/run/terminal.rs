//! On a terminal: the command has one too, of the same size, and keys mean what they always mean.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use pty_process::Size;
use pty_process::blocking::{Command, Pty};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::stage::{Stage, until};

/// `actifix run` on a terminal of its own.
struct Screen {
    pty: Option<Pty>,
    child: Child,
    seen: String,
    more: Receiver<Vec<u8>>,
}

impl Screen {
    fn show(stage: &Stage, words: &[&str]) -> Self {
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(Size::new(31, 97)).unwrap();
        let command = Command::new(env!("CARGO_BIN_EXE_actifix"))
            .arg("run")
            .arg("--")
            .args(words)
            .current_dir(stage.path());
        let child = command.spawn(pts).unwrap();
        let mut from =
            std::fs::File::from(std::os::fd::AsFd::as_fd(&pty).try_clone_to_owned().unwrap());
        let (give, more) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 4 << 10];
            while let Ok(got) = from.read(&mut bytes) {
                if got == 0 || give.send(bytes[..got].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            pty: Some(pty),
            child,
            seen: String::new(),
            more,
        }
    }

    fn waits_for(&mut self, text: &str) {
        until(|| {
            while let Ok(bytes) = self.more.try_recv() {
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
            }
            self.seen.contains(text)
        });
    }

    fn types(&mut self, keys: &[u8]) {
        self.pty.as_mut().unwrap().write_all(keys).unwrap();
    }

    fn ends(&mut self) -> ExitStatus {
        until(|| self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_is_a_terminal_of_the_same_size_and_colours_stay() {
    let stage = Stage::new();
    let line = "test -t 0 && test -t 1 && test -t 2 && stty size; printf '\\033[31mred\\033[0m\\n'; echo done; exit 3";
    let mut screen = Screen::show(&stage, &["sh", "-c", line]);
    screen.waits_for("done");
    assert!(
        screen
            .seen
            .starts_with("31 97\r\n\u{1b}[31mred\u{1b}[0m\r\ndone"),
        "{:?}",
        screen.seen
    );
    assert_eq!(screen.ends().code(), Some(3));
    screen.waits_for("actifix: ACT-");
    assert_eq!(stage.ticket()["stack_trace"], "31 97\nred\ndone");
}

#[test]
fn keys_reach_it_and_the_size_follows() {
    let stage = Stage::new();
    let line = "trap 'stty size' WINCH; echo ready; read x; echo got $x; read y; exit 0";
    let mut screen = Screen::show(&stage, &["bash", "-c", line]);
    screen.waits_for("ready");
    screen.types(b"hello\r");
    screen.waits_for("got hello");
    screen
        .pty
        .as_ref()
        .unwrap()
        .resize(Size::new(20, 50))
        .unwrap();
    screen.types(b"\r");
    screen.ends();
    let line = "while :; do stty size; sleep 0.05; done";
    let mut screen = Screen::show(&stage, &["sh", "-c", line]);
    screen.waits_for("31 97");
    screen
        .pty
        .as_ref()
        .unwrap()
        .resize(Size::new(20, 50))
        .unwrap();
    screen.waits_for("20 50");
    screen.types(&[3]);
    assert_eq!(screen.ends().signal(), Some(2));
    // It was interrupted: that is no failure.
    assert_eq!(stage.tickets().len(), 0);
}

#[test]
fn it_is_stopped_by_its_key_and_goes_on() {
    let stage = Stage::new();
    let mut screen = Screen::show(
        &stage,
        &["sh", "-c", "echo ready; read x; echo got $x; exit 4"],
    );
    screen.waits_for("ready");
    screen.types(&[26]);
    let mut stopped = None;
    until(|| {
        stopped = waitpid(
            Some(screen.pid()),
            WaitOptions::UNTRACED | WaitOptions::NOHANG,
        )
        .unwrap();
        stopped.is_some()
    });
    assert!(stopped.unwrap().1.stopped());
    kill_process(screen.pid(), Signal::CONT).unwrap();
    screen.types(b"again\r");
    screen.waits_for("got again");
    assert_eq!(screen.ends().code(), Some(4));
}

#[test]
fn a_terminal_that_goes_away_leaves_nothing_running() {
    let stage = Stage::new();
    let mut screen = Screen::show(
        &stage,
        &[
            "sh",
            "-c",
            "echo $$ > pid; echo ready; while :; do echo x; sleep 0.05; done",
        ],
    );
    screen.waits_for("ready");
    let inside: i32 = std::fs::read_to_string(stage.path().join("pid"))
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let outside = screen.pid();
    screen.pty = None;
    // Its reader holds the other handle: that goes too.
    screen.more = channel().1;
    until(|| crate::stage::state(inside).is_none());
    until(|| matches!(crate::stage::state(outside.as_raw_pid()), None | Some('Z')));
}

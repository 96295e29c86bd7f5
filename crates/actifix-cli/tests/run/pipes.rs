//! Where there is no terminal: output, exit codes and signals, both ways.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::stage::{Stage, signal, state, until};

#[test]
fn output_and_exit_code_are_as_if_it_stood_alone() {
    let stage = Stage::new();
    for (line, code, out, err) in [
        ("exit 0", 0, "", ""),
        ("echo out; echo err >&2; exit 7", 7, "out\n", "err\n"),
        ("printf 'no end'; exit 255", 255, "no end", ""),
        ("printf '\\377\\000x'; exit 1", 1, "\u{FFFD}\0x", ""),
    ] {
        let ran = stage.run(line);
        assert_eq!(ran.status.code(), Some(code), "{line}");
        assert_eq!(
            (
                String::from_utf8_lossy(&ran.stdout).as_ref(),
                String::from_utf8_lossy(&ran.stderr).as_ref()
            ),
            (out, err)
        );
    }
    // Where both go to one place their order is kept.
    let file = fs::File::create(stage.path().join("both")).unwrap();
    let line = "for n in 1 2 3 4 5 6 7 8 9; do echo out $n; echo err $n >&2; done; exit 1";
    let mut command = stage.sh(line);
    command.stdout(file.try_clone().unwrap()).stderr(file);
    command.status().unwrap();
    let alone = Command::new("sh")
        .args(["-c", &format!("({line}) 2>&1")])
        .output()
        .unwrap();
    assert_eq!(fs::read(stage.path().join("both")).unwrap(), alone.stdout);
}

#[test]
fn what_is_typed_reaches_it_and_its_reader_may_go() {
    let stage = Stage::new();
    let mut child = stage
        .sh("cat; exit 3")
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"a line\n").unwrap();
    let ran = child.wait_with_output().unwrap();
    assert_eq!(
        (ran.status.code(), ran.stdout.as_slice()),
        (Some(3), &b"a line\n"[..])
    );
    // `yes | head` ends: the command hears that nobody reads any more.
    let mut child = stage.actifix(["run", "--", "yes"]).spawn().unwrap();
    let mut first = [0; 2];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let status = child.wait().unwrap();
    assert!(
        status.signal() == Some(13) || status.code() == Some(1),
        "{status:?}"
    );
}

#[test]
fn it_ends_as_the_command_ends_and_signals_are_passed_on() {
    let stage = Stage::new();
    for (name, number) in [("SEGV", 11), ("KILL", 9), ("TERM", 15), ("USR1", 10)] {
        let ran = stage.run(&format!("kill -{name} $$"));
        assert_eq!(ran.status.signal(), Some(number), "{name}");
    }
    for sent in [Signal::TERM, Signal::INT, Signal::HUP, Signal::USR1] {
        let mut child = stage.sh("trap 'echo heard; exit 5' TERM INT HUP USR1; echo ready; while :; do sleep 0.02; done").spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let mut ready = [0; 6];
        out.read_exact(&mut ready).unwrap();
        signal(&child, sent);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert_eq!(
            (rest.as_str(), child.wait().unwrap().code()),
            ("heard\n", Some(5)),
            "{sent:?}"
        );
    }
}

#[test]
fn what_was_interrupted_did_not_fail() {
    let stage = Stage::new();
    let mut child = stage.sh("echo ready; exec sleep 600").spawn().unwrap();
    let mut ready = [0; 6];
    child.stdout.take().unwrap().read_exact(&mut ready).unwrap();
    signal(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert_eq!(stage.tickets(), Vec::<serde_json::Value>::new());
}

/// A process group whose parents have gone is not stopped by SIGTSTP: the kernel sees to that, since nobody could continue
/// it. Whether the group of this test is such a one.
fn nobody_could_continue_us() -> bool {
    let mut alone = std::process::Command::new("sleep")
        .arg("60")
        .spawn()
        .unwrap();
    let pid = i32::try_from(alone.id()).unwrap();
    until(|| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "sleep\n")
    });
    signal(&alone, Signal::TSTP);
    // A stop shows at once, or never.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let stopped = state(pid) == Some('T');
    alone.kill().unwrap();
    alone.wait().unwrap();
    !stopped
}

#[test]
fn it_stops_and_goes_on_with_the_command() {
    let stage = Stage::new();
    // Then the command alone would not stop either; SIGSTOP stops it anywhere.
    let stop = if nobody_could_continue_us() {
        Signal::STOP
    } else {
        Signal::TSTP
    };
    let mut child = stage
        .sh("echo $$; while :; do sleep 0.02; done")
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut line).unwrap();
    let (inside, outside) = (
        line.trim().parse().unwrap(),
        i32::try_from(child.id()).unwrap(),
    );
    match stop {
        Signal::TSTP => signal(&child, Signal::TSTP),
        other => {
            rustix::process::kill_process(rustix::process::Pid::from_raw(inside).unwrap(), other)
                .unwrap()
        }
    }
    until(|| (state(inside), state(outside)) == (Some('T'), Some('T')));
    signal(&child, Signal::CONT);
    until(|| state(inside) != Some('T') && state(outside) != Some('T'));
    signal(&child, Signal::TERM);
    child.wait().unwrap();
    until(|| state(inside).is_none());
}

#[test]
fn one_that_ignores_signals_is_waited_for_and_one_that_forks_is_not() {
    let stage = Stage::new();
    let mut child = stage
        .sh("trap '' TERM; echo ready; sleep 0.3; exit 4")
        .spawn()
        .unwrap();
    let mut ready = [0; 6];
    child.stdout.take().unwrap().read_exact(&mut ready).unwrap();
    signal(&child, Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(4));
    // The one in the background holds the pipes for ten minutes.
    let ran = stage.run("sleep 600 & echo $!; exit 6");
    assert_eq!(ran.status.code(), Some(6));
    let background: i32 = String::from_utf8(ran.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert_eq!(state(background), Some('S'));
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(background).unwrap(),
        Signal::KILL,
    )
    .unwrap();
}

#[test]
fn what_is_not_there_makes_no_ticket() {
    let stage = Stage::new();
    let ran = stage
        .actifix(["run", "--", "no-such-command"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(127));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("`no-such-command` cannot be started"));
    fs::write(stage.path().join("plain"), "x").unwrap();
    assert_eq!(
        stage
            .actifix(["run", "--", "./plain"])
            .output()
            .unwrap()
            .status
            .code(),
        Some(126)
    );
    assert_eq!(
        stage.actifix(["run"]).output().unwrap().status.code(),
        Some(2)
    );
    assert_eq!(stage.tickets(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_line_of_a_hundred_megabytes_takes_bounded_memory() {
    let stage = Stage::new();
    let line =
        "head -c 104857600 /dev/zero | tr '\\0' x; grep VmHWM /proc/$PPID/status >&2; exit 1";
    let mut child = stage.sh(line).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let copied = std::io::copy(&mut out, &mut std::io::sink()).unwrap();
    let ran = child.wait_with_output().unwrap();
    assert_eq!((copied, ran.status.code()), (104_857_600, Some(1)));
    let told = String::from_utf8(ran.stderr).unwrap();
    let peak: u64 = told.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(peak < 48 << 10, "{peak} KiB");
    assert_eq!(stage.tickets().len(), 1);
}

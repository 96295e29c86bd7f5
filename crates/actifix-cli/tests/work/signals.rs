//! Signals: the first lets what runs finish, the second ends it; nothing stays leased, no child survives.

use rustix::process::Signal;

use crate::bench::{EVIDENCE, Ear, Hand, gone, nothing_leased, with_tickets, words, work, written};

#[test]
fn the_first_signal_lets_the_command_finish_and_claims_no_more() {
    let shell = with_tickets(3);
    let script = format!("echo $$ >pid; while [ ! -e go ]; do sleep 0.05; done; {EVIDENCE}");
    let hand = Hand::start(work(&shell, "", &script));
    written(&shell.path().join("pid"));
    hand.signal(Signal::TERM);
    // It says so before the command ends.
    shell.write("go", "");
    let (code, said) = hand.end();
    assert_eq!(code, Some(0));
    assert_eq!(words(&said), ["claimed", "said", "completed", "ended_work"]);
    assert_eq!(shell.json("stats")["open"], 2);
    nothing_leased(&shell);
}

#[test]
fn the_second_signal_ends_the_command_at_once_and_gives_the_ticket_back() {
    for signal in [Signal::INT, Signal::TERM] {
        let shell = with_tickets(1);
        let script = "trap '' TERM INT; sleep 1000 & echo $! >left.pid; echo $$ >pid; while :; do sleep 0.05; done";
        let mut hand = Hand::start(work(&shell, "--kill-after 100ms --grace 1h", script));
        let mut ear = Ear::of(&mut hand);
        let pids = ["pid", "left.pid"].map(|name| written(&shell.path().join(name)));
        hand.signal(signal);
        ear.hear("said");
        hand.signal(Signal::TERM);
        ear.hear("released");
        ear.hear("ended_work");
        assert_eq!(hand.0.wait().unwrap().code(), Some(0));
        pids.iter().for_each(|pid| gone(pid));
        let ticket = crate::bench::ticket(&shell);
        assert_eq!(
            (&ticket["status"], &ticket["attempts"]),
            (&"open".into(), &0.into())
        );
        nothing_leased(&shell);
    }
}

#[test]
fn a_command_that_takes_longer_than_the_grace_is_ended() {
    let shell = with_tickets(1);
    let hand = Hand::start(work(
        &shell,
        "--grace 100ms",
        "echo $$ >pid; exec sleep 1000",
    ));
    let pid = written(&shell.path().join("pid"));
    hand.signal(Signal::TERM);
    let (code, said) = hand.end();
    assert_eq!(
        (code, words(&said)),
        (Some(0), vec!["claimed", "said", "released", "ended_work"])
    );
    gone(&pid);
    nothing_leased(&shell);
}

#[test]
fn a_worker_with_nothing_to_do_ends_at_the_first_signal() {
    let shell = with_tickets(0);
    let hand = Hand::start(work(&shell, "--concurrency 4", "true"));
    // It listens before it claims: the view of its children is enough to know that it runs.
    let tasks = format!("/proc/{}/task", hand.0.id());
    crate::shell::until(|| std::fs::read_dir(&tasks).is_ok_and(|tasks| tasks.count() >= 6));
    hand.signal(Signal::INT);
    let (code, said) = hand.end();
    assert_eq!((code, words(&said)), (Some(0), vec!["said", "ended_work"]));
}

#[test]
fn a_third_signal_ends_the_worker_and_its_command_with_it() {
    let shell = with_tickets(1);
    let script = "trap '' TERM; echo $$ >pid; while :; do sleep 0.05; done";
    let mut hand = Hand::start(work(&shell, "--kill-after 1h --lease 1s", script));
    let mut ear = Ear::of(&mut hand);
    let pid = written(&shell.path().join("pid"));
    for _ in 0..2 {
        hand.signal(Signal::TERM);
        ear.hear("said");
    }
    hand.signal(Signal::TERM);
    assert_eq!(hand.0.wait().unwrap().code(), Some(143));
    gone(&pid);
    // Its lease runs out.
    crate::shell::until(|| crate::bench::ticket(&shell)["expired"] == true);
}

#[test]
fn a_worker_that_is_stopped_keeps_nobody_waiting() {
    let shell = with_tickets(2);
    let script = format!("echo $$ >pid; while [ ! -e go ]; do sleep 0.05; done; {EVIDENCE}");
    let hand = Hand::start(work(&shell, "--once", &script));
    written(&shell.path().join("pid"));
    // It commits for all.
    let leader = || shell.json("stats --contention")["leader"]["pid"].as_u64();
    crate::shell::until(|| leader() == Some(hand.0.id().into()));
    hand.signal(Signal::TSTP);
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", hand.0.id())).unwrap();
    crate::shell::until(|| state().contains(") T "));
    assert_eq!(leader(), None);
    let gate = shell.path().join(".actifix/actifix.db-gate");
    let lead = shell.path().join(".actifix/actifix.db-lead");
    for side in [gate, lead] {
        let file = std::fs::File::open(&side).unwrap();
        assert!(file.try_lock().is_ok(), "{} is held", side.display());
    }
    assert_eq!(
        shell.json("claim --as other")["leases"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    hand.signal(Signal::CONT);
    shell.write("go", "");
    let (code, said) = hand.end();
    assert_eq!(
        (code, words(&said)),
        (Some(0), vec!["claimed", "completed", "ended_work"])
    );
}

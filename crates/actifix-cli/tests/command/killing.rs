//! A process that is killed at a system call, and at each of them in turn: strace does it.

use std::process::{Command, Stdio};

/// The program, killed at the `nth` call of a kind in one of its threads.
pub fn killed_at(call: &str, nth: u32, program: &Command) -> Command {
    let mut traced = Command::new("strace");
    traced
        .args(["-f", "-qq", "-o", "/dev/null"])
        .args(["-e", &format!("trace={call}")])
        .args(["-e", &format!("inject={call}:signal=KILL:when={nth}")])
        .arg(program.get_program())
        .args(program.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(folder) = program.get_current_dir() {
        traced.current_dir(folder);
    }
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced
}

/// Tries each of these calls, each at its first, its second, … as long as `killed` says that the process came so far; a
/// process makes fewer than `many` of a kind.
///
/// # Panics
/// When there were no more than `least`: then strace cannot trace here.
pub fn at_each(calls: &[&str], many: u32, least: usize, killed: impl Fn(&str, u32) -> bool + Sync) {
    let every = |call: &str| {
        let made = (1..=many).take_while(|nth| killed(call, *nth)).count();
        assert!(made < many as usize, "{call} never ends");
        println!("{call}: killed at each of {made}");
        made
    };
    let points: usize = std::thread::scope(|scope| {
        let all: Vec<_> = calls
            .iter()
            .map(|call| scope.spawn(|| every(call)))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert!(
        points > least,
        "killed at {points} points only: strace cannot trace here"
    );
}

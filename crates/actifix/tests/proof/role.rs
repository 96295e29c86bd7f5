//! Other processes: the test binary runs itself again, and a variable of the environment names the role it plays.
//!
//! A binary that needs roles has a test named `role` whose only line is [`play`]. Run by hand it passes at once.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde::de::DeserializeOwned;

const ROLE: &str = "ACTIFIX_TEST_ROLE";
/// `mixed`: half of the processes go by the gate, the others share a line.
const FORMS: &str = "ACTIFIX_TEST_LINE";
const ARGUMENTS: &str = "ACTIFIX_TEST_ARGUMENTS";
/// Stands before what an actor tells its director, since libtest writes to the same pipe.
const MARK: &str = "@@";

/// Plays the role that this process was started for, if any.
pub fn play(roles: &[(&str, fn())]) {
    let Ok(name) = std::env::var(ROLE) else {
        return;
    };
    let role = roles.iter().find(|(known, _)| *known == name);
    role.unwrap_or_else(|| panic!("no role `{name}`")).1();
}

/// The arguments that the director gave.
pub fn arguments<T: DeserializeOwned>() -> T {
    serde_json::from_str(&std::env::var(ARGUMENTS).expect("a role has arguments"))
        .expect("arguments are JSON")
}

/// Tells the director something.
pub fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{MARK}{line}\n").as_bytes())
        .expect("the director listens");
    out.flush().expect("the director listens");
}

/// Waits for the director's next line.
pub fn listen() -> String {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .expect("the director speaks");
    line.trim_end().to_owned()
}

/// Says that everything is prepared, and waits for the sign to begin.
pub fn ready() {
    tell("ready");
    assert_eq!(listen(), "go", "the director went away");
}

/// The form of the line for the next process: every other goes by the gate, when the forms are to be mixed.
fn mixed() -> Option<&'static str> {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let mixed = std::env::var(FORMS).is_ok_and(|forms| forms == "mixed");
    let odd = STARTED.fetch_add(1, Ordering::Relaxed) % 2 == 1;
    mixed.then_some(if odd { "gate" } else { "shared" })
}

/// A process that plays a role. It is killed when this is dropped.
pub struct Actor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Actor {
    /// Starts a process of this test binary in `role`.
    pub fn start(role: &str, arguments: &impl Serialize) -> Self {
        let own: PathBuf = std::env::current_exe().expect("a test knows its binary");
        let mut command = Command::new(own);
        if let Some(form) = mixed() {
            command.env("ACTIFIX_LINE", form);
        }
        let mut child = command
            .args(["--exact", "role", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(
                ARGUMENTS,
                serde_json::to_string(arguments).expect("arguments are JSON"),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary runs again");
        let input = child.stdin.take().expect("a piped stdin");
        let output = BufReader::new(child.stdout.take().expect("a piped stdout"));
        Self {
            child,
            input,
            output,
        }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the next thing it tells.
    ///
    /// # Panics
    /// When it ends without a word.
    pub fn told(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = self
                .output
                .read_line(&mut line)
                .expect("an actor speaks UTF-8");
            assert_ne!(
                read,
                0,
                "the actor ended without a word: {:?}",
                self.child.wait()
            );
            if let Some((_, told)) = line.split_once(MARK) {
                return told.trim_end().to_owned();
            }
        }
    }

    /// Waits until it is ready.
    pub fn await_ready(&mut self) {
        assert_eq!(self.told(), "ready");
    }

    /// Says a line to it.
    pub fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("the actor listens");
    }

    /// Gives the sign to begin.
    pub fn go(&mut self) {
        self.say("go");
    }

    /// Stops it where it stands (SIGSTOP).
    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Kills it (SIGKILL), and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().expect("an own child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it failed.
    pub fn finish(mut self) {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.output, &mut rest).expect("an actor speaks UTF-8");
        let status = self.child.wait().expect("a child ends");
        assert!(status.success(), "the actor failed ({status}): {rest}");
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("an own child can be signalled");
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        // Both fail when it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Hooks: a command in a process group of its own, fed with what happened, ended when its time is over.

use std::io::{self, PipeReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::lane::Refusal;
use super::message::{Message, cut};
use super::target::Hook;

/// Between SIGTERM and SIGKILL.
const KILL_AFTER: Duration = Duration::from_secs(2);
/// How long its output is waited for when somebody outside of its group still holds it.
const DRAIN: Duration = Duration::from_millis(500);
/// What is kept of the end of its output, in bytes, and told of it, in characters.
const KEPT: usize = 4_000;
const TOLD: usize = 500;

/// Runs it. Exit 0 is an arrival.
pub(super) fn run(hook: &Hook, message: &Message, database: &Path) -> Result<(), Refusal> {
    let failed = |error: io::Error| Refusal::of(format!("it cannot be started: {error}"));
    let (output, writer) = io::pipe().map_err(failed)?;
    let mut child = start(hook, message, database, writer).map_err(failed)?;
    feed(&mut child, message);
    let said = listen(output);
    let ended = watch(&child);
    let over = ended.recv_timeout(hook.timeout).is_err();
    if over {
        signal(&child, Signal::TERM);
        // What ignores that is killed below.
        let _ = ended.recv_timeout(KILL_AFTER);
    }
    let status = end(child);
    let said = said.recv_timeout(DRAIN).unwrap_or_default();
    match status {
        Ok(status) if status.success() && !over => Ok(()),
        Ok(_) if over => Err(why("its time was over", &said)),
        Ok(status) => Err(why(&ended_by(status), &said)),
        Err(error) => Err(Refusal::of(format!("it cannot be waited for: {error}"))),
    }
}

fn start(
    hook: &Hook,
    message: &Message,
    database: &Path,
    output: io::PipeWriter,
) -> io::Result<Child> {
    let folder = folder(database);
    let mut words = hook.command.iter();
    let program = words.next().map(String::as_str).unwrap_or_default();
    // A path is taken from that folder too; a name alone is looked for in PATH.
    let program = match program.contains('/') {
        true => folder.join(program),
        false => PathBuf::from(program),
    };
    let mut command = Command::new(program);
    command
        .args(words)
        .current_dir(&folder)
        .env(crate::locate::DATABASE, database)
        .envs(environment(hook, message))
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0);
    command.spawn()
}

/// The folder of the project: that of the database, or the one around its `.actifix`.
fn folder(database: &Path) -> PathBuf {
    let own = database.parent().unwrap_or(Path::new("/"));
    let around = own.parent().filter(|_| own.ends_with(".actifix"));
    around.unwrap_or(own).to_owned()
}

/// The facts, as a worker's command finds them.
fn environment(hook: &Hook, message: &Message) -> Vec<(&'static str, String)> {
    let delivery = &message.delivery;
    let mut facts = vec![
        ("ACTIFIX_HOOK", hook.name.clone()),
        ("ACTIFIX_ON", delivery.on.to_string()),
        ("ACTIFIX_MESSAGE_ID", delivery.message.clone()),
        ("ACTIFIX_TICKET_ID", delivery.ticket.to_string()),
    ];
    if let Some(ticket) = &message.ticket {
        facts.extend([
            ("ACTIFIX_PROJECT", ticket.project.clone()),
            ("ACTIFIX_PRIORITY", ticket.priority.to_string()),
            ("ACTIFIX_KIND", ticket.kind.to_string()),
            ("ACTIFIX_STATUS", ticket.status.to_string()),
            ("ACTIFIX_ERROR_TYPE", ticket.error_type.clone()),
            ("ACTIFIX_MESSAGE", ticket.message.clone()),
            ("ACTIFIX_SOURCE", ticket.source.clone()),
        ]);
    }
    for (_, value) in &mut facts {
        *value = value.replace('\0', "\u{fffd}");
    }
    facts
}

/// It may end, or close its stdin, before it has read everything.
fn feed(child: &mut Child, message: &Message) {
    let text = format!("{}\n", message.json());
    if let Some(mut stdin) = child.stdin.take() {
        thread::spawn(move || {
            let _ = stdin.write_all(text.as_bytes());
        });
    }
}

/// Reads its output to the end, however much that is, and keeps the last of it.
fn listen(mut output: PipeReader) -> Receiver<Vec<u8>> {
    let (done, said) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        let mut piece = [0; 4_096];
        loop {
            match output.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => kept.extend_from_slice(&piece[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
            let old = kept.len().saturating_sub(KEPT);
            kept.drain(..old);
        }
        let _ = done.send(kept);
    });
    said
}

/// Tells when it has ended. It is left to be waited for: until then its group's id is nobody else's.
fn watch(child: &Child) -> Receiver<()> {
    let pid = Pid::from_child(child);
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
        let _ = done.send(());
    });
    ended
}

/// Ends what is left of its group, and waits for it.
fn end(mut child: Child) -> io::Result<ExitStatus> {
    signal(&child, Signal::KILL);
    child.wait()
}

fn signal(child: &Child, signal: Signal) {
    let _ = kill_process_group(Pid::from_child(child), signal);
}

fn ended_by(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

/// Why it failed, with what it said last.
fn why(what: &str, said: &[u8]) -> Refusal {
    let said = String::from_utf8_lossy(said);
    let said = said.trim();
    let skipped = said.chars().count().saturating_sub(TOLD);
    let last: String = said.chars().skip(skipped).collect();
    match last.is_empty() {
        true => Refusal::of(what),
        false => Refusal::of(format!("{what}: {}", cut(&last, TOLD))),
    }
}

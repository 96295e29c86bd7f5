//! One sentence that a person can act on.

use sqlite_line::locks::{Lock, State};

use super::{Held, Other};
use crate::show::time;

/// What to know, and what to do.
pub fn of(held: &[Held], others: &[Other]) -> String {
    // Whoever has SQLite's own lock is the cause; the gate's holder may be waiting for it.
    let cause = held
        .iter()
        .filter(|held| held.keeps_writers_out)
        .min_by_key(|held| held.lock == Lock::Gate);
    match cause {
        Some(held) => holds(held, held_at_gate(others)),
        None if others.is_empty() && held.is_empty() => "free: nobody has it open".to_owned(),
        None => format!(
            "free: anybody can write now ({})",
            counted(
                others.len(),
                "other process has it open",
                "other processes have it open"
            )
        ),
    }
}

fn held_at_gate(others: &[Other]) -> usize {
    others.iter().filter(|other| other.waits_at_gate).count()
}

fn holds(held: &Held, waiting: usize) -> String {
    let who = match held.pid {
        Some(pid) => format!("pid {pid} `{}`", shortened(&held.command)),
        None => "a process of another container".to_owned(),
    };
    let least = if held.from_the_beginning {
        ""
    } else {
        "at least "
    };
    let what = match held.lock {
        Lock::WalRecover => "is reading the log again after a crash, since",
        Lock::Gate => "has held the gate for",
        Lock::Pending | Lock::Exclusive => "has held the file for writing, readers kept out, for",
        _ => "has held the write lock for",
    };
    let mut text = format!("{who} {what} {least}{}", time(held.seen_for_us));
    match (held.state, held.pid) {
        (State::Stopped, Some(pid)) => text.push_str(&format!(
            "; it is stopped: continue it (kill -CONT {pid}) or end it (kill -KILL {pid})"
        )),
        (State::Disk, _) => text.push_str("; it waits for the disk"),
        (State::Ended, _) => {
            text.push_str("; it has ended and its parent has not noticed: end the parent")
        }
        (_, Some(pid)) => text.push_str(&format!(
            "; it runs: wait, or look what it does (if it hangs: kill {pid})"
        )),
        (_, None) => text.push_str("; look from there, or from the host"),
    }
    if waiting > 0 {
        text.push_str(&format!(
            "; {} at the gate",
            counted(waiting, "process waits", "processes wait")
        ));
    }
    text
}

fn shortened(command: &str) -> String {
    let mut text: String = command.chars().take(60).collect();
    if text.len() < command.len() {
        text.push('…');
    }
    text
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(lock: Lock, state: State, whole: bool) -> Held {
        Held {
            pid: Some(4711),
            command: "celery worker".to_owned(),
            state,
            lock,
            bytes: lock.bytes(),
            exclusive: true,
            keeps_writers_out: true,
            seen_for_us: 12_400_000,
            from_the_beginning: whole,
        }
    }

    #[test]
    fn the_sentence_names_who_since_when_and_what_to_do() {
        let gate = held(Lock::Gate, State::Running, false);
        let write = held(Lock::WalWrite, State::Stopped, true);
        assert_eq!(
            of(&[gate.clone(), write], &[]),
            "pid 4711 `celery worker` has held the write lock for 12.4 s; it is stopped: continue it (kill -CONT 4711) or \
             end it (kill -KILL 4711)"
        );
        let waiting = Other {
            pid: 9,
            command: String::new(),
            state: State::Running,
            waits_at_gate: true,
        };
        assert_eq!(
            of(&[gate], &[waiting]),
            "pid 4711 `celery worker` has held the gate for at least 12.4 s; it runs: wait, or look what it does (if it \
             hangs: kill 4711); 1 process waits at the gate"
        );
        assert_eq!(of(&[], &[]), "free: nobody has it open");
    }
}

//! `dropped`: a process that has the database open in SQLite opens and closes the file beside it. Its locks are gone, and
//! a commit that succeeded is lost.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use sqlite_line::locks::{Files, Lock};

use super::{Episode, Script, launcher};
use crate::code::Refusal;
use crate::desk;
use crate::error::{LabError, Result};
use crate::fleet::{Member, Order};
use crate::folder::Scratch;
use crate::keeper::Keep;
use crate::machine::Machine;
use crate::mode::{Journal, Mode};
use crate::setup::Setup;

const BY_THE_OTHER: &str = "INSERT INTO tickets(id, holder) VALUES(100, 'the other process')";
const BY_US: &str = "INSERT INTO tickets(id, holder) VALUES(200, 'this process')";
const HERE: &str = "SELECT count(*) FROM tickets WHERE id = ?1";
const CHECK: &str = "PRAGMA integrity_check";

/// Plays it by plain SQL, in the journal mode that is asked for, or by the store when the mode is `actifix`.
///
/// # Errors
/// A lab that cannot work; never what the scene itself shows.
pub fn dropped(setup: &Setup) -> Result<Episode> {
    if setup.mode == Mode::Actifix {
        return noticed(setup);
    }
    let scratch = Scratch::make(setup.folder.as_deref())?;
    let mut script = Script::begin();
    let path = scratch.path("dropped.db");
    desk::prepare(&path, Mode::Immediate, setup.journal, setup.workers)?;
    let keep = Keep {
        path: path.clone(),
        writes: vec![BY_THE_OTHER.to_owned()],
    };
    let mut other = Member::start(launcher(setup)?, &Order::Keep(keep))?;
    other.expect("holding")?;
    let (pid, them) = (other.pid(), format!("pid {}", other.pid()));
    script.line(
        them.as_str(),
        true,
        "begins a write transaction and inserts row 100",
    );
    seen(&path, pid, &mut script)?;
    other.tell("beside")?;
    other.expect("closed")?;
    script.line(
        them.as_str(),
        false,
        "opens the file once more outside SQLite, and closes it (a backup, a checksum)",
    );
    seen(&path, pid, &mut script)?;

    let me = format!("pid {}", std::process::id());
    let mine = written(&path);
    let told = match &mine {
        Ok(()) => {
            "begins a write transaction all the same, inserts row 200 and commits: done".to_owned()
        }
        Err(refusal) => format!("wants to write row 200: {}", refusal.told()),
    };
    script.line(me, mine.is_err(), told);
    other.tell("commit")?;
    let theirs = other.hear()?;
    script.line(them, theirs != "done", format!("commits: {theirs}"));
    drop(other);

    let kept = looked_at(&path, &mut script)?;
    // Whoever was told that it is done must find its row.
    let promised = [theirs == "done", mine.is_ok()];
    let lost = promised
        .iter()
        .zip(kept)
        .filter(|(promised, kept)| **promised && !kept)
        .count();
    Ok(episode(setup, &scratch, script, lost, theirs != "done"))
}

/// The store's guard at work.
fn noticed(setup: &Setup) -> Result<Episode> {
    let scratch = Scratch::make(setup.folder.as_deref())?;
    let mut script = Script::begin();
    let order = Order::Mislay(scratch.path("guarded.db"));
    let mut other = Member::start(launcher(setup)?, &order)?;
    let them = format!("pid {}", other.pid());
    other.expect("recorded")?;
    script.line(them.as_str(), true, "opens the store and records");
    other.tell("beside")?;
    other.expect("closed")?;
    script.line(
        them.as_str(),
        false,
        "opens the file once more outside SQLite, and closes it",
    );
    let (told, again) = (other.hear()?, other.hear()?);
    let success = told.contains("locks") && again == "done";
    script.line(
        them.as_str(),
        success,
        format!("goes on recording, and is told: {told}"),
    );
    script.line(them, again == "done", format!("records again: {again}"));
    let verdict = if success {
        "SUCCESS: the store noticed that its locks were gone, and applied nothing without them"
    } else {
        "FAILURE: nothing was noticed"
    };
    Ok(Episode {
        scene: "dropped",
        mode: setup.mode,
        journal: Journal::Wal,
        lines: script.lines,
        success,
        verdict: verdict.to_owned(),
        explanation: vec![
            "The store looks once a second, before it writes, whether the locks that it must have stand in the kernel's \
             table. (Processes that use the store are safe from each other even in that second: they also queue at the \
             gate, which is another file and another kind of lock.)"
                .to_owned(),
        ],
        file_system: scratch.system.clone(),
        machine: Machine::here(),
    })
}

/// What the kernel's table says about the other process.
fn seen(path: &Path, pid: u32, script: &mut Script) -> Result<()> {
    let files = Files::of(path).map_err(LabError::io("looking at the file"))?;
    let all = files
        .holdings_thoroughly()
        .map_err(LabError::io("reading the kernel's table of locks"))?;
    let write = |lock| matches!(lock, Lock::WalWrite | Lock::Reserved);
    let holds = all
        .iter()
        .any(|holding| holding.pid == Some(pid) && write(holding.lock));
    let what = if holds {
        format!("pid {pid} holds the write lock")
    } else {
        format!("pid {pid} holds NO write lock any more, though its transaction is open")
    };
    script.line("actifix locks", holds, what);
    Ok(())
}

fn written(path: &Path) -> Result<(), Refusal> {
    let write = || {
        let conn = Connection::open(path)?;
        conn.busy_timeout(Duration::ZERO)?;
        conn.execute_batch(&format!("BEGIN IMMEDIATE; {BY_US}; COMMIT"))
    };
    write().map_err(|error| Refusal::of(&error))
}

/// Which of the two rows are there, the other's first.
fn looked_at(path: &Path, script: &mut Script) -> Result<[bool; 2]> {
    let look = || -> rusqlite::Result<([bool; 2], String)> {
        let conn = Connection::open(path)?;
        let here = |row: u32| conn.query_row(HERE, [row], |r| Ok(r.get::<_, u32>(0)? == 1));
        let rows = [here(100)?, here(200)?];
        let check = conn.query_row(CHECK, [], |row| row.get(0))?;
        Ok((rows, check))
    };
    let (rows, check) = look().map_err(LabError::sqlite("looking at what was kept"))?;
    let word = |kept| if kept { "there" } else { "LOST" };
    script.line(
        "afterwards",
        rows[0] && rows[1],
        format!(
            "row 100 is {}, row 200 is {}; integrity_check says {check}",
            word(rows[0]),
            word(rows[1])
        ),
    );
    Ok(rows)
}

fn episode(setup: &Setup, scratch: &Scratch, script: Script, lost: usize, failed: bool) -> Episode {
    let success = lost == 0 && !failed;
    let verdict = match (lost, failed) {
        (0, false) => "SUCCESS: every commit that succeeded is there".to_owned(),
        (0, true) => "FAILURE: a commit failed, because the locks under it were gone".to_owned(),
        _ => format!("FAILURE: {lost} commit that succeeded is lost, and nobody was told"),
    };
    Episode {
        scene: "dropped",
        mode: Mode::Immediate,
        journal: setup.journal,
        lines: script.lines,
        success,
        verdict,
        explanation: vec![
            "A POSIX lock belongs to a process and a file, not to a descriptor: when a process closes *any* descriptor of \
             a file, all its locks on that file are gone. SQLite takes care of its own; it knows nothing of a backup by \
             hand, of a checksum, of a second copy of SQLite in the same process (Python's beside a package's own)."
                .to_owned(),
            match setup.journal {
                Journal::Wal => "Here two writers then wrote the same places of the log: both were told \"done\", one row \
                                 is gone, and the file is whole.",
                Journal::Delete => "Here the second writer took the first one's journal for one left by a crash and removed it. The first \
                                    noticed only when it wanted to remove it itself: its commit is reported as failed, and yet \
                                    its page stands in the file, over the other's row.",
            }
            .to_owned(),
            "The cure: in a process that has the database open in SQLite, never open the database or its -shm by other \
             means; copy with SQLite's own backup; one copy of SQLite in a process."
                .to_owned(),
        ],
        file_system: scratch.system.clone(),
        machine: Machine::here(),
    }
}

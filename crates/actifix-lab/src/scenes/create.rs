//! `create`: two processes set up one new file. The one that says `PRAGMA journal_mode=WAL` while the other writes is
//! refused at once, and its busy handler is never called.

use std::thread;
use std::time::{Duration, Instant};

use actifix::{Settings, Store};

use super::{Episode, Script, launcher};
use crate::error::{LabError, Result};
use crate::fleet::{Member, Order};
use crate::folder::Scratch;
use crate::keeper::Keep;
use crate::machine::Machine;
use crate::mode::{Journal, Mode};
use crate::setup::Setup;
use crate::show::time;
use crate::statements::TABLE;
use crate::trace::{Stopwatch, micros, unix_us};
use crate::tracer::{Patience, Tracer};

/// How long the other process writes while the store waits for it.
const WRITES_FOR: Duration = Duration::from_millis(250);
const SWITCH: &str = "PRAGMA journal_mode=WAL";

/// Plays it: by plain SQL, or by the store when the mode is `actifix`.
///
/// # Errors
/// A lab that cannot work; never what the scene itself shows.
pub fn create(setup: &Setup) -> Result<Episode> {
    let scratch = Scratch::make(setup.folder.as_deref())?;
    let mut script = Script::begin();
    let path = scratch.path("new.db");
    let ours = setup.mode == Mode::Actifix;
    let keep = Keep {
        path: path.clone(),
        writes: if ours {
            Vec::new()
        } else {
            vec![TABLE.to_owned()]
        },
    };
    let mut other = Member::start(launcher(setup)?, &Order::Keep(keep))?;
    other.expect("holding")?;
    let pid = other.pid();
    script.line(
        format!("pid {pid}"),
        true,
        "opens a new file, begins a transaction and writes",
    );
    let success = if ours {
        opened_by_the_store(&path, other, setup, &mut script)?
    } else {
        switched(&path, other, setup, &mut script)?
    };
    let (verdict, explanation) = words(ours, success);
    Ok(Episode {
        scene: "create",
        mode: setup.mode,
        journal: Journal::Delete,
        lines: script.lines,
        success,
        verdict,
        explanation,
        file_system: scratch.system.clone(),
        machine: Machine::here(),
    })
}

fn switched(
    path: &std::path::Path,
    mut other: Member,
    setup: &Setup,
    script: &mut Script,
) -> Result<bool> {
    let watch = Stopwatch::from(unix_us());
    let patience = Patience::Like(setup.timeout);
    // Not opened by `Tracer::open`'s look at the schema: reading is what the other process allows.
    let mut tracer = Tracer::open(path, "c1", patience, watch)?;
    let me = format!("pid {}", std::process::id());
    let mut switch = || {
        let mode = tracer.run("switch", SWITCH, |conn, sql| {
            let mode: String = conn.query_row(sql, [], |row| row.get(0))?;
            Ok((mode, Some(1)))
        });
        (mode, tracer.take().pop())
    };
    let (first, step) = switch();
    let took = step
        .as_ref()
        .map_or(0, |step| u64::try_from(step.took_us()).unwrap_or(0));
    let looks = step.map_or(0, |step| step.looks);
    let success = first.is_ok();
    let what = match first {
        Ok(mode) => format!("says {SWITCH}: it is {mode} now"),
        Err(refusal) => format!(
            "says {SWITCH}: {} after {}; busy handler called {looks} times, timeout {}",
            refusal.told(),
            time(took),
            time(micros(setup.timeout))
        ),
    };
    script.line(me.as_str(), success, what);
    other.tell("commit")?;
    other.expect("done")?;
    script.line(format!("pid {}", other.pid()), true, "commits");
    let (second, _) = switch();
    let again = match &second {
        Ok(mode) => format!("says {SWITCH} again: it is {mode} now"),
        Err(refusal) => format!("says {SWITCH} again: {}", refusal.told()),
    };
    script.line(me, second.is_ok(), again);
    Ok(success)
}

fn opened_by_the_store(
    path: &std::path::Path,
    mut other: Member,
    setup: &Setup,
    script: &mut Script,
) -> Result<bool> {
    let settings = Settings {
        deadline: setup.timeout,
        ..Settings::default()
    };
    let began = Instant::now();
    let opened = thread::scope(|scope| {
        let opening = scope.spawn(|| Store::open_with(path, settings).map(|_| began.elapsed()));
        // The scene needs a writer that is at work for a while; nothing is judged by how long it takes.
        thread::sleep(WRITES_FOR);
        other.tell("commit")?;
        other.expect("done")?;
        opening
            .join()
            .map_err(|_| LabError::worker("the opening thread panicked"))
    })?;
    script.line(
        format!("pid {}", other.pid()),
        true,
        format!("commits after {}", time(micros(WRITES_FOR))),
    );
    let me = format!("pid {}", std::process::id());
    match opened {
        Ok(took) => script.line(
            me,
            true,
            format!(
                "opens the store meanwhile: it waited, and is open after {}",
                time(micros(took))
            ),
        ),
        Err(error) => {
            script.line(me, false, format!("opens the store meanwhile: {error}"));
            return Ok(false);
        }
    }
    Ok(true)
}

fn words(ours: bool, success: bool) -> (String, Vec<String>) {
    let verdict = match (ours, success) {
        (true, true) => "SUCCESS: the store waited for the other process and opened the file",
        (true, false) => "FAILURE: the store did not open",
        (false, true) => "SUCCESS: the switch went through",
        (false, false) => "FAILURE: database is locked, at once, whatever the busy timeout",
    };
    let explanation = vec![
        "Switching to the write-ahead log needs the file for itself. SQLite asks for that lock without its busy handler, \
         so a second process that starts while the first is writing fails in no time: typical at start-up, when several \
         programs make their tables."
            .to_owned(),
        "The cure: switch under a lock of your own, or repeat the PRAGMA yourself while it answers 5. The store makes its \
         file under its gate, and repeats the switch while it waits for programs that know no gate. Try \
         `actifix lab create --mode actifix`."
            .to_owned(),
    ];
    (verdict.to_owned(), explanation)
}

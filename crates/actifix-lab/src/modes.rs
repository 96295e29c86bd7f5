//! The investigation's table, checked: which locks a transaction holds after BEGIN, after its read, after its write, and
//! what a second reader and a second writer get meanwhile.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use serde::Serialize;
use sqlite_line::locks::{Files, Holding, Lock, own_pid};

use crate::code::Refusal;
use crate::desk;
use crate::error::{LabError, Result};
use crate::folder::Scratch;
use crate::machine::Machine;
use crate::mode::{Journal, Mode};
use crate::statements::{COMMIT, DEFERRED, EXCLUSIVE, IMMEDIATE};

const READ: &str = "SELECT count(*) FROM tickets";
const WRITE: &str = "UPDATE tickets SET expires = expires + 1 WHERE id = 1";

/// The moments at which it is looked.
const MOMENTS: [&str; 3] = ["BEGIN", "read", "write"];

/// One row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Observation {
    /// The journal mode.
    pub journal: Journal,
    /// How the transaction began.
    pub mode: Mode,
    /// After what it was looked.
    pub moment: &'static str,
    /// The locks that the transaction held, decoded from the kernel's table.
    pub held: Vec<String>,
    /// What a second reader got.
    pub reader: String,
    /// What a second writer got, from its BEGIN IMMEDIATE to its COMMIT.
    pub writer: String,
    /// What the transaction itself got when it then wrote.
    pub own_write: String,
    /// What the investigation says.
    pub expected: String,
    /// It is so.
    pub as_expected: bool,
}

/// The table.
#[derive(Clone, Debug, Serialize)]
pub struct Observed {
    /// Its rows.
    pub observations: Vec<Observation>,
    /// Where.
    pub machine: Machine,
}

impl Observed {
    /// Everything is as the investigation says.
    pub fn is_success(&self) -> bool {
        self.observations.iter().all(|one| one.as_expected)
    }
}

/// Looks at every mode in both journal modes.
///
/// # Errors
/// When the lab cannot work, and where the system has no table of locks.
pub fn observe_modes(folder: Option<&Path>) -> Result<Observed> {
    let scratch = Scratch::make(folder)?;
    let mut observations = Vec::new();
    for journal in [Journal::Wal, Journal::Delete] {
        for mode in [Mode::Deferred, Mode::Immediate, Mode::Exclusive] {
            for moment in MOMENTS {
                let path = scratch.path(&format!("{journal}-{mode}-{moment}.db"));
                desk::prepare(&path, mode, journal, 3)?;
                observations.push(observe(&path, journal, mode, moment)?);
            }
        }
    }
    Ok(Observed {
        observations,
        machine: Machine::here(),
    })
}

fn observe(path: &Path, journal: Journal, mode: Mode, moment: &'static str) -> Result<Observation> {
    let first = impatient(path)?;
    let begin = match mode {
        Mode::Immediate => IMMEDIATE,
        Mode::Exclusive => EXCLUSIVE,
        _ => DEFERRED,
    };
    let steps = [begin, READ, WRITE];
    let upto = MOMENTS.iter().position(|one| *one == moment).unwrap_or(0);
    for sql in &steps[..=upto] {
        run(&first, sql).map_err(LabError::sqlite(
            "leading a transaction to the moment that is looked at",
        ))?;
    }
    let files = Files::of(path).map_err(LabError::io("looking at the file"))?;
    let all = files
        .holdings_thoroughly()
        .map_err(|error| LabError::Unsupported {
            why: format!("this system does not tell who holds locks ({error}); only Linux does"),
        })?;
    let held = told(&all, journal);
    let reader = answer(impatient(path)?, &[READ]);
    let writer = answer(impatient(path)?, &[IMMEDIATE, WRITE, COMMIT]);
    let own_write =
        run(&first, WRITE).map_or_else(|error| Refusal::of(&error).told(), |()| "writes".into());
    let expected = expected(journal, mode, moment);
    let code = |text: &str| {
        let digits = text
            .rsplit_once(", ")
            .map(|(_, rest)| rest.trim_end_matches(')'));
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    };
    let as_expected =
        held == expected.held && [code(&reader), code(&writer), code(&own_write)] == expected.codes;
    Ok(Observation {
        journal,
        mode,
        moment,
        held,
        reader,
        writer,
        own_write,
        expected: expected.told(),
        as_expected,
    })
}

fn impatient(path: &Path) -> Result<Connection> {
    let open = || {
        let conn = Connection::open(path)?;
        conn.busy_timeout(Duration::ZERO)?;
        Ok(conn)
    };
    open().map_err(LabError::sqlite("opening the file to look at"))
}

fn run(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// What a second connection gets.
fn answer(conn: Connection, steps: &[&str]) -> String {
    for sql in steps {
        if let Err(error) = run(&conn, sql) {
            let at = if *sql == COMMIT { "COMMIT: " } else { "" };
            return format!("{at}{}", Refusal::of(&error).told());
        }
    }
    if steps.len() == 1 { "reads" } else { "writes" }.to_owned()
}

/// This process's locks by name. What an open file of a write-ahead database holds all the time is left out.
fn told(all: &[Holding], journal: Journal) -> Vec<String> {
    let own = own_pid();
    let mut names: Vec<String> = all
        .iter()
        .filter(|holding| holding.pid.is_some() && holding.pid == own && !holding.waits)
        .filter_map(|holding| match (holding.lock, journal) {
            (Lock::WalOpen, _) | (Lock::Shared, Journal::Wal) => None,
            (Lock::WalRead(_), _) => Some("read mark".to_owned()),
            (lock, _) => Some(lock.name()),
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

struct Expected {
    held: Vec<String>,
    /// Extended codes of the second reader, the second writer, and the transaction's own write.
    codes: [i32; 3],
}

impl Expected {
    fn told(&self) -> String {
        format!("{:?}, codes {:?}", self.held, self.codes)
    }
}

/// What the investigation says.
fn expected(journal: Journal, mode: Mode, moment: &str) -> Expected {
    let (held, codes): (&[&str], _) = match (journal, mode, moment) {
        (_, Mode::Deferred, "BEGIN") => (&[], [0, 0, 0]),
        (Journal::Wal, Mode::Deferred, "read") => (&["read mark"], [0, 0, 517]),
        (Journal::Wal, ..) => (&["read mark", "write lock"], [0, 5, 0]),
        (Journal::Delete, Mode::Deferred, "read") => (&["shared lock"], [0, 5, 0]),
        (Journal::Delete, Mode::Exclusive, _) => (
            &["exclusive lock", "pending lock", "reserved lock"],
            [5, 5, 0],
        ),
        (Journal::Delete, ..) => (&["reserved lock", "shared lock"], [0, 5, 0]),
    };
    Expected {
        held: held.iter().map(|name| (*name).to_owned()).collect(),
        codes,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_as_the_investigation_says() {
        let observed = observe_modes(None).unwrap();
        assert_eq!(observed.observations.len(), 18);
        let wrong: Vec<_> = observed
            .observations
            .iter()
            .filter(|one| !one.as_expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

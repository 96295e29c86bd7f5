//! The benches: one file each, listed here.

mod cli;
mod cycle;
mod grouping;
mod honker;
mod line;
mod million;
mod processes;
mod record;
mod redaction;
mod size;

use crate::Answer;
use crate::session::Session;

/// A bench: its name, what it shows, and what runs it.
struct Bench {
    name: &'static str,
    shows: &'static str,
    run: fn(&mut Session) -> Answer<()>,
}

const BENCHES: [Bench; 10] = [
    Bench {
        name: "redaction",
        shows: "what redaction costs, in time and memory; false alarms",
        run: redaction::run,
    },
    Bench {
        name: "grouping",
        shows: "how well equal reports are found, on the labelled set; time of a fingerprint",
        run: grouping::run,
    },
    Bench {
        name: "cycle",
        shows: "claim + complete in one process, by 1, 64 and 256 callers, beside plain loops",
        run: cycle::run,
    },
    Bench {
        name: "honker",
        shows: "beside honker (PyPI), with and without 10,000 tickets leased",
        run: honker::run,
    },
    Bench {
        name: "million",
        shows: "cycles with 1,000,000 open tickets beside 1,000; pages read",
        run: million::run,
    },
    Bench {
        name: "record",
        shows: "new and repeated reports, import, beside plain loops and at 1,000,000 tickets",
        run: record::run,
    },
    Bench {
        name: "processes",
        shows: "16 processes with one caller each, beside SQLite's busy timeout",
        run: processes::run,
    },
    Bench {
        name: "line",
        shows: "16 and 64 processes on the shared line, beside the gate and SQLite's busy timeout",
        run: line::run,
    },
    Bench {
        name: "cli",
        shows: "one `actifix claim` from start to exit, beside `sqlite3 FILE \"SELECT 1\"`",
        run: cli::run,
    },
    Bench {
        name: "size",
        shows: "memory and file size with 1,000,000 tickets",
        run: size::run,
    },
];

/// The names, in the order in which they run.
pub fn names() -> impl Iterator<Item = &'static str> {
    BENCHES.iter().map(|bench| bench.name)
}

/// The list for `--help`.
pub fn list() -> String {
    let line = |bench: &Bench| format!("  {:<12} {}", bench.name, bench.shows);
    BENCHES.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Runs what was asked for.
pub fn run(session: &mut Session) -> Answer<()> {
    for bench in &BENCHES {
        if session.options.names.contains(&bench.name) {
            session.begin(bench.name);
            (bench.run)(session).map_err(|why| format!("{}: {why}", bench.name))?;
        }
    }
    Ok(())
}

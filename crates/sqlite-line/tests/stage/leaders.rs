//! Processes that lead, and lines that follow them.

use std::path::Path;

use sqlite_line::{Lead, Line, Options};

use super::{Do, Helper, Rows, Stage, say, until, wait_for_go_on};

pub fn leading() -> Options {
    Options::default().lead(Lead::AtOnce)
}

pub fn following() -> Options {
    Options::default().lead(Lead::Never)
}

/// What a helper process does in a leader's role.
pub fn play(role: &str, path: &Path, number: usize) {
    match role {
        "lead" => lead(path, number),
        "pause" => pause(path),
        other => panic!("no such role: {other}"),
    }
}

/// Leads, and writes nothing but its first row, until it is told to end or killed.
fn lead(path: &Path, number: usize) {
    let _line = take_the_lead(path, Rows::default(), number);
    wait_for_go_on();
}

/// A leader that stands inside a transaction for ever.
fn pause(path: &Path) {
    let rows = Rows::default();
    let line = take_the_lead(path, rows.clone(), 0);
    rows.pause.wait_entered();
    say("held");
    wait_for_go_on();
    rows.pause.let_go();
    until("it is answered", || line.figures().calls > 1);
}

/// Writes a first row, and says so when this process leads.
fn take_the_lead(path: &Path, rows: Rows, number: usize) -> Line<Rows> {
    let line = Line::open(path, rows, leading()).unwrap();
    add(&line, -1 - number as i64);
    until("it leads", || line.figures().leads);
    say("leads");
    line
}

/// A process in the role of `lead`, once it leads.
pub fn leader(stage: &Stage, number: usize) -> Helper {
    let mut helper = Helper::start("lead", &stage.path, number);
    helper.expect("leads");
    helper
}

/// Adds a row. One that is applied twice breaks the constraint.
pub fn add(line: &Line<Rows>, n: i64) {
    let answer = line.write(Do::Add(n)).wait();
    assert!(matches!(answer, Ok(row) if row == n), "{n}: {answer:?}");
}

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

/// Leads, and writes nothing but its first row, until it is told to end or killed.
pub fn lead(path: &Path, number: usize) {
    let line = Line::open(path, Rows::default(), leading()).unwrap();
    let mine = -1 - number as i64;
    line.write(Do::Add(mine)).wait().unwrap();
    until("it leads", || line.figures().leads);
    say("leads");
    wait_for_go_on();
}

/// A leader that stands inside a transaction for ever.
pub fn pause(path: &Path) {
    let rows = Rows::default();
    let line = Line::open(path, rows.clone(), leading()).unwrap();
    line.write(Do::Add(-1)).wait().unwrap();
    until("it leads", || line.figures().leads);
    say("leads");
    rows.pause.wait_entered();
    say("held");
    wait_for_go_on();
    rows.pause.let_go();
    until("it is answered", || line.figures().calls > 1);
}

/// A process in the role of [`lead`], once it leads.
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

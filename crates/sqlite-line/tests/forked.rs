//! Forks, played through in one process: what is called before and after, and what a child may use. Real forks are made by
//! the tests of the Python package, since the standard library has none.
#![allow(missing_docs, clippy::unwrap_used)]

mod stage;

use std::sync::mpsc;
use std::thread;

use sqlite_line::{Error, Lead, Line, Options, forked};
use stage::{Do, Rows, until};

/// One test, for what is tried here concerns the whole process.
#[test]
fn a_child_opens_afresh_what_was_quiet_and_is_refused_what_was_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.db");
    let open = || Line::open(&path, Rows::default(), Options::default());

    // A parent goes on with the line that it had.
    let parents = open().unwrap();
    parents.write(Do::Add(1)).wait().unwrap();
    forked::before();
    forked::parent();
    parents.write(Do::Add(2)).wait().unwrap();

    // A child is told what to close: here the gate, once. Its parent's line is dead, and letting go of it waits for nobody.
    let generation = forked::generation();
    forked::before();
    let descriptors = forked::child();
    assert_eq!(descriptors.len(), 1);
    assert_eq!(forked::generation(), generation + 1);
    drop(parents);
    let childs = open().unwrap();
    assert!(
        childs.write(Do::Add(2)).wait().is_err(),
        "the parent's row is there"
    );
    childs.write(Do::Add(3)).wait().unwrap();

    // Of one that leads it closes three: gate, lead, socket.
    let leads = Options::default().lead(Lead::AtOnce);
    let leader = Line::open(dir.path().join("b.db"), Rows::default(), leads).unwrap();
    leader.write(Do::Add(1)).wait().unwrap();
    until("it leads", || leader.figures().leads);
    forked::before();
    assert_eq!(forked::child().len(), 1 + 3);
    drop((leader, childs));
    let childs = open().unwrap();

    // Somebody reads on and on: the fork does not wait for ever, and the child is refused the database.
    let (reads, reading) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let line = childs.clone();
    let reader = thread::spawn(move || {
        line.look(|_| {
            reads.send(()).unwrap();
            ended.recv().unwrap();
            Ok(())
        })
        .unwrap();
    });
    reading.recv().unwrap();
    forked::before();
    let _descriptors = forked::child();
    match open() {
        Err(Error::Path { why, .. }) => assert!(why.contains("forked"), "{why}"),
        other => panic!("{other:?}"),
    }
    end.send(()).unwrap();
    reader.join().unwrap();
}

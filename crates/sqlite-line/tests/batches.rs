//! Group commit, and one failing call among innocent ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use sqlite_line::{Error, Options, rusqlite};
use stage::{Do, Rows, Stage, count, numbers, until};

/// Lets the writer stand inside a transaction while `calls` line up behind it, so that they come in one batch.
fn in_one_batch(
    stage: &Stage,
    options: Options,
    calls: Vec<Do>,
) -> (sqlite_line::Line<Rows>, Rows, Vec<Result<i64, Error>>) {
    let rows = Rows::default();
    let line = stage.open_with(rows.clone(), options);
    let paused = line.write(Do::Pause(-1));
    rows.pause.wait_entered();
    let calls: Vec<_> = calls.into_iter().map(|call| line.write(call)).collect();
    rows.pause.let_go();
    paused.wait().unwrap();
    let results = calls.into_iter().map(sqlite_line::Call::wait).collect();
    (line, rows, results)
}

#[test]
fn many_threads_share_commits() {
    let stage = Stage::new();
    let line = stage.open();
    thread::scope(|scope| {
        for t in 0..32 {
            let line = &line;
            scope.spawn(move || {
                (0..50).for_each(|i| {
                    assert_eq!(
                        line.write(Do::Add(t * 1000 + i)).wait().unwrap(),
                        t * 1000 + i
                    )
                })
            });
        }
    });
    assert_eq!(count(&line), 1600);
    let figures = line.figures();
    assert_eq!(figures.calls, 1600);
    assert!(
        figures.batches < 800,
        "{} commits for 1600 calls",
        figures.batches
    );
    assert_eq!(
        (figures.busy, figures.rollbacks, figures.unknown),
        (0, 0, 0)
    );
    assert_eq!(figures.batch_size.count, figures.batches);
    assert!(
        serde_json::to_string(&figures)
            .unwrap()
            .contains("\"calls\":1600")
    );
}

#[test]
fn a_broken_constraint_fails_alone() {
    let stage = Stage::new();
    let (line, rows, results) = in_one_batch(
        &stage,
        Options::default(),
        vec![Do::Add(1), Do::Add(2), Do::Add(1), Do::Add(3)],
    );
    assert!(
        matches!(&results[2], Err(Error::Failed(error)) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation))
    );
    assert!(results[0].is_ok() && results[1].is_ok() && results[3].is_ok());
    assert_eq!(numbers(&line), [-1, 1, 2, 3]);
    assert!(rows.calls.forgotten.load(Ordering::SeqCst) > 0);
    assert_eq!(line.figures().rollbacks, 1);
    // Each transaction that was committed had its begin and its finish.
    let (begun, finished, committed) = (
        &rows.calls.begun,
        &rows.calls.finished,
        &rows.calls.committed,
    );
    assert_eq!(
        committed.load(Ordering::SeqCst),
        finished.load(Ordering::SeqCst)
    );
    assert!(begun.load(Ordering::SeqCst) > finished.load(Ordering::SeqCst));
}

#[test]
fn a_hidden_rollback_fails_alone_and_nothing_slips_out() {
    let stage = Stage::new();
    let (line, _, results) = in_one_batch(
        &stage,
        Options::default(),
        vec![Do::Add(1), Do::Ruin(50), Do::Add(2)],
    );
    assert!(
        matches!(&results[1], Err(Error::Failed(_))),
        "{:?}",
        results[1]
    );
    assert!(results[0].is_ok() && results[2].is_ok());
    assert_eq!(numbers(&line), [-1, 1, 2], "neither 50 nor 51");
}

#[test]
fn a_full_disk_fails_those_who_need_room() {
    let stage = Stage::new();
    let options = Options {
        max_pages: Some(40),
        ..Options::default()
    };
    let (line, _, results) = in_one_batch(
        &stage,
        options,
        vec![Do::Add(1), Do::Fat(60, 400_000), Do::Add(2)],
    );
    assert!(matches!(results[1], Err(Error::Full)), "{:?}", results[1]);
    assert!(results[0].is_ok() && results[2].is_ok());
    assert_eq!(numbers(&line), [-1, 1, 2]);
    assert_eq!(line.write(Do::Add(3)).wait().unwrap(), 3);
}

#[test]
fn a_panic_fails_alone() {
    let stage = Stage::new();
    let (line, _, results) = in_one_batch(
        &stage,
        Options::default(),
        vec![Do::Add(1), Do::Panic, Do::Add(2)],
    );
    let text = results[1].as_ref().unwrap_err().to_string();
    assert!(text.contains("a panic on purpose"), "{text}");
    assert_eq!(numbers(&line), [-1, 1, 2]);
}

#[test]
fn a_constraint_checked_at_commit_fails_alone() {
    let stage = Stage::new();
    let (line, _, results) = in_one_batch(
        &stage,
        Options::default(),
        vec![Do::Add(1), Do::Orphan(77), Do::Add(2)],
    );
    assert!(
        matches!(results[1], Err(Error::Failed(_))),
        "{:?}",
        results[1]
    );
    assert_eq!(numbers(&line), [-1, 1, 2]);
}

#[test]
fn after_an_unknown_commit_the_file_is_looked_at_first() {
    let stage = Stage::new();
    let fault = Arc::new(AtomicI32::new(0));
    let rows = Rows::default();
    let line = stage.open_with(
        rows.clone(),
        Options {
            commit_fault: Some(Arc::clone(&fault)),
            ..Options::default()
        },
    );
    line.write(Do::Add(1)).wait().unwrap();
    fault.store(rusqlite::ffi::SQLITE_IOERR_FSYNC, Ordering::SeqCst);
    let result = line.write(Do::Add(2)).wait();
    assert!(matches!(result, Err(Error::Unknown { .. })), "{result:?}");
    fault.store(0, Ordering::SeqCst);
    assert_eq!(rows.calls.rechecked.load(Ordering::SeqCst), 0);
    line.write(Do::Add(3)).wait().unwrap();
    assert_eq!(rows.calls.rechecked.load(Ordering::SeqCst), 1);
    assert!(rows.calls.forgotten.load(Ordering::SeqCst) >= 1);
    assert_eq!(line.figures().unknown, 1);
    let found = numbers(&line);
    assert!(found == [1, 3] || found == [1, 2, 3], "{found:?}");
}

#[test]
fn one_caller_is_not_kept_waiting_by_the_rhythm_of_many() {
    let stage = Stage::new();
    let line = stage.open();
    for n in 0..20 {
        line.write(Do::Add(n)).wait().unwrap();
    }
    let figures = line.figures();
    assert_eq!(figures.batches, 20);
    assert_eq!(figures.batch_size.max, 1);
}

#[test]
fn limits_cut_batches() {
    let stage = Stage::new();
    let calls: Vec<_> = (0..20).map(Do::Add).collect();
    let (line, _, results) = in_one_batch(
        &stage,
        Options {
            batch_calls: 4,
            ..Options::default()
        },
        calls,
    );
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(line.figures().batch_size.max, 4);
    drop(line);
    let stage = Stage::new();
    let calls: Vec<_> = (0..20).map(|n| Do::Fat(n, 10_000)).collect();
    let (line, _, results) = in_one_batch(
        &stage,
        Options {
            batch_bytes: 50_000,
            ..Options::default()
        },
        calls,
    );
    assert!(results.iter().all(Result::is_ok));
    assert!(
        line.figures().batch_size.max <= 5,
        "{}",
        line.figures().batch_size.max
    );
    until("answers counted", || line.figures().calls == 21);
}

//! A call's life: deadlines, withdrawing, awaiting, a full queue, closing, sharing, reading.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use sqlite_line::{Error, Line, Options, rusqlite};
use stage::{Do, LONG, Other, Rows, Stage, block_on, count, is_busy, numbers, poll_once};

/// A line whose writer stands inside a transaction, with the call that made it stand.
fn paused(stage: &Stage, options: Options) -> (Line<Rows>, Rows, sqlite_line::Call<i64>) {
    let rows = Rows::default();
    let line = stage.open_with(rows.clone(), options);
    let call = line.write(Do::Pause(-1));
    rows.pause.wait_entered();
    (line, rows, call)
}

const SOON: Duration = Duration::from_millis(30);

#[test]
fn past_its_deadline_a_call_is_busy_and_never_applied() {
    let stage = Stage::new();
    let (line, rows, call) = paused(
        &stage,
        Options {
            batch_calls: 1,
            ..Options::default()
        },
    );
    let asked = Instant::now();
    let waited = match line.write_within(Do::Add(1), SOON).wait() {
        Err(Error::Busy { waited, .. }) => waited,
        other => panic!("{other:?}"),
    };
    assert!(waited >= SOON && asked.elapsed() < LONG);
    assert!(
        is_busy(&block_on(line.write_within(Do::Add(2), SOON))),
        "the timekeeper wakes tasks"
    );
    rows.pause.let_go();
    call.wait().unwrap();
    line.write(Do::Add(3)).wait().unwrap();
    assert_eq!(numbers(&line), [-1, 3]);
    assert_eq!(line.figures().busy, 2);
}

#[test]
fn a_call_that_nobody_waits_for_is_not_begun_past_its_deadline() {
    let stage = Stage::new();
    let (line, rows, call) = paused(
        &stage,
        Options {
            batch_calls: 1,
            ..Options::default()
        },
    );
    let late = line.write_within(Do::Add(1), SOON);
    thread::sleep(SOON * 2);
    rows.pause.let_go();
    call.wait().unwrap();
    line.write(Do::Add(2)).wait().unwrap();
    assert!(is_busy(&late.wait()));
    assert_eq!(numbers(&line), [-1, 2]);
}

#[test]
fn a_taken_call_is_waited_for() {
    let stage = Stage::new();
    let rows = Rows::default();
    let line = stage.open_with(rows.clone(), Options::default());
    let call = line.write_within(Do::Pause(5), Duration::from_secs(5));
    rows.pause.wait_entered();
    let waiting = thread::spawn(move || call.wait());
    rows.pause.let_go();
    assert_eq!(waiting.join().unwrap().unwrap(), 5);
}

#[test]
fn a_dropped_call_is_withdrawn() {
    let stage = Stage::new();
    let (line, rows, call) = paused(
        &stage,
        Options {
            batch_calls: 1,
            ..Options::default()
        },
    );
    drop(line.write(Do::Add(1)));
    let mut polled = line.write(Do::Add(2));
    assert!(poll_once(&mut polled).is_pending());
    drop(polled);
    rows.pause.let_go();
    call.wait().unwrap();
    line.write(Do::Add(3)).wait().unwrap();
    assert_eq!(numbers(&line), [-1, 3]);
    assert_eq!(line.figures().withdrawn, 2);
}

#[test]
fn awaiting_works_and_so_does_waiting_after_a_poll() {
    let stage = Stage::new();
    let line = stage.open();
    assert_eq!(block_on(line.write(Do::Add(1))).unwrap(), 1);
    let mut call = line.write(Do::Add(2));
    match poll_once(&mut call) {
        Poll::Ready(result) => assert_eq!(result.unwrap(), 2),
        Poll::Pending => assert_eq!(call.wait().unwrap(), 2),
    }
    let both = async {
        let (one, two) = (line.write(Do::Add(3)), line.write(Do::Add(4)));
        one.await?;
        two.await
    };
    assert_eq!(block_on(both).unwrap(), 4);
    let found = block_on(
        line.read(|txn| txn.query_all("SELECT n FROM rows", [], |row| row.get::<_, i64>(0))),
    );
    assert_eq!(found.unwrap(), [1, 2, 3, 4]);
}

#[test]
fn a_task_is_woken_by_its_answer_and_not_by_its_deadline() {
    let stage = Stage::new();
    let (line, rows, call) = paused(
        &stage,
        Options {
            batch_calls: 8,
            ..Options::default()
        },
    );
    let (tell, told) = std::sync::mpsc::channel();
    for n in 0..3 {
        let (tell, call) = (tell.clone(), line.write_within(Do::Add(n), LONG * 100));
        thread::spawn(move || tell.send(block_on(call)));
    }
    rows.pause.let_go();
    call.wait().unwrap();
    for _ in 0..3 {
        told.recv_timeout(LONG).unwrap().unwrap();
    }
}

#[test]
fn a_full_queue_lets_in_when_there_is_room_in_order() {
    let stage = Stage::new();
    let options = Options {
        queue_calls: 2,
        batch_calls: 1,
        ..Options::default()
    };
    let (line, rows, call) = paused(&stage, options);
    let inside: Vec<_> = (0..2).map(|n| line.write(Do::Add(n))).collect();
    let mut outside: Vec<_> = (2..6).map(|n| line.write(Do::Add(n))).collect();
    assert!(outside.iter_mut().all(|call| poll_once(call).is_pending()));
    assert!(
        is_busy(&line.write_within(Do::Add(90), SOON).wait()),
        "no room in time"
    );
    assert!(
        is_busy(&block_on(line.write_within(Do::Add(91), SOON))),
        "no room in time"
    );
    drop(outside.remove(1)); // gives its seat up
    let waiting: Vec<_> = outside
        .into_iter()
        .map(|call| thread::spawn(move || call.wait().unwrap()))
        .collect();
    rows.pause.let_go();
    call.wait().unwrap();
    for call in inside {
        call.wait().unwrap();
    }
    let answers: Vec<_> = waiting
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    assert_eq!(answers, [2, 4, 5]);
    assert_eq!(numbers(&line), [-1, 0, 1, 2, 4, 5]);
}

#[test]
fn one_withdrawn_among_many_is_not_applied() {
    let stage = Stage::new();
    let (line, rows, call) = paused(
        &stage,
        Options {
            batch_calls: 1,
            ..Options::default()
        },
    );
    let mut calls: Vec<_> = (0..9).map(|n| line.write(Do::Add(n))).collect();
    drop(calls.remove(4));
    rows.pause.let_go();
    call.wait().unwrap();
    calls
        .into_iter()
        .for_each(|call| assert!(call.wait().is_ok()));
    assert_eq!(numbers(&line), [-1, 0, 1, 2, 3, 5, 6, 7, 8]);
}

#[test]
fn a_seat_that_is_given_up_frees_its_room() {
    let stage = Stage::new();
    let options = Options {
        queue_calls: 1,
        batch_calls: 1,
        ..Options::default()
    };
    let (line, rows, call) = paused(&stage, options);
    let inside = line.write(Do::Add(0));
    let outside: Vec<_> = (1..4).map(|n| line.write(Do::Add(n))).collect();
    drop(outside);
    let last = line.write_within(Do::Add(9), LONG);
    rows.pause.let_go();
    call.wait().unwrap();
    inside.wait().unwrap();
    last.wait().unwrap();
    assert_eq!(numbers(&line), [-1, 0, 9]);
}

#[test]
fn withdrawn_calls_do_not_fill_the_queue() {
    let stage = Stage::new();
    let (line, rows, call) = paused(
        &stage,
        Options {
            queue_calls: 4,
            batch_calls: 1,
            ..Options::default()
        },
    );
    for n in 0..1000 {
        drop(line.write(Do::Add(n)));
    }
    let last = line.write_within(Do::Add(7), LONG);
    rows.pause.let_go();
    call.wait().unwrap();
    last.wait().unwrap();
    assert_eq!(numbers(&line), [-1, 7]);
}

#[test]
fn bytes_bound_the_queue_and_one_command_can_be_too_large() {
    let stage = Stage::new();
    let (line, rows, call) = paused(
        &stage,
        Options {
            queue_bytes: 10_000,
            batch_calls: 1,
            ..Options::default()
        },
    );
    let result = line.write(Do::Fat(1, 20_000)).wait();
    assert!(
        matches!(
            result,
            Err(Error::TooLarge {
                limit: 10_000,
                got: 20_256
            })
        ),
        "{result:?}"
    );
    let first = line.write(Do::Fat(2, 9_000));
    assert!(is_busy(&line.write_within(Do::Fat(3, 9_000), SOON).wait()));
    rows.pause.let_go();
    call.wait().unwrap();
    first.wait().unwrap();
}

#[test]
fn closing_answers_who_waits_and_finishes_what_was_taken() {
    let stage = Stage::new();
    let (line, rows, call) = paused(
        &stage,
        Options {
            batch_calls: 1,
            ..Options::default()
        },
    );
    let waiting = line.write(Do::Add(1));
    let read = line.read(|txn| txn.query_row("SELECT 1", [], |_| Ok(())));
    let pause = rows.pause.clone();
    let closing = thread::spawn(move || line.close());
    assert!(matches!(waiting.wait(), Err(Error::Closed)));
    pause.let_go();
    closing.join().unwrap();
    assert_eq!(call.wait().unwrap(), -1);
    assert!(matches!(read.wait(), Err(Error::Closed)));
    assert_eq!(numbers(&stage.open()), [-1]);
}

#[test]
fn two_lines_on_a_file_share_a_writer_and_strangers_are_refused() {
    let stage = Stage::new();
    let one = stage.open();
    let link = stage.dir.path().join("link.db");
    std::os::unix::fs::symlink(&stage.path, &link).unwrap();
    let two = Line::open(&link, Rows::default(), Options::default()).unwrap();
    assert_eq!(one.path(), two.path());
    one.write(Do::Add(1)).wait().unwrap();
    assert_eq!(two.figures().calls, 1);
    drop(one);
    two.write(Do::Add(2)).wait().unwrap();
    let other = Line::open(&stage.path, Other, Options::default());
    assert!(
        matches!(other, Err(Error::Path { ref why, .. }) if why.contains("another kind of program")),
        "{other:?}"
    );
}

#[test]
fn a_reader_starts_no_writer_and_keeps_no_snapshot() {
    let stage = Stage::new();
    stage.open().write(Do::Add(1)).wait().unwrap();
    let line = stage.open();
    assert_eq!(count(&line), 1);
    assert_eq!(line.figures().batches, 0);
    // With a snapshot open, a checkpoint from outside could not finish.
    let outside = rusqlite::Connection::open(&stage.path).unwrap();
    outside
        .execute("INSERT INTO rows(n) VALUES(2)", [])
        .unwrap();
    assert_eq!(count(&line), 2);
    let busy: i64 = outside
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .unwrap();
    assert_eq!(busy, 0);
}

#[test]
fn a_read_cannot_write_and_its_error_is_its_own() {
    let stage = Stage::new();
    let line = stage.open();
    let write = line.read(|txn| {
        txn.query_row("INSERT INTO rows(n) VALUES(1) RETURNING n", [], |row| {
            row.get::<_, i64>(0)
        })
    });
    assert!(write.wait().is_err());
    let commit = line.read(|txn| txn.query_row("COMMIT", [], |_| Ok(())));
    assert!(matches!(commit.wait(), Err(Error::Failed(_))));
    let panics = block_on(line.read::<()>(|_| panic!("in a reader")));
    assert!(panics.unwrap_err().to_string().contains("in a reader"));
    assert_eq!(count(&line), 0);
}

#[test]
fn a_watch_sees_changes_by_anybody() {
    let stage = Stage::new();
    let line = stage.open();
    let mut watch = line.watch().unwrap();
    assert!(!watch.changed().unwrap());
    line.write(Do::Add(1)).wait().unwrap();
    assert!(watch.changed().unwrap());
    assert!(!watch.changed().unwrap());
    rusqlite::Connection::open(&stage.path)
        .unwrap()
        .execute("INSERT INTO rows(n) VALUES(2)", [])
        .unwrap();
    assert!(watch.changed().unwrap());
    assert_eq!(
        watch
            .read(|txn| txn.query_row("SELECT count(*) FROM rows", [], |row| row.get::<_, i64>(0)))
            .unwrap(),
        2
    );
}

#[test]
fn many_awaited_calls_from_one_thread() {
    let stage = Stage::new();
    let line = stage.open();
    let calls: Vec<_> = (0..2000).map(|n| line.write(Do::Add(n))).collect();
    let sum = block_on(async {
        let mut sum = 0;
        for call in calls {
            sum += call.await?;
        }
        Ok::<_, Error>(sum)
    });
    assert_eq!(sum.unwrap(), 1999 * 1000);
    assert!(line.figures().batches < 1000);
}

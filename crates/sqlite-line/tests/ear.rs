//! Followers whose callers hear their answers themselves, whatever becomes of the leader meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test may stop

mod stage;

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sqlite_line::{Call, Error, Line};
use stage::leaders::{self, following, leader};
use stage::{Do, Helper, LONG, Rows, Stage, block_on, is_busy, numbers, orders, poll_once, until};

/// Not a test of its own: what this binary does when a test starts it again as a helper.
#[test]
fn helper() {
    if let Some((role, path, number)) = orders() {
        leaders::play(&role, &path, number);
    }
}

/// A leader, and a follower whose only caller hears his answers himself.
fn scene() -> (Stage, Helper, Lone) {
    let stage = Stage::new();
    let leader = leader(&stage, 0);
    let lone = Lone::of(&stage);
    (stage, leader, lone)
}

/// A follower's line, and the next number to add.
struct Lone {
    line: Line<Rows>,
    next: i64,
}

impl Lone {
    fn of(stage: &Stage) -> Self {
        let line = stage.open_with(Rows::default(), following());
        let mut lone = Self { line, next: 0 };
        lone.until_it_hears();
        lone
    }

    fn number(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    /// A call that begins when it is waited for.
    fn here(&mut self) -> Call<i64> {
        let n = self.number();
        self.line.write_here(Do::Add(n), LONG)
    }

    /// A call that begins at once.
    fn ahead(&mut self) -> Call<i64> {
        let n = self.number();
        self.line.write(Do::Add(n))
    }

    fn add(&mut self) {
        let answer = self.here().wait();
        assert!(
            matches!(answer, Ok(row) if row == self.next),
            "{}: {answer:?}",
            self.next
        );
    }

    /// Adds rows until a caller has heard his answer himself.
    fn until_it_hears(&mut self) {
        let (until, heard) = (Instant::now() + LONG, self.line.figures().heard_here);
        while self.line.figures().heard_here < heard + 2 {
            assert!(Instant::now() < until, "nobody ever heard himself");
            self.add();
        }
    }

    /// All that was added is there, once.
    fn all_there(&self) {
        let there: Vec<i64> = numbers(&self.line).into_iter().filter(|n| *n > 0).collect();
        assert_eq!(there, (1..=self.next).collect::<Vec<_>>());
    }
}

#[test]
fn who_is_alone_hears_his_answers_himself() {
    let (_stage, leader, mut lone) = scene();
    (0..200).for_each(|_| lone.add());
    let figures = lone.line.figures();
    assert!(figures.heard_here > 150, "{}", figures.heard_here);
    assert!(figures.handed >= figures.heard_here);
    lone.all_there();
    leader.end();
}

#[test]
fn it_is_advanced_and_then_polled() {
    let (_stage, leader, mut lone) = scene();
    let before = lone.line.figures().heard_here;
    for _ in 0..200 {
        let mut call = lone.here();
        call.advance();
        if poll_once(&mut call).is_pending() {
            call.wait().unwrap();
        }
    }
    let heard = lone.line.figures().heard_here - before;
    assert!(heard > 150, "{heard}");
    lone.all_there();
    leader.end();
}

#[test]
fn calls_that_nobody_listens_for_are_answered_all_the_same() {
    let (_stage, leader, mut lone) = scene();
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        for _ in 0..20 {
            // Awaited, sent ahead, and made here before they are waited for, one after the other and all at once.
            block_on(lone.here()).unwrap();
            let ahead = lone.ahead();
            let here = lone.here();
            let later = lone.here();
            later.wait().unwrap();
            here.wait().unwrap();
            ahead.wait().unwrap();
            lone.until_it_hears();
        }
        done.send(lone).unwrap();
    });
    let lone = ended.recv_timeout(LONG).expect("a call was never answered");
    lone.all_there();
    leader.end();
}

#[test]
fn a_call_that_is_given_up_before_it_is_waited_for_is_never_sent() {
    let (_stage, leader, mut lone) = scene();
    let given_up = lone.line.write_here(Do::Add(-100), LONG);
    drop(given_up);
    lone.until_it_hears();
    assert!(!numbers(&lone.line).contains(&-100));
    leader.end();
}

#[test]
fn several_callers_at_once_all_get_their_own() {
    let (_stage, leader, mut lone) = scene();
    for round in 1..4 {
        thread::scope(|scope| {
            for caller in 0..round {
                let line = &lone.line;
                scope.spawn(move || {
                    for n in 0..100 {
                        let row = -1000 * round - 200 * caller - n;
                        assert_eq!(line.write_here(Do::Add(row), LONG).wait().unwrap(), row);
                    }
                });
            }
        });
        lone.until_it_hears();
    }
    lone.all_there();
    let others = numbers(&lone.line).iter().filter(|n| **n <= -1000).count();
    assert_eq!(others, 600);
    leader.end();
}

#[test]
fn a_leader_that_is_killed_is_replaced() {
    let (stage, mut leading, mut lone) = scene();
    for kills in 1..20 {
        drop(leading); // kill -9
        lone.add();
        leading = leader(&stage, kills);
        lone.until_it_hears();
    }
    lone.all_there();
    leading.end();
}

#[test]
fn a_leader_that_is_stopped_is_stepped_around() {
    let (_stage, leading, mut lone) = scene();
    leading.stop();
    lone.add();
    assert_eq!(lone.line.figures().step_arounds, 1);
    leading.signal(Signal::CONT);
    lone.all_there();
    drop(leading);
}

#[test]
fn who_listens_to_a_leader_that_stops_inside_a_transaction_keeps_his_deadline() {
    let stage = Stage::new();
    let mut leading = Helper::start("pause", &stage.path, 0);
    leading.expect("leads");
    let mut lone = Lone::of(&stage);
    let (paused, short) = (lone.number(), Duration::from_millis(900));
    let line = lone.line.clone();
    let waits = thread::spawn(move || line.write_here(Do::Pause(paused), short).wait());
    leading.expect("held");
    leading.stop();
    let unknown = waits.join().unwrap();
    assert!(matches!(unknown, Err(Error::Unknown { .. })), "{unknown:?}");
    let busy = lone.line.write_here(Do::Add(-100), short).wait();
    assert!(is_busy(&busy), "{busy:?}");
    leading.signal(Signal::CONT);
    leading.go_on();
    leading.end();
    until("the leader's transaction is over", || {
        let again = lone.line.write_here(Do::Add(-200), short).wait();
        again.is_ok()
    });
    lone.all_there();
}

#[test]
fn a_line_that_nobody_listens_on_closes_at_once() {
    let (_stage, leader, lone) = scene();
    let closing = Instant::now();
    lone.line.close();
    assert!(closing.elapsed() < Duration::from_secs(1));
    leader.end();
}

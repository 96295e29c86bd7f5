//! The queue by itself.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::call::Call;
use crate::shared::Crossing;

fn entry(command: u32, weight: usize) -> (Entry<u32, ()>, Call<()>) {
    let (promise, call) = Call::pair();
    let made = Instant::now();
    (
        Entry {
            command,
            promise,
            weight,
            made,
            deadline: None,
            crossing: None,
        },
        call,
    )
}

fn push(queue: &Queue<u32, ()>, command: u32, weight: usize) -> Result<Call<()>, Entry<u32, ()>> {
    let (entry, call) = entry(command, weight);
    match queue.push(entry, true) {
        Ok(()) => Ok(call),
        Err(Refused::Full(entry)) => Err(entry),
        Err(Refused::Closed(error)) => panic!("{error}"),
    }
}

fn pulled(queue: &Queue<u32, ()>, max: usize) -> Vec<u32> {
    let mut entries = VecDeque::new();
    queue.pull(max, &mut entries);
    entries.iter().map(|entry| entry.command).collect()
}

#[test]
fn seats_are_called_up_in_order_and_nobody_passes_them() {
    let queue = Queue::new(2, 1000);
    let _calls: Vec<_> = (0..2).map(|n| push(&queue, n, 1).unwrap()).collect();
    let (two, three) = (
        push(&queue, 2, 1).unwrap_err(),
        push(&queue, 3, 1).unwrap_err(),
    );
    let (seat_two, seat_three) = (queue.sit(1), queue.sit(1));
    assert!(!queue.await_seat(seat_two, Waiter::here()));
    assert_eq!(pulled(&queue, 1), [0]);
    assert!(queue.await_seat(seat_two, Waiter::here()), "called up");
    assert!(!queue.await_seat(seat_three, Waiter::here()));
    assert!(push(&queue, 9, 1).is_err(), "others sit already");
    queue.leave_seat(seat_two);
    drop(two);
    assert!(
        queue.await_seat(seat_three, Waiter::here()),
        "its room went to the next"
    );
    assert!(queue.push_called(seat_three, three).is_ok());
    assert_eq!(pulled(&queue, 9), [1, 3]);
    assert!(push(&queue, 4, 1).is_ok());
}

#[test]
fn a_light_entry_does_not_pass_a_heavy_one_that_waits() {
    let queue = Queue::new(100, 10);
    let _first = push(&queue, 0, 6).unwrap();
    let _heavy = push(&queue, 1, 6).unwrap_err();
    let seat = queue.sit(6);
    assert!(push(&queue, 2, 1).is_err());
    queue.leave_seat(seat);
    assert!(push(&queue, 3, 1).is_ok());
}

#[test]
fn bytes_count_and_one_heavy_entry_passes_alone() {
    let queue = Queue::new(100, 10);
    let _heavy = push(&queue, 0, 50).unwrap();
    assert!(push(&queue, 1, 1).is_err());
    assert_eq!(pulled(&queue, 9), [0]);
    let _light: Vec<_> = (0..10).map(|n| push(&queue, n, 1).unwrap()).collect();
    assert!(push(&queue, 1, 1).is_err());
    drop(queue.drain());
    assert!(push(&queue, 1, 10).is_ok());
}

#[test]
fn what_is_put_back_comes_first() {
    let queue = Queue::new(100, 1000);
    let _calls: Vec<_> = (0..4).map(|n| push(&queue, n, 1).unwrap()).collect();
    let mut entries = VecDeque::new();
    queue.pull(2, &mut entries);
    queue.put_back(&mut entries);
    assert_eq!(pulled(&queue, 9), [0, 1, 2, 3]);
}

#[test]
fn the_withdrawn_make_room() {
    let queue = Queue::new(4, 1000);
    let mut calls: Vec<_> = (0..4).map(|n| push(&queue, n, 1).unwrap()).collect();
    for call in calls.drain(1..) {
        drop(call);
        queue.note_withdrawn();
    }
    assert!(queue.any_live(Instant::now()));
    let _next: Vec<_> = (4..6).map(|n| push(&queue, n, 1).unwrap()).collect();
    drop(calls);
    let rest = queue.expire(Instant::now());
    assert_eq!(rest.len(), 1, "call 0, of which the queue was not told");
    assert_eq!(pulled(&queue, 9), [4, 5]);
}

#[test]
fn the_writer_wakes_for_one_or_for_enough() {
    let queue = Arc::new(Queue::new(100, 1000));
    let other = Arc::clone(&queue);
    let writer = std::thread::spawn(move || {
        assert!(other.wait());
        other.gather(3, Duration::from_secs(60));
        pulled(&other, 9).len()
    });
    let _calls: Vec<_> = (0..3).map(|n| push(&queue, n, 1).unwrap()).collect();
    assert_eq!(writer.join().unwrap(), 3);
    queue.close(Error::Closed);
    assert!(!queue.wait());
}

#[test]
fn a_thousand_calls_of_one_process_do_not_keep_out_a_single_one() {
    let queue = Queue::new(2000, 10_000);
    queue.open_to_guests();
    let guest = |of: u64, command: u32| {
        let (mut entry, call) = entry(command, 1);
        entry.crossing = Some(Crossing::of_guest(of, 0, command, 1, false));
        assert!(queue.push_guest(entry).is_ok());
        call
    };
    let mut calls: Vec<_> = (0..1000).map(|n| guest(7, n)).collect();
    calls.push(guest(8, 5000));
    calls.extend((0..500).map(|n| push(&queue, 6000 + n, 1).unwrap()));
    let first = pulled(&queue, 64);
    assert!(first.contains(&5000) && first.contains(&6000), "{first:?}");
    let of_one: Vec<_> = first.iter().copied().filter(|n| *n < 1000).collect();
    assert_eq!(
        of_one,
        (0..of_one.len() as u32).collect::<Vec<_>>(),
        "in order"
    );
    // When the lead is given up only its own remain.
    queue.close_to_guests();
    assert!(pulled(&queue, 2000).iter().all(|n| *n >= 6000));
    assert!(matches!(
        queue.push_guest(entry(1, 1).0),
        Err(Refused::Closed(_))
    ));
}

#[test]
fn the_writer_stays_until_a_call_is_announced_or_it_is_wanted_or_it_is_time() {
    let soon = || Instant::now() + Duration::from_millis(1);
    let late = || Instant::now() + Duration::from_secs(60);
    let queue = Arc::new(Queue::new(9, 1000));
    assert_eq!(queue.stay(soon()), Woken::InTime);
    let other = Arc::clone(&queue);
    let staying = std::thread::spawn(move || other.stay(late()));
    // A caller who comes back writes himself: nobody is woken for him unless he says so.
    let until = late();
    while !queue.state().idle {
        assert!(Instant::now() < until, "it never stayed");
        std::thread::yield_now();
    }
    let (first, _call) = entry(1, 1);
    assert!(queue.push(first, false).is_ok());
    assert_eq!(queue.state().wanted, 1, "it sleeps on");
    queue.announce();
    assert_eq!(staying.join().unwrap(), Woken::Called);
    assert_eq!(pulled(&queue, 9), [1]);
    queue.nudge();
    assert_eq!(queue.stay(late()), Woken::Wanted);
    assert_eq!(queue.stay(late()), Woken::Wanted, "it is told again");
    let closed = Queue::<u32, ()>::new(9, 1000);
    closed.close(Error::Closed);
    assert_eq!(closed.stay(late()), Woken::Wanted);
}

//! The live view of a worker on a terminal: its slots, and the queue.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actifix::{Clock, Store, SystemClock};
use comfy_table::Cell;

use super::log::{Log, Seen};
use crate::output::colour::dim_cell;
use crate::output::table::Lines;
use crate::output::{counts, text, tickets, time};

/// How often it is drawn anew.
const PACE: Duration = Duration::from_millis(500);

/// A view that is drawn until this is dropped.
pub struct View {
    over: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Draws from now on, on a terminal.
pub fn start(log: &Arc<Log>, store: &Store) -> Option<View> {
    if !log.is_live() {
        return None;
    }
    let (over, ended) = mpsc::channel();
    let (log, store) = (Arc::clone(log), store.clone());
    let thread = thread::spawn(move || {
        loop {
            log.show(frame(&log, &store));
            if ended.recv_timeout(PACE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    });
    Some(View {
        over: Some(over),
        thread: Some(thread),
    })
}

impl Drop for View {
    fn drop(&mut self) {
        self.over = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn frame(log: &Log, store: &Store) -> String {
    let now = SystemClock.now();
    let Seen {
        at_work,
        ended,
        trouble,
    } = log.seen();
    let (bold, error) = (log.paint.bold(), log.paint.error());
    let mut lines = Lines::new(log.paint, &["SLOT", "ID", "SINCE", "LEASE ENDS", "WHAT"]);
    for (slot, work) in &at_work {
        lines.row(vec![
            Cell::new(slot + 1),
            Cell::new(&work.lease.ticket.id),
            dim_cell(time::span(work.lease.acquired_at, now)),
            dim_cell(time::relative(work.until, now)),
            Cell::new(tickets::headline(&work.lease.ticket)),
        ]);
    }
    let mut frame = format!(
        "\n{bold}{}{bold:#}  {} of {} slots at work, {ended} tickets ended in the last minute\n{}\n",
        text::one_line(log.name()),
        at_work.len(),
        log.slots(),
        lines.text()
    );
    match trouble {
        Some(why) => frame.push_str(&format!(
            "{error}waiting{error:#} {}\n",
            text::one_line(&why)
        )),
        None => match store.stats().wait() {
            Ok(stats) => {
                frame.push_str(&counts::by_priority(&stats, log.paint));
                frame.push_str(&format!("\n{}", counts::waits(&stats)));
            }
            Err(why) => frame.push_str(&text::one_line(&why.to_string())),
        },
    }
    frame
}

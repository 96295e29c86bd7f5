//! `top`: who works on what, how fast, and what waits, as it goes on.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use actifix::{
    Clock, Event, EventFilter, EventKind, Filter, Page, Stats, Status, Store, SystemClock,
};
use clap::Args;
use serde::Serialize;

use super::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::output::screen::{self, Screen, reader_has_gone};
use crate::output::{counts, leases, text};

/// The span that rates are told for.
const WINDOW: Duration = Duration::from_secs(60);
/// Leases that are shown.
const SHOWN: usize = 20;
/// Events in one look; what is beyond is counted in the next.
const PAGE: usize = 10_000;

/// Watch the work: who has what until when, rates, waits, the queue
///
/// On a terminal one screen that is drawn again and again, until you stop it; elsewhere a line each time.
#[derive(Args)]
#[command(after_help = "\
Examples:
  actifix top
  actifix top --every 5s | tee work.log
  actifix top --json --count 1")]
pub struct Top {
    /// How often it looks [default: 1s]
    #[arg(long, value_name = "SPAN", value_parser = input::wait, allow_hyphen_values = true)]
    every: Option<Duration>,
    /// Look so many times, then end
    #[arg(long, value_name = "N", value_parser = input::count::<u64>, allow_hyphen_values = true)]
    count: Option<u64>,
}

/// What happened in the last minute, or since the start when that is shorter.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Rates {
    seconds: u64,
    recorded: usize,
    claimed: usize,
    completed: usize,
    failed: usize,
    expired: usize,
}

#[derive(Serialize)]
struct Answer<'a> {
    at: actifix::Timestamp,
    rates: &'a Rates,
    stats: &'a Stats,
    leased: &'a Page,
}

/// The latest events, by when they were seen.
struct Recent {
    begun: Instant,
    after: i64,
    seen: VecDeque<(Instant, EventKind)>,
}

impl Top {
    /// Watches.
    pub fn run(self, context: &Context) -> Outcome {
        let every = self.every.unwrap_or(Duration::from_secs(1));
        let store = context.store()?;
        let mut recent = Recent {
            begun: Instant::now(),
            after: context.wait(&store, store.stats())?.newest_event,
            seen: VecDeque::new(),
        };
        let mut screen = Screen::default();
        let mut left = self.count.unwrap_or(u64::MAX);
        while left > 0 {
            look(context, &store, &mut recent, &mut screen)?;
            left -= 1;
            if left > 0 && reader_has_gone(every) {
                return Err(Failure::ReaderGone);
            }
        }
        Ok(Exit::Done)
    }
}

fn look(
    context: &Context,
    store: &Store,
    recent: &mut Recent,
    screen: &mut Screen,
) -> Result<(), Failure> {
    let filter = Filter {
        statuses: vec![Status::InProgress],
        limit: SHOWN,
        ..Filter::default()
    };
    let news = EventFilter {
        after: recent.after,
        limit: PAGE,
        ..EventFilter::default()
    };
    recent.add(
        &context.wait(store, store.events(news))?.events,
        Instant::now(),
    );
    let rates = recent.rates(Instant::now());
    let stats = context.wait(store, store.stats())?;
    let leased = context.wait(store, store.list(filter))?;
    if context.json() {
        context.out.json(&Answer {
            at: SystemClock.now(),
            rates: &rates,
            stats: &stats,
            leased: &leased,
        })?;
    } else if screen::is_for(context) {
        screen.draw("", &frame(context, store, &rates, &stats, &leased));
    } else {
        context.out.line(&line(&rates, &stats))?;
    }
    Ok(context.out.flush()?)
}

impl Recent {
    fn add(&mut self, events: &[Event], now: Instant) {
        for event in events {
            self.after = self.after.max(event.seq);
            self.seen.push_back((now, event.kind));
        }
        while self
            .seen
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) > WINDOW)
        {
            self.seen.pop_front();
        }
    }

    fn rates(&self, now: Instant) -> Rates {
        let of = |kind| self.seen.iter().filter(|(_, seen)| *seen == kind).count();
        Rates {
            seconds: now.duration_since(self.begun).min(WINDOW).as_secs(),
            recorded: of(EventKind::Recorded),
            claimed: of(EventKind::Claimed),
            completed: of(EventKind::Completed),
            failed: of(EventKind::Failed),
            expired: of(EventKind::Expired),
        }
    }
}

/// The rates in words.
fn told(rates: &Rates) -> String {
    format!(
        "in the last {}s: {} recorded, {} claimed, {} completed, {} failed, {} expired",
        rates.seconds, rates.recorded, rates.claimed, rates.completed, rates.failed, rates.expired
    )
}

fn line(rates: &Rates, stats: &Stats) -> String {
    format!(
        "{} open {} in-progress {} completed {} quarantined {}; {}",
        SystemClock.now(),
        stats.open,
        stats.in_progress,
        stats.completed,
        stats.quarantined,
        told(rates)
    )
}

fn frame(context: &Context, store: &Store, rates: &Rates, stats: &Stats, leased: &Page) -> String {
    let paint = context.out.paint;
    let (bold, dim) = (paint.bold(), paint.dim());
    let lock = store.lock_holder().map_or_else(String::new, |holder| {
        let command = text::one_line(&holder.command).into_owned();
        format!("\nwrite lock held by pid {} ({command})", holder.pid)
    });
    let mut frame = format!(
        "{bold}{}{bold:#}  {dim}{}, log {}{dim:#}\n{}{lock}\n\n{}\n",
        store.path().display(),
        counts::bytes(stats.database_bytes),
        counts::bytes(stats.wal_bytes),
        told(rates),
        counts::by_priority(stats, paint)
    );
    if leased.tickets.is_empty() {
        frame.push_str("\nnobody works");
    } else {
        let now = SystemClock.now();
        let table = leases::at_work(&leased.tickets, paint, now);
        frame.push_str(&format!("\n{bold}At work{bold:#}\n{table}"));
    }
    frame
}

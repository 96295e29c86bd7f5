//! What a worker says: a line each, plain or in JSON; on a terminal above the live view.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actifix::{Clock, Doing, Job, Lease, Notice, Store, SystemClock, Tally, Timestamp};
use serde::Serialize;

use crate::context::Context;
use crate::output::colour::Paint;
use crate::output::screen::Screen;
use crate::output::{text, tickets, time};

/// A slot at work, as the view shows it.
#[derive(Clone)]
pub struct AtWork {
    pub lease: Lease,
    pub until: Timestamp,
}

/// The span that ended tickets are counted over.
const MINUTE: Duration = Duration::from_secs(60);

/// A worker as the view shows it.
pub struct Seen {
    /// Who works on what.
    pub at_work: BTreeMap<usize, AtWork>,
    /// Tickets that ended in the last minute, however they did.
    pub ended: usize,
    /// Why the worker waits for the store.
    pub trouble: Option<String>,
}

/// What a worker says.
pub struct Log {
    json: bool,
    live: bool,
    name: String,
    slots: usize,
    pub paint: Paint,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    at_work: BTreeMap<usize, AtWork>,
    screen: Screen,
    /// When tickets ended in the last minute.
    ended: VecDeque<Instant>,
    /// What stands below the log on a terminal.
    shown: String,
    trouble: Option<String>,
}

#[derive(Serialize)]
struct Line<'a, T> {
    at: Timestamp,
    #[serde(flatten)]
    what: &'a T,
}

#[derive(Serialize)]
struct Said<'a> {
    what: &'static str,
    said: &'a str,
}

#[derive(Serialize)]
struct Ended<'a> {
    what: &'static str,
    #[serde(flatten)]
    tally: &'a Tally,
    /// The figures of this process, as `stats` has them.
    contention: Option<serde_json::Value>,
}

impl Log {
    /// On stdout.
    pub fn new(context: &Context, store: &Store, plain: bool, slots: usize) -> Arc<Self> {
        Arc::new(Self {
            json: context.json(),
            live: !plain && !context.json() && io::stdout().is_terminal(),
            name: store.actor().to_owned(),
            slots,
            paint: context.out.paint,
            state: Mutex::default(),
        })
    }

    /// Whether there is a live view.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// How many slots there are.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The worker's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the view shows of the worker now.
    pub fn seen(&self) -> Seen {
        let mut state = self.lock();
        while state.ended.front().is_some_and(|at| at.elapsed() > MINUTE) {
            state.ended.pop_front();
        }
        Seen {
            at_work: state.at_work.clone(),
            ended: state.ended.len(),
            trouble: state.trouble.clone(),
        }
    }

    /// Something happened.
    pub fn notice(&self, notice: &Notice) {
        let mut state = self.lock();
        state.note(notice);
        if self.json {
            let at = SystemClock.now();
            print(&serde_json::to_string(&Line { at, what: notice }).unwrap_or_default());
        } else if !matches!(notice.what, Doing::Renewed { .. }) || !self.live {
            let line = self.line(notice);
            self.put(&mut state, &line);
        }
    }

    /// Says something that no notice says.
    pub fn say(&self, said: &str) {
        let mut state = self.lock();
        let at = SystemClock.now();
        if self.json {
            let what = &Said { what: "said", said };
            print(&serde_json::to_string(&Line { at, what }).unwrap_or_default());
        } else {
            let line = format!("{} {said}", time::moment(at, at));
            self.put(&mut state, &line);
        }
    }

    /// Shows this below the log from now on.
    pub fn show(&self, view: String) {
        let mut state = self.lock();
        state.shown = view;
        let State { screen, shown, .. } = &mut *state;
        screen.draw("", shown);
    }

    /// What was done, as the last word.
    pub fn end(&self, tally: &Tally, store: &Store) -> io::Result<()> {
        let mut state = self.lock();
        let at = SystemClock.now();
        if self.json {
            let what = &Ended {
                what: "ended_work",
                tally,
                contention: store.stats().wait().ok().map(|stats| stats.contention),
            };
            return writeln!(
                io::stdout().lock(),
                "{}",
                serde_json::to_string(&Line { at, what })?
            );
        }
        state.shown.clear();
        let Tally {
            claimed,
            completed,
            failed,
            released,
            lost,
            ended,
        } = tally;
        let line = format!(
            "{} {claimed} claimed: {completed} completed, {ended} ended by the command, {failed} failed, {released} given back, {lost} lost",
            time::moment(at, at)
        );
        self.put(&mut state, &line);
        Ok(())
    }

    /// Shows the lines of a command's stderr as they come.
    pub fn lines_of(self: &Arc<Self>, job: &Job) -> impl FnMut(&[u8]) + Send + 'static {
        let (log, id) = (Arc::clone(self), job.ticket().id.clone());
        let mut open = Vec::new();
        move |piece: &[u8]| {
            for byte in piece {
                // A line that never ends is shown in parts.
                if *byte == b'\n' || open.len() >= 4_096 {
                    log.told(&format!(
                        "{id} | {}",
                        text::one_line(&String::from_utf8_lossy(&open))
                    ));
                    open.clear();
                }
                if *byte != b'\n' {
                    open.push(*byte);
                }
            }
        }
    }

    /// A line of a command's stderr.
    fn told(&self, line: &str) {
        let mut state = self.lock();
        if self.live {
            self.put(&mut state, line);
        } else {
            // Nobody is left to be told when stderr is closed.
            let _ = writeln!(io::stderr().lock(), "{line}");
        }
    }

    fn put(&self, state: &mut State, line: &str) {
        if self.live {
            let State { screen, shown, .. } = state;
            screen.draw(line, shown);
        } else {
            print(line);
        }
    }

    /// A notice for people.
    fn line(&self, notice: &Notice) -> String {
        let now = SystemClock.now();
        let who = format!("{}/{}", text::one_line(&self.name), notice.slot + 1);
        let id = notice.ticket.as_ref().map(ToString::to_string);
        let (word, rest) = told(&notice.what, now);
        let (style, dim) = (self.style(&notice.what), self.paint.dim());
        format!(
            "{dim}{}{dim:#} {who} {} {style}{word}{style:#}{rest}",
            time::moment(now, now),
            id.unwrap_or_default()
        )
    }

    fn style(&self, what: &Doing) -> anstyle::Style {
        match what {
            Doing::Completed | Doing::Ended | Doing::Reached => self.paint.good(),
            Doing::Failed { .. } | Doing::Lost { .. } | Doing::Waiting { .. } => self.paint.error(),
            Doing::Renewed { .. } => self.paint.dim(),
            _ => self.paint.bold(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, notice: &Notice) {
        match &notice.what {
            Doing::Claimed { lease, until } => {
                let at_work = AtWork {
                    lease: (**lease).clone(),
                    until: *until,
                };
                self.at_work.insert(notice.slot, at_work);
            }
            Doing::Renewed { until } => {
                if let Some(at_work) = self.at_work.get_mut(&notice.slot) {
                    at_work.until = *until;
                }
            }
            Doing::Waiting { error } => self.trouble = Some(error.to_string()),
            Doing::Reached => self.trouble = None,
            _ => {
                self.at_work.remove(&notice.slot);
                self.ended.push_back(Instant::now());
            }
        }
    }
}

/// What happened in a word, and the rest of the line.
fn told(what: &Doing, now: Timestamp) -> (&'static str, String) {
    let why = |reason: &str| format!(": {}", text::first_line(reason));
    match what {
        Doing::Claimed { lease, .. } => (
            "claimed",
            format!(
                " {} {} (token {})",
                lease.ticket.priority,
                tickets::headline(&lease.ticket),
                lease.token
            ),
        ),
        Doing::Renewed { until } => ("renewed", format!(" until {}", time::moment(*until, now))),
        Doing::Completed => ("completed", String::new()),
        Doing::Ended => ("ended", " by the command".to_owned()),
        Doing::Failed { reason } => ("failed", why(reason)),
        Doing::Released { reason } => ("given back", why(reason)),
        Doing::Lost { error } => ("lost", why(&error.to_string())),
        Doing::Waiting { error } => ("waiting", why(&format!("{error}; {}", error.hint()))),
        Doing::Reached => ("goes on", ": the store can be reached again".to_owned()),
        _ => ("did", String::new()),
    }
}

fn print(line: &str) {
    // Whoever read the log has gone: the work goes on.
    let _ = writeln!(io::stdout().lock(), "{line}");
}

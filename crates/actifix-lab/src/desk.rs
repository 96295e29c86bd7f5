//! Where a worker takes its lock: a connection with plain statements, the line, or the store.

mod plain;

use std::path::Path;
use std::time::Duration;

use actifix::{Lease, Release, Report, Settings, Store, TicketId};
use rusqlite::Connection;
use sqlite_line::{Line, Options};

use crate::code::Refusal;
use crate::error::{LabError, Result};
use crate::job::{Job, Part, Task};
use crate::mode::{Journal, Mode};
use crate::reproduce::TicketState;
use crate::statements::{STANDING, TABLE, TICKET};
use crate::tables::{Command, Tickets};
use crate::trace::{Step, Stopwatch, unix_us};
use crate::tracer::{Patience, Tracer};
use plain::Plain;

/// How long a lock is meant to be held.
const LEASE: Duration = Duration::from_secs(3_600);

/// How a call went.
#[derive(Debug, Default)]
pub struct Attempt {
    /// None when the worker got what it asked for.
    pub refusal: Option<Refusal>,
    /// How often it tried.
    pub tries: u32,
    /// The time of tries that came to nothing, in microseconds.
    pub wasted_us: u64,
}

/// A desk of one worker.
pub struct Desk {
    kind: Kind,
    part: Part,
    watch: Stopwatch,
    steps: Vec<Step>,
    lease: Option<Lease>,
    /// Locks have run out as soon as they are taken.
    fleeting: bool,
}

enum Kind {
    Plain(Box<Plain>),
    Line(Line<Tickets>),
    Store(Store),
}

/// Makes the scene's database with `tickets` tickets. The ids are those of the store, where it is one.
pub fn prepare(path: &Path, mode: Mode, journal: Journal, tickets: u32) -> Result<Vec<String>> {
    let doing = "preparing the scene's database";
    match mode {
        Mode::Actifix => {
            let store = Store::open(path).map_err(LabError::store(doing))?;
            let reports = (1..=tickets).map(|n| Report::error("Lab", format!("ticket {n}")));
            let made = store.record_all(reports).wait();
            let made = made.map_err(LabError::store(doing))?.into_iter();
            made.map(|one| one.map(|recorded| recorded.id.to_string()))
                .collect::<Result<_, _>>()
                .map_err(LabError::store(doing))
        }
        Mode::Line => {
            let line =
                Line::open(path, Tickets, Options::default()).map_err(LabError::line(doing))?;
            let made = line.write(Command::Prepare(tickets)).wait();
            made.map_err(LabError::line(doing))?;
            Ok(Vec::new())
        }
        _ => {
            plainly(path, journal, tickets).map_err(LabError::sqlite(doing))?;
            Ok(Vec::new())
        }
    }
}

fn plainly(path: &Path, journal: Journal, tickets: u32) -> rusqlite::Result<()> {
    let mut conn = Connection::open(path)?;
    let mode = journal.name();
    conn.query_row(&format!("PRAGMA journal_mode={mode}"), [], |_| Ok(()))?;
    conn.execute_batch(TABLE)?;
    let filling = rusqlite::TransactionBehavior::Immediate;
    #[allow(clippy::disallowed_methods, reason = "the lab's own table")]
    let filling = conn.transaction_with_behavior(filling)?;
    for ticket in 1..=tickets {
        filling.execute(TICKET, [ticket])?;
    }
    filling.commit()
}

/// Who holds which ticket now.
pub fn standing(path: &Path, mode: Mode, ids: &[String]) -> Result<Vec<TicketState>> {
    let doing = "reading the tickets' state";
    if mode == Mode::Actifix {
        let store = Store::open(path).map_err(LabError::store(doing))?;
        let one = |(number, id): (u32, &String)| {
            let id: TicketId = id.parse().map_err(LabError::store(doing))?;
            let ticket = store.get(&id).wait().map_err(LabError::store(doing))?;
            Ok(TicketState {
                ticket: number,
                holder: ticket.lease.map(|lease| lease.holder),
            })
        };
        return (1..).zip(ids).map(one).collect();
    }
    let look = || {
        let conn = Connection::open(path)?;
        let mut statement = conn.prepare(STANDING)?;
        let rows = statement.query_map([], |row| {
            Ok(TicketState {
                ticket: row.get(0)?,
                holder: row.get(1)?,
            })
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    look().map_err(LabError::sqlite(doing))
}

impl Desk {
    /// Opens one for a worker.
    pub fn open(job: &Job, part: &Part, watch: Stopwatch) -> Result<Self> {
        let doing = "opening the scene's database";
        let looped = matches!(job.task, Task::LockAgain(_));
        let kind = match job.mode {
            Mode::Actifix => {
                let settings = Settings {
                    deadline: job.timeout,
                    ..Settings::default()
                };
                Kind::Store(Store::open_with(&job.path, settings).map_err(LabError::store(doing))?)
            }
            Mode::Line => {
                let options = Options::default().deadline(job.timeout);
                Kind::Line(Line::open(&job.path, Tickets, options).map_err(LabError::line(doing))?)
            }
            mode => {
                let patience = match mode {
                    Mode::ShortSleep => Patience::Short(job.timeout),
                    _ if looped => Patience::Own(job.timeout),
                    _ => Patience::Like(job.timeout),
                };
                let name = format!("c{}", part.worker);
                let tracer = Tracer::open(&job.path, &name, patience, watch)?;
                Kind::Plain(Box::new(Plain::new(tracer, job)))
            }
        };
        Ok(Self {
            kind,
            part: part.clone(),
            watch,
            steps: Vec::new(),
            lease: None,
            fleeting: looped,
        })
    }

    /// Counts time from another zero.
    pub fn set_watch(&mut self, watch: Stopwatch) {
        self.watch = watch;
        if let Kind::Plain(plain) = &mut self.kind {
            plain.tracer.set_watch(watch);
        }
    }

    /// What was written down since the last time.
    pub fn take(&mut self) -> Vec<Step> {
        match &mut self.kind {
            Kind::Plain(plain) => plain.tracer.take(),
            _ => std::mem::take(&mut self.steps),
        }
    }

    /// Takes the worker's ticket. `meet` is called between read and write, where the workers shall meet there.
    pub fn lock(&mut self, meet: &dyn Fn()) -> Attempt {
        // In microseconds: an update that changes nothing writes nothing, and its commit would wait for no disk.
        let now = unix_us();
        let lease = if self.fleeting {
            0
        } else {
            i64::try_from(LEASE.as_micros()).unwrap_or(0)
        };
        let (ticket, holder) = (self.part.ticket, self.part.name());
        match &mut self.kind {
            Kind::Plain(plain) => plain.lock(ticket, &holder, now, now + lease, meet),
            Kind::Line(line) => {
                let command = Command::Lock {
                    ticket,
                    holder,
                    now,
                    expires: now + lease,
                };
                let (line, what) = (line.clone(), format!("lock ticket {ticket}"));
                self.called(what, || asked(line.write(command).wait()))
            }
            Kind::Store(store) => {
                let (store, what) = (store.clone(), format!("acquire ticket {ticket}"));
                let id = self.part.id.clone().unwrap_or_default();
                let mut lease = None;
                let attempt = self.called(what, || {
                    let id: TicketId = id.parse()?;
                    lease = Some(store.acquire(&id, &holder, LEASE).wait()?);
                    Ok(true)
                });
                self.lease = lease;
                attempt
            }
        }
    }

    /// Gives the ticket back.
    pub fn free(&mut self) -> Attempt {
        let (ticket, holder) = (self.part.ticket, self.part.name());
        match &mut self.kind {
            Kind::Plain(plain) => plain.free(ticket, &holder),
            Kind::Line(line) => {
                let (line, what) = (line.clone(), format!("free ticket {ticket}"));
                let command = Command::Free { ticket, holder };
                self.called(what, || asked(line.write(command).wait()))
            }
            Kind::Store(store) => {
                let (store, lease) = (store.clone(), self.lease.take());
                self.called(format!("release ticket {ticket}"), || match lease {
                    Some(lease) => store
                        .release(&lease.ticket.id, lease.token, Release::default())
                        .wait()
                        .map(|_| true),
                    None => Ok(false),
                })
            }
        }
    }

    /// Makes a ticket more.
    pub fn create(&mut self, number: u32) -> Attempt {
        let name = self.part.name();
        match &mut self.kind {
            Kind::Plain(plain) => plain.create(),
            Kind::Line(line) => {
                let line = line.clone();
                self.called("create".into(), || {
                    asked(line.write(Command::Create).wait())
                })
            }
            Kind::Store(store) => {
                let store = store.clone();
                let report = Report::error("Lab", format!("{name}, new ticket {number}"));
                self.called("record".into(), || {
                    store.record(report).wait().map(|recorded| recorded.new)
                })
            }
        }
    }

    /// A call along the line, as one step.
    fn called(
        &mut self,
        what: String,
        call: impl FnOnce() -> Result<bool, actifix::Error>,
    ) -> Attempt {
        let began_us = self.watch.now_us();
        let answer = call();
        let ended_us = self.watch.now_us();
        let refusal = match answer {
            Ok(true) => None,
            Ok(false) => Some(Refusal::other("NOT_FREE", "the ticket is not free")),
            Err(error) => Some(Refusal::other(error.kind(), error.to_string())),
        };
        self.steps.push(Step {
            connection: "line".to_owned(),
            act: "call".to_owned(),
            sql: what,
            began_us,
            ended_us,
            before: "none".to_owned(),
            after: "none".to_owned(),
            rows: refusal.is_none().then_some(1),
            refusal: refusal.clone(),
            slept_us: 0,
            looks: 0,
        });
        let wasted_us = u64::try_from(ended_us - began_us).unwrap_or(0);
        Attempt {
            wasted_us: if refusal.is_some() { wasted_us } else { 0 },
            refusal,
            tries: 1,
        }
    }
}

/// The line's answer in the words of the store's.
fn asked(answer: Result<bool, sqlite_line::Error>) -> Result<bool, actifix::Error> {
    answer.map_err(|error| actifix::Error::Storage {
        why: error.to_string(),
    })
}

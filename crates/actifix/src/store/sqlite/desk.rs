//! The writer's desk: applies commands, one after the other, inside the line's transactions.
//!
//! The parts of a batch that can be added up (counters, counts, repeats) are kept here and written once before COMMIT.
//! Everything kept is thrown away when a batch is rolled back.

use std::sync::Arc;
use std::time::Duration;

use sqlite_line::rusqlite::{self, Result as Sql, Row};
use sqlite_line::{Identity, Program, ReadTxn, WriteTxn};

use super::command::{Answer, Body, Command, Reply};
use super::counters::Counters;
use super::counts::Counts;
use super::names::Names;
use super::places::{self, Key, Place};
use super::repeats::Repeats;
use super::targets::Targets;
use super::{crossed, due, prune, requests, schema, travel};
use crate::error::{Error, Result};
use crate::event::Receipt;
use crate::store::Settings;
use crate::ticket::TicketId;
use crate::time::Timestamp;

/// Why a command's work stopped: it was refused before it wrote anything, or SQLite failed.
pub(super) enum Stop {
    Refused(Error),
    Sql(rusqlite::Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// The result of a command's work.
pub(super) type Step<T> = std::result::Result<T, Stop>;

/// A refusal is an answer; a failure of SQLite is not.
pub(super) fn settled<T>(step: Step<T>) -> Sql<Result<T>> {
    match step {
        Ok(value) => Ok(Ok(value)),
        Err(Stop::Refused(error)) => Ok(Err(error)),
        Err(Stop::Sql(error)) => Err(error),
    }
}

/// Who does a change, and how strictly the holder's name is judged.
pub(super) struct Who<'a> {
    pub name: &'a str,
    pub strict: bool,
}

/// A ticket that a command works on.
pub(super) struct Found {
    pub id: TicketId,
    pub key: Key,
    pub place: Place,
}

/// See the module.
pub(super) struct Desk {
    pub settings: Arc<Settings>,
    pub now: Timestamp,
    pub names: Names,
    pub counters: Counters,
    pub counts: Counts,
    pub repeats: Repeats,
    pub targets: Targets,
    /// Projects that have something ready, once a claim has asked for them.
    pub ready_projects: Option<Vec<i64>>,
    /// Leases that ran out and were ended in this batch.
    pub swept: u64,
}

/// The actor of what time does.
pub(super) const TIME: &str = "actifix";

/// By `facts`' unique index on id, then by primary key.
pub(super) const NUMBER: &str = "SELECT n FROM facts WHERE id = ?1";
const ALIAS: &str = "SELECT f.n FROM aliases a JOIN facts f ON f.n = a.ticket WHERE a.id = ?1";
/// By `facts`' unique index on id: the columns of [`places::KEY`].
pub(super) const FILED: &str =
    "SELECT n, project, priority, created, kind, id FROM facts WHERE id = ?1";
/// By rowid.
pub(super) const ID: &str = "SELECT id FROM facts WHERE n = ?1";

/// The ticket of an id.
pub(super) fn number(txn: &ReadTxn<'_>, id: &TicketId) -> Step<i64> {
    let mut found = txn.query_opt(NUMBER, [id.as_str()], |row| row.get(0))?;
    if found.is_none() {
        found = txn.query_opt(ALIAS, [id.as_str()], |row| row.get(0))?;
    }
    found.ok_or_else(|| {
        Error::NotFound {
            ticket: id.to_string(),
        }
        .into()
    })
}

/// Finds a ticket and where it stands, changing nothing.
pub(super) fn find_as_is(txn: &ReadTxn<'_>, id: &TicketId) -> Step<Found> {
    match txn.query_opt(FILED, [id.as_str()], filed)? {
        Some(filed) => located(txn, filed),
        // Under another name, or not at all.
        None => find_numbered(txn, number(txn, id)?)?.ok_or_else(|| lost(id)),
    }
}

/// The same by its number; `None` when there is no such ticket.
pub(super) fn find_numbered(txn: &ReadTxn<'_>, ticket: i64) -> Step<Option<Found>> {
    let filed = txn.query_opt(places::KEY, [ticket], filed)?;
    filed.map(|filed| located(txn, filed)).transpose()
}

fn filed(row: &Row<'_>) -> Sql<(Key, TicketId)> {
    Ok((places::key_of(row)?, row.get(5).map(TicketId::stored)?))
}

fn located(txn: &ReadTxn<'_>, (key, id): (Key, TicketId)) -> Step<Found> {
    match places::locate(txn, &key)? {
        Some(place) => Ok(Found { id, key, place }),
        None => Err(lost(&id)),
    }
}

/// In a damaged file.
fn lost(id: &TicketId) -> Stop {
    let why = format!("{id} stands nowhere; `actifix verify` tells more");
    Error::Corrupt { why }.into()
}

/// The id of a ticket.
pub(super) fn id_of(txn: &ReadTxn<'_>, ticket: i64) -> Sql<TicketId> {
    txn.query_row(ID, [ticket], |row| row.get(0).map(TicketId::stored))
}

impl Desk {
    pub fn new(settings: Arc<Settings>) -> Self {
        Self {
            settings,
            now: Timestamp::from_micros(0),
            names: Names::default(),
            counters: Counters::default(),
            counts: Counts::default(),
            repeats: Repeats::default(),
            targets: Targets::default(),
            ready_projects: None,
            swept: 0,
        }
    }

    /// Finds a ticket and where it stands. A lease that has run out is swept first.
    pub fn find(&mut self, txn: &WriteTxn<'_>, id: &TicketId) -> Step<Found> {
        let found = find_as_is(txn, id)?;
        match found.place {
            Place::Leased(lease) if lease.expires <= self.now.micros() => {
                let place = due::expire(self, txn, &found.key, lease)?;
                Ok(Found { place, ..found })
            }
            _ => Ok(found),
        }
    }

    /// Moves a ticket from where it stands to `to`.
    pub fn relocate(&mut self, txn: &WriteTxn<'_>, found: &Found, to: &Place) -> Step<()> {
        self.leave(txn, &found.key, &found.place)?;
        self.place(txn, &found.key, to)?;
        Ok(())
    }

    /// Takes a ticket away from `place`, where it must stand.
    pub fn leave(&mut self, txn: &WriteTxn<'_>, key: &Key, place: &Place) -> Step<()> {
        if places::leave(txn, &mut self.counts, key, place)? {
            return Ok(());
        }
        let id = id_of(txn, key.ticket)?;
        let why = format!("{id} is not where it stood; `actifix verify` tells more");
        Err(Error::Corrupt { why }.into())
    }

    /// Puts a ticket, that stands nowhere, at `place`.
    pub fn place(&mut self, txn: &WriteTxn<'_>, key: &Key, place: &Place) -> Sql<()> {
        places::enter(txn, &mut self.counts, key, place)?;
        if let (Place::Ready { .. }, Some(projects)) = (place, &mut self.ready_projects)
            && !projects.contains(&key.project)
        {
            projects.push(key.project);
        }
        Ok(())
    }

    fn work(&mut self, txn: &WriteTxn<'_>, command: &Command) -> Step<Reply> {
        let who = Who {
            name: &command.actor,
            strict: command.strict,
        };
        if !matches!(
            command.body,
            Body::Record(_) | Body::RecordAll(_) | Body::RecordStretch(_)
        ) {
            // What is added up must be there for whoever looks at occurrences and events.
            self.flush_repeats(txn)?;
        }
        match &command.body {
            Body::Record(report) => self
                .record(txn, &who, report.get(), command.request.as_deref())
                .map(Reply::Recorded),
            Body::RecordAll(reports) => self.record_all(txn, &who, reports).map(Reply::RecordedAll),
            Body::RecordStretch(stretch) => self
                .record_stretch(txn, &who, stretch)
                .map(Reply::ReadSoFar),
            // Of these no repeat does harm, and a handle's name is for the call that its user makes.
            Body::Subscribe(all) => self.subscribe(txn, all).map(|()| Reply::Done),
            Body::Deliver(how) => self.deliver(txn, how),
            body => requests::once(self, txn, command.request.as_deref(), body.verb(), |desk| {
                desk.must_be(txn, command)?;
                desk.change(txn, &who, body)
            }),
        }
    }

    /// Refuses a change of a ticket that is not what its caller took it for.
    fn must_be(&mut self, txn: &WriteTxn<'_>, command: &Command) -> Step<()> {
        let Some(ticket) = command.body.ticket().filter(|_| !command.only.is_empty()) else {
            return Ok(());
        };
        let found = self.find(txn, ticket)?;
        let fate = prune::fate_of(&found.place);
        if command.only.contains(&fate) {
            return Ok(());
        }
        let (ticket, why) = (found.id, fate.to_string());
        Err(Error::NotReady { ticket, why }.into())
    }

    fn change(&mut self, txn: &WriteTxn<'_>, who: &Who<'_>, body: &Body) -> Step<Reply> {
        match body {
            Body::ForgetSource(source) => {
                self.forget_source(txn, source)?;
                Ok(Reply::Done)
            }
            Body::Claim(claim) => self.claim(txn, claim),
            Body::Acquire {
                ticket,
                holder,
                lease,
            } => self.acquire(txn, ticket, holder, *lease).map(Reply::grant),
            Body::Renew {
                ticket,
                token,
                lease,
            } => self
                .renew(txn, who, ticket, *token, *lease)
                .map(Reply::grant),
            Body::CompleteAll(ended) => self.complete_all(txn, who, ended).map(Reply::Receipts),
            Body::Reserve(head) => self.reserve(txn, head).map(Reply::Reserved),
            Body::Import { lines, exactly } => self
                .import_all(txn, who, lines, *exactly)
                .map(Reply::Imported),
            Body::Old(call) => self.old_call(txn, who, call),
            Body::Prune(pruning) => self.prune(txn, who, pruning).map(Reply::Pruned),
            Body::Turn(turn) => self.turn(txn, turn).map(Reply::Turn),
            of_a_ticket => self
                .change_ticket(txn, who, of_a_ticket)
                .map(Reply::Receipt),
        }
    }

    /// What is answered by a receipt of the one ticket.
    fn change_ticket(&mut self, txn: &WriteTxn<'_>, who: &Who<'_>, body: &Body) -> Step<Receipt> {
        match body {
            Body::Complete(ended) => self.complete(txn, who, ended),
            Body::Release { ticket, token, how } => {
                self.release(txn, who, ticket, *token, how.get())
            }
            Body::Close { ticket, how } => self.close(txn, who, ticket, how.get()),
            Body::Ignore {
                ticket,
                wake,
                token,
            } => self.ignore(txn, who, ticket, *wake, *token),
            Body::Reopen { ticket } => self.reopen(txn, who, ticket),
            Body::Merge { ticket, into } => self.merge(txn, who, ticket, into),
            Body::Delete { ticket, how } => self.delete(txn, who, ticket, *how),
            Body::Undelete { ticket } => self.undelete(txn, who, ticket),
            Body::Purge { ticket } => self.purge(txn, who, ticket),
            Body::Assign { ticket, assignee } => self.assign(txn, who, ticket, assignee.as_deref()),
            Body::Note { ticket, text } => self.note(txn, who, ticket, text.get()),
            Body::Update { ticket, change } => self.update(txn, who, ticket, change.get()),
            _ => Err(Error::invalid("call", "it is none of a ticket").into()),
        }
    }
}

impl Reply {
    fn grant(grant: super::grant::Grant) -> Self {
        Self::Grant(Box::new(grant))
    }
}

impl Program for Desk {
    type Command = Command;
    type Answer = Answer;
    const APPLICATION_ID: i32 = schema::APPLICATION_ID;
    const VERSION: i32 = schema::VERSION;

    fn identify(&self, txn: &ReadTxn<'_>) -> Sql<Identity> {
        schema::identify(txn)
    }

    fn migrate(&mut self, txn: &WriteTxn<'_>, from: i32) -> Sql<()> {
        schema::migrate(txn, from)
    }

    fn begin(&mut self, txn: &WriteTxn<'_>) -> Sql<()> {
        // The clock is read once a batch, with the write lock held, and without a floor: one process in the year 2099
        // must not poison the file.
        self.now = self.settings.clock.now();
        self.ready_projects = None;
        self.swept = 0;
        if !self.counters.load(txn)? {
            self.forget();
        }
        due::sweep(self, txn)
    }

    fn apply(&mut self, txn: &WriteTxn<'_>, command: &Command) -> Sql<Answer> {
        let step = self.work(txn, command);
        settled(step)
    }

    fn finish(&mut self, txn: &WriteTxn<'_>) -> Sql<()> {
        self.flush_repeats(txn)?;
        self.counts.save(txn)?;
        self.counters.save(txn)
    }

    fn slow(&mut self, command: &Command, waited: Duration) {
        let (what, ticket, holder) = command.about();
        tracing::warn!(
            target: "actifix::contention",
            what,
            ticket,
            holder,
            waited_ms = u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
            "a call waited long for the write lock"
        );
    }

    fn forget(&mut self) {
        self.names.forget();
        self.counts.forget();
        self.repeats = Repeats::default();
        self.targets = Targets::default();
        self.ready_projects = None;
    }

    fn dialect(&self) -> Option<String> {
        let settings = self.settings.dialect()?;
        Some(format!("{} {settings}", travel::FORM))
    }

    fn keep(answer: &Answer) -> Sql<Option<Vec<u8>>> {
        crossed::keep(answer)
    }

    fn again(&mut self, txn: &WriteTxn<'_>, _command: &Command, kept: &[u8]) -> Sql<Answer> {
        crossed::again(self, txn, kept)
    }

    fn weight(command: &Command) -> usize {
        command.body.weight()
    }
}

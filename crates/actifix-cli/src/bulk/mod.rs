//! Many tickets at once, for every verb that people need it for: a verb says what it does to one ticket, and this does the
//! rest. First a look finds them; then they are told, and asked for; then each is looked at again when its turn
//! comes, and changed only while it is still what it was taken for. Repeating a run that was cut off is harmless.

mod ask;
mod pick;
mod report;

use actifix::{Call, Error, Fate, Filter, Receipt, Result, Store, Ticket, TicketId};

pub use pick::Pick;

use crate::commands::Outcome;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::progress::Progress;
use report::{Became, Report};

/// Tickets that one run changes at most: the next run goes on.
const MOST: usize = 100_000;
/// Tickets of one look.
const PAGE: usize = 1_000;
/// Tickets in one go: they share a commit, and nobody waits long for it.
const BATCH: usize = 64;
/// Tickets that are shown before anything is done.
pub const SAMPLE: usize = 10;

/// What a verb does to one ticket.
pub type Change<'a> = dyn Fn(&Store, &TicketId) -> Call<Receipt> + Sync + 'a;

/// What is done to many tickets.
pub struct Bulk<'a> {
    /// The verb: `close`.
    pub verb: &'a str,
    /// What its tickets then are: `closed`.
    pub done: &'a str,
    /// Whether a ticket is so already.
    pub already: &'a (dyn Fn(&Ticket) -> bool + Sync),
    /// Changes one.
    pub change: &'a Change<'a>,
}

/// The tickets that a look found.
#[derive(Default)]
pub struct Found {
    ids: Vec<TicketId>,
    sample: Vec<Ticket>,
    /// There are more than one run changes.
    more: bool,
    /// Somebody named each of them: one that is not like that is an error.
    named: bool,
}

impl Bulk<'_> {
    /// Does it to the tickets that `pick` means.
    pub fn run(&self, context: &Context, store: &Store, pick: Pick) -> Outcome {
        let (dry_run, yes) = (pick.dry_run, pick.yes);
        let filter = pick.filter()?;
        self.run_on(context, store, &filter, dry_run, yes)
    }

    /// Does it to the tickets that a filter means.
    pub fn run_on(
        &self,
        context: &Context,
        store: &Store,
        filter: &Filter,
        dry_run: bool,
        yes: bool,
    ) -> Outcome {
        let found = context.during("looking for tickets", || self.find(store, filter))?;
        let report = Report::new(context, self, found.ids.len());
        if dry_run || found.ids.is_empty() {
            return report.beforehand(&found);
        }
        if !yes && !ask::agreed(context, self, &found)? {
            return report.declined();
        }
        self.change_all(context, store, filter, &found, report)
    }

    /// Does it to these tickets, as far as the filter means them.
    pub fn run_named(
        &self,
        context: &Context,
        store: &Store,
        filter: &Filter,
        ids: Vec<TicketId>,
    ) -> Outcome {
        let report = Report::new(context, self, ids.len());
        let found = Found {
            ids,
            named: true,
            ..Found::default()
        };
        self.change_all(context, store, filter, &found, report)
    }

    /// The tickets that a filter means and that are not so already.
    fn find(&self, store: &Store, filter: &Filter) -> Result<Found> {
        let mut found = Found::default();
        let mut page = Filter {
            limit: PAGE,
            ..filter.clone()
        };
        loop {
            let answer = store.list(page.clone()).wait()?;
            for ticket in answer.tickets {
                if (self.already)(&ticket) {
                    continue;
                }
                if found.ids.len() == MOST {
                    found.more = true;
                    return Ok(found);
                }
                found.ids.push(ticket.id.clone());
                if found.sample.len() < SAMPLE {
                    found.sample.push(ticket);
                }
            }
            match answer.next {
                Some(next) => page.cursor = Some(next),
                None => return Ok(found),
            }
        }
    }

    fn change_all(
        &self,
        context: &Context,
        store: &Store,
        filter: &Filter,
        found: &Found,
        mut report: Report<'_>,
    ) -> Outcome {
        let mut progress = Progress::of(Some(found.ids.len() as u64), context.json());
        for (batch, at) in found.ids.chunks(BATCH).zip((0..).step_by(BATCH)) {
            progress.at(at, &format!("{at} of {} tickets", found.ids.len()));
            let calls: Vec<_> = batch
                .iter()
                .map(|id| (id, self.begin(context, store, filter, id)))
                .collect();
            for (id, begun) in calls {
                let answer = match begun {
                    Ok(call) => context.wait(store, call),
                    Err(error) => Err(error.into()),
                };
                match settled(answer, found.named) {
                    Ok(became) => report.tell(id, became)?,
                    Err(failure) => return Err(report.cut_off(failure)),
                }
            }
        }
        drop(progress);
        report.end(found.more)
    }

    /// Looks at a ticket again and begins its change. Refused when the filter does not mean it.
    fn begin(
        &self,
        context: &Context,
        store: &Store,
        filter: &Filter,
        id: &TicketId,
    ) -> Result<Call<Receipt>> {
        let ticket = store.get(id).wait()?;
        let fate = Fate::of(&ticket);
        if !filter.fits(&ticket, store.settings().clock.now()) || (self.already)(&ticket) {
            let why = format!("{fate} now");
            return Err(Error::NotReady {
                ticket: ticket.id,
                why,
            });
        }
        let mut store = store.only_while(&[fate]);
        if let Some(request) = context.request_id() {
            // Each call has a name of its own, so that all of them can be repeated.
            store = store.with_request_id(&format!("{request}/{id}"))?;
        }
        Ok((self.change)(&store, id))
    }
}

/// What became of a ticket. An error that is not about the ticket ends the run.
fn settled(answer: Result<Receipt, Failure>, named: bool) -> Result<Became, Failure> {
    let Err(failure) = answer else {
        return Ok(Became::Done);
    };
    match failure.error() {
        // Something happened to it since it was found.
        Some(Error::NotReady { .. } | Error::NotFound { .. }) if !named => {
            Ok(Became::Changed(failure))
        }
        Some(
            Error::NotReady { .. }
            | Error::NotFound { .. }
            | Error::Held { .. }
            | Error::Invalid { .. }
            | Error::TooLong { .. },
        ) => Ok(Became::Refused(failure)),
        _ => Err(failure),
    }
}

/// How the run ends: some that were refused are an error.
fn exit(refused: usize) -> Exit {
    if refused == 0 {
        Exit::Done
    } else {
        Exit::Error
    }
}

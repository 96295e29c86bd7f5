//! Looking at tickets, their history and the database as a whole.

use std::path::PathBuf;

use actifix::{EventFilter, Filter};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::Store;
use crate::give::{self, Given, dataclass};
use crate::take::{Span, fine, id, opt_word, tags, words};
use crate::wait::look;

#[pymethods]
impl Store {
    /// A ticket, whole.
    fn get<'py>(&self, py: Python<'py>, ticket: &str) -> Given<'py> {
        let call = self.handle(py)?.get(&id(py, ticket)?);
        give::ticket(py, &look(py, call)?)
    }

    /// A ticket with its events and samples.
    fn show<'py>(&self, py: Python<'py>, ticket: &str) -> Given<'py> {
        let call = self.handle(py)?.show(&id(py, ticket)?);
        let story = look(py, call)?;
        let events = story.events.iter().map(|one| give::event(py, one));
        let samples = story.samples.iter().map(|one| give::sample(py, one));
        dataclass!(py, "Story", {
            ticket: give::ticket(py, &story.ticket)?,
            events: PyTuple::new(py, events.collect::<PyResult<Vec<_>>>()?)?,
            samples: PyTuple::new(py, samples.collect::<PyResult<Vec<_>>>()?)?,
        })
    }

    /// A page of tickets, and where the next one begins.
    #[pyo3(signature = (*, statuses=Vec::new(), priorities=Vec::new(), project=None, kind=None, assignee=None,
        tags=None, search=None, older_than=None, ready=false, deleted=false, full=false, limit=0, cursor=None))]
    #[expect(clippy::too_many_arguments, reason = "they are the fields of a filter")]
    fn page<'py>(
        &self,
        py: Python<'py>,
        statuses: Vec<String>,
        priorities: Vec<String>,
        project: Option<String>,
        kind: Option<&str>,
        assignee: Option<String>,
        tags: Option<&Bound<'py, PyDict>>,
        search: Option<String>,
        older_than: Option<Span>,
        ready: bool,
        deleted: bool,
        full: bool,
        limit: usize,
        cursor: Option<String>,
    ) -> PyResult<(Bound<'py, PyList>, Option<String>)> {
        let filter = Filter {
            statuses: words(py, &statuses)?,
            priorities: words(py, &priorities)?,
            project,
            kind: opt_word(py, kind)?,
            assignee,
            tags: self::tags(tags)?,
            search,
            older_than: older_than.map(|Span(span)| span),
            ready,
            deleted,
            full,
            limit,
            cursor,
        };
        let page = look(py, self.handle(py)?.list(filter))?;
        let list = PyList::empty(py);
        for ticket in &page.tickets {
            list.append(give::ticket(py, ticket)?)?;
        }
        Ok((list, page.next))
    }

    /// A page of events, and the number to go on after.
    #[pyo3(signature = (*, ticket=None, after=0, limit=0))]
    fn history<'py>(
        &self,
        py: Python<'py>,
        ticket: Option<&str>,
        after: i64,
        limit: usize,
    ) -> PyResult<(Bound<'py, PyList>, Option<i64>)> {
        let filter = EventFilter {
            ticket: opt_word(py, ticket)?,
            after,
            limit,
        };
        let page = look(py, self.handle(py)?.events(filter))?;
        let list = PyList::empty(py);
        for event in &page.events {
            list.append(give::event(py, event)?)?;
        }
        Ok((list, page.next))
    }

    /// The state of the store at a glance.
    fn stats<'py>(&self, py: Python<'py>) -> Given<'py> {
        let it = look(py, self.handle(py)?.stats())?;
        let count = |one: &actifix::Count| -> Given<'py> {
            dataclass!(py, "Count", {
                project: &one.project,
                priority: one.priority.as_str(),
                status: one.status.as_str(),
                tickets: one.tickets,
            })
        };
        let counts = it.counts.iter().map(count).collect::<PyResult<Vec<_>>>()?;
        dataclass!(py, "Stats", {
            open: it.open,
            scheduled: it.scheduled,
            in_progress: it.in_progress,
            completed: it.completed,
            quarantined: it.quarantined,
            ignored: it.ignored,
            deleted: it.deleted,
            counts: PyTuple::new(py, counts)?,
            newest_event: it.newest_event,
            database_bytes: it.database_bytes,
            wal_bytes: it.wal_bytes,
            contention: give::value(py, &it.contention)?,
        })
    }

    /// Copies one state of the database into a new file.
    fn backup<'py>(&self, py: Python<'py>, to: PathBuf) -> Given<'py> {
        let store = self.handle(py)?;
        let made = fine(py, py.detach(|| store.backup(to)))?;
        dataclass!(py, "Backup", {
            file: made.file,
            bytes: made.bytes,
            tickets: made.tickets,
            newest_event: made.newest_event,
        })
    }

    /// Checks the database.
    #[pyo3(signature = (*, quick=false))]
    fn verify<'py>(&self, py: Python<'py>, quick: bool) -> Given<'py> {
        let it = look(py, self.handle(py)?.verify(quick))?;
        dataclass!(py, "Verdict", {
            ok: it.ok,
            tickets: it.tickets,
            problems: PyTuple::new(py, &it.problems)?,
            notes: PyTuple::new(py, &it.notes)?,
            places: it.places,
        })
    }
}

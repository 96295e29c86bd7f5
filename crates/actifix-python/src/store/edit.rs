//! What people do with tickets besides working on them.

use actifix::{Close, CloseReason, Delete, Receipt, Token, Update, WakeRule};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Store;
use crate::give::{self, Given};
use crate::take::{Moment, id, json, opt_word, tags, word};
use crate::wait::answer;

#[pymethods]
impl Store {
    /// Ends a ticket with a reason and no work.
    #[pyo3(signature = (ticket, reason, *, of=None, token=None, note=None, request_id=None))]
    #[expect(clippy::too_many_arguments, reason = "they are how a ticket is closed")]
    fn close<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        reason: &str,
        of: Option<&str>,
        token: Option<i64>,
        note: Option<String>,
        request_id: Option<&str>,
    ) -> Given<'py> {
        let reason: CloseReason = word(py, reason)?;
        let mut how = match (reason, opt_word(py, of)?) {
            (CloseReason::Duplicate, Some(other)) => Close::duplicate_of(other),
            _ => Close::because(reason),
        };
        if let Some(token) = token {
            how = how.token(Token(token));
        }
        if let Some(note) = note {
            how = how.note(note);
        }
        let call = self.called(py, request_id)?.close(&id(py, ticket)?, how);
        receipt(py, call)
    }

    /// Ends a ticket until its wake rule opens it again.
    #[pyo3(signature = (ticket, *, until=None, more=None, token=None, request_id=None))]
    fn ignore<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        until: Option<Moment>,
        more: Option<u64>,
        token: Option<i64>,
        request_id: Option<&str>,
    ) -> Given<'py> {
        let wake = WakeRule {
            until: until.map(|Moment(at)| at),
            more,
        };
        let store = self.called(py, request_id)?;
        receipt(py, store.ignore(&id(py, ticket)?, wake, token.map(Token)))
    }

    /// Opens an ended or quarantined ticket again.
    #[pyo3(signature = (ticket, *, request_id=None))]
    fn reopen<'py>(&self, py: Python<'py>, ticket: &str, request_id: Option<&str>) -> Given<'py> {
        receipt(py, self.called(py, request_id)?.reopen(&id(py, ticket)?))
    }

    /// Joins a ticket into another for good.
    #[pyo3(signature = (ticket, into, *, request_id=None))]
    fn merge<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        into: &str,
        request_id: Option<&str>,
    ) -> Given<'py> {
        let store = self.called(py, request_id)?;
        receipt(py, store.merge(&id(py, ticket)?, &id(py, into)?))
    }

    /// Marks a ticket as deleted.
    #[pyo3(signature = (ticket, *, token=None, force=false, request_id=None))]
    fn delete<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        token: Option<i64>,
        force: bool,
        request_id: Option<&str>,
    ) -> Given<'py> {
        let how = Delete {
            token: token.map(Token),
            force,
        };
        let store = self.called(py, request_id)?;
        receipt(py, store.delete(&id(py, ticket)?, how))
    }

    /// Takes the mark back.
    #[pyo3(signature = (ticket, *, request_id=None))]
    fn undelete<'py>(&self, py: Python<'py>, ticket: &str, request_id: Option<&str>) -> Given<'py> {
        receipt(py, self.called(py, request_id)?.undelete(&id(py, ticket)?))
    }

    /// Removes a deleted ticket for good.
    fn purge<'py>(&self, py: Python<'py>, ticket: &str) -> Given<'py> {
        receipt(py, self.handle(py)?.purge(&id(py, ticket)?))
    }

    /// Names the person who looks after a ticket, or nobody.
    #[pyo3(signature = (ticket, assignee, *, request_id=None))]
    fn assign<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        assignee: Option<&str>,
        request_id: Option<&str>,
    ) -> Given<'py> {
        let store = self.called(py, request_id)?;
        receipt(py, store.assign(&id(py, ticket)?, assignee))
    }

    /// Adds a note.
    #[pyo3(signature = (ticket, text, *, request_id=None))]
    fn note<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        text: String,
        request_id: Option<&str>,
    ) -> Given<'py> {
        let store = self.called(py, request_id)?;
        receipt(py, store.note(&id(py, ticket)?, text))
    }

    /// Changes facts of a ticket.
    #[pyo3(signature = (ticket, *, priority=None, message=None, body=None, correlation_id=None, payload=None,
        tags=None, untag=Vec::new(), request_id=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are the facts that can change"
    )]
    fn update<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        priority: Option<&str>,
        message: Option<String>,
        body: Option<String>,
        correlation_id: Option<String>,
        payload: Option<&str>,
        tags: Option<&Bound<'py, PyDict>>,
        untag: Vec<String>,
        request_id: Option<&str>,
    ) -> Given<'py> {
        let change = Update {
            priority: opt_word(py, priority)?,
            message,
            body,
            correlation_id,
            payload: json(py, "payload", payload)?,
            tags: self::tags(tags)?,
            untag,
        };
        let store = self.called(py, request_id)?;
        receipt(py, store.update(&id(py, ticket)?, change))
    }
}

fn receipt<'py>(py: Python<'py>, call: actifix::Call<Receipt>) -> Given<'py> {
    give::receipt(py, &answer(py, call)?)
}

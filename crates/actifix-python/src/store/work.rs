//! Working on tickets: claim, acquire, renew, release, complete.

use actifix::{Claim, DEFAULT_LEASE, Evidence, Lease, Priority, Release, Token};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::{Store, span_or};
use crate::give;
use crate::grant::Grant;
use crate::keep::Keeping;
use crate::take::{Moment, Span, fine, id, opt_word, tags, words};
use crate::wait::{answer, answer_or, look};

#[pymethods]
impl Store {
    /// Takes up to `count` tickets.
    #[pyo3(signature = (holder, *, lease=None, count=1, wait=None, priorities=Vec::new(), kind=None, project=None,
        tags=None, request_id=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are what a claim can ask for"
    )]
    fn claim(
        &self,
        py: Python<'_>,
        holder: String,
        lease: Option<Span>,
        count: usize,
        wait: Option<Span>,
        priorities: Vec<String>,
        kind: Option<&str>,
        project: Option<String>,
        tags: Option<&Bound<'_, PyDict>>,
        request_id: Option<&str>,
    ) -> PyResult<Vec<Grant>> {
        let store = fine(py, self.called(py, request_id)?.credited_to(&holder))?;
        let mut claim = Claim::by(holder)
            .count(count)
            .lease(span_or(lease, DEFAULT_LEASE))
            .priorities(words::<Priority>(py, &priorities)?);
        if let Some(Span(wait)) = wait {
            claim = claim.wait(wait);
        }
        if let Some(kind) = opt_word(py, kind)? {
            claim = claim.kind(kind);
        }
        if let Some(project) = project {
            claim = claim.project(project);
        }
        for (key, value) in self::tags(tags)? {
            claim = claim.tag(key, value);
        }
        let give_back = store.clone();
        let claimed = answer_or(py, store.claim(claim), move |claimed| {
            for lease in claimed {
                given_back(&give_back, &lease);
            }
        })?;
        Ok(claimed.leases.into_iter().map(Grant).collect())
    }

    /// Takes a named ticket.
    #[pyo3(signature = (ticket, holder, *, lease=None, request_id=None))]
    fn acquire(
        &self,
        py: Python<'_>,
        ticket: &str,
        holder: &str,
        lease: Option<Span>,
        request_id: Option<&str>,
    ) -> PyResult<Grant> {
        let store = fine(py, self.called(py, request_id)?.credited_to(holder))?;
        let lease = span_or(lease, DEFAULT_LEASE);
        let call = store.acquire(&id(py, ticket)?, holder, lease);
        answer_or(py, call, move |lease| given_back(&store, &lease)).map(Grant)
    }

    /// Moves a lease's end.
    #[pyo3(signature = (ticket, token, *, lease=None, holder=None))]
    fn renew<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        token: i64,
        lease: Option<Span>,
        holder: Option<&str>,
    ) -> give::Given<'py> {
        let store = self.held_by(py, holder)?;
        let span = span_or(lease, DEFAULT_LEASE);
        let call = store.renew(&id(py, ticket)?, Token(token), span);
        give::lease(py, &answer(py, call)?)
    }

    /// Gives a ticket back.
    #[pyo3(signature = (ticket, token, *, failed=false, reason=None, not_before=None, holder=None))]
    #[expect(
        clippy::too_many_arguments,
        reason = "they are how a ticket is given back"
    )]
    fn release<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        token: i64,
        failed: bool,
        reason: Option<String>,
        not_before: Option<Span>,
        holder: Option<&str>,
    ) -> give::Given<'py> {
        let mut how = Release::new();
        if failed {
            how = how.failed();
        }
        if let Some(reason) = reason {
            how = how.reason(reason);
        }
        if let Some(Span(span)) = not_before {
            how = how.not_before(span);
        }
        let store = self.held_by(py, holder)?;
        let call = store.release(&id(py, ticket)?, Token(token), how);
        give::receipt(py, &answer(py, call)?)
    }

    /// Ends a ticket with evidence.
    #[pyo3(signature = (ticket, token, *, did, files, tested, results, summary=None, url=None, release=None,
        holder=None))]
    #[expect(clippy::too_many_arguments, reason = "they are the fields of evidence")]
    fn complete<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        token: i64,
        did: String,
        files: Vec<String>,
        tested: String,
        results: String,
        summary: Option<String>,
        url: Option<String>,
        release: Option<String>,
        holder: Option<&str>,
    ) -> give::Given<'py> {
        let evidence = Evidence {
            did,
            files,
            tested,
            results,
            summary,
            url,
            release,
        };
        let (store, ticket) = (self.held_by(py, holder)?, id(py, ticket)?);
        let call = py.detach(|| store.complete(&ticket, Token(token), evidence));
        give::receipt(py, &answer(py, call)?)
    }

    /// Renews a lease in the background from now on.
    fn keep(
        &self,
        py: Python<'_>,
        ticket: &str,
        token: i64,
        expires_at: Moment,
        lease: Span,
        holder: &str,
    ) -> PyResult<Keeping> {
        let (store, ticket) = (self.held_by(py, Some(holder))?, id(py, ticket)?);
        let (Moment(until), Span(span)) = (expires_at, lease);
        let keep = || actifix::Keeping::under(&store, &ticket, Token(token), until, span);
        Ok(Keeping::from(py.detach(keep)))
    }

    /// The live leases of a holder.
    fn mine<'py>(&self, py: Python<'py>, holder: &str) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for lease in &look(py, self.handle(py)?.mine(holder))? {
            list.append(give::lease(py, lease)?)?;
        }
        Ok(list)
    }
}

/// A lease that came too late for its caller.
fn given_back(store: &actifix::Store, lease: &Lease) {
    let how = Release::new().reason("interrupted while waiting for it");
    // If this fails the lease runs out, as that of any worker that has gone.
    let _ = store.release(&lease.ticket.id, lease.token, how).wait();
}

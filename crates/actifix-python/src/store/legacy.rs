//! Calls under the Python system's rules, for the modules that keep its names.

use actifix::Token;
use actifix::legacy::{OldAudit, OldColumns, OldCompletion, OldTicket};
use pyo3::prelude::*;

use super::Store;
use crate::give::{self, Given};
use crate::take::{Span, id, word};
use crate::wait::{answer, look};

/// A row of the old audit log: user, old values, new values, description.
type Columns = (String, Option<String>, Option<String>, String);

#[derive(FromPyObject)]
#[pyo3(transparent)]
struct Audit(Columns);

impl From<Audit> for OldAudit {
    fn from(Audit((user, old_values, new_values, description)): Audit) -> Self {
        Self {
            user,
            old_values,
            new_values,
            description,
        }
    }
}

#[pymethods]
impl Store {
    /// Makes a ticket under the id and the guard that it brings. False when either is taken.
    #[pyo3(signature = (*, open_tickets, id, priority, error_type, message, source, run_label, created_at,
        duplicate_guard, stack_trace, file_context, system_state, ai_remediation_notes, correlation_id, format_version,
        audit))]
    #[expect(clippy::too_many_arguments, reason = "they are the old columns")]
    fn create_old(
        &self,
        py: Python<'_>,
        open_tickets: u64,
        id: &str,
        priority: &str,
        error_type: String,
        message: String,
        source: String,
        run_label: Option<String>,
        created_at: String,
        duplicate_guard: Option<String>,
        stack_trace: Option<String>,
        file_context: Option<String>,
        system_state: Option<String>,
        ai_remediation_notes: Option<String>,
        correlation_id: Option<String>,
        format_version: Option<String>,
        audit: Option<Audit>,
    ) -> PyResult<bool> {
        let ticket = OldTicket {
            id: word(py, id)?,
            priority: word(py, priority)?,
            error_type,
            message,
            source,
            fingerprint: duplicate_guard,
            columns: OldColumns {
                run_label,
                created_at,
                file_context,
                system_state,
                format_version,
            },
            stack_trace,
            notes: ai_remediation_notes.filter(|notes| !notes.is_empty()),
            correlation_id,
        };
        let store = self.handle(py)?;
        let call = py.detach(|| store.create_old(ticket, open_tickets, audit.map(OldAudit::from)));
        Ok(answer(py, call)?.is_some())
    }

    /// The id of the ticket that has this guard, deleted or not.
    fn by_guard(&self, py: Python<'_>, guard: &str) -> PyResult<Option<String>> {
        let found = look(py, self.handle(py)?.by_guard(guard))?;
        Ok(found.map(String::from))
    }

    /// Takes a named ticket, for as short as the caller likes.
    #[pyo3(signature = (ticket, holder, *, lease))]
    fn acquire_old<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        holder: &str,
        lease: Span,
    ) -> Given<'py> {
        let call = self
            .handle(py)?
            .acquire_old(&id(py, ticket)?, holder, lease.0);
        give::lease(py, &answer(py, call)?)
    }

    /// Ends a ticket under its token, or takes and ends it when it is free.
    #[pyo3(signature = (ticket, *, token, holder, notes, steps, results, audit, summary=None, url=None))]
    #[expect(clippy::too_many_arguments, reason = "they are the old evidence")]
    fn complete_old<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        token: Option<i64>,
        holder: String,
        notes: String,
        steps: String,
        results: String,
        audit: Option<Audit>,
        summary: Option<String>,
        url: Option<String>,
    ) -> Given<'py> {
        let end = OldCompletion {
            ticket: id(py, ticket)?,
            token: token.map(Token),
            holder,
            notes,
            steps,
            results,
            summary,
            url,
        };
        let store = self.handle(py)?;
        let call = py.detach(|| store.complete_old(end, audit.map(OldAudit::from)));
        give::receipt(py, &answer(py, call)?)
    }

    /// Marks a ticket as deleted whoever holds it, or removes it for good.
    #[pyo3(signature = (ticket, *, for_good, audit))]
    fn delete_old<'py>(
        &self,
        py: Python<'py>,
        ticket: &str,
        for_good: bool,
        audit: Option<Audit>,
    ) -> Given<'py> {
        let (store, ticket) = (self.handle(py)?, id(py, ticket)?);
        let call = store.delete_old(&ticket, for_good, audit.map(OldAudit::from));
        give::receipt(py, &answer(py, call)?)
    }

    /// Ends the leases that have run out, and says how many.
    fn sweep(&self, py: Python<'_>) -> PyResult<u64> {
        answer(py, self.handle(py)?.sweep())
    }
}

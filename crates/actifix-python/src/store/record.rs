//! Reports and tasks on their way in.

use actifix::{Kind, Report, capture};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Store;
use crate::give;
use crate::take::{Moment, Span, json, opt_word, tags};
use crate::wait::answer;

#[pymethods]
impl Store {
    /// Records an error, or adds a task.
    #[pyo3(signature = (message, *, kind, error_type=None, source=None, priority=None, stack=None, body=None,
        fingerprint=None, project=None, tags=None, environment=None, release=None, correlation_id=None,
        occurred_at=None, context=None, payload=None, user=None, not_before=None, request_id=None))]
    #[expect(clippy::too_many_arguments, reason = "they are the fields of a report")]
    fn record<'py>(
        &self,
        py: Python<'py>,
        message: String,
        kind: &str,
        error_type: Option<String>,
        source: Option<String>,
        priority: Option<&str>,
        stack: Option<String>,
        body: Option<String>,
        fingerprint: Option<String>,
        project: Option<String>,
        tags: Option<&Bound<'py, PyDict>>,
        environment: Option<String>,
        release: Option<String>,
        correlation_id: Option<String>,
        occurred_at: Option<Moment>,
        context: Option<&str>,
        payload: Option<&str>,
        user: Option<String>,
        not_before: Option<Span>,
        request_id: Option<String>,
    ) -> give::Given<'py> {
        let report = Report {
            error_type,
            message,
            source,
            stack_trace: stack,
            body,
            priority: opt_word(py, priority)?,
            fingerprint,
            project,
            kind: opt_word(py, Some(kind))?.unwrap_or(Kind::Error),
            tags: self::tags(tags)?,
            environment,
            release,
            correlation_id,
            occurred_at: occurred_at.map(|Moment(at)| at),
            context: json(py, "context", context)?,
            payload: json(py, "payload", payload)?,
            user,
            not_before: not_before.map(|Span(span)| span),
            request_id,
            ..Report::default()
        };
        let store = self.handle(py)?;
        // Redaction and fingerprints are work: others may run meanwhile.
        let call = py.detach(|| store.record(capture::prepare(report, &[])));
        give::recorded(py, &answer(py, call)?)
    }
}

//! `_core.Capture`: reports that a program makes by itself, on their way to the store or, failing that, to the spool.

use std::sync::{Mutex, MutexGuard, PoisonError};

use actifix::Report;
use actifix::capture::Capture as Way;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::forks::Ours;
use crate::store::Store;
use crate::take::{Span, fine, json, opt_word, tags};

/// The way of reports to a store, through a queue, so that the program never waits.
#[pyclass(frozen, module = "actifix._core")]
pub struct Capture {
    store: Py<Store>,
    origin: String,
    way: Mutex<Ours<Way>>,
}

#[pymethods]
impl Capture {
    #[new]
    fn to(py: Python<'_>, store: Py<Store>, origin: String) -> PyResult<Self> {
        let way = Mutex::new(Ours::new(begin(py, &store, &origin)?));
        Ok(Self { store, origin, way })
    }

    /// Hands a report over. False: the queue was full.
    #[pyo3(signature = (message, *, error_type=None, source=None, stack=None, priority=None, fingerprint=None,
        project=None, tags=None, environment=None, release=None, context=None))]
    #[expect(clippy::too_many_arguments, reason = "they are the fields of a report")]
    fn report(
        &self,
        py: Python<'_>,
        message: String,
        error_type: Option<String>,
        source: Option<String>,
        stack: Option<String>,
        priority: Option<&str>,
        fingerprint: Option<String>,
        project: Option<String>,
        tags: Option<&Bound<'_, PyDict>>,
        environment: Option<String>,
        release: Option<String>,
        context: Option<&str>,
    ) -> PyResult<bool> {
        let report = Report {
            error_type,
            message,
            source,
            stack_trace: stack,
            priority: opt_word(py, priority)?,
            fingerprint,
            project,
            tags: self::tags(tags)?,
            environment,
            release,
            context: json(py, "context", context)?,
            ..Report::default()
        };
        let way = self.way(py)?;
        Ok(py.detach(|| way.report(report)))
    }

    /// Waits until everything handed over is in the store or the spool. False: it was not within `patience`.
    fn flush(&self, py: Python<'_>, patience: Span) -> PyResult<bool> {
        let (way, Span(patience)) = (self.way(py)?, patience);
        Ok(py.detach(|| way.flush(patience)))
    }

    /// How many reports found the queue full.
    #[getter]
    fn dropped(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.way(py)?.dropped().0)
    }
}

impl Capture {
    fn lock(&self) -> MutexGuard<'_, Ours<Way>> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The way; a forked child has one of its own.
    fn way(&self, py: Python<'_>) -> PyResult<Way> {
        if let Some(way) = self.lock().get() {
            return Ok(way.clone());
        }
        let way = begin(py, &self.store, &self.origin)?;
        *self.lock() = Ours::new(way.clone());
        Ok(way)
    }
}

fn begin(py: Python<'_>, store: &Py<Store>, origin: &str) -> PyResult<Way> {
    let store = store.get().handle(py)?;
    fine(py, Way::from_origin(&store, origin))
}

//! `_core.Keeping`: a lease that is renewed in the background, by a thread that needs no interpreter.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;

use crate::errors::raised;
use crate::forks::Ours;

/// A lease that is renewed until this is stopped.
#[pyclass(frozen, module = "actifix._core")]
pub struct Keeping(Mutex<Option<Ours<actifix::Keeping>>>);

impl From<actifix::Keeping> for Keeping {
    fn from(keeping: actifix::Keeping) -> Self {
        Self(Mutex::new(Some(Ours::new(keeping))))
    }
}

impl Keeping {
    fn lock(&self) -> MutexGuard<'_, Option<Ours<actifix::Keeping>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Keeping {
    /// Why the lease is lost, as an exception; `None` while it is held.
    #[getter]
    fn lost(&self, py: Python<'_>) -> Option<PyErr> {
        let lost = self.lock().as_ref().and_then(|kept| kept.get()?.lost());
        lost.map(|error| raised(py, error))
    }

    /// Renews no more.
    fn stop(&self, py: Python<'_>) {
        let keeping = self.lock().take();
        py.detach(|| drop(keeping));
    }
}

//! `_core.Grant`: a lease as it came from the store. Who works under it needs its id and token; the dataclasses of lease
//! and ticket, some forty Python objects, are made when somebody looks.

use actifix::Lease;
use pyo3::prelude::*;

use crate::give::{self, Given};

/// A lease that was granted.
#[pyclass(frozen, module = "actifix._core")]
pub struct Grant(pub Lease);

#[pymethods]
impl Grant {
    /// The ticket's id.
    #[getter]
    fn id(&self) -> &str {
        self.0.ticket.id.as_str()
    }

    /// Who holds the ticket.
    #[getter]
    fn holder(&self) -> &str {
        &self.0.holder
    }

    /// What proves it.
    #[getter]
    fn token(&self) -> i64 {
        self.0.token.0
    }

    /// The lease with its ticket, made anew.
    fn lease<'py>(&self, py: Python<'py>) -> Given<'py> {
        give::lease(py, &self.0)
    }
}

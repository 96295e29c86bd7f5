//! What is done with a file as a whole, before there is a store.

use std::path::PathBuf;

use actifix::Settings;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::give::{Given, dataclass};
use crate::take::fine;

/// Takes over a database of the Python system.
#[pyfunction]
#[pyo3(signature = (path, *, actor=None))]
pub fn upgrade(py: Python<'_>, path: PathBuf, actor: Option<String>) -> Given<'_> {
    let upgrade =
        || actifix::Store::upgrade(path, actor.as_deref(), Settings::default(), |_, _| ());
    let done = py.detach(upgrade);
    let it = fine(py, done)?;
    dataclass!(py, "Upgraded", {
        from_schema: it.from,
        backup: it.backup,
        tickets: it.tickets,
        open: it.open,
        leased: it.leased,
        completed: it.completed,
        deleted: it.deleted,
        contradicted: it.contradicted,
        triggers: PyTuple::new(py, &it.triggers)?,
    })
}

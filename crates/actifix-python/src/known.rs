//! What is looked up in Python, or made there, once.
//!
//! Where such a thing is kept behind a lock ([`PyOnceLock`](pyo3::sync::PyOnceLock), [`intern!`](pyo3::intern)), whoever comes
//! second waits for the first, and a forked child waits forever for a thread of its parent's. Here nobody waits: two who
//! come at once both look, and the first answer is kept.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use actifix::Timestamp;
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use pyo3::types::{PySequence, PyString, PyTzInfoAccess};

use crate::give;

/// Something that Python has, once it was looked for.
pub struct Known<T>(OnceLock<T>);

impl<T> Known<T> {
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// It; `find` looks for it.
    pub fn get(&self, _py: Python<'_>, find: impl FnOnce() -> PyResult<T>) -> PyResult<&T> {
        if let Some(known) = self.0.get() {
            return Ok(known);
        }
        let found = find()?;
        // Nobody forks meanwhile: this thread has the interpreter's lock, and nothing here lets go of it.
        Ok(self.0.get_or_init(|| found))
    }
}

/// A class or function.
pub type Object = Known<Py<PyAny>>;

/// A name as Python keeps it.
pub type Name = Known<Py<PyString>>;

impl Name {
    /// This name; `text` is always the same.
    pub fn name<'py>(&self, py: Python<'py>, text: &str) -> PyResult<&Bound<'py, PyString>> {
        let name = self.get(py, || Ok(PyString::intern(py, text).unbind()))?;
        Ok(name.bind(py))
    }
}

/// Has PyO3 find what it keeps behind such locks and we use, while the module is imported: nobody has it yet.
///
/// # Errors
/// What Python says when one of its own types is not there.
pub fn settle(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let _ = give::time(py, Timestamp::from_micros(0))?.get_tzinfo();
    Duration::ZERO.into_pyobject(py)?;
    Path::new("/").into_pyobject(py)?;
    py.get_type::<PanicException>();
    let sequence = py.get_type::<PySequence>();
    let _ = (sequence.name()?, sequence.qualname()?, sequence.module()?);
    // What a wrong argument is told.
    let _ = module.getattr("duplicate_guard")?.call1((0,));
    Ok(())
}

//! What the modules with the Python system's names need beside a store.

use std::path::PathBuf;

use actifix::{Clean, Report, Settings, capture};
use pyo3::prelude::*;

use crate::take::fine;

/// The text without its secrets.
#[pyfunction]
pub fn redact(py: Python<'_>, text: String) -> String {
    py.detach(|| Clean::<String>::from(text).into_inner())
}

/// How much an error matters, by the words of its type, message and source.
#[pyfunction]
pub fn old_priority(error_type: &str, message: &str, source: &str) -> &'static str {
    let report = Report::error(error_type, message).source(source);
    capture::priority::of(&report, &[]).as_str()
}

/// The Python system's tables of schema 7, as a script.
#[pyfunction]
pub fn legacy_schema() -> String {
    actifix::legacy::schema()
}

/// Puts one database in the place of another; answers where the replaced one is kept.
#[pyfunction]
pub fn restore_database(py: Python<'_>, from: PathBuf, to: PathBuf) -> PyResult<Option<PathBuf>> {
    let restored = py.detach(|| actifix::Store::restore(&from, &to, &Settings::default()));
    Ok(fine(py, restored)?.kept)
}

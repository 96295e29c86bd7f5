//! `actifix._core`, the extension module below the Python package `actifix`.
//!
//! It is thin: a class over the library's [`actifix::Store`], whose methods take plain values and answer the dataclasses
//! of `actifix._types`; the library's errors come out as the exceptions of `actifix._errors`. What a Python programmer
//! sees stands in `python/actifix`. No wait here holds the interpreter's lock.

mod capture;
mod errors;
mod files;
mod forks;
mod give;
mod grant;
mod keep;
mod known;
mod legacy;
mod signals;
mod sql;
mod store;
mod take;
mod wait;

/// The extension module.
#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::capture::Capture;
    #[pymodule_export]
    use super::files::upgrade;
    #[pymodule_export]
    use super::forks::{after_fork_in_child, after_fork_in_parent, before_fork};
    #[pymodule_export]
    use super::grant::Grant;
    #[pymodule_export]
    use super::keep::Keeping;
    #[pymodule_export]
    use super::legacy::{legacy_schema, old_priority, redact, restore_database};
    #[pymodule_export]
    use super::sql::Sql;
    #[pymodule_export]
    use super::store::Store;

    /// The version of the package.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::known::settle(module)
    }

    /// What the Python system would call equal: its guard, bit for bit.
    #[pyfunction]
    #[pyo3(signature = (message, error_type = "", stack = ""))]
    fn duplicate_guard(message: &str, error_type: &str, stack: &str) -> String {
        actifix::capture::guard::of(message, error_type, stack)
    }
}

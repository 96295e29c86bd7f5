//! The library's errors as the exceptions of `actifix._errors`, one class a variant, with the variant's fields.

use actifix::Error;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::give;
use crate::known::Known;

/// The exception for an error of the library.
pub fn raised(py: Python<'_>, error: Error) -> PyErr {
    exception(py, &error).unwrap_or_else(|failed| failed)
}

/// The exception of a store that was closed.
pub fn closed(py: Python<'_>) -> PyErr {
    let message = "the store is closed";
    let made = make(py, "Closed", message, "open it again", &PyDict::new(py));
    made.unwrap_or_else(|failed| failed)
}

/// An `Invalid`: a value that cannot be taken.
pub fn invalid(py: Python<'_>, field: &str, why: impl Into<String>) -> PyErr {
    raised(py, Error::invalid(field, why))
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let facts = PyDict::new(py);
    let class = match error {
        Error::NotFound { ticket } => {
            facts.set_item("ticket", ticket)?;
            "NotFound"
        }
        Error::Held { ticket, by, until } => {
            facts.set_item("ticket", ticket.as_str())?;
            facts.set_item("by", by)?;
            facts.set_item("until", give::time(py, *until)?)?;
            "Held"
        }
        Error::LeaseLost {
            ticket,
            holder,
            since,
            why,
        } => {
            facts.set_item("ticket", ticket.as_str())?;
            facts.set_item("holder", holder.as_deref())?;
            facts.set_item("since", give::time(py, *since)?)?;
            facts.set_item("why", format!("{why:?}").to_lowercase())?;
            "LeaseLost"
        }
        Error::NotReady { ticket, why } => {
            facts.set_item("ticket", ticket.as_str())?;
            facts.set_item("why", why)?;
            "NotReady"
        }
        Error::Invalid { field, why } => {
            facts.set_item("field", field)?;
            facts.set_item("why", why)?;
            "Invalid"
        }
        _ => bounded(py, error, &facts)?,
    };
    make(py, class, &error.to_string(), error.hint(), &facts)
}

/// The errors of limits, of time and of files.
fn bounded(py: Python<'_>, error: &Error, facts: &Bound<'_, PyDict>) -> PyResult<&'static str> {
    Ok(match error {
        Error::TooLong { field, limit, got } => {
            facts.set_item("field", field)?;
            facts.set_item("limit", limit)?;
            facts.set_item("got", got)?;
            "TooLong"
        }
        Error::TooManyOpen { limit } => {
            facts.set_item("limit", limit)?;
            "TooManyOpen"
        }
        Error::Throttled { retry_after } => {
            facts.set_item("retry_after", *retry_after)?;
            "Throttled"
        }
        Error::Busy { waited, holder } => {
            facts.set_item("waited", *waited)?;
            let holder = holder.as_ref();
            facts.set_item("holder", holder.map(|p| give::process(py, p)).transpose()?)?;
            "Busy"
        }
        Error::Unknown { .. } => "Unknown",
        Error::Corrupt { .. } => "Corrupt",
        Error::Unsupported { .. } => "Unsupported",
        _ => "StorageError",
    })
}

fn make(
    py: Python<'_>,
    class: &str,
    message: &str,
    hint: &str,
    facts: &Bound<'_, PyDict>,
) -> PyResult<PyErr> {
    static MODULE: Known<Py<PyModule>> = Known::new();
    let module = MODULE.get(py, || {
        PyModule::import(py, "actifix._errors").map(Bound::unbind)
    })?;
    let made = module
        .bind(py)
        .getattr(class)?
        .call((message, hint), Some(facts))?;
    Ok(PyErr::from_value(made))
}
